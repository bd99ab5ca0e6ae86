"""What was learned of the cameras' views on disk, so that a restart begins with it: one file a camera."""

import logging
from contextlib import suppress
from pathlib import Path

from detectors.view.bank_document import document_of, from_document
from detectors.view.guard import ViewGuard
from domain.errors import FileError
from domain.fleet.health import ProblemCode
from edge.health.problems import ProblemBoard
from edge.run.newest_copies import NewestCopies

logger = logging.getLogger(__name__)

VIEWS = "views"
_ABOUT = "view"


class ViewFiles:
    """The learned views of a box's cameras.

    Args:
        directory: is made when something is first written.
        problems: where a file that cannot be read or written is named.
    """

    def __init__(self, directory: Path, *, problems: ProblemBoard) -> None:
        self._problems = problems
        self._revisions: dict[str, int] = {}
        self._copies = NewestCopies(directory, name="views", on_failed=self._cannot_write, on_written=self._written)

    def read(self, camera_id: str) -> ViewGuard:
        """A guard with what is kept of a camera; with nothing where nothing is, or nothing that can be read."""
        self._revisions.pop(camera_id, None)
        path = self._copies.path(camera_id)
        try:
            return ViewGuard(from_document(self._copies.waiting(camera_id) or path.read_bytes(), camera_id))
        except FileNotFoundError:
            return ViewGuard()
        except (OSError, ValueError) as error:
            aside = path.with_suffix(".damaged")
            self._problems.report(
                ProblemCode.MEMORY_UNREADABLE,
                f"camera {camera_id}: {path} cannot be read, its view is learned anew; it is kept as {aside.name}",
                camera_id=camera_id,
                about=_ABOUT,
            )
            fields = {"action": "view_unreadable", "camera_id": camera_id, "reason": str(error)[:300]}
            logger.warning("What was learned of a camera's view cannot be read", extra=fields)
            with suppress(OSError):  # the next copy replaces it
                path.replace(aside)
            return ViewGuard()

    def keep(self, camera_id: str, view: ViewGuard) -> None:
        """Write a copy soon if one is due; cheap otherwise. Only the thread that uses the guard calls it."""
        if view.bank is not None and self._revisions.get(camera_id, 0) != view.revision:
            self._revisions[camera_id] = view.revision
            self._copies.put(camera_id, document_of(view.bank, camera_id))

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what waits, then end."""
        self._copies.close(timeout_s)

    def _cannot_write(self, error: FileError) -> None:
        self._problems.report(
            ProblemCode.MEMORY_UNWRITABLE,
            f"what was learned of the cameras' views cannot be written ({error.reason}): a restart learns it anew",
            about=_ABOUT,
        )

    def _written(self) -> None:
        self._problems.clear(ProblemCode.MEMORY_UNWRITABLE, about=_ABOUT)
