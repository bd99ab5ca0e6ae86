"""How often a rule in shadow mode was right, with how sure that is."""

import math
from dataclasses import dataclass

_Z95 = 1.959964  # two-sided 95 %


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); (0, 1) when there is nothing to judge by.

    Examples:
        >>> low, high = wilson(98, 100)
        >>> round(low, 3), round(high, 3)
        (0.93, 0.994)
    """
    if of == 0:
        return 0.0, 1.0
    share, z2 = right / of, _Z95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z95 / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """What people said of a rule's shadow cases.

    Examples:
        >>> precision = Precision(right=98, judged=100)
        >>> [round(each, 3) for each in precision.interval95]
        [0.93, 0.994]
        >>> Precision(right=0, judged=0).interval95
        (0.0, 1.0)
    """

    right: int
    judged: int

    @property
    def share(self) -> float | None:
        """Right of judged, None while nothing was judged."""
        return self.right / self.judged if self.judged else None

    @property
    def interval95(self) -> tuple[float, float]:
        """Wilson's score interval at 95 %; with few judgements it is wide, and never outside 0 to 1."""
        return wilson(self.right, self.judged)
