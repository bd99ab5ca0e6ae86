"""Shares with how sure one can be of them."""

from domain.cases.precision import wilson


def format_share(right: int, of: int) -> str:
    """A share with its interval, for tables.

    Examples:
        >>> format_share(98, 100)
        '0.980 (0.930..0.994)'
    """
    if of == 0:
        return "-"
    low, high = wilson(right, of)
    return f"{right / of:.3f} ({low:.3f}..{high:.3f})"


def share_of(right: int, of: int) -> str:
    """A share with what it is of and its 95 % interval, for sentences.

    Examples:
        >>> share_of(9, 10)
        '9 of 10 = 0.900 (0.596 to 0.982)'
    """
    low, high = wilson(right, of)
    return f"{right} of {of} = {right / of:.3f} ({low:.3f} to {high:.3f})" if of else "0 of 0"
