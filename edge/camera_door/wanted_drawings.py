"""What the centre wants cameras to draw: written into their files once each, and answered by what runs or why not."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.camera import CameraConfig
from domain.errors import ConfigurationError, FileError
from domain.fleet.camera_reports import MOST_WORDS, DrawingAnswer, WantedDrawing
from domain.fleet.health import ProblemCode
from edge.health.problems import ProblemBoard
from plumbing.files import make_private_folder, read_bytes, replace_private

logger = logging.getLogger(__name__)

FILE = "drawings.json"
_LONGEST_WORDS = 500
WriteDrawing = Callable[[WantedDrawing], str]
"""Puts a drawing into its camera's file and gives the hash of the configuration that the file holds then.

Raises DrawingRefused where the file stays as it was.
"""


class DrawingRefused(ConfigurationError):
    """A drawing of the centre cannot be used here.

    Args:
        words: why, each with what to do.
    """

    def __init__(self, *words: str) -> None:
        self.words = words
        super().__init__("; ".join(words))


class _Taken(BaseModel):
    """What became of the newest drawing of a camera."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    drawing_sha256: str | None = None
    outcome: Literal["written", "refused"]
    config_sha256: str = ""  # of the file after it was written
    words: tuple[str, ...] = ()


class WantedDrawings:
    """Drawings of the centre at one box; used by one thread.

    Args:
        directory: of the box's data: what became of drawings outlasts the process.
        write: puts one into its camera's file.
        problems: where it is named that a file which was written does not run.
    """

    def __init__(self, directory: Path, *, write: WriteDrawing, problems: ProblemBoard) -> None:
        self._path = directory / FILE
        self._write = write
        self._problems = problems
        self._taken = self._read()

    def take(self, wanted: WantedDrawing) -> None:
        """Write a drawing that is not the one that was taken before; a centre that was restored counts anew.

        Raises:
            FileError: what became of it cannot be kept; it is taken again, which changes nothing.
        """
        before, drawing_sha256 = self._taken.get(wanted.camera_id), wanted.drawing.sha256()
        if before is not None and before.number == wanted.number and before.drawing_sha256 in {None, drawing_sha256}:
            return
        fields = {"action": "drawing_taken", "camera_id": wanted.camera_id, "number": wanted.number}
        try:
            written = self._write(wanted)
            taken = _Taken(
                number=wanted.number, drawing_sha256=drawing_sha256, outcome="written", config_sha256=written
            )
            logger.info("A drawing of the centre was written", extra=fields)
        except DrawingRefused as error:
            words = tuple(word[:_LONGEST_WORDS] for word in error.words[:MOST_WORDS])
            taken = _Taken(number=wanted.number, drawing_sha256=drawing_sha256, outcome="refused", words=words)
            logger.warning("A drawing of the centre was refused", extra=fields | {"reason": str(error)[:300]})
        self._taken[wanted.camera_id] = taken
        self._keep()

    def answer(self, camera: CameraConfig) -> DrawingAnswer | None:
        """What became of a camera's newest drawing; None: there is none.

        Args:
            camera: its configuration as it runs.
        """
        taken = self._taken.get(camera.id)
        if taken is None:
            return None
        runs, words = camera.sha256(), taken.words
        outcome: Literal["written", "running", "refused"] = taken.outcome
        if taken.outcome == "written" and runs == taken.config_sha256:
            outcome = "running"
        elif taken.outcome == "written":
            wrong = [one.text for one in self._problems.problems() if one.code == ProblemCode.CAMERA_FILES_WRONG]
            words = tuple(text[:_LONGEST_WORDS] for text in wrong[:MOST_WORDS])
        return DrawingAnswer(
            number=taken.number,
            outcome=outcome,
            config_sha256=runs,
            drawing_sha256=taken.drawing_sha256,
            words=words,
        )

    def _read(self) -> dict[str, _Taken]:
        """What an earlier process kept; where it cannot be read, drawings are taken again, which changes nothing."""
        try:
            kept = json.loads(read_bytes(self._path))
            return {str(camera_id): _Taken.model_validate(each) for camera_id, each in kept.items()}
        except (FileError, ValueError, ValidationError, AttributeError) as error:
            if self._path.exists():
                extra = {"action": "drawings_unreadable", "reason": str(error)[:300]}
                logger.warning("What became of drawings cannot be read; they are taken again", extra=extra)
            return {}

    def _keep(self) -> None:
        document = {camera_id: each.model_dump(mode="json") for camera_id, each in self._taken.items()}
        make_private_folder(self._path.parent)
        replace_private(self._path, json.dumps(document, ensure_ascii=False).encode())
