"""Slows down guessing: after some failures a key has to wait, longer each time.

A name tried from one address has few free failures. A name from everywhere, and an address with all its names, have
many: colleagues share an address, and nobody shall lock out another by mistyping for him.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from api.errors import TooManyAttempts
from domain.instants import Clock

FREE_FAILURES = 5  # of one name from one address
FREE_FAILURES_ALTOGETHER = 50  # of one name, or of one address
FIRST_WAIT_S = 10.0
LONGEST_WAIT_S = 900.0
FORGET_AFTER_S = 3600.0
MAX_REMEMBERED = 10_000


@dataclass(slots=True, kw_only=True)
class _Failures:
    free: int
    count: int = 0
    last_s: float = 0.0

    def wait_s(self, now_s: float) -> float:
        over = self.count - self.free
        if over < 0:
            return 0.0
        return self.last_s + min(FIRST_WAIT_S * 2.0 ** min(over, 20), LONGEST_WAIT_S) - now_s


class Throttle:
    """Counts failed sign-ins in this process.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def check(self, name: str, address: str) -> None:
        """Refuse while the name or the address has to wait.

        Raises:
            TooManyAttempts: with the seconds to wait.
        """
        now_s = self._clock.monotonic_s()
        with self._lock:
            waits = [self._failures[key].wait_s(now_s) for key in _keys(name, address) if key in self._failures]
        longest_s = max(waits, default=0.0)
        if longest_s > 0:
            raise TooManyAttempts(int(longest_s) + 1)

    def failed(self, name: str, address: str) -> None:
        """Count a failure."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            for key, free in _keys(name, address).items():
                known = self._failures.setdefault(key, _Failures(free=free))
                if now_s - known.last_s > FORGET_AFTER_S:
                    known.count = 0
                known.count, known.last_s = known.count + 1, now_s
                self._failures.move_to_end(key)
            while len(self._failures) > MAX_REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of the name from the address."""
        with self._lock:
            self._failures.pop(f"{name}@{address}", None)


def _keys(name: str, address: str) -> dict[str, int]:
    """What a try counts for, with the failures that are free."""
    return {
        f"{name}@{address}": FREE_FAILURES,
        f"name:{name}": FREE_FAILURES_ALTOGETHER,
        f"address:{address}": FREE_FAILURES_ALTOGETHER,
    }
