"""Plates in groups: by lines, kind, province and width, so that a mean cannot hide whom a reader serves badly."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Literal, get_args

from domain.plates.grammar import plate_grammar
from domain.plates.reading import PlateLayout

GroupBy = Literal["lines", "kind", "province", "width"]
GROUPINGS: tuple[GroupBy, ...] = get_args(GroupBy)
UNKNOWN = "unknown"
_WIDTHS_PX = (0.0, 45.0, 60.0, 80.0, 110.0)


def group_of(text: str, layout: PlateLayout, width_px: float | None, by: GroupBy, on: date) -> str:
    """The group of a plate by what truly stands on it.

    Args:
        text: without separators.
        layout: one line or two.
        width_px: of the plate in the picture; None: not known.
        by: which grouping.
        on: the day whose grammar holds.

    Examples:
        >>> on = date(2026, 1, 5)
        >>> group_of("75C12345", "one_line", 52.0, "province", on), group_of("75C12345", "one_line", 52.0, "width", on)
        ('75', '45 to 60 px')
        >>> group_of("29MĐ105200", "two_lines", None, "kind", on)
        'motorbike_electric'
    """
    if by == "lines":
        return layout.replace("_", " ")
    if by == "province":
        return text[:2] if text[:2] in plate_grammar().provinces else UNKNOWN
    if by == "kind":
        kinds = plate_grammar().readings(text, vehicle=None, layout=layout, on=on)
        return kinds[0].kind.id if kinds else UNKNOWN
    if width_px is None:
        return UNKNOWN
    if width_px >= _WIDTHS_PX[-1]:
        return f"from {_WIDTHS_PX[-1]:.0f} px"
    low, high = next((low, high) for low, high in pairwise(_WIDTHS_PX) if low <= width_px < high)
    return f"{low:.0f} to {high:.0f} px"


def in_order(groups: Sequence[str]) -> list[str]:
    """Names of groups as a table lists them: numbers by size, the unknown last.

    Examples:
        >>> in_order(["from 110 px", "unknown", "45 to 60 px", "0 to 45 px"])
        ['0 to 45 px', '45 to 60 px', 'from 110 px', 'unknown']
    """
    return sorted(set(groups), key=lambda name: (name == UNKNOWN, _first_number(name), name))


def _first_number(name: str) -> int:
    return next((int(word) for word in name.split() if word.isdecimal()), 0)
