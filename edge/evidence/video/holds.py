"""Short original clips of moments that may become decisive long after the ring forgot them; on disk, bounded."""

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from domain.errors import EvidenceError, FileError
from domain.ports import Clip
from edge.evidence.seen_rows import OverlayRow
from edge.evidence.video.clip_notes import ClipNotes, load_clip, notes_of
from edge.evidence.video.clips import match_instant
from plumbing.files import make_private_folder, read_bytes, remove, replace_private, write_private

logger = logging.getLogger(__name__)

MAX_HOLDS: Final = 64
MAX_HELD_BYTES: Final = 256_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _SideFile:
    """What stands beside a held clip."""

    key: str
    notes: ClipNotes


_SIDE_FILES: Final = TypeAdapter(_SideFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldClip:
    """A clip on disk with what was seen in it."""

    key: str
    path: Path
    notes: ClipNotes

    def load(self) -> Clip:
        """Read the clip.

        Raises:
            EvidenceError: the file is not whole.
            FileError: the file is gone or cannot be read.
        """
        return load_clip(self.path, self.notes)


class HoldStore:
    """The held clips of one camera; safe to use from two threads.

    Args:
        directory: of this camera alone (made when missing).
        max_clips: how many at most.
        max_bytes: how much at most.
    """

    def __init__(self, directory: Path, *, max_clips: int = MAX_HOLDS, max_bytes: int = MAX_HELD_BYTES) -> None:
        self._directory = directory
        self._max_clips = max_clips
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._held: dict[str, HeldClip] = {}
        self._next_number = 0

    @classmethod
    def reload(cls, directories: Sequence[Path]) -> "HoldStore":
        """What a process that died had held in one or more folders, to read; a file that is not whole is left out."""
        store = cls(directories[0])
        for side_path in [file for directory in directories for file in sorted(directory.glob("*.json"))]:
            try:
                side = _SIDE_FILES.validate_json(read_bytes(side_path))
                held = HeldClip(key=side.key, path=side_path.with_suffix(".mp4"), notes=side.notes)
                held.load()
            except (EvidenceError, FileError, ValidationError):
                logger.warning("A held clip is not whole", extra={"action": "hold_lost", "file": side_path.name})
                continue
            store._held[str(side_path)] = held
        return store

    def __len__(self) -> int:
        return len(self._held)

    @property
    def size_bytes(self) -> int:
        """All held clips together."""
        with self._lock:
            return sum(held.notes.size_bytes for held in self._held.values())

    def keep(self, key: str, clip: Clip, rows: Iterable[OverlayRow]) -> None:
        """Write a clip; the same key replaces the older one.

        Raises:
            EvidenceError: the bounds are reached.
            FileError: it cannot be written.
        """
        self.delete(key)
        if len(self._held) >= self._max_clips or self.size_bytes + len(clip.content) > self._max_bytes:
            raise EvidenceError(f"the box holds {len(self._held)} moments of this camera already, its limit")
        with self._lock:
            self._next_number += 1
            path = self._directory / f"{self._next_number:08d}.mp4"
        held = HeldClip(key=key, path=path, notes=notes_of(clip, tuple(rows)))
        try:
            make_private_folder(self._directory)
            write_private(path, clip.content)
            replace_private(_side_path(held), _SIDE_FILES.dump_json(_SideFile(key=key, notes=held.notes)))
        except FileError:
            remove(path)
            raise
        with self._lock:
            self._held[key] = held

    def find(self, at: datetime) -> HeldClip | None:
        """The clip that has the frame of an instant."""
        with self._lock:
            candidates = list(self._held.values())
        return next((held for held in candidates if match_instant(held.notes.frame_times, at) is not None), None)

    def get(self, key: str) -> HeldClip | None:
        """The clip held under a key."""
        with self._lock:
            return self._held.get(key)

    def keys(self) -> tuple[str, ...]:
        """Every key that is held."""
        with self._lock:
            return tuple(self._held)

    def delete(self, key: str) -> None:
        """Forget a clip; an unknown key is nothing, and a file that cannot be removed goes at the next start."""
        with self._lock:
            held = self._held.pop(key, None)
        if held is not None:
            remove(held.path)
            remove(_side_path(held))

    def clear(self) -> None:
        """Forget everything, files of an earlier process too."""
        with self._lock:
            self._held.clear()
        remove(self._directory)


def _side_path(held: HeldClip) -> Path:
    return held.path.with_suffix(".json")
