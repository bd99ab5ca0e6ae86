"""The cameras' memories on disk: one file a camera, replaced in one step, written by a thread of its own.

A copy never knows of a case that the outbox does not hold: it is asked for only when every case is stored. So a power
cut finds the case in the outbox, and the act in the copy or, where the cut came between the two, in the outbox's cases
whose package is not finished: nothing is lost and nothing becomes a case twice.
"""

import logging
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from domain.cases.case import Case
from domain.errors import FileError
from domain.fleet.health import ProblemCode
from edge.health.problems import ProblemBoard
from edge.run.newest_copies import NewestCopies
from rules.acts.memory import CameraMemory

logger = logging.getLogger(__name__)

MEMORIES = "memory"


class MemoryFiles:
    """The memories of a box's cameras.

    Args:
        directory: is made when something is first written.
        problems: where a file that cannot be read or written is named.
        unfinished: cases of an earlier process whose package was not finished; their acts are known, whatever the files
            say.
    """

    def __init__(self, directory: Path, *, problems: ProblemBoard, unfinished: Iterable[Case] = ()) -> None:
        self._problems = problems
        self._unfinished = tuple(unfinished)
        self._revisions: dict[str, int] = {}
        self._copies = NewestCopies(directory, name="memory", on_failed=self._cannot_write, on_written=self._written)

    def read(self, camera_id: str) -> CameraMemory:
        """What is kept of a camera; an empty memory where there is none, or none that can be read: that is named."""
        content = self._copies.waiting(camera_id)
        memory = self._from_disk(camera_id) if content is None else CameraMemory.from_document(content, camera_id)
        for case in self._unfinished:
            if case.site.camera_id == camera_id:
                memory.add_case(case)
        return memory

    def keep(self, camera_id: str, memory: CameraMemory) -> None:
        """Write a copy soon if there is news in it; cheap otherwise. Only the thread that uses the memory calls it."""
        if self._revisions.get(camera_id) == memory.revision:
            return
        content = memory.document(camera_id)
        self._revisions[camera_id] = memory.revision
        if content:
            self._copies.put(camera_id, content)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what waits, then end."""
        self._copies.close(timeout_s)

    def _from_disk(self, camera_id: str) -> CameraMemory:
        path = self._copies.path(camera_id)
        try:
            return CameraMemory.from_document(path.read_bytes(), camera_id)
        except FileNotFoundError:
            return CameraMemory()
        except (OSError, ValueError) as error:
            aside = path.with_suffix(".damaged")
            self._problems.report(
                ProblemCode.MEMORY_UNREADABLE,
                f"camera {camera_id}: {path} cannot be read, stays in progress begin anew; it is kept as {aside.name}",
                camera_id=camera_id,
            )
            fields = {"action": "memory_unreadable", "camera_id": camera_id, "reason": str(error)[:300]}
            logger.warning("A camera's memory cannot be read", extra=fields)
            with suppress(OSError):  # the next copy replaces it
                path.replace(aside)
            return CameraMemory()

    def _cannot_write(self, error: FileError) -> None:
        self._problems.report(
            ProblemCode.MEMORY_UNWRITABLE,
            f"the cameras' memories cannot be written ({error.reason}): a restart would end stays in progress",
        )

    def _written(self) -> None:
        self._problems.clear(ProblemCode.MEMORY_UNWRITABLE)
