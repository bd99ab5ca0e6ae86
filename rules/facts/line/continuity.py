"""Whether one vehicle can have gone a way: every step as far as it drove just before or after, and none unseen.

A tracker gives a vehicle's name to another one where the two stand on each other in the picture. Then the name moves on
at once, though neither vehicle does.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Final

from domain.geometry import PointPx
from domain.instants import seconds_between
from rules.facts.line.sighting import Sighting

_LEAP_SIZES: Final = 0.15  # of a bounding box: medians of three shake by less
_STANDS_SIZES: Final = 0.35
_TIMES_ITS_PACE: Final = 1.5
_PACE_OVER_S = 0.8
_SHOWN_OVER_S = 0.6
_SHOWN_BY = 3  # sightings
_LOOK_AT = 20  # sightings: as many as a pace needs at 25 pictures a second
_LEAST_FOR_A_PACE = 3
_TOP, _BOTTOM = 1, 3  # of a bounding box; where only one of them leaps, the vehicle was covered in part


def leaps(way: Sequence[Sighting], since: datetime, until: datetime) -> bool:
    """Whether it was somewhere else sooner than it can have driven there, by its own pace before and after.

    Args:
        way: bounding boxes as detected, oldest first; what comes before and after the span tells the pace.
        since: of the span that is looked at.
        until: its end.
    """
    return any(
        _leaps_at(way[max(0, number - _LOOK_AT) : number], way[number : number + _LOOK_AT])
        for number in range(1, len(way))
        if since <= way[number - 1].at < until
    )


def goes_unseen(way: Sequence[Sighting], until: datetime, longest_s: float) -> bool:
    """Whether it went on while it was not seen for longer than that; who stands there again stood there meanwhile.

    Args:
        way: oldest first.
        until: later sightings are not looked at.
        longest_s: so long it may be hidden as it drives.
    """
    span = [item for item in way if item.at <= until]
    return any(
        seconds_between(one.at, other.at) > longest_s
        and math.dist(_middle([one]), _middle([other])) > _STANDS_SIZES * _size_px(one)
        for one, other in pairwise(span)
    )


def _leaps_at(earlier: Sequence[Sighting], later: Sequence[Sighting]) -> bool:
    last, following = earlier[-1], later[0]
    pace_before = _pace_px_s(_near(earlier, last.at, _PACE_OVER_S))
    pace_after = _pace_px_s(_near(later, following.at, _PACE_OVER_S))
    if pace_before is None or pace_after is None:
        return False  # nobody knows how fast it was
    before = _near(earlier, last.at, _SHOWN_OVER_S)[-_SHOWN_BY:]
    after = _near(later, following.at, _SHOWN_OVER_S)[:_SHOWN_BY]
    driven_px = _TIMES_ITS_PACE * max(pace_before, pace_after) * (_middle_s(after) - _middle_s(before))
    gone_px = min(math.dist(_middle(before, edge), _middle(after, edge)) for edge in (_TOP, _BOTTOM))
    return gone_px - driven_px > _LEAP_SIZES * _size_px(last)


def _size_px(sighting: Sighting) -> float:
    x1, y1, x2, y2 = sighting.box_xyxy_px
    return max(y2 - y1, math.sqrt((x2 - x1) * (y2 - y1)))


def _near(part: Sequence[Sighting], at: datetime, within_s: float) -> list[Sighting]:
    return [item for item in part if abs(seconds_between(item.at, at)) <= within_s]


def _pace_px_s(part: Sequence[Sighting]) -> float | None:
    """Between the medians of both halves; None where too little was seen."""
    if len(part) < _LEAST_FOR_A_PACE:
        return None
    older, newer = part[: len(part) // 2], part[-(len(part) // 2) :]
    return math.dist(_middle(older), _middle(newer)) / (_middle_s(newer) - _middle_s(older))


def _middle(part: Sequence[Sighting], edge: int = _BOTTOM) -> PointPx:
    """Median of an edge's middle, as detected."""
    boxes = [item.box_xyxy_px for item in part]
    return (median((box[0] + box[2]) / 2 for box in boxes), median(box[edge] for box in boxes))


def _middle_s(part: Sequence[Sighting]) -> float:
    return median(item.at.timestamp() for item in part)
