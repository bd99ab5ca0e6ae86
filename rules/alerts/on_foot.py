"""Who is on foot: a person that no vehicle carries."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile

from domain.geometry import BoxPx
from domain.instants import seconds_between
from rules.facts.contact import Contact
from rules.facts.facts import Facts

PERSON = "person"
_TWO_WHEELS = frozenset({"bicycle", "motorcycle"})
_NEAR_HEIGHTS = 0.75  # so near a two-wheeler, in heights of its own box, a person may be its rider, or of one beside it
_SITS_IN_SHARE = 0.8  # the same for a car, bus or truck
_CARRIED_SHARE = 0.2  # of the pictures: networks miss a vehicle now and then, and find one where there is none
_NEWEST = 50  # sightings, over which its speed is measured
_LOOKS = 10  # so many of them, spread, are held against the vehicles
_FASTEST_HEIGHTS_PER_S = 1.5  # of its own box: about 2.5 m/s


def on_foot(contacts: Sequence[Contact], facts: Facts, min_height_norm: float) -> bool:
    """Whether a person surely walks or stands there; False too where he may ride, or sit in a vehicle.

    Args:
        contacts: of the person, oldest first, at least two.
        facts: of the newest scene.
        min_height_norm: of who is smaller, as a share of the picture's height, nobody can tell what he sits on.
    """
    contacts = contacts[-_NEWEST:]
    if contacts[-1].height_px < min_height_norm * facts.plane.resolution_wh[1]:
        return False
    if _speed_heights_per_s(contacts) > _FASTEST_HEIGHTS_PER_S:
        return False
    vehicles = [
        (user.track.label in _TWO_WHEELS, _boxes_since(contacts[0].at, user.way))
        for user in facts.users
        if user.track.vehicle_kind is not None
    ]
    looked_at = contacts[:: -max(1, len(contacts) // _LOOKS)]
    carried = sum(
        any(
            item.at in boxes and _carries(boxes[item.at], item.steady_xyxy_px, on_two_wheels=on_two_wheels)
            for on_two_wheels, boxes in vehicles
        )
        for item in looked_at
    )
    return carried <= _CARRIED_SHARE * len(looked_at)


def _boxes_since(since: datetime, way: deque[Contact]) -> Mapping[datetime, BoxPx]:
    newest = takewhile(lambda item: item.at >= since, reversed(way))
    return {item.at: item.steady_xyxy_px for item in newest}


def _carries(vehicle_px: BoxPx, person_px: BoxPx, *, on_two_wheels: bool) -> bool:
    if on_two_wheels:
        return _apart_px(vehicle_px, person_px) < _NEAR_HEIGHTS * (person_px[3] - person_px[1])
    width_px = min(vehicle_px[2], person_px[2]) - max(vehicle_px[0], person_px[0])
    height_px = min(vehicle_px[3], person_px[3]) - max(vehicle_px[1], person_px[1])
    area_px = (person_px[2] - person_px[0]) * (person_px[3] - person_px[1])
    share = max(0.0, width_px) * max(0.0, height_px) / max(area_px, 1.0)
    return share >= _SITS_IN_SHARE and person_px[3] < vehicle_px[3]  # whoever stands before it has the lower edge lower


def _apart_px(one_px: BoxPx, other_px: BoxPx) -> float:
    """How far apart two boxes lie, 0 where they touch or overlap."""
    x = max(one_px[0], other_px[0]) - min(one_px[2], other_px[2])
    y = max(one_px[1], other_px[1]) - min(one_px[3], other_px[3])
    return math.hypot(max(0.0, x), max(0.0, y))


def _speed_heights_per_s(contacts: Sequence[Contact]) -> float:
    first, last = contacts[0], contacts[-1]
    height_px = max(first.height_px, last.height_px)
    return math.dist(first.point_px, last.point_px) / height_px / max(seconds_between(first.at, last.at), 0.1)
