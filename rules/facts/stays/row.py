"""Vehicles that stand in a row: each touches the next, or stands no farther off than half a vehicle."""

from collections.abc import Iterable

from domain.geometry import BoxPx
from rules.facts.stays.stay import Stay

_APART_WIDTHS = 0.5  # of the narrower box
_LEVEL_HEIGHTS = 0.5  # of the less tall box: who stands farther back stands in another row


def row_of(stay: Stay, others: Iterable[Stay]) -> tuple[Stay, ...]:
    """The vehicles of the row in which one stands, itself among them, those who came first foremost.

    Args:
        stay: it stands.
        others: who may stand beside it; those that left, or whose place is seen to be free, do not.
    """
    apart = [other for other in others if other is not stay and _stands(other)]
    row, beside = [stay], [stay]
    while beside:
        box = beside.pop().place.now_px
        candidates, apart = apart, []
        for other in candidates:
            if are_neighbours(box, other.place.now_px):
                row.append(other)
                beside.append(other)
            else:
                apart.append(other)
    return tuple(sorted(row, key=lambda one: (one.first.at, one.place_norm)))


def are_neighbours(one: BoxPx, other: BoxPx) -> bool:
    """Whether two boxes stand side by side at about the same distance from the camera.

    Examples:
        >>> are_neighbours((0, 0, 40, 100), (60, 10, 100, 110)), are_neighbours((0, 0, 40, 100), (61, 0, 101, 100))
        (True, False)
        >>> are_neighbours((0, 0, 40, 100), (20, 0, 60, 30))
        False
    """
    apart_px = max(one[0], other[0]) - min(one[2], other[2])
    off_level_px = abs(one[3] - other[3])
    return apart_px <= _APART_WIDTHS * min(one[2] - one[0], other[2] - other[0]) and (
        off_level_px <= _LEVEL_HEIGHTS * min(one[3] - one[1], other[3] - other[1])
    )


def _stands(stay: Stay) -> bool:
    return stay.left_at is None and not stay.vacant
