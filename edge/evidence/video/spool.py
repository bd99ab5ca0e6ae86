"""Cut clips on the box's disk: from the instant they are due until their package is sealed, over a restart too."""

import logging
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from domain.camera import CameraConfig
from domain.cases.case import CaseMoment
from domain.errors import FileError
from edge.evidence.video.clip_notes import ClipNotes, load_clip, notes_of
from edge.evidence.video.clips import CutClip
from plumbing.files import make_private_folder, read_bytes, remove, write_private_folder

logger = logging.getLogger(__name__)

SPOOL: Final = "spool"
_LIST_FILE: Final = "cut.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpooledClip:
    """One clip of a case on the disk."""

    name: str  # as in the package, and in the spool
    moments: tuple[CaseMoment, ...]
    held: bool
    notes: ClipNotes


@dataclass(frozen=True, slots=True, kw_only=True)
class CutCase:
    """What was cut for a case; its pictures are on the disk."""

    case_id: uuid.UUID
    camera: CameraConfig | None  # as it was when the rule spoke; None: not known
    clips: tuple[SpooledClip, ...] = ()
    gaps: tuple[str, ...] = ()  # what could not be had, in words

    @property
    def size_bytes(self) -> int:
        """Of its clips."""
        return sum(clip.notes.size_bytes for clip in self.clips)


_CUT_CASES: Final = TypeAdapter(CutCase)


class ClipSpool:
    """A folder of cut clips, one below it a case; used by the cutting and the packaging thread.

    Args:
        directory: of the spool alone (made when missing).
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._sizes_bytes: dict[uuid.UUID, int] = {}

    @property
    def size_bytes(self) -> int:
        """Everything that this process has put here and not taken away."""
        with self._lock:
            return sum(self._sizes_bytes.values())

    def keep(
        self, case_id: uuid.UUID, camera: CameraConfig | None, clips: Sequence[CutClip], gaps: Sequence[str]
    ) -> CutCase:
        """Write what was cut for a case: there whole when this returns, after a power cut too.

        Raises:
            FileError: it cannot be written; nothing of it stays.
        """
        cut = CutCase(
            case_id=case_id,
            camera=camera,
            clips=tuple(
                SpooledClip(name=one.name, moments=one.moments, held=one.held, notes=notes_of(one.clip, one.rows))
                for one in clips
            ),
            gaps=tuple(gaps),
        )
        make_private_folder(self._directory)
        contents = {one.name: one.clip.content for one in clips}
        write_private_folder(self._folder(case_id), {**contents, _LIST_FILE: _CUT_CASES.dump_json(cut)})
        with self._lock:
            self._sizes_bytes[case_id] = cut.size_bytes
        return cut

    def find(self, case_id: uuid.UUID) -> CutCase | None:
        """What an earlier process cut for a case; None where it got to nothing, or the list cannot be read."""
        path = self._folder(case_id) / _LIST_FILE
        if not path.exists():
            return None
        try:
            cut = _CUT_CASES.validate_json(read_bytes(path))
        except (FileError, ValidationError) as e:
            fields = {"action": "spool_unreadable", "case_id": str(case_id), "reason": type(e).__name__}
            logger.warning("What was cut for a case cannot be read", extra=fields)
            return None
        with self._lock:
            self._sizes_bytes[case_id] = cut.size_bytes
        return cut

    def load(self, cut: CutCase) -> list[CutClip]:
        """The clips of a case.

        Raises:
            EvidenceError: one is not whole.
            FileError: one cannot be read.
        """
        folder = self._folder(cut.case_id)
        return [
            CutClip(
                name=one.name,
                clip=load_clip(folder / one.name, one.notes),
                moments=one.moments,
                rows=one.notes.rows,
                held=one.held,
            )
            for one in cut.clips
        ]

    def forget(self, case_id: uuid.UUID) -> None:
        """The case's package is sealed; what cannot be removed goes at the next start."""
        with self._lock:
            self._sizes_bytes.pop(case_id, None)
        remove(self._folder(case_id))

    def sweep(self, wanted: Sequence[uuid.UUID]) -> None:
        """Remove what belongs to no case that still waits, and what a crash left half-written; at the start only."""
        names = {str(case_id) for case_id in wanted}
        for folder in self._directory.iterdir() if self._directory.is_dir() else ():
            if folder.name not in names:
                remove(folder)

    def _folder(self, case_id: uuid.UUID) -> Path:
        return self._directory / str(case_id)
