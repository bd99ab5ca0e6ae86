"""Whether a line keeps breaking just after it stood, as when two clients fight for one name."""

from collections import deque


class ShortLines:
    """Counts lines that broke soon after they stood.

    A broker ends the older of two clients of one client id; both come back at once, and end each other for ever.
    Neither sees the other, only that its line never lasts.

    Args:
        short_s: a line that lasted less is short.
        many: so many short lines are no accident.
        within_s: how long a short line is remembered.

    Examples:
        >>> lines = ShortLines(short_s=30.0, many=2, within_s=600.0)
        >>> for second in (0.0, 2.0):
        ...     lines.stood(second)
        ...     lines.broke(second + 1.0)
        >>> lines.many_now(4.0), lines.many_now(1000.0)
        (True, False)
    """

    def __init__(self, *, short_s: float = 30.0, many: int = 5, within_s: float = 600.0) -> None:
        self._short_s = short_s
        self._many = many
        self._within_s = within_s
        self._stood_s: float | None = None
        self._short: deque[float] = deque(maxlen=100)

    def stood(self, now_s: float) -> None:
        """A line stands now (monotonic seconds)."""
        self._stood_s = now_s

    def broke(self, now_s: float) -> None:
        """The line broke; nothing happens when none stood."""
        if self._stood_s is not None and now_s - self._stood_s < self._short_s:
            self._short.append(now_s)
        self._stood_s = None

    def count(self, now_s: float) -> int:
        """Short lines lately."""
        while self._short and now_s - self._short[0] > self._within_s:
            self._short.popleft()
        return len(self._short)

    def many_now(self, now_s: float) -> bool:
        """Whether they are too many for an accident."""
        return self.count(now_s) >= self._many
