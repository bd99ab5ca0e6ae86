"""The box's work on one screen: every due camera's newest picture is looked at, then judged by its own rules.

Reading happens in one thread a camera (inside the sources), sending and evidence in threads of their own;
everything between a picture and a finding happens here, in one thread.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence

from domain.detections import Detections
from domain.errors import DetectionError
from domain.frame import Frame
from domain.instants import Clock
from domain.ports import Detector
from edge.run.camera_station import CameraStation

logger = logging.getLogger(__name__)

_LONGEST_PAUSE_S = 0.1
_SHORTEST_PAUSE_S = 0.002

Look = Detections | DetectionError


class Pipeline:
    """Looks at all cameras of a box in turn.

    Args:
        detector: looks at pictures; shared by all cameras.
        batch_size: the most pictures in one inference.
        clock: tells when the last round was.
        before_round: called before each look at the cameras, e.g. to take in signal reports.
        on_look: called with every picture that was looked at and what was seen, e.g. to record it.
    """

    def __init__(
        self,
        *,
        detector: Detector,
        batch_size: int,
        clock: Clock,
        before_round: Callable[[], None] = lambda: None,
        on_look: Callable[[Frame, Detections], None] = lambda _frame, _detections: None,
    ) -> None:
        self.stations: dict[str, CameraStation] = {}
        self.last_round_at_s = clock.monotonic_s()
        self._detector = detector
        self._batch_size = batch_size
        self._clock = clock
        self._before_round = before_round
        self._on_look = on_look
        self._changes: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop, or until every source has ended."""
        while not stop.is_set() and not self._all_ended():
            if self.round() == 0:
                stop.wait(self._pause_s())
        self._apply_changes()
        for station in self.stations.values():
            station.finish()

    def round(self) -> int:
        """Look once at every camera that is due; returns how many pictures there were."""
        self._apply_changes()
        self._before_round()
        due = [(s, frame) for s in self.stations.values() if (frame := s.take_due_frame()) is not None]
        for start in range(0, len(due), self._batch_size):
            batch = due[start : start + self._batch_size]
            for (station, frame), seen in zip(batch, self._look([frame for _, frame in batch]), strict=True):
                if isinstance(seen, DetectionError):
                    station.count_gap(seen)
                else:
                    self._on_look(frame, seen)
                    station.judge(frame, seen)
        self.last_round_at_s = self._clock.monotonic_s()
        return len(due)

    def request(self, change: Callable[[], None]) -> None:
        """Have something done between two rounds, by the analysis thread; thread-safe."""
        self._changes.put(change)

    def _look(self, frames: Sequence[Frame]) -> Sequence[Look]:
        """What is on the pictures; where a batch fails each picture gets one try of its own."""
        try:
            return self._detector.detect(frames)
        except Exception as error:  # noqa: BLE001 - whatever broke, these pictures are unknown and the box goes on
            if len(frames) > 1:
                return [look for frame in frames for look in self._look([frame])]
            return [error if isinstance(error, DetectionError) else DetectionError(f"{type(error).__name__}: {error}")]

    def _apply_changes(self) -> None:
        while not self._changes.empty():
            self._changes.get()()

    def _pause_s(self) -> float:
        soonest_s = min((s.wait_s for s in self.stations.values() if not s.ended), default=_LONGEST_PAUSE_S)
        return min(max(soonest_s, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S)

    def _all_ended(self) -> bool:
        return bool(self.stations) and self._changes.empty() and all(s.ended for s in self.stations.values())
