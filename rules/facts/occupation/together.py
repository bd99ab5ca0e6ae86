"""What belongs together: items to a place, and places to one another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from domain.instants import seconds_between
from rules.facts.occupation.occupation import Occupation, are_near, common_share, union
from rules.facts.occupation.sightings import Item
from rules.kit.stays.standing import hidden_share

SEEN_SHARE: Final = 0.25
"""Of a place that must be covered by what is seen."""
TOUCHES_SHARE: Final = 0.15
"""Of the smaller of two boxes: they are of one place."""

_ANCHOR_S = 30.0  # so long a place grows with what is found at its edge
_BESIDE_S = 60.0  # what was seen so lately stands there


def changed_in(occupation: Occupation, changed: Sequence[Item]) -> bool:
    """Whether any changed ground reaches into the place."""
    return any(common_share(item.box_norm, occupation.place_norm) > 0 for item in changed)


def note_melted(places: Sequence[Occupation], changed: Sequence[Item]) -> None:
    """Which places one changed part of the ground now shows as one with an older place."""
    for number, place in enumerate(places):
        around = [item.box_norm for item in changed if hidden_share(place.place_norm, [item.box_norm]) >= SEEN_SHARE]
        place.melted = any(
            one.seen_now and hidden_share(one.place_norm, [box]) >= SEEN_SHARE
            for one in places[:number]
            for box in around
        )


def note_inside(places: Sequence[Occupation]) -> None:
    """Which places reach into one that was occupied earlier and is seen now: what stands in both is told once."""
    for number, place in enumerate(places):
        place.melted = place.melted or any(
            one.seen_now and common_share(place.place_norm, one.place_norm) >= TOUCHES_SHARE for one in places[:number]
        )


def is_of(item: Item, occupation: Occupation, at: datetime) -> bool:
    """Whether it lies in the place, or beside what stands there now: what is found late is no other place."""
    if common_share(item.box_norm, occupation.place_norm) >= TOUCHES_SHARE:
        return True
    stands_there = occupation.cleared_at is None and seconds_between(occupation.presence.seen_at, at) <= _BESIDE_S
    return stands_there and are_near(item.box_norm, occupation.place_norm)


def is_new(occupation: Occupation, at: datetime) -> bool:
    """Whether it still grows."""
    return occupation.came_back == 0 and seconds_between(occupation.presence.began_at, at) <= _ANCHOR_S


def grow(occupation: Occupation, items: Sequence[Item]) -> None:
    """At its beginning a place takes in what is found at its edge: a stall is not set up at once."""
    for item in items:
        if are_near(occupation.place_norm, item.box_norm):
            occupation.place_norm = union(occupation.place_norm, item.box_norm)
