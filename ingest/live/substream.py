"""A live camera whose sub-stream is analysed while its main stream is the evidence."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from domain.errors import ClipUnavailable
from domain.fleet.health import HealthEvent, ProblemCode, SourceFault, StreamState
from domain.instants import Clock
from domain.ports import Attention, Clip, EvidenceFrame
from domain.seen.frame import Frame
from ingest.source_counters import SourceCounters

logger = logging.getLogger(__name__)

_FURTHEST: Final = timedelta(milliseconds=100)  # between an analysed picture and the evidence frame that shows it
_AHEAD: Final = timedelta(seconds=1)
_PATIENCE_S: Final = 2.0  # how long a picture waits for the evidence stream to come so far
_LOOK_AGAIN_S: Final = 0.01
_WORST_FIRST: Final = (StreamState.LOST, StreamState.STALLED, StreamState.CONNECTING, StreamState.LIVE)

OnHealth = Callable[[HealthEvent], None]


class LiveStream(Protocol):
    """One stream of a camera: what ``ingest.live.rtsp.RtspSource`` offers."""

    camera_id: str

    @property
    def state(self) -> StreamState:
        """The stream's state now."""
        ...

    @property
    def counters(self) -> SourceCounters:
        """What was done so far."""
        ...

    @property
    def faults(self) -> tuple[SourceFault, ...]:
        """What is wrong with it now."""
        ...

    def read(self, timeout_s: float) -> Frame | None:
        """The newest frame not read before."""
        ...

    def attend(self, attention: Attention) -> None:
        """How much of it is decoded."""
        ...

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        """Original packets of a span."""
        ...

    def frame_near(self, at: datetime) -> EvidenceFrame | None:
        """The frame held nearest an instant."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class SubstreamSource:
    """Pictures of the sub-stream, each given the instant and the size of the evidence frame that shows the same moment.

    The two streams are brought together by the camera's own clock, so both must send sender reports that are believed:
    without them nobody knows how far they are apart, and no picture is handed out. Nor is one whose evidence frame lies
    further away than a frame or two, or never comes. Of the main stream keyframes are decoded, to know that it can be;
    the ring keeps all of its packets.

    Args:
        clock: monotonic seconds.
        open_pictures: opens the sub-stream; what it is given is called with every change of it.
        open_clips: opens the main stream likewise.
        on_health: called with every change of both taken together: the worse state of the two, and which it is.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        open_pictures: Callable[[OnHealth], LiveStream],
        open_clips: Callable[[OnHealth], LiveStream],
        on_health: OnHealth | None = None,
    ) -> None:
        self._clock = clock
        self._on_health = on_health
        self._lock = threading.Lock()
        self._events: dict[str, HealthEvent] = {}
        self._reported: tuple[StreamState, str] | None = None
        self._closed = threading.Event()
        self._waiting: Frame | None = None
        self._waiting_until_s = 0.0
        self._evidence_error_ms: float | None = None
        self._newest_at: datetime | None = None
        self._epoch = 0
        self._why_unpaired = ""
        self.unpaired = 0  # pictures without an evidence frame, never handed out
        self._clips = open_clips(lambda event: self._changed("the evidence stream", event))
        self._clips.attend(Attention.KEYFRAMES)
        self._pictures = open_pictures(lambda event: self._changed("the analysed stream", event))
        self.camera_id = self._pictures.camera_id

    def __repr__(self) -> str:
        return f"SubstreamSource(camera_id={self.camera_id!r}, state={self.state.value!r})"

    @property
    def state(self) -> StreamState:
        """The worse of the two streams' states."""
        return min(self._pictures.state, self._clips.state, key=_WORST_FIRST.index)

    @property
    def counters(self) -> SourceCounters:
        """Pictures as the sub-stream counts them, the ring and connections as the main stream does."""
        pictures, clips = self._pictures.counters, self._clips.counters
        return replace(
            pictures,
            state=self.state,
            packets_received=pictures.packets_received + clips.packets_received,
            bytes_received=pictures.bytes_received + clips.bytes_received,
            frames_dropped=pictures.frames_dropped + self.unpaired,
            frames_damaged=pictures.frames_damaged + clips.frames_damaged,
            connections=max(pictures.connections, clips.connections),
            failed_attempts=pictures.failed_attempts + clips.failed_attempts,
            frames_lost=pictures.frames_lost + clips.frames_lost,
            rtp_packets_lost=pictures.rtp_packets_lost + clips.rtp_packets_lost,
            damaged_stretches=pictures.damaged_stretches + clips.damaged_stretches,
            stamp_outliers=pictures.stamp_outliers + clips.stamp_outliers,
            ring_bytes=clips.ring_bytes,
            ring_span_s=clips.ring_span_s,
        )

    @property
    def faults(self) -> tuple[SourceFault, ...]:
        """What is wrong with either stream, or with the two together."""
        found = [
            replace(fault, text=f"{name}: {fault.text}")
            for name, stream in (("the evidence stream", self._clips), ("the analysed stream", self._pictures))
            for fault in stream.faults
        ]
        if self._why_unpaired:
            found.append(SourceFault(code=ProblemCode.STREAMS_UNPAIRED, text=self._why_unpaired))
        return tuple(found)

    def read(self, timeout_s: float) -> Frame | None:
        """The newest due picture that has its evidence frame; None if none came within ``timeout_s``.

        Raises:
            SourceUnavailable: the source was closed.
        """
        until_s = self._clock.monotonic_s() + timeout_s
        while True:
            frame = self._next(max(0.0, until_s - self._clock.monotonic_s()))
            if frame is not None or self._clock.monotonic_s() >= until_s:
                return frame
            self._closed.wait(min(_LOOK_AGAIN_S, max(0.0, until_s - self._clock.monotonic_s())))

    def attend(self, attention: Attention) -> None:
        """How much of the sub-stream is decoded."""
        self._pictures.attend(attention)

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        """Original packets of the main stream; see ``PacketRing.cut_clip``.

        Raises:
            ClipUnavailable: no picture of the span is in the ring.
        """
        return self._clips.cut_clip(start, end)

    def frame_near(self, at: datetime) -> EvidenceFrame | None:
        """The frame of the main stream nearest an instant."""
        return self._clips.frame_near(at)

    def close(self) -> None:
        """End both streams; may be called twice."""
        self._closed.set()
        self._waiting = None
        self._pictures.close()
        self._clips.close()

    def _next(self, timeout_s: float) -> Frame | None:
        keyframe = self._clips.read(0.0)
        if keyframe is not None:
            self._evidence_error_ms = keyframe.clock_error_ms
        if self._waiting is None:
            self._waiting = self._pictures.read(timeout_s)
            self._waiting_until_s = self._clock.monotonic_s() + _PATIENCE_S
        frame = self._waiting
        if frame is None:
            return None
        if not self._has_come_to(frame.captured_at):
            if self._clock.monotonic_s() >= self._waiting_until_s:
                self._leave_out("the evidence stream does not come so far")
            return None
        paired = self._paired(frame)
        if isinstance(paired, str):
            self._leave_out(paired)
            return None
        self._waiting, self._why_unpaired = None, ""
        return paired

    def _leave_out(self, reason: str) -> None:
        self._waiting = None
        self.unpaired += 1
        if reason != self._why_unpaired:
            self._why_unpaired = reason
            fields = {"action": "unpaired", "camera_id": self.camera_id, "reason": reason}
            logger.warning("An analysed picture has no evidence frame and is left out", extra=fields)

    def _has_come_to(self, at: datetime) -> bool:
        """Whether the evidence stream has come so far that no nearer frame can follow."""
        newest = self._near(at + _AHEAD)
        return newest is not None and newest.captured_at >= at

    def _paired(self, frame: Frame) -> Frame | str:
        """The picture as one of the evidence stream, or why it is none."""
        near = self._near(frame.captured_at)
        if near is None:
            return "the evidence stream holds nothing"
        if frame.clock_error_ms is None or self._evidence_error_ms is None:
            return "a stream sends no sender reports, so nobody knows how far the two are apart"
        apart = abs(near.captured_at - frame.captured_at)
        if apart > _FURTHEST:
            return "the evidence stream has no frame of that moment"
        if frame.epoch != self._epoch:
            self._epoch, self._newest_at = frame.epoch, None
        if self._newest_at is not None and near.captured_at <= self._newest_at:
            return "two analysed pictures show one evidence frame: the sub-stream is quicker than the main stream"
        self._newest_at = near.captured_at
        return replace(
            frame,
            captured_at=near.captured_at,
            clock_error_ms=max(frame.clock_error_ms, self._evidence_error_ms) + apart / timedelta(milliseconds=1),
            evidence_wh=near.resolution_wh,
        )

    def _near(self, at: datetime) -> EvidenceFrame | None:
        try:
            return self._clips.frame_near(at)
        except ClipUnavailable:  # a form that cannot be read: no clip could be cut from it either
            return None

    def _changed(self, which: str, event: HealthEvent) -> None:
        """Put the two streams' states together, and pass on what changes."""
        with self._lock:
            self._events[which] = event
            name, worst = min(self._events.items(), key=lambda one: _WORST_FIRST.index(one[1].state))
            both_live = worst.state is StreamState.LIVE
            if both_live and len(self._events) == 1:
                return  # nothing is known of the other yet
            reported = (worst.state, worst.reason if both_live else f"{name}: {worst.reason}")
            if reported == self._reported:
                return
            self._reported = reported
            if self._on_health is not None:
                self._on_health(worst.model_copy(update={"at": event.at, "reason": reported[1]}))
