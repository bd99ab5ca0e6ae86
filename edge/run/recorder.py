"""Records what was seen, beside the box's work: a disk that fails is a named problem and ends nothing."""

from contextlib import suppress
from pathlib import Path

from domain.errors import FileError
from domain.fleet.health import ProblemCode
from domain.instants import Clock
from edge.health.problems import ProblemBoard
from edge.run.detection_log import DetectionLogWriter
from edge.run.seen import Seen
from plumbing.backoff import Backoff
from plumbing.files import file_faults

_FIRST_AGAIN_S = 1.0
_LONGEST_AGAIN_S = 60.0


class Recorder:
    """A detection log that all cameras of a box write to; opened, and opened again, when something is written.

    Args:
        path: of the log; it is gone on with where it is there already.
        problems: where a disk that fails is named.
        clock: paces the tries.
    """

    def __init__(self, path: Path, *, problems: ProblemBoard, clock: Clock) -> None:
        self._path = path
        self._problems = problems
        self._clock = clock
        self._log: DetectionLogWriter | None = None
        self._backoff = Backoff(first_s=_FIRST_AGAIN_S, longest_s=_LONGEST_AGAIN_S)
        self._again_at_s = 0.0

    def write(self, seen: Seen) -> None:
        """Append what was seen, or leave it out while the disk fails; never raises for the disk."""
        if self._clock.monotonic_s() < self._again_at_s:
            return
        try:
            with file_faults(self._path):
                if self._log is None:
                    self._log = DetectionLogWriter.append_to(self._path)
                self._log.write(seen)
        except FileError as error:
            self.close()  # part of a line may stand there: it is mended on opening
            self._again_at_s = self._clock.monotonic_s() + self._backoff.next_s()
            text = f"what is seen is not recorded: {error}"
            self._problems.report(ProblemCode.NOT_RECORDED, text)
            return
        if self._backoff.tries:
            self._backoff.reset()
            self._problems.clear(ProblemCode.NOT_RECORDED)

    def close(self) -> None:
        """Let go of the file."""
        log, self._log = self._log, None
        if log is not None:
            with suppress(OSError):
                log.close()
