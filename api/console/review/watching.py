"""Whether the decisive seconds of a case were really watched: pure, from what the player counts."""

from collections.abc import Callable, Sequence
from typing import Any

from api.cases.review import Watched

MARGIN_S = 2.0
"""Before and after each decisive moment."""
FLOOR_S = 10.0
"""Nobody judges a clip in less: a confirmation waits so long, a rejection does not (docs/operate-the-centre.md)."""
_ALL = 0.95  # of the decisive seconds; the player counts in steps
_SLACK_S = 1.0  # between the player's clock and ours


def decisive_parts(moments_s: Sequence[float], length_s: float) -> list[list[float]]:
    """The parts of a clip that must be watched, in order, none touching another.

    Args:
        moments_s: where its decisive moments lie, seconds from its first frame.
        length_s: of the clip.

    Examples:
        >>> decisive_parts([5.0, 1.0, 7.5], 9.0)
        [[0.0, 9.0]]
        >>> decisive_parts([2.0, 30.0], 31.0)
        [[0.0, 4.0], [28.0, 31.0]]
    """
    parts: list[list[float]] = []
    for at in sorted(moments_s):
        start, end = max(0.0, at - MARGIN_S), min(length_s, at + MARGIN_S)
        if parts and start <= parts[-1][1]:
            parts[-1][1] = max(parts[-1][1], end)
        elif start < end:
            parts.append([start, end])
    return parts


class Watching:
    """Counts for one showing of one case.

    Args:
        of_s: how long the decisive parts of all its clips are together.
        now_s: monotonic seconds; a player cannot have played more than has passed.
    """

    def __init__(self, of_s: float, now_s: Callable[[], float]) -> None:
        self.of_s = of_s
        self.played_s = 0.0
        self._now_s = now_s
        self._began_s = now_s()

    @property
    def shown_s(self) -> float:
        """How long the case has been open."""
        return self._now_s() - self._began_s

    def take(self, played_s: Any) -> None:
        """Believe the player's count as far as it can be true; it only rises."""
        if isinstance(played_s, (int, float)) and 0 <= played_s <= min(self.of_s, self.shown_s) + _SLACK_S:
            self.played_s = max(self.played_s, min(float(played_s), self.of_s))

    @property
    def watched(self) -> Watched | None:
        """What the history keeps, None until all decisive parts have played."""
        if self.of_s <= 0 or self.played_s < _ALL * self.of_s:
            return None
        return Watched(played_s=round(self.played_s, 1), of_s=round(self.of_s, 1))
