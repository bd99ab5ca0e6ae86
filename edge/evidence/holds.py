"""Short original clips of moments that may become decisive long after the ring forgot them; on disk, bounded."""

import json
import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.errors import EvidenceError
from domain.instants import as_utc
from domain.ports import Clip
from edge.evidence.clips import match_instant
from edge.evidence.overlay import OverlayRow, OverlayTrack

logger = logging.getLogger(__name__)

MAX_HOLDS = 64
MAX_HELD_BYTES = 256_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldClip:
    """A clip on disk with what was seen in it."""

    key: str
    at: datetime
    path: Path
    size_bytes: int
    started_at: datetime
    ended_at: datetime
    frame_times: tuple[datetime, ...]
    rows: tuple[OverlayRow, ...]

    def load(self) -> Clip:
        """Read the clip.

        Raises:
            EvidenceError: the file is gone or cannot be read.
        """
        try:
            content = self.path.read_bytes()
        except OSError as e:
            raise EvidenceError(f"the held clip cannot be read ({e.strerror})") from e
        return Clip(content=content, started_at=self.started_at, ended_at=self.ended_at, frame_times=self.frame_times)


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
        for side_file in [file for directory in directories for file in sorted(directory.glob("*.json"))]:
            try:
                held = _read_side_file(side_file)
            except (OSError, ValueError, KeyError, TypeError):
                logger.warning("A held clip is not whole", extra={"action": "hold_lost", "file": side_file.name})
                continue
            store._held[str(side_file)] = held
        return store

    def __len__(self) -> int:
        return len(self._held)

    @property
    def size_bytes(self) -> int:
        """All held clips together."""
        with self._lock:
            return sum(held.size_bytes for held in self._held.values())

    def keep(self, key: str, at: datetime, clip: Clip, rows: Iterable[OverlayRow]) -> None:
        """Write a clip; the same key replaces the older one.

        Raises:
            EvidenceError: the bounds are reached, or it cannot be written.
        """
        self.delete(key)
        if len(self._held) >= self._max_clips or self.size_bytes + len(clip.content) > self._max_bytes:
            raise EvidenceError(f"the box holds {len(self._held)} moments of this camera already, its limit")
        with self._lock:
            self._next_number += 1
            stem = f"{self._next_number:08d}"
        held = HeldClip(
            key=key,
            at=at,
            path=self._directory / f"{stem}.mp4",
            size_bytes=len(clip.content),
            started_at=clip.started_at,
            ended_at=clip.ended_at,
            frame_times=clip.frame_times,
            rows=tuple(rows),
        )
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            held.path.write_bytes(clip.content)
            held.path.with_suffix(".json").write_text(json.dumps(_side_document(held)), encoding="utf-8")
        except OSError as e:
            held.path.unlink(missing_ok=True)
            raise EvidenceError(f"a held clip cannot be written ({e.strerror})") from e
        with self._lock:
            self._held[key] = held

    def find(self, at: datetime) -> HeldClip | None:
        """The clip that has the frame of an instant."""
        with self._lock:
            candidates = list(self._held.values())
        return next((held for held in candidates if match_instant(held.frame_times, at) is not None), None)

    def get(self, key: str) -> HeldClip | None:
        """The clip held under a key."""
        with self._lock:
            return self._held.get(key)

    def keys(self) -> tuple[str, ...]:
        """Every key that is held."""
        with self._lock:
            return tuple(self._held)

    def delete(self, key: str) -> None:
        """Forget a clip; an unknown key is nothing."""
        with self._lock:
            held = self._held.pop(key, None)
        if held is not None:
            held.path.unlink(missing_ok=True)
            held.path.with_suffix(".json").unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget everything, files of an earlier process too."""
        with self._lock:
            self._held.clear()
        if self._directory.is_dir():
            for file in [*self._directory.glob("*.mp4"), *self._directory.glob("*.json")]:
                file.unlink(missing_ok=True)


def _side_document(held: HeldClip) -> dict[str, Any]:
    return {
        "key": held.key,
        "at": held.at.isoformat(),
        "size_bytes": held.size_bytes,
        "frame_times": [one.isoformat() for one in held.frame_times],
        "rows": [
            {
                "at": row.at.isoformat(),
                "resolution_wh": row.resolution_wh,
                "tracks": [[t.track_id, t.label, t.box_xyxy_px, t.observed] for t in row.tracks],
                "signals": row.signals,
            }
            for row in held.rows
        ],
    }


def _instant(text: str) -> datetime:
    return as_utc(datetime.fromisoformat(text))


def _read_side_file(side_file: Path) -> HeldClip:
    document = json.loads(side_file.read_text(encoding="utf-8"))
    path = side_file.with_suffix(".mp4")
    frame_times = tuple(_instant(one) for one in document["frame_times"])
    if path.stat().st_size != document["size_bytes"] or not frame_times:
        raise ValueError("the clip is not whole")
    rows = tuple(
        OverlayRow(
            at=_instant(row["at"]),
            resolution_wh=(row["resolution_wh"][0], row["resolution_wh"][1]),
            tracks=tuple(
                OverlayTrack(track_id=t[0], label=t[1], box_xyxy_px=(t[2][0], t[2][1], t[2][2], t[2][3]), observed=t[3])
                for t in row["tracks"]
            ),
            signals=tuple((name, state) for name, state in row["signals"]),
        )
        for row in document["rows"]
    )
    return HeldClip(
        key=document["key"],
        at=_instant(document["at"]),
        path=path,
        size_bytes=document["size_bytes"],
        started_at=frame_times[0],
        ended_at=frame_times[-1],
        frame_times=frame_times,
        rows=rows,
    )
