"""The stretches over which somebody went against a direction, each from where he was farthest forward."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from domain.instants import seconds_between
from rules.facts.contact import Contact
from rules.facts.ground_plane import PointGround


class StretchEnd(Enum):
    """How a stretch ended."""

    TURNED_BACK = "turned_back"  # it went with the direction again
    UNSEEN = "unseen"  # nobody saw it for too long


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Sightings from the one farthest forward on, none of which lies ahead of that."""

    contacts: Sequence[Contact]
    along: Sequence[float]  # of each, in units of the ground plane
    end: StretchEnd | None = None  # None: it goes on, or its last sighting is the last of all

    @property
    def reach(self) -> float:
        """How far back it went at most."""
        return self.along[0] - min(self.along)

    def without_turn(self, least: float) -> Sequence[Contact]:
        """The sightings since it was at least so far back for good; about its turn a track may change vehicles."""
        begin = self.along[0] - least
        last_before = max((index for index, along in enumerate(self.along) if along > begin), default=-1)
        return self.contacts[last_before + 1 :]


def stretches_against(
    contacts: Sequence[Contact], axis: PointGround, *, back: float, max_gap_s: float
) -> Iterator[Stretch]:
    """The stretches of a way, oldest first; the last one goes on.

    Args:
        contacts: of one leg, oldest first.
        axis: the direction, a unit vector on the ground.
        back: who goes so far with the direction again has turned back.
        max_gap_s: a longer span without a sighting ends a stretch.
    """
    first, lowest = 0, 0.0
    along = [item.ground[0] * axis[0] + item.ground[1] * axis[1] for item in contacts]
    for index, value in enumerate(along):
        end = None
        if index > first:
            if seconds_between(contacts[index - 1].at, contacts[index].at) > max_gap_s:
                end = StretchEnd.UNSEEN
            elif value - lowest > back:
                end = StretchEnd.TURNED_BACK
        if end is not None:
            yield Stretch(contacts=contacts[first:index], along=along[first:index], end=end)
        if end is not None or index == first or value > along[first]:
            first, lowest = index, value
        lowest = min(lowest, value)
    if contacts:
        yield Stretch(contacts=contacts[first:], along=along[first:])
