"""How often a rule in shadow mode was right, with how sure that is."""

from dataclasses import dataclass
from math import sqrt

_Z95 = 1.959964  # two-sided 95 %


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
        share = self.share
        if share is None:
            return (0.0, 1.0)
        z2 = _Z95 * _Z95
        scale = 1 + z2 / self.judged
        middle = share + z2 / (2 * self.judged)
        reach = _Z95 * sqrt(share * (1 - share) / self.judged + z2 / (4 * self.judged**2))
        return (max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale))
