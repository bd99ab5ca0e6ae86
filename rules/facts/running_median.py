"""The median of the newest values, kept in order as they come."""

from bisect import bisect_left, insort
from collections import deque


class RunningMedian:
    """Bounded; one value more costs a search, not a sort.

    Args:
        most: so many values count, the newest ones.

    Examples:
        >>> shakes = RunningMedian(3)
        >>> for value in (5.0, 1.0, 2.0, 9.0):
        ...     shakes.add(value)
        >>> shakes.value
        2.0
    """

    def __init__(self, most: int) -> None:
        self._newest: deque[float] = deque(maxlen=most)
        self._ordered: list[float] = []

    def add(self, value: float) -> None:
        """Take in the next value."""
        if len(self._newest) == self._newest.maxlen:
            del self._ordered[bisect_left(self._ordered, self._newest[0])]
        self._newest.append(value)
        insort(self._ordered, value)

    def clear(self) -> None:
        """Forget all values."""
        self._newest.clear()
        self._ordered.clear()

    @property
    def value(self) -> float:
        """The median, 0 where there is no value."""
        half, is_odd = divmod(len(self._ordered), 2)
        if is_odd:
            return self._ordered[half]
        return (self._ordered[half - 1] + self._ordered[half]) / 2 if half else 0.0
