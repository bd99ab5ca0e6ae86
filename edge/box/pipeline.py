"""The box's work on one screen: every due camera's newest picture is looked at, then judged by its own rules.

Reading happens in one thread a camera (inside the sources), sending and evidence in threads of their own;
everything between a picture and a finding happens here, in one thread.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from functools import partial

from domain.errors import DetectionError
from domain.fleet.health import ProblemCode
from domain.instants import Clock
from domain.model_ref import ModelRef
from domain.ports import Detector
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from edge.health.problems import ProblemBoard
from edge.run.camera_guard import CameraGuard

logger = logging.getLogger(__name__)

_LONGEST_PAUSE_S = 0.1
_SHORTEST_PAUSE_S = 0.002

Look = Detections | DetectionError


class Pipeline:
    """Looks at all cameras of a box in turn.

    Args:
        detector: looks at pictures; shared by all cameras.
        batch_size: the most pictures in one inference.
        problems: where faults of what is called here are named.
        clock: shows when the last round was.
        before_round: called before each look at the cameras, e.g. to take in signal reports.
        on_look: called with every picture that was looked at and what was seen, e.g. to watch for drift.
    """

    def __init__(
        self,
        *,
        detector: Detector,
        batch_size: int,
        problems: ProblemBoard,
        clock: Clock,
        before_round: Callable[[], None] = lambda: None,
        on_look: Callable[[Frame, Detections], None] = lambda _frame, _detections: None,
    ) -> None:
        self.cameras: dict[str, CameraGuard] = {}
        self.last_round_at_s = clock.monotonic_s()
        self._detector = detector
        self._batch_size = batch_size
        self._problems = problems
        self._clock = clock
        self._before_round = before_round
        self._on_look = on_look
        self._changes: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    @property
    def model(self) -> ModelRef:
        """Which network looks."""
        return self._detector.model

    def run(self, stop: threading.Event) -> None:
        """Work until asked to stop, or until every source has ended."""
        while not stop.is_set() and not self._all_done():
            looked = 0
            try:
                looked = self.round()
            except Exception as error:  # noqa: BLE001 - nothing that can be tried again ends the box
                self._report_fault("round", error)
            else:
                self._problems.clear(ProblemCode.ROUND_FAULT, about="round")
            if looked == 0:
                stop.wait(self._pause_s())
        self._apply_changes()
        for guard in self.cameras.values():
            guard.finish()

    def round(self) -> int:
        """Look once at every camera that is due; returns how many pictures there were."""
        self._apply_changes()
        self._contain("signals", self._before_round)
        due = [(guard, frame) for guard in self.cameras.values() if (frame := guard.take_due_frame()) is not None]
        for start in range(0, len(due), self._batch_size):
            batch = due[start : start + self._batch_size]
            for (guard, frame), seen in zip(batch, self._look([frame for _, frame in batch]), strict=True):
                if isinstance(seen, DetectionError):
                    guard.count_gap(seen)
                    continue
                self._contain("looks", partial(self._on_look, frame, seen))
                guard.judge(frame, seen)
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
            self._contain("changes", self._changes.get())

    def _contain(self, what: str, work: Callable[[], None]) -> None:
        """Do something that is no camera's; what it throws is named and ends nothing."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - see above
            self._report_fault(what, error)
        else:
            self._problems.clear(ProblemCode.ROUND_FAULT, about=what)

    def _report_fault(self, what: str, error: Exception) -> None:
        if not self._problems.stands(ProblemCode.ROUND_FAULT, about=what):
            logger.error("Part of a round failed", exc_info=error, extra={"action": f"{what}_failed"})
        text = f"{what} of the analysis failed: {type(error).__name__}: {error}"
        self._problems.report(ProblemCode.ROUND_FAULT, text, about=what)

    def _pause_s(self) -> float:
        soonest_s = min((g.wait_s for g in self.cameras.values() if not g.ended), default=_LONGEST_PAUSE_S)
        return min(max(soonest_s, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S)

    def _all_done(self) -> bool:
        return bool(self.cameras) and self._changes.empty() and all(g.done for g in self.cameras.values())
