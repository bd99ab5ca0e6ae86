"""What is kept of a clip on the disk beside its pictures."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.errors import EvidenceError
from domain.ports import Clip, DamagedStretch
from edge.evidence.seen_rows import OverlayRow
from plumbing.files import read_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipNotes:
    """What only the process knew that cut a clip, and what was seen in it."""

    size_bytes: int
    frame_times: tuple[datetime, ...]  # at least one
    rows: tuple[OverlayRow, ...]
    damage: tuple[DamagedStretch, ...] = ()
    camera_signed: bool = False

    @property
    def started_at(self) -> datetime:
        """Capture time of the first frame."""
        return self.frame_times[0]

    @property
    def ended_at(self) -> datetime:
        """Capture time of the last frame."""
        return self.frame_times[-1]


def notes_of(clip: Clip, rows: tuple[OverlayRow, ...]) -> ClipNotes:
    """What to keep of a clip."""
    return ClipNotes(
        size_bytes=len(clip.content),
        frame_times=clip.frame_times,
        rows=rows,
        damage=clip.damage,
        camera_signed=clip.camera_signed,
    )


def load_clip(path: Path, notes: ClipNotes) -> Clip:
    """The clip that notes were made of.

    Raises:
        EvidenceError: the file is not whole.
        FileError: it cannot be read.
    """
    content = read_bytes(path)
    if len(content) != notes.size_bytes or not notes.frame_times:
        raise EvidenceError(f"{path.name} is not whole on the box's disk")
    return Clip(
        content=content,
        started_at=notes.started_at,
        ended_at=notes.ended_at,
        frame_times=notes.frame_times,
        damage=notes.damage,
        camera_signed=notes.camera_signed,
    )
