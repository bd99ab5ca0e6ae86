"""The link to one camera: one RTSP connection after the other, for ever."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Final

from av.packet import Packet
from av.video.stream import VideoStream

from domain.fleet.health import HealthEvent, StreamState
from domain.instants import Clock
from ingest.live.live_connection import LiveConnection
from ingest.live.live_intake import LiveIntake
from ingest.live.rtsp_session import Ending, Failure, RtspAddress, RtspSession, Take
from ingest.source_counters import Tally
from ingest.stream_life import StreamLife
from plumbing.backoff import Backoff

logger = logging.getLogger(__name__)

_GOODBYE_S: Final = 0.2  # how long to wait for a thread that may hang


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


class RtspLink:
    """Connects, watches, gives up and connects again.

    Two daemon threads: one watches and reconnects, one (per connection) reads and decodes. A thread that hangs inside
    the operating system or libav is left behind, never waited for.

    States, reported with time and reason: ``connecting`` until the first answer and after a stall; ``live`` with the
    first packet; ``stalled`` when an open stream sends nothing; ``lost`` from the end of a connection or a failed
    attempt until the camera is live again (attempts go on meanwhile; a new reason is reported again).

    Args:
        camera_id: whose.
        address: where the camera is.
        patience: time-outs and pauses.
        intake: takes the packets of all connections.
        tally: what is counted.
        clock: wall and monotonic time.
        on_health: called from the link's own threads; must not block.
        rng: jitter of the pauses.
    """

    def __init__(
        self,
        *,
        camera_id: str,
        address: RtspAddress,
        patience: RtspPatience,
        intake: LiveIntake,
        tally: Tally,
        clock: Clock,
        on_health: Callable[[HealthEvent], None] | None,
        rng: random.Random,
    ) -> None:
        self._camera_id = camera_id
        self._address = address
        self._patience = patience
        self._intake = intake
        self._tally = tally
        self._clock = clock
        self._pauses = Backoff(
            first_s=patience.first_pause_s,
            longest_s=patience.troubled_pause_s,
            randomness=rng,
            longest_of_kind_s={Failure.ABSENT: patience.absent_pause_s},
        )
        self._life = StreamLife(camera_id=camera_id, clock=clock, on_health=on_health)
        self._changed = Condition()
        self.closed = False
        self.remedy: str | None = None  # for the last loss; None: what is usual
        self.stalled = False  # until packets come again or the camera is lost
        self._session: RtspSession | None = None
        self._ending: Ending | None = None
        self._packet_at_s = 0.0
        self._got_packets = False
        self._watcher = Thread(target=self._watch, name=f"watch-{camera_id}", daemon=True)

    @property
    def state(self) -> StreamState:
        """The stream's state now."""
        return self._life.state

    @property
    def reason(self) -> str:
        """Why it is in this state; free of credentials."""
        return self._life.reason

    def start(self) -> None:
        """Begin to connect."""
        self._watcher.start()

    def end(self) -> None:
        """No packet is taken from here on, and both threads are asked to end; does not wait. May be called twice."""
        with self._changed:
            self.closed = True
            session = self._session
            self._changed.notify_all()
        self._intake.end()
        if session is not None:
            session.give_up()

    def wait(self) -> None:
        """Wait a little for both threads, not for one that hangs."""
        session = self._session
        if session is not None:
            session.wait(_GOODBYE_S)
        self._watcher.join(_GOODBYE_S)

    # called by the connection's thread

    def opened(self, session: RtspSession, stream: VideoStream) -> Take:
        """The camera has described its stream."""
        with self._changed:
            if session is not self._session:
                return lambda _packet, _missing: False
            connection = LiveConnection(self._intake, stream)
            self._packet_at_s = self._clock.monotonic_s()

        def take(packet: "Packet[VideoStream]", missing: int) -> bool:
            self._packet_at_s = self._clock.monotonic_s()
            if self._life.state is not StreamState.LIVE and packet.size:
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
            if session is not self._session or self.closed:
                return
            if not self._got_packets:
                self._got_packets = True
                self._tally.connections += 1
            self._enter(StreamState.LIVE, "pictures arrive")
            self._changed.notify_all()

    # the watching thread

    def _watch(self) -> None:
        self._enter(StreamState.CONNECTING, "the first connection")
        while not self.closed:
            session = RtspSession(
                camera_id=self._camera_id, address=self._address, sink=self, monotonic_s=self._clock.monotonic_s
            )
            with self._changed:
                self._session, self._ending, self._got_packets = session, None, False
                self._packet_at_s = self._clock.monotonic_s()
            session.start()
            ending = self._follow()
            session.give_up()
            if self.closed:
                return
            self._intake.end()
            if self._got_packets:
                self._pauses.reset()
            else:
                self._tally.failed_attempts += 1
            self._report_loss(ending)
            wait_s = self._pauses.next_s(ending.failure)
            with self._changed:
                self._changed.wait_for(lambda: self.closed, wait_s)

    def _follow(self) -> Ending:
        """Wait for a connection's end, calling it stalled meanwhile where it is; never longer than patience allows."""
        patience = self._patience
        with self._changed:
            while not self.closed and self._ending is None:
                silent_s = self._clock.monotonic_s() - self._packet_at_s
                limit_s = patience.given_up_after_s if self._got_packets else self._opening_limit_s
                if silent_s >= limit_s:
                    return Ending(reason="no packets came", failure=Failure.TROUBLED)
                if self._got_packets and silent_s >= patience.stalled_after_s:
                    if self._life.state is StreamState.LIVE:
                        self._enter(StreamState.STALLED, f"no packets for {patience.stalled_after_s:g} s")
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
            if self.closed:
                return
            if self._life.state is StreamState.STALLED:
                self._enter(StreamState.CONNECTING, "a new connection after a stall")
            elif self._life.state is not StreamState.LOST or self._life.reason != ending.reason:
                self.remedy = ending.remedy
                self._enter(StreamState.LOST, ending.reason)

    def _enter(self, state: StreamState, reason: str) -> None:
        """Change the state and report it; called with the lock held, so events come in order."""
        self.stalled = state is StreamState.STALLED or (self.stalled and state is StreamState.CONNECTING)
        level = logging.INFO if state in {StreamState.CONNECTING, StreamState.LIVE} else logging.WARNING
        logger.log(
            level,
            "stream %s",
            state.value,
            extra={"action": f"stream_{state.value}", "camera_id": self._camera_id, "reason": reason},
        )
        self._life.enter(state, reason)
