"""Slows down guessing: after a few failures a name or an address has to wait, longer each time."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from api.errors import TooManyAttempts
from domain.instants import Clock

FREE_FAILURES = 5
FIRST_WAIT_S = 10.0
LONGEST_WAIT_S = 900.0
FORGET_AFTER_S = 3600.0
MAX_REMEMBERED = 10_000


@dataclass(slots=True, kw_only=True)
class _Failures:
    count: int = 0
    last_s: float = 0.0

    def wait_s(self, now_s: float) -> float:
        over = self.count - FREE_FAILURES
        if over < 0:
            return 0.0
        return self.last_s + min(FIRST_WAIT_S * 2.0 ** min(over, 20), LONGEST_WAIT_S) - now_s


class Throttle:
    """Counts failed sign-ins by name and by address, in this process.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def check(self, *keys: str) -> None:
        """Refuse while one of the keys has to wait.

        Raises:
            TooManyAttempts: with the seconds to wait.
        """
        now_s = self._clock.monotonic_s()
        with self._lock:
            waits = [self._failures[key].wait_s(now_s) for key in keys if key in self._failures]
        longest_s = max(waits, default=0.0)
        if longest_s > 0:
            raise TooManyAttempts(int(longest_s) + 1)

    def failed(self, *keys: str) -> None:
        """Count a failure for each key."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            for key in keys:
                known = self._failures.setdefault(key, _Failures())
                if now_s - known.last_s > FORGET_AFTER_S:
                    known.count = 0
                known.count, known.last_s = known.count + 1, now_s
                self._failures.move_to_end(key)
            while len(self._failures) > MAX_REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, *keys: str) -> None:
        """Forget the failures of each key."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)
