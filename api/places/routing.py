"""Whose a thing is: its ward by the borders, its receiver by the catalogue. What is not known is said, not guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api.intake.verification import is_identifier
from api.places.ward_map import WardMap
from domain.camera import Position
from domain.cases.case import ViolationRef
from domain.law.receivers import OF_A_WARD, Receiver, receiver_of
from domain.reminder_outcome import ward_key


class PlaceProblem(StrEnum):
    """What is wrong with a camera's place."""

    NO_PLACE = "no_place"  # latitude and longitude are both zero: nobody filled them in
    IN_NO_WARD = "in_no_ward"  # it lies within no border
    OTHER_WARD = "other_ward"  # its file names another ward than the one that it lies in
    NEAR_BORDER = "near_border"  # a few metres could make it another ward's


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The ward of a camera's view."""

    ward: str  # its name; as the camera's file says where there are no borders
    ward_key: str  # empty: not known, so it is nobody's but of those who see every ward
    problem: PlaceProblem | None = None
    neighbour: str = ""  # the other ward that it may be


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverRule:
    """A preference of the centre: who receives some acts at some places, of those who may fine them."""

    receiver: Receiver
    codes: frozenset[str] = frozenset()  # empty: every one, as with the next two
    vehicles: frozenset[str] = frozenset()
    wards: frozenset[str] = frozenset()

    def fits(self, violation: ViolationRef, ward: str) -> bool:
        """Whether it speaks of an act in a ward."""
        wanted = ((self.codes, violation.code), (self.vehicles, violation.vehicle_kind), (self.wards, ward))
        return all(not among or one in among for among, one in wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """Where a case goes."""

    place: Place
    queue: str | None  # None: nobody who may fine it is known, and it cannot be confirmed
    fallback: bool  # it is a ward's, which is not known: it went to the queue that is named for that

    def on_record(self) -> dict[str, Any]:
        """What the event of a case's arrival says of it."""
        place = self.place
        said = {"ward": place.ward, "ward_key": place.ward_key, "problem": place.problem, "fallback": self.fallback}
        return {name: value for name, value in said.items() if value or name.startswith("ward")}


class Router:
    """Finds wards and receivers. Safe to use from every thread.

    Args:
        wards: by their borders; None: what a camera's file says is believed.
        queues: queue by whole sanction route or by receiver, where it is not the receiver's own name.
        rules: preferences of the centre, the first that fits before the others.
        fallback: the queue of cases that are a ward's and whose ward is not known.
    """

    def __init__(
        self,
        *,
        wards: WardMap | None = None,
        queues: Mapping[str, str] | None = None,
        rules: Sequence[ReceiverRule] = (),
        fallback: str = Receiver.TRAFFIC_POLICE,
    ) -> None:
        self.wards = wards
        self.fallback = fallback
        self._queues = queues or {}
        self._rules = tuple(rules)

    def place(self, ward_said: str, position: Position) -> Place:
        """The ward of a point.

        Args:
            ward_said: what the camera's file says.
            position: of the camera's view.
        """
        said = ward_said.replace("\0", "")
        if self.wards is None:
            return Place(ward=said, ward_key=ward_key(said))
        if position.latitude_deg == position.longitude_deg == 0:
            return Place(ward=said, ward_key="", problem=PlaceProblem.NO_PLACE)
        found = self.wards.find(position)
        if found is None:
            return Place(ward=said, ward_key="", problem=PlaceProblem.IN_NO_WARD)
        problem, neighbour = None, ""
        if found.neighbour is not None:
            problem, neighbour = PlaceProblem.NEAR_BORDER, found.neighbour.name
        if ward_key(said) != found.ward.key:
            problem, neighbour = PlaceProblem.OTHER_WARD, said
        return Place(ward=found.ward.name, ward_key=found.ward.key, problem=problem, neighbour=neighbour)

    def queue_of(self, receiver: Receiver) -> str | None:
        """The queue of a receiver."""
        return _name(self._queues.get(receiver.value, receiver.value))

    def route(self, violation: ViolationRef, *, ward_said: str, position: Position) -> Routed:
        """Where a case goes."""
        place = self.place(ward_said, position)
        route = violation.sanction_route
        if (configured := self._queues.get(route)) is not None:
            return Routed(place=place, queue=_name(configured), fallback=False)
        preferred = [rule.receiver for rule in self._rules if rule.fits(violation, place.ward_key)]
        receiver = receiver_of(route, violation.vehicle_kind, preferred=preferred)
        if receiver is None:
            return Routed(place=place, queue=None, fallback=False)
        if receiver in OF_A_WARD and not place.ward_key:
            return Routed(place=place, queue=self.fallback, fallback=True)
        return Routed(place=place, queue=self.queue_of(receiver), fallback=False)


def _name(queue: str) -> str | None:
    return queue if is_identifier(queue) else None
