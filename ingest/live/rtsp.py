"""A live RTSP camera as a source of frames: reconnects for ever, keeps the newest frame and the last packets."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Condition, Thread
from typing import Final, Literal

from av.packet import Packet
from av.video.stream import VideoStream

from domain.errors import SourceUnavailable
from domain.frame import Frame
from domain.health import HealthEvent, ProblemCode, SourceFault, StreamState
from domain.instants import Clock
from domain.ports import Attention, Clip, EvidenceFrame
from ingest.live.capture_clock import CaptureClock
from ingest.live.credentials import Credentials
from ingest.live.live_intake import LiveIntake
from ingest.live.newest_frame import NewestFrame
from ingest.live.rtsp_session import Ending, Failure, RtspAddress, RtspSession, Take
from ingest.media.decoding import BgrConverter, DecodedPicture
from ingest.media.due import DueFrames
from ingest.media.frame_times import utc_from_us
from ingest.media.packet_ring import DEFAULT_LIMIT_BYTES, DEFAULT_SPAN_S, PacketRing
from ingest.source_counters import SourceCounters, Tally
from plumbing.backoff import Backoff

logger = logging.getLogger(__name__)

_GOODBYE_S: Final = 0.2  # how long close() waits for a thread that may hang


@dataclass(frozen=True, slots=True, kw_only=True)
class RtspPatience:
    """How long to wait for a camera.

    While nobody listens (a camera restarting) the pause between attempts stays short, so a camera is seen again
    within a second of its return however long it was away; other failures are retried ever more rarely.
    """

    open_timeout_s: float = 6.0  # from the first packet to the camera to the stream's description
    stalled_after_s: float = 4.0  # an open stream without packets is called stalled
    undecodable_after_s: float = 10.0  # packets that come for so long without a picture are a fault
    given_up_after_s: float = 8.0  # ... and is left for a new connection
    first_pause_s: float = 0.1
    absent_pause_s: float = 0.4  # the longest while nobody listens
    troubled_pause_s: float = 30.0  # the longest otherwise

    def __post_init__(self) -> None:
        if not 0 < self.stalled_after_s <= self.given_up_after_s:
            msg = (
                f"expected 0 < stalled_after_s <= given_up_after_s, got {self.stalled_after_s}, {self.given_up_after_s}"
            )
            raise ValueError(msg)


class RtspSource:
    """Frames of an RTSP camera.

    Two daemon threads: one watches and reconnects, one (per connection) reads and decodes. A thread that hangs inside
    the operating system or libav is left behind, never waited for. Pictures are converted by whoever looks at them.

    States, told through ``on_health`` with time and reason: ``connecting`` until the first answer and after a stall;
    ``live`` with the first packet; ``stalled`` when an open stream sends nothing; ``lost`` from the end of a connection
    or a failed attempt until the camera is live again (attempts go on meanwhile; a new reason is told again).

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
        self._url = url
        self._clock = clock
        self._on_health = on_health
        self._patience = patience or RtspPatience()
        self._pauses = Backoff(
            first_s=self._patience.first_pause_s,
            longest_s=self._patience.troubled_pause_s,
            randomness=rng or random.Random(),  # noqa: S311 - jitter, not a secret
            longest_of_kind_s={Failure.ABSENT: self._patience.absent_pause_s},
        )
        self._address = RtspAddress(
            url=url,
            credentials=credentials,
            transport=transport,
            open_timeout_s=self._patience.open_timeout_s,
            read_timeout_s=self._patience.given_up_after_s,
        )
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
        self._changed = Condition()
        self._closed = False
        self._session: RtspSession | None = None
        self._ending: Ending | None = None
        self._packet_at_s = 0.0
        self._got_packets = False
        self._clock_limit_us = round(clock_offset_limit_s * 1e6)
        self._state = StreamState.CONNECTING
        self._reason = ""
        self._remedy: str | None = None
        self._stalled = False  # until packets come again or the camera is lost
        self._watcher = Thread(target=self._watch, name=f"watch-{camera_id}", daemon=True)
        self._watcher.start()

    def __repr__(self) -> str:
        return f"RtspSource(camera_id={self.camera_id!r}, state={self._state.value!r})"

    @property
    def state(self) -> StreamState:
        """The stream's state now."""
        return self._state

    @property
    def counters(self) -> SourceCounters:
        """What was done so far."""
        return self._tally.snapshot(self._state, ring_bytes=self._ring.size_bytes, ring_span_s=self._ring.span_s)

    @property
    def faults(self) -> tuple[SourceFault, ...]:
        """What is wrong with the stream now."""
        state, reason = self._state, self._reason
        if state is StreamState.LOST:
            return (SourceFault(code=ProblemCode.CAMERA_LOST, text=reason, remedy=self._remedy),)
        if self._stalled:
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
            if self._closed:
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
        with self._changed:
            self._closed = True
            session = self._session
            self._changed.notify_all()
        self._intake.end()
        self._newest.close()
        self._ring.clear()
        if session is not None:
            session.give_up()
            session.wait(_GOODBYE_S)
        self._watcher.join(_GOODBYE_S)

    # told by the connection's thread

    def opened(self, session: RtspSession, stream: VideoStream) -> Take:
        """The camera has described its stream."""
        with self._changed:
            if session is not self._session:
                return lambda _packet, _missing: False
            connection = self._intake.begin(stream)
            self._packet_at_s = self._clock.monotonic_s()

        def take(packet: "Packet[VideoStream]", missing: int) -> bool:
            self._packet_at_s = self._clock.monotonic_s()
            if self._state is not StreamState.LIVE and packet.size:
                self._came_to_life(session)
            return connection.take(packet, missing)

        return take

    def ended(self, session: RtspSession, ending: Ending) -> None:
        """A connection has ended."""
        with self._changed:
            if session is self._session:
                self._ending = ending
                self._changed.notify_all()

    def _came_to_life(self, session: RtspSession) -> None:
        with self._changed:
            if session is not self._session or self._closed:
                return
            if not self._got_packets:
                self._got_packets = True
                self._tally.connections += 1
            self._tell(StreamState.LIVE, "pictures arrive")
            self._changed.notify_all()

    # the watching thread

    def _watch(self) -> None:
        self._tell(StreamState.CONNECTING, "the first connection")
        while not self._closed:
            session = RtspSession(
                camera_id=self.camera_id, address=self._address, sink=self, monotonic_s=self._clock.monotonic_s
            )
            with self._changed:
                self._session, self._ending, self._got_packets = session, None, False
                self._packet_at_s = self._clock.monotonic_s()
            session.start()
            ending = self._follow()
            session.give_up()
            if self._closed:
                return
            self._intake.end()
            if self._got_packets:
                self._pauses.reset()
            else:
                self._tally.failed_attempts += 1
            self._report_loss(ending)
            wait_s = self._pauses.next_s(ending.failure)
            with self._changed:
                self._changed.wait_for(lambda: self._closed, wait_s)

    def _follow(self) -> Ending:
        """Wait for a connection's end, calling it stalled meanwhile where it is; never longer than patience allows."""
        patience = self._patience
        with self._changed:
            while not self._closed and self._ending is None:
                silent_s = self._clock.monotonic_s() - self._packet_at_s
                limit_s = patience.given_up_after_s if self._got_packets else self._opening_limit_s
                if silent_s >= limit_s:
                    return Ending(reason="no packets came", failure=Failure.TROUBLED)
                if self._got_packets and silent_s >= patience.stalled_after_s:
                    if self._state is StreamState.LIVE:
                        self._tell(StreamState.STALLED, f"no packets for {patience.stalled_after_s:g} s")
                    next_s = limit_s
                else:
                    next_s = patience.stalled_after_s if self._got_packets else limit_s
                self._changed.wait(max(next_s - silent_s, 0.001))
            return self._ending or Ending(reason="closed", failure=Failure.TROUBLED)

    @property
    def _opening_limit_s(self) -> float:
        """What libav's own time-out should forestall; this one holds where libav hangs, as in a name lookup."""
        return self._patience.open_timeout_s + self._patience.stalled_after_s

    def _report_loss(self, ending: Ending) -> None:
        with self._changed:
            if self._state is StreamState.STALLED:
                self._tell(StreamState.CONNECTING, "a new connection after a stall")
            elif self._state is not StreamState.LOST or self._reason != ending.reason:
                self._remedy = ending.remedy
                self._tell(StreamState.LOST, ending.reason)

    def _tell(self, state: StreamState, reason: str) -> None:
        """Change the state and tell; called with the lock held, so events come in order."""
        self._state, self._reason = state, reason
        self._stalled = state is StreamState.STALLED or (self._stalled and state is StreamState.CONNECTING)
        level = logging.INFO if state in {StreamState.CONNECTING, StreamState.LIVE} else logging.WARNING
        logger.log(
            level,
            "stream %s",
            state.value,
            extra={"action": f"stream_{state.value}", "camera_id": self.camera_id, "reason": reason},
        )
        if self._on_health is None:
            return
        event = HealthEvent(camera_id=self.camera_id, state=state, at=self._clock.now(), reason=reason)
        try:
            self._on_health(event)
        except Exception:
            logger.exception("a health listener failed", extra={"action": "health_listener_failed"})
