"""Holds back a camera that sends far more packets than any camera should."""

import time
from collections.abc import Callable
from threading import Event
from typing import Final

RATE_PER_S: Final = 150.0
BURST: Final = 300.0


class FloodGate:
    """A token bucket over packets: a burst passes at once, what floods for long waits, so it cannot eat a core.

    While it waits nothing is read, TCP's window closes and the flood stays with its sender.

    Args:
        given_up: ends a wait early.
        rate_per_s: packets a second that pass for ever; more than twice what 60 pictures a second need.
        burst: packets that may come at once.
        monotonic_s: the clock.
    """

    def __init__(
        self,
        given_up: Event,
        *,
        rate_per_s: float = RATE_PER_S,
        burst: float = BURST,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._given_up = given_up
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._monotonic_s = monotonic_s
        self._tokens = burst
        self._at_s = monotonic_s()

    def pass_one(self) -> float:
        """Let one packet pass; returns the seconds it had to wait."""
        now_s = self._monotonic_s()
        self._tokens = min(self._burst, self._tokens + (now_s - self._at_s) * self._rate_per_s) - 1.0
        self._at_s = now_s
        if self._tokens >= 0.0:
            return 0.0
        wait_s = -self._tokens / self._rate_per_s
        self._given_up.wait(wait_s)
        return wait_s
