"""Handing out recorded pictures at the pace at which they were taken."""

from threading import Event

from domain.instants import Clock


class Pacer:
    """Waits until a recorded picture would have come live; the first one comes at once.

    Args:
        clock: its monotonic seconds are the pace.
        closed: ends a wait early.
    """

    def __init__(self, *, clock: Clock, closed: Event) -> None:
        self._clock = clock
        self._closed = closed
        self._origin_s: float | None = None  # monotonic time of capture time 0

    def wait(self, captured_us: int, timeout_s: float) -> bool:
        """Whether the picture's time has come, waiting for it up to ``timeout_s`` seconds."""
        now_s = self._clock.monotonic_s()
        if self._origin_s is None:
            self._origin_s = now_s - captured_us / 1e6
        wait_s = self._origin_s + captured_us / 1e6 - now_s
        if wait_s > 0:
            self._closed.wait(min(wait_s, timeout_s))
        return wait_s <= timeout_s and not self._closed.is_set()
