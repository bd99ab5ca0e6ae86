"""Who is on foot: a person that no vehicle carries."""

import math
from collections.abc import Iterable, Sequence

from domain.geometry import BoxPx
from domain.instants import seconds_between
from rules.facts.contact import Contact
from rules.facts.follower import RoadUser

PERSON = "person"
_TWO_WHEELS = frozenset({"bicycle", "motorcycle"})
_RIDES_SHARE = 0.3  # so much of a person's box lies in a two-wheeler's: it sits on it, or stands just behind it
_SITS_IN_SHARE = 0.8  # the same for a car, bus or truck
_CARRIED_SHARE = 0.2  # of the pictures: networks miss a vehicle now and then, and find one where there is none
_NEWEST = 50  # sightings that are looked at
_FASTEST_HEIGHTS_PER_S = 3.0  # of its own box: about 5 m/s


def on_foot(contacts: Sequence[Contact], others: Iterable[RoadUser]) -> bool:
    """Whether a person surely walks or stands there, instead of riding or sitting in a vehicle.

    Args:
        contacts: of the person, oldest first, at least two.
        others: everybody of the scene; who is no vehicle is left out.
    """
    contacts = contacts[-_NEWEST:]
    if _speed_heights_per_s(contacts) > _FASTEST_HEIGHTS_PER_S:
        return False
    since = contacts[0].at
    vehicles = [
        (user.track.label in _TWO_WHEELS, {item.at: item.steady_xyxy_px for item in user.way if item.at >= since})
        for user in others
        if user.track.vehicle_kind is not None
    ]
    carried = sum(
        any(
            item.at in boxes and _carries(boxes[item.at], item.steady_xyxy_px, on_two_wheels=on_two_wheels)
            for on_two_wheels, boxes in vehicles
        )
        for item in contacts
    )
    return carried <= _CARRIED_SHARE * len(contacts)


def _carries(vehicle_px: BoxPx, person_px: BoxPx, *, on_two_wheels: bool) -> bool:
    width_px = min(vehicle_px[2], person_px[2]) - max(vehicle_px[0], person_px[0])
    height_px = min(vehicle_px[3], person_px[3]) - max(vehicle_px[1], person_px[1])
    area_px = (person_px[2] - person_px[0]) * (person_px[3] - person_px[1])
    share = max(0.0, width_px) * max(0.0, height_px) / max(area_px, 1.0)
    if on_two_wheels:
        return share >= _RIDES_SHARE
    return share >= _SITS_IN_SHARE and person_px[3] < vehicle_px[3]  # whoever stands before it has the lower edge lower


def _speed_heights_per_s(contacts: Sequence[Contact]) -> float:
    first, last = contacts[0], contacts[-1]
    height_px = max(first.height_px, last.height_px)
    return math.dist(first.point_px, last.point_px) / height_px / max(seconds_between(first.at, last.at), 0.1)
