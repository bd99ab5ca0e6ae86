"""What a recorded video and a folder of pictures have in common as sources."""

from collections.abc import Callable
from threading import Event

from domain.errors import SourceUnavailable
from domain.fleet.health import HealthEvent, SourceFault, StreamState
from domain.instants import Clock
from ingest.media.due import DueFrames
from ingest.recorded.pacing import Pacer
from ingest.source_counters import SourceCounters, Tally
from ingest.stream_life import StreamLife


class RecordedSource:
    """Due pictures at their pace, what was counted, and a stream that is lost when it has ended.

    Args:
        camera_id: whose pictures these are.
        name: of the file or folder, for messages.
        clock: for pacing and for the times of health events.
        analysed_fps: pictures a second of capture time to hand out; None for all.
        paced: hand frames out no sooner than they would come live; False: as fast as asked.
        clock_error_ms: how sure the capture times are; None: not known.
        on_health: hears that it is open, and that it has ended.
    """

    def __init__(
        self,
        *,
        camera_id: str,
        name: str,
        clock: Clock,
        analysed_fps: float | None,
        paced: bool,
        clock_error_ms: float | None,
        on_health: Callable[[HealthEvent], None] | None,
    ) -> None:
        self.camera_id = camera_id
        self._name = name
        self._clock_error_ms = clock_error_ms
        self._due = DueFrames(analysed_fps)
        self._closed = Event()
        self._pacer = Pacer(clock=clock, closed=self._closed) if paced else None
        self._tally = Tally()
        self._life = StreamLife(camera_id=camera_id, clock=clock, on_health=on_health)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(camera_id={self.camera_id!r}, name={self._name!r})"

    @property
    def state(self) -> StreamState:
        """Live until the last picture was handed out."""
        return self._life.state

    @property
    def faults(self) -> tuple[SourceFault, ...]:
        """None: what is recorded cannot be mended; what is missing in it is counted."""
        return ()

    @property
    def counters(self) -> SourceCounters:
        """What was done so far."""
        return self._tally.snapshot(self.state)

    def _refuse_if_closed(self) -> None:
        if self._closed.is_set():
            msg = f"{self._name} was closed"
            raise SourceUnavailable(msg)

    def _has_come(self, captured_us: int, timeout_s: float) -> bool:
        """Whether a picture's time has come, waiting for it up to ``timeout_s`` where the source is paced."""
        return self._pacer is None or self._pacer.wait(captured_us, timeout_s)

    def _end(self, reason: str) -> None:
        """There are no more pictures; reported once."""
        if self.state is not StreamState.LOST:
            self._life.enter(StreamState.LOST, reason)
