"""A live RTSP camera as a source of frames: reconnects for ever, keeps the newest frame and the last packets."""

import random
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from domain.errors import SourceUnavailable
from domain.fleet.health import HealthEvent, ProblemCode, SourceFault, StreamState
from domain.instants import Clock
from domain.ports import Attention, Clip, EvidenceFrame
from domain.seen.frame import Frame
from ingest.live.capture_clock import CaptureClock
from ingest.live.credentials import Credentials
from ingest.live.live_intake import LiveIntake
from ingest.live.newest_frame import NewestFrame
from ingest.live.rtsp_link import RtspLink, RtspPatience
from ingest.live.rtsp_session import RtspAddress
from ingest.media.decoding import BgrConverter, DecodedPicture
from ingest.media.due import DueFrames
from ingest.media.frame_times import utc_from_us
from ingest.media.packet_ring import DEFAULT_LIMIT_BYTES, DEFAULT_SPAN_S, PacketRing
from ingest.source_counters import SourceCounters, Tally


class RtspSource:
    """Frames of an RTSP camera.

    The link is kept up by ``RtspLink``, which also reports its states. Pictures are converted by whoever looks at them.

    Args:
        camera_id: whose pictures these are.
        url: ``rtsp://`` or ``rtsps://`` without credentials. TLS is not authenticated: cameras bring certificates of
            their own making.
        credentials: for digest (or basic) authentication; they appear in no text.
        transport: RTP inside the RTSP connection (``tcp``) or beside it (``udp``).
        analysed_fps: due pictures a second of capture time; None for all.
        clock: wall and monotonic time.
        on_health: called from the source's own threads; must not block.
        ring_s: seconds of encoded packets to keep.
        ring_bytes: bytes of encoded packets to keep at most.
        clock_offset_limit_s: a camera clock further from ours is not believed.
        patience: time-outs and pauses.
        rng: jitter of the pauses.
    """

    def __init__(
        self,
        *,
        camera_id: str,
        url: str,
        clock: Clock,
        credentials: Credentials | None = None,
        transport: Literal["tcp", "udp"] = "tcp",
        analysed_fps: float | None = None,
        on_health: Callable[[HealthEvent], None] | None = None,
        ring_s: float = DEFAULT_SPAN_S,
        ring_bytes: int = DEFAULT_LIMIT_BYTES,
        clock_offset_limit_s: float = 2.0,
        patience: RtspPatience | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.camera_id = camera_id
        self._clock = clock
        self._patience = patience or RtspPatience()
        self._tally = Tally()
        self._ring = PacketRing(span_s=ring_s, limit_bytes=ring_bytes)
        self._newest = NewestFrame(self._tally)
        self._intake = LiveIntake(
            clock=clock,
            capture=CaptureClock(trust_limit_s=clock_offset_limit_s),
            ring=self._ring,
            newest=self._newest,
            due=DueFrames(analysed_fps),
            tally=self._tally,
        )
        self._converter = BgrConverter()
        self._clock_limit_us = round(clock_offset_limit_s * 1e6)
        self._link = RtspLink(
            camera_id=camera_id,
            address=RtspAddress(
                url=url,
                credentials=credentials,
                transport=transport,
                open_timeout_s=self._patience.open_timeout_s,
                read_timeout_s=self._patience.given_up_after_s,
            ),
            patience=self._patience,
            intake=self._intake,
            tally=self._tally,
            clock=clock,
            on_health=on_health,
            rng=rng or random.Random(),  # noqa: S311 - jitter, not a secret
        )
        self._link.start()

    def __repr__(self) -> str:
        return f"RtspSource(camera_id={self.camera_id!r}, state={self.state.value!r})"

    @property
    def state(self) -> StreamState:
        """The stream's state now."""
        return self._link.state

    @property
    def counters(self) -> SourceCounters:
        """What was done so far."""
        return self._tally.snapshot(self.state, ring_bytes=self._ring.size_bytes, ring_span_s=self._ring.span_s)

    @property
    def faults(self) -> tuple[SourceFault, ...]:
        """What is wrong with the stream now."""
        state, reason = self._link.state, self._link.reason
        if state is StreamState.LOST:
            return (SourceFault(code=ProblemCode.CAMERA_LOST, text=reason, remedy=self._link.remedy),)
        if self._link.stalled:
            return (SourceFault(code=ProblemCode.CAMERA_STALLED, text="the stream is open and nothing comes"),)
        if state is not StreamState.LIVE:
            return ()
        return tuple(
            self._intake.watch.faults(
                self._clock.monotonic_s(),
                patience_s=self._patience.undecodable_after_s,
                clock_limit_us=self._clock_limit_us,
            )
        )

    def read(self, timeout_s: float) -> Frame | None:
        """The newest due frame not read before; None if none came within ``timeout_s``.

        Raises:
            SourceUnavailable: the source was closed.
        """
        live = self._newest.take(timeout_s)
        if live is None:
            if self._link.closed:
                msg = f"camera {self.camera_id} was closed"
                raise SourceUnavailable(msg)
            return None
        frame = Frame(
            camera_id=self.camera_id,
            index=live.number,
            captured_at=utc_from_us(live.time.captured_us),
            epoch=live.epoch,
            clock_error_ms=live.time.clock_error_ms,
            picture=DecodedPicture(live.picture, self._converter),
        )
        self._tally.frames_delivered += 1
        return frame

    def attend(self, attention: Attention) -> None:
        """Decode every due picture, or keyframes only; the ring keeps every packet."""
        self._intake.attention = attention

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        """Original packets from the ring; see ``PacketRing.cut_clip``.

        Raises:
            ClipUnavailable: no picture of the span is in the ring.
        """
        return self._ring.cut_clip(start, end)

    def frame_near(self, at: datetime) -> EvidenceFrame | None:
        """The frame in the ring nearest an instant; see ``PacketRing.frame_near``."""
        return self._ring.frame_near(at)

    def close(self) -> None:
        """End both threads; returns at once even if one hangs. May be called twice."""
        self._link.end()
        self._newest.close()
        self._ring.clear()
        self._link.wait()
