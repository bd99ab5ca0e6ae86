"""How somebody came to a line that he crossed, and how he drove on: known some seconds after he crossed it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from rules.facts.contact import Contact
from rules.facts.road_user import RoadUser
from rules.facts.succession import Succession

if TYPE_CHECKING:
    from rules.facts.crossings import Crossing

_CAME_S = timedelta(seconds=5.0)
_WENT_ON_S = timedelta(seconds=2.5)


@dataclass(slots=True)
class _Waiting:
    """A crossing of which the rest is not known yet."""

    crossing: "Crossing"
    came: tuple[Contact, ...]
    users: list[RoadUser]  # who goes on, under all the tracks since
    legs: list[int]

    @property
    def way(self) -> tuple[Contact, ...]:
        """All of it as far as it is known."""
        after, until = self.crossing.after.at, self.crossing.after.at + _WENT_ON_S
        went_on = (
            item
            for user, leg in zip(self.users, self.legs, strict=True)
            for item in user.way
            if item.leg == leg and after < item.at <= until
        )
        return (*self.came, *went_on)

    @property
    def is_settled(self) -> bool:
        user, leg = self.users[-1], self.legs[-1]
        return user.gone or user.leg != leg or user.way[-1].at >= self.crossing.after.at + _WENT_ON_S


class Settling:
    """Keeps crossings back until their vehicles were seen to drive on, or are gone; gives them their ways."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []

    def step(self, crossings: Iterable["Crossing"], successions: Iterable[Succession]) -> Iterator["Crossing"]:
        """Take in the crossings that are complete now; yields those of which all is known.

        Args:
            crossings: each with the way of its user's tracks up to now still known.
            successions: a vehicle goes on under the next track.
        """
        for succession in successions:
            for waiting in self._waiting:
                if waiting.users[-1] is succession.before:
                    waiting.users.append(succession.after)
                    waiting.legs.append(succession.after.leg)
        for crossing in crossings:
            since, until = crossing.before.at - _CAME_S, crossing.after.at
            came = tuple(item for item in crossing.way if since <= item.at <= until)
            user = crossing.user
            self._waiting.append(_Waiting(crossing=crossing, came=came, users=[user], legs=[user.leg]))
        settled = [waiting for waiting in self._waiting if waiting.is_settled]
        self._waiting = [waiting for waiting in self._waiting if not waiting.is_settled]
        for waiting in settled:
            yield replace(waiting.crossing, way=waiting.way)
