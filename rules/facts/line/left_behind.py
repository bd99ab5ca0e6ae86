"""Whether a track went over to another vehicle at the line: then its own is found again where it stood."""

import math
from collections.abc import Iterable, Sequence
from datetime import timedelta
from statistics import median
from typing import Final

from domain.geometry import PointPx
from domain.instants import seconds_between
from rules.facts.contact import Contact, lately
from rules.facts.line.passage import Passage
from rules.facts.road_user import RoadUser

KNOWN_AFTER_S: Final = 3.5
"""So long after a vehicle was last seen before the line it is known whether somebody was left behind."""

FOUND_WITHIN_S: Final = 3.0
"""Who appears there later came from elsewhere."""
_STOOD_S = 1.0
_REACH_SIZES = 0.35
_APPEARS_SIZES = 0.6  # who was first seen farther off came there from elsewhere
_AREA_RATIO = 2.0
_STANDS_S = 0.5
_STANDS_SIZES = 0.15
_LEAST_SIGHTINGS = 3
_LEAST_S = 0.25


def is_left_behind(passage: Passage, users: Iterable[RoadUser]) -> bool:
    """Whether somebody of whom nothing was known before appears where a vehicle was seen last before the line.

    Two vehicles cannot have stood there: most likely it is the vehicle itself, and its track went on with one that
    passed. Who stood beside it was known before, who closes up comes from behind.

    Args:
        passage: its crossing.
        users: everybody, ``KNOWN_AFTER_S`` after it was last seen before the line.
    """
    last = passage.before[-1]
    stood = [item for item in passage.before if seconds_between(item.at, last.at) <= _STOOD_S]
    place = (median(item.contact_px[0] for item in stood), median(item.contact_px[1] for item in stood))
    shown = stood[len(stood) // 2]
    area_px2 = shown.height_px * shown.width_px
    size_px = max(shown.height_px, math.sqrt(area_px2))
    on_two_wheels = passage.user.track.vehicle_kind != "car"
    until = last.at + timedelta(seconds=FOUND_WITHIN_S)
    for user in users:
        kind = user.track.vehicle_kind
        if kind is None or (kind != "car") != on_two_wheels or user.track.track_id in passage.track_ids:
            continue
        if not user.way or user.way[0].at <= last.at:
            continue
        found = [item for item in user.way if item.at <= until]
        if _stood_at(found, place, size_px, area_px2):
            return True
    return False


def _stood_at(way: Sequence[Contact], place: PointPx, size_px: float, area_px2: float) -> bool:
    """Whether somebody of that size appeared at a place, and stood there."""
    if not way or math.dist(way[0].point_px, place) > _APPEARS_SIZES * size_px:
        return False
    return any(
        math.dist(item.point_px, place) <= _REACH_SIZES * size_px
        and 1 / _AREA_RATIO <= item.height_px * item.width_px / area_px2 <= _AREA_RATIO
        and _stands(lately(way[: number + 1], _STANDS_S), _STANDS_SIZES * size_px)
        for number, item in enumerate(way)
    )


def _stands(recent: Sequence[Contact], most_px: float) -> bool:
    first, newest = recent[0], recent[-1]
    enough = len(recent) >= _LEAST_SIGHTINGS and seconds_between(first.at, newest.at) >= _LEAST_S
    return enough and math.dist(first.point_px, newest.point_px) <= most_px
