"""Moments that a camera's rules want kept: ordered, cut when their roll has passed, forgotten after their release."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from domain.event import Hold
from domain.instants import Clock, truncate_to_ms
from domain.ports import Clip
from edge.evidence.seen_rows import OverlayRow
from edge.evidence.video.clips import match_instant
from edge.evidence.video.holds import HeldClip, HoldStore

HOLD_ROLL_S: Final = 2.0  # original video kept before and after a held moment
_RELEASED_STAYS_S: Final = 30.0  # a case and the release of its moment may come in any order
_MAX_REASONS: Final = 256


class HeldMoments:
    """Of one camera; the analysis thread orders, the cutting thread cuts.

    Args:
        store: where the clips are.
        clock: measures how long ago a moment was released.
    """

    def __init__(self, store: HoldStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._wanted: set[str] = set()  # keys that are not forgotten
        self._uncut: dict[str, Hold] = {}
        self._released_s: dict[str, float] = {}
        self._not_held: dict[datetime, str] = {}  # why, by instant

    def hold(self, hold: Hold) -> None:
        """Keep a moment until it is released."""
        with self._lock:
            self._wanted.add(hold.key)
            self._uncut[hold.key] = hold
            self._released_s.pop(hold.key, None)

    def release(self, key: str) -> None:
        """A moment is not needed any more."""
        with self._lock:
            self._uncut.pop(key, None)
            self._released_s[key] = self._clock.monotonic_s()

    def release_all(self) -> None:
        """No moment is needed any more."""
        with self._lock:
            keys = (*self._uncut, *self._store.keys())
        for key in keys:
            self.release(key)

    def take_due(self, has_passed: Callable[[datetime], bool]) -> list[Hold]:
        """Moments to be cut now, each once.

        Args:
            has_passed: whether capture time has come to an instant.
        """
        with self._lock:
            due = [one for one in self._uncut.values() if has_passed(one.at + timedelta(seconds=HOLD_ROLL_S))]
            for one in due:
                del self._uncut[one.key]
        return due

    def is_wanted(self, key: str) -> bool:
        """Whether a moment is still to be kept; it may have been released while its cut stood in line."""
        with self._lock:
            return key in self._wanted

    def is_kept(self, hold: Hold) -> bool:
        """Whether a clip that shows the moment is kept under its key."""
        held = self._store.get(hold.key)
        return held is not None and match_instant(held.notes.frame_times, hold.at) is not None

    def keep(self, hold: Hold, clip: Clip, rows: Iterable[OverlayRow]) -> None:
        """Put a moment's clip on the disk.

        Raises:
            EvidenceError: as many are held as may be.
            FileError: it cannot be written.
        """
        self._store.keep(hold.key, clip, rows)

    def note_failure(self, hold: Hold, reason: str) -> None:
        """Remember why a moment is not held."""
        with self._lock:
            while len(self._not_held) >= _MAX_REASONS:
                del self._not_held[next(iter(self._not_held))]
            self._not_held[truncate_to_ms(hold.at)] = reason

    def find(self, at: datetime) -> HeldClip | None:
        """A held clip that shows an instant."""
        return self._store.find(at)

    def why_not(self, at: datetime) -> str | None:
        """Why a moment that should have been held is not."""
        with self._lock:
            return self._not_held.get(truncate_to_ms(at))

    def forget_released(self, needed: Iterable[datetime]) -> None:
        """Remove the clips of moments that were released a while ago.

        Args:
            needed: instants that cases may still ask for.
        """
        now_s = self._clock.monotonic_s()
        with self._lock:
            old = [key for key, at_s in self._released_s.items() if now_s - at_s >= _RELEASED_STAYS_S]
            instants = tuple(needed) if old else ()
            stale = [key for key in old if not self._shows_any(key, instants)]
            for key in stale:
                del self._released_s[key]
                self._wanted.discard(key)
        for key in stale:
            self._store.delete(key)

    def clear(self) -> None:
        """Remove every clip."""
        self._store.clear()

    def _shows_any(self, key: str, instants: Iterable[datetime]) -> bool:
        held = self._store.get(key)
        return held is not None and any(held.notes.started_at <= at <= held.notes.ended_at for at in instants)
