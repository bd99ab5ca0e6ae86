"""Shares with how sure one can be of them."""

import math

_95_PERCENT = 1.959964


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); (0, 1) when there is nothing to judge by.

    Examples:
        >>> low, high = wilson(98, 100)
        >>> round(low, 3), round(high, 3)
        (0.93, 0.994)
    """
    if of == 0:
        return 0.0, 1.0
    share, z2 = right / of, _95_PERCENT**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _95_PERCENT / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def told(right: int, of: int) -> str:
    """A share with its interval, for tables.

    Examples:
        >>> told(98, 100)
        '0.980 (0.930..0.994)'
    """
    if of == 0:
        return "-"
    low, high = wilson(right, of)
    return f"{right / of:.3f} ({low:.3f}..{high:.3f})"
