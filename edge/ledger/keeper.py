"""Writes what the cameras have counted into the ledger, once a minute and at the end."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Protocol

from domain.errors import FileError
from domain.fleet.health import ProblemCode
from domain.instants import HUE_TIME, Clock
from edge.health.figures import CameraFigures
from edge.health.problems import ProblemBoard
from edge.ledger.book import Entry, LedgerBook, Traffic

EVERY_S = 60.0
Line = Entry | Traffic
_SUSPENDED = "suspended_"


class Counting(Protocol):
    """A camera's part of the box: what ``edge.run.camera_guard.CameraGuard`` offers."""

    @property
    def figures(self) -> CameraFigures:
        """Counts since the process started."""
        ...

    @property
    def refusals(self) -> Mapping[tuple[str, str], int]:
        """All refusals since the process started, by (rule, reason)."""
        ...

    @property
    def recall(self) -> Mapping[tuple[str, str], int]:
        """What the rules had before them since the process started, by (rule, what)."""
        ...


class LedgerKeeper:
    """Adds to the ledger what was counted since the last time. Used by the process's own thread only.

    A reload of a camera loses nothing, its counts go on; a process that dies loses its last minute. What could not be
    written is written the next time. Days are those of the moment of writing, in Hue.

    Args:
        book: the ledger.
        cameras: those that run, by id; read at every turn.
        problems: where it stands that the ledger cannot be written.
        clock: the box's.
    """

    def __init__(
        self, book: LedgerBook, *, cameras: Mapping[str, Counting], problems: ProblemBoard, clock: Clock
    ) -> None:
        self._book = book
        self._cameras = cameras
        self._problems = problems
        self._clock = clock
        self._written: dict[str, tuple[Counting, Counter[Line]]] = {}
        self._due_s = clock.monotonic_s() + EVERY_S

    def turn(self) -> None:
        """Write when a minute has passed."""
        if self._clock.monotonic_s() >= self._due_s:
            self.write()

    def write(self) -> None:
        """Write now; never raises for the disk."""
        self._due_s = self._clock.monotonic_s() + EVERY_S
        counted = {camera_id: (camera, counts_of(camera_id, camera)) for camera_id, camera in self._running()}
        new: Counter[Line] = Counter()
        for camera_id, (camera, counts) in counted.items():
            new.update(counts - self._before(camera_id, camera))
        try:
            if new:
                self._book.add(
                    self._clock.now().astimezone(HUE_TIME).date(),
                    {line: count for line, count in new.items() if isinstance(line, Entry)},
                    {line: count for line, count in new.items() if isinstance(line, Traffic)},
                )
        except FileError as error:
            self._problems.report(ProblemCode.LEDGER_UNWRITABLE, f"the ledger waits: {error}")
            return
        self._problems.clear(ProblemCode.LEDGER_UNWRITABLE)
        self._written = {
            camera_id: (camera, counts | _still_counted(self._before(camera_id, camera), counts))
            for camera_id, (camera, counts) in counted.items()
        }

    def _running(self) -> Iterable[tuple[str, Counting]]:
        return list(self._cameras.items())

    def _before(self, camera_id: str, camera: Counting) -> Counter[Line]:
        """What of a camera is written; one that was removed and came back counts from nothing again.

        While a run ends, its refusals are for a moment in no sum: counts that fall are passed over, not begun anew.
        """
        of, counts = self._written.get(camera_id, (camera, Counter()))
        return counts if of is camera else Counter()


def counts_of(camera_id: str, camera: Counting) -> Counter[Line]:
    """Everything that a camera has counted since the process started."""
    counts: Counter[Line] = Counter(
        {Entry(camera_id=camera_id, rule="", what="pictures"): camera.figures.analysed_frames}
    )
    figures = camera.figures
    found = (("case", figures.cases_by_rule), ("alert", figures.alerts), ("reminder", figures.reminders))
    for what, by_rule in found:
        for rule, count in dict(by_rule).items():
            counts[Entry(camera_id=camera_id, rule=rule, what=what)] = count
    for (rule, what), count in camera.recall.items():
        counts[Entry(camera_id=camera_id, rule=rule, what=what)] = count
    for (rule, reason), count in camera.refusals.items():
        what = "suspended" if reason.startswith(_SUSPENDED) else "refused"
        entry = Entry(camera_id=camera_id, rule=rule, what=what, reason=reason.removeprefix(_SUSPENDED))
        counts[entry] = count
    for quarter, counted in camera.figures.quarters.read().items():
        counts.update({Traffic(quarter=quarter, camera_id=camera_id, counted=one): n for one, n in counted.items()})
    return +counts


def _still_counted(written: Counter[Line], counts: Counter[Line]) -> Counter[Line]:
    """Without quarters that the camera has let go of: what is written of them is written."""
    quarters = {line.quarter for line in counts if isinstance(line, Traffic)}
    return Counter(
        {line: n for line, n in written.items() if not isinstance(line, Traffic) or line.quarter in quarters}
    )
