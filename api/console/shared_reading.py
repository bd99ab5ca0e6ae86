"""One reading for all pages of a process, once a while at most."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from domain.instants import Clock

RENEW_EVERY_S = 1.0
T = TypeVar("T")


class SharedReading(Generic[T]):
    """What was read last. Safe to use from every thread.

    Args:
        read: reads it anew; whatever it raises goes to whoever asked.
        clock: says when it is due anew.
        every_s: how old a reading may be.
    """

    def __init__(self, read: Callable[[], T], clock: Clock, *, every_s: float = RENEW_EVERY_S) -> None:
        self._read = read
        self._clock = clock
        self._every_s = every_s
        self._lock = threading.Lock()
        self._newest: tuple[float, T] | None = None

    def read(self, *, afresh: bool = False, every_s: float | None = None) -> T:
        """The newest reading.

        Args:
            afresh: somebody has changed something.
            every_s: how old it may be for this once; None: as ever.
        """
        limit_s = self._every_s if every_s is None else every_s
        with self._lock:
            now_s = self._clock.monotonic_s()
            if afresh or self._newest is None or now_s - self._newest[0] >= limit_s:
                self._newest = (now_s, self._read())
            return self._newest[1]
