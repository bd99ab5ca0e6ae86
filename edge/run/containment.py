"""Keeps what a camera's steps throw in that camera."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from domain.fleet.health import ProblemCode
from edge.health.figures import CameraFigures
from edge.health.problems import ProblemBoard

logger = logging.getLogger(__name__)


class Containment:
    """No exception leaves a step: it is counted, named while it lasts, and logged when it begins.

    Args:
        camera_id: whose steps.
        figures: where exceptions are counted.
        problems: where they are named.

    Examples:
        >>> problems = ProblemBoard()
        >>> contain = Containment(camera_id="cam-1", figures=CameraFigures(), problems=problems)
        >>> with contain("read", "cannot be read"):
        ...     raise OSError("Input/output error")
        >>> problems.texts()
        ('camera cam-1 cannot be read: OSError: Input/output error',)
        >>> with contain("read", "cannot be read"):
        ...     pass
        >>> problems.texts()
        ()
    """

    def __init__(self, *, camera_id: str, figures: CameraFigures, problems: ProblemBoard) -> None:
        self._camera_id = camera_id
        self._figures = figures
        self._problems = problems
        self._failing: set[str] = set()  # steps that failed when they were done last

    @contextmanager
    def __call__(self, step: str, words: str) -> Iterator[None]:
        """Do a step in it.

        Args:
            step: its name; the problem of one step ends when the same step goes well.
            words: what follows the camera's name in the problem, e.g. "cannot be read".
        """
        try:
            yield
        except Exception as error:
            self._figures.faults += 1
            if step not in self._failing:
                fields = {"action": f"{step}_failed", "camera_id": self._camera_id}
                logger.warning("Camera %s", words, exc_info=error, extra=fields)
            self._failing.add(step)
            self._problems.report(
                ProblemCode.CAMERA_FAULT,
                f"camera {self._camera_id} {words}: {type(error).__name__}: {error}",
                camera_id=self._camera_id,
                about=step,
            )
        else:
            if step in self._failing:
                self._failing.discard(step)
                self._problems.clear(ProblemCode.CAMERA_FAULT, camera_id=self._camera_id, about=step)
