"""Stills of cameras for the centre: made in the analysis thread when one is wanted, taken away by the sender."""

import threading
from collections.abc import Callable

OfferStill = Callable[[str, Callable[[], bytes]], None]
"""Called with a camera's id, and with what makes a JPEG of its newest picture, people and vehicles covered."""


class WantedStills:
    """Which cameras' stills are wanted, and the newest of each. Safe to use from every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: set[str] = set()
        self._made: dict[str, bytes] = {}

    def want(self, camera_id: str) -> None:
        """Have the next picture of a camera made into a still."""
        with self._lock:
            self._wanted.add(camera_id)

    def offer(self, camera_id: str, make: Callable[[], bytes]) -> None:
        """A picture is there; cheap where no still is wanted. What ``make`` raises goes to the caller, once a want."""
        with self._lock:
            if camera_id not in self._wanted:
                return
            self._wanted.discard(camera_id)
        content = make()
        with self._lock:
            self._made[camera_id] = content

    def take(self) -> tuple[str, bytes] | None:
        """A still that was made, with its camera's id; each is given once."""
        with self._lock:
            return self._made.popitem() if self._made else None
