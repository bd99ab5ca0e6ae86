"""One sighting of a road user, placed on the ground."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from domain.geometry import BoxPx, Float64Array, Mask, PointPx, SizeWh
from rules.facts.ground_plane import PointGround

_AT_EDGE = 0.01  # of the picture's height


class Contact(NamedTuple):
    """Where a road user touched the ground in one picture; a tuple, since a busy street makes a thousand a second."""

    at: datetime
    leg: int  # sightings of different legs may be of different objects: the track jumped between them
    number: int  # how many sightings of its leg came before it
    box_xyxy_px: BoxPx  # as detected: what evidence shows
    steady_xyxy_px: BoxPx  # the median of the sightings around it: what is measured
    point_px: PointPx  # the middle of the steady lower edge
    width_px: float  # of the steady bounding box, never 0
    height_px: float
    ground: PointGround  # the same on the ground plane

    def is_cut(self, resolution_wh: SizeWh) -> bool:
        """Whether the picture's edge cuts its bounding box: nobody knows where its middle is, or who comes in there."""
        x1, _, x2, y2 = self.steady_xyxy_px
        width_px, height_px = resolution_wh
        near_px = _AT_EDGE * height_px
        return x1 <= near_px or x2 >= width_px - near_px or y2 >= height_px - near_px


def are_cut(steady_xyxy_px: Float64Array, resolution_wh: SizeWh) -> Mask:
    """The same of many, (N, 4) to (N,)."""
    x1, _, x2, y2 = steady_xyxy_px.T
    width_px, height_px = resolution_wh
    near_px = _AT_EDGE * height_px
    cut: Mask = (x1 <= near_px) | (x2 >= width_px - near_px) | (y2 >= height_px - near_px)
    return cut


def lately(contacts: Sequence[Contact], over_s: float) -> list[Contact]:
    """The sightings of the last seconds before the newest one, oldest first."""
    since = contacts[-1].at - timedelta(seconds=over_s)
    recent = []
    for item in reversed(contacts):
        if item.at < since:
            break
        recent.append(item)
    recent.reverse()
    return recent


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """How somebody went over a span: from the median of its first half to that of its second."""

    speed: float  # units of the ground plane a second
    heading: PointGround | None  # unit vector on the ground; None: it did not go anywhere


def motion_of(contacts: Sequence[Contact], over_s: float) -> Motion | None:
    """How somebody went lately; None where too little was seen to say.

    Args:
        contacts: of one leg, oldest first.
        over_s: how far back from the newest one is looked.
    """
    recent = lately(contacts, over_s)
    half = len(recent) // 2
    if half == 0:
        return None
    older, newer = recent[:half], recent[-half:]
    passed_s = median(item.at.timestamp() for item in newer) - median(item.at.timestamp() for item in older)
    if passed_s <= 0:
        return None
    (x0, y0), (x1, y1) = middle(older), middle(newer)
    way = math.dist((x0, y0), (x1, y1))
    return Motion(speed=way / passed_s, heading=None if way == 0 else ((x1 - x0) / way, (y1 - y0) / way))


def middle(contacts: Sequence[Contact]) -> PointGround:
    """The median place of some sightings."""
    x, y = zip(*[item.ground for item in contacts], strict=True)
    return (median(x), median(y))


END_SIGHTINGS = 3
"""So many sightings, taken together, say where a way begins or ends."""


def ends(contacts: Sequence[Contact], sightings: int = END_SIGHTINGS) -> tuple[PointGround, PointGround]:
    """Where a way began and where it ended; one box that jitters decides neither."""
    return middle(contacts[:sightings]), middle(contacts[-sightings:])
