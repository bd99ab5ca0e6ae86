"""Whether somebody walks beside a two-wheeler all along: it is pushed, not ridden."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from domain.instants import seconds_between
from rules.facts.contact import Contact
from rules.facts.road_user import MAX_WAY, RoadUser

PERSON = "person"
_KNOWN_FOR = timedelta(seconds=60)
_ASKED = 16  # sightings, evenly spread: more would say the same
_BESIDE_HEIGHTS = 1.2  # of the two-wheeler: no farther to the left or right
_LEVEL_HEIGHTS = 0.3  # feet and wheels are level; a rider's bounding box ends higher
_SAME_TIME_S = 0.4
_LEAST_SIZE = 0.9  # a rider's bounding box is smaller than that of rider and vehicle together


class Walkers:
    """The ways of everybody who walks, or walked lately.

    What somebody pushes hides him now and then: his track jumps or ends, and what is pushed is judged later.
    """

    def __init__(self) -> None:
        self._ways: dict[int, deque[Contact]] = {}

    def step(self, users: Iterable[RoadUser], now: datetime) -> tuple[Sequence[Contact], ...]:
        """Take in one scene's road users; returns the ways, oldest sightings first."""
        for user in users:
            if user.new and user.track.label == PERSON:
                self._ways.setdefault(user.track.track_id, deque(maxlen=MAX_WAY)).extend(user.new)
        since = now - _KNOWN_FOR
        self._ways = {track_id: way for track_id, way in self._ways.items() if way[-1].at >= since}
        return tuple(self._ways.values())


def escorted_share(contacts: Sequence[Contact], people: Sequence[Sequence[Contact]]) -> float:
    """In which share of these sightings of a two-wheeler somebody stood or walked beside it, 0 to 1.

    Who walks may also bear a two-wheeler's name in some pictures: then nobody is there but him.

    Args:
        contacts: of the two-wheeler, at least one, oldest first.
        people: the ways of those who walk or walked lately.
    """
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
