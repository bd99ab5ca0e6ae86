"""Whether somebody walks beside a two-wheeler all along: it is pushed, not ridden."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from domain.instants import seconds_between
from rules.facts.contact import Contact
from rules.facts.road_user import RoadUser

PERSON = "person"
_ASKED = 16  # sightings, evenly spread: more would say the same
_BESIDE_HEIGHTS = 1.2  # of the two-wheeler: no farther to the left or right
_LEVEL_HEIGHTS = 0.3  # feet and wheels are level; a rider's bounding box ends higher
_SAME_TIME_S = 0.4
_LEAST_SIZE = 0.9  # a rider's bounding box is smaller than that of rider and vehicle together


def escorted_share(contacts: Sequence[Contact], users: Iterable[RoadUser]) -> float:
    """In which share of these sightings of a two-wheeler somebody stood or walked beside it, 0 to 1.

    Who walks may also bear a two-wheeler's name in some pictures: then nobody is there but him.

    Args:
        contacts: of the two-wheeler, at least one, oldest first.
        users: everybody who is known in the scene.
    """
    people = [user.way for user in users if user.track.label == PERSON and user.way]
    asked = contacts[:: max(1, len(contacts) // _ASKED)]
    return sum(any(_walks_beside(wheels, way) for way in people) for wheels in asked) / len(asked)


def _walks_beside(wheels: Contact, way: Sequence[Contact]) -> bool:
    index = bisect_left(way, wheels.at, key=lambda contact: contact.at)
    nearest = [way[near] for near in (index - 1, index) if 0 <= near < len(way)]
    return any(
        abs(seconds_between(person.at, wheels.at)) <= _SAME_TIME_S and _is_beside(person, wheels) for person in nearest
    )


def _is_beside(person: Contact, wheels: Contact) -> bool:
    (x, y), (wheels_x, wheels_y), height_px = person.point_px, wheels.point_px, wheels.height_px
    return (
        person.height_px >= _LEAST_SIZE * height_px
        and abs(y - wheels_y) <= _LEVEL_HEIGHTS * height_px
        and abs(x - wheels_x) <= _BESIDE_HEIGHTS * height_px
    )
