"""What was learned of cameras on disk, so that a restart begins with it: one file a camera."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from domain.errors import FileError
from domain.fleet.health import ProblemCode
from edge.health.problems import ProblemBoard
from edge.run.newest_copies import NewestCopies

logger = logging.getLogger(__name__)


class Learning(Protocol):
    """What learns and can be kept."""

    @property
    def revision(self) -> int:
        """Grows when a new copy is worth keeping; 0: nothing is yet."""
        ...


L = TypeVar("L", bound=Learning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[L]):
    """One kind of what is learned."""

    about: str  # names its problems
    words: str  # of a camera's, for people: "its view"
    begin: Callable[[], L]  # with nothing learned
    document_of: Callable[[L, str], bytes]  # by camera id
    from_document: Callable[[bytes, str], L]  # raises ValueError


class LearnedFiles(Generic[L]):
    """What a box's cameras learned, of one kind.

    Args:
        kind: what.
        directory: is made when something is first written.
        problems: where a file that cannot be read or written is named.
    """

    def __init__(self, kind: Kind[L], directory: Path, *, problems: ProblemBoard) -> None:
        self._kind = kind
        self._problems = problems
        self._revisions: dict[str, int] = {}
        self._copies = NewestCopies(
            directory, name=f"{kind.about}s", on_failed=self._cannot_write, on_written=self._written
        )

    def read(self, camera_id: str) -> L:
        """What is kept of a camera; nothing learned where nothing is, or nothing that can be read."""
        self._revisions.pop(camera_id, None)
        path = self._copies.path(camera_id)
        try:
            return self._kind.from_document(self._copies.waiting(camera_id) or path.read_bytes(), camera_id)
        except FileNotFoundError:
            return self._kind.begin()
        except (OSError, ValueError) as error:
            aside = path.with_suffix(".damaged")
            self._problems.report(
                ProblemCode.MEMORY_UNREADABLE,
                f"camera {camera_id}: {path} cannot be read, {self._kind.words} is learned anew; it is kept as "
                f"{aside.name}",
                camera_id=camera_id,
                about=self._kind.about,
            )
            fields = {
                "action": "learned_unreadable",
                "camera_id": camera_id,
                "about": self._kind.about,
                "reason": str(error)[:300],
            }
            logger.warning("What was learned of a camera cannot be read", extra=fields)
            with suppress(OSError):  # the next copy replaces it
                path.replace(aside)
            return self._kind.begin()

    def keep(self, camera_id: str, learned: L) -> None:
        """Write a copy soon if one is due; cheap otherwise. Only the thread that uses what learns calls it."""
        if self._revisions.get(camera_id, 0) != learned.revision:
            self._revisions[camera_id] = learned.revision
            self._copies.put(camera_id, self._kind.document_of(learned, camera_id))

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what waits, then end."""
        self._copies.close(timeout_s)

    def _cannot_write(self, error: FileError) -> None:
        self._problems.report(
            ProblemCode.MEMORY_UNWRITABLE,
            f"what was learned of the cameras ({self._kind.words}) cannot be written ({error.reason}): a restart "
            "learns it anew",
            about=self._kind.about,
        )

    def _written(self) -> None:
        self._problems.clear(ProblemCode.MEMORY_UNWRITABLE, about=self._kind.about)
