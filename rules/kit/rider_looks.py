"""What rules about riders have in common: which looks at a motorcycle agree, and what speaks against them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, ZoneKind
from domain.event import Subject
from domain.seen.riders import RidersLook
from rules.fact_rule import kind_in_doubt, vehicle_of
from rules.facts.contact import Contact
from rules.facts.escort import PERSON, escorted_share
from rules.facts.facts import Facts
from rules.facts.riders import Riders, RidersSighting
from rules.facts.visits import Visit
from rules.kit.places import Ids, zones_of, zones_problems
from rules.rule import RuleParameters, RuleProblem

REFUSED_RIDERS_SWAPPED = "riders_swapped"  # somebody was seen on this motorcycle and on another
REFUSED_RIDERS_DISAGREE = "riders_disagree"  # the looks count different numbers of people
REFUSED_TOO_FEW_LOOKS = "too_few_looks"  # fewer looks show it than are needed
REFUSED_ONE_DISTANCE = "one_distance_only"  # all looks show it at about the same size
REFUSED_CLASS_IN_DOUBT = "class_in_doubt"  # the detector wavers between motorcycle and bicycle
REFUSED_PUSHED = "pushed_on_foot"  # somebody walks beside it

FIRST_LOOK, MIDDLE_LOOK, LAST_LOOK = "first_look", "middle_look", "last_look"
MOMENTS = (FIRST_LOOK, MIDDLE_LOOK, LAST_LOOK)
MOTORBIKE = "motorbike"
_PUSHED_SHARE = 0.5  # of the sightings, with somebody beside it
_GROUND_HEIGHTS = 0.12  # of the motorcycle: nine in ten riders' lower edges lie higher


class RiderParameters(RuleParameters):
    """Parameters of every rule about riders."""

    zones: Annotated[Ids, Field(description="ids of the lanes where riders are looked at; none: every lane")] = ()
    min_looks: Annotated[
        int, Field(ge=3, le=8, description="so many looks must show it, and none may say otherwise, 3 to 8")
    ] = 3
    min_size_ratio: Annotated[
        float,
        Field(ge=1.1, le=4, description="so much larger than the smallest the largest view must be, 1.1 to 4 times"),
    ] = 1.2
    min_label_share: Annotated[
        float, Field(gt=0.5, le=1, description="share of its sightings that must be a motorcycle's, to 1")
    ] = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a motorcycle, where it was then."""

    contact: Contact
    sighting: RidersSighting

    @property
    def seen(self) -> RidersLook:
        """What the look told."""
        return self.sighting.look


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """A motorcycle that passed a zone to the end, with every look at its riders there."""

    visit: Visit
    subject: Subject
    looks: tuple[Look, ...]  # that count its riders, oldest first
    riders: Riders

    def objection(self, facts: Facts, parameters: RiderParameters, shown: Sequence[Look]) -> str | None:
        """What speaks against an act that some of the looks show; None: nothing.

        Args:
            facts: of the scene.
            parameters: of the rule.
            shown: the looks that show it.
        """
        objections = {
            REFUSED_CLASS_IN_DOUBT: kind_in_doubt(self.subject, parameters.min_label_share),
            REFUSED_RIDERS_SWAPPED: self.riders.swapped,
            REFUSED_RIDERS_DISAGREE: len({look.seen.count for look in self.looks}) > 1,
            REFUSED_TOO_FEW_LOOKS: len(shown) < parameters.min_looks,
            REFUSED_ONE_DISTANCE: size_ratio(shown) < parameters.min_size_ratio,
            REFUSED_PUSHED: self._is_pushed(facts),
        }
        return next((reason for reason, holds in objections.items() if holds), None)

    def _is_pushed(self, facts: Facts) -> bool:
        """Whether somebody who was never seen on it walks beside it, or who was seen on it may stand on the ground."""
        people = (user for user in facts.users if user.track.label == PERSON and user.way)
        others = [user.way for user in people if user.track.track_id not in self.riders.people]
        on_foot = sum(_reaches_the_ground(look.seen) for look in self.looks)
        return (
            on_foot >= _PUSHED_SHARE * len(self.looks) or escorted_share(self.visit.contacts, others) >= _PUSHED_SHARE
        )


def _reaches_the_ground(look: RidersLook) -> bool:
    """Whether somebody's lower edge is as low as the wheels'."""
    _, top, _, bottom = look.motorcycle_xyxy_px
    return any(bottom - rider.person_xyxy_px[3] < _GROUND_HEIGHTS * (bottom - top) for rider in look.riders)


def rides(facts: Facts, camera: CameraConfig, parameters: RiderParameters) -> Iterator[Ride]:
    """The motorcycles that have now passed a zone, and whose riders were counted there at least once.

    A ride is judged when it is over: nothing can be seen any more that says otherwise.
    """
    for visit in facts.visits_of(frozenset(lanes(camera, parameters))):
        subject = vehicle_of(visit.user)
        riders = facts.riders.get(visit.user.track.track_id)
        if visit.end is None or subject is None or subject.vehicle_kind != MOTORBIKE or riders is None:
            continue
        contacts = {contact.at: contact for contact in visit.contacts}
        looks = tuple(
            Look(contact=contacts[sighting.at], sighting=sighting)
            for sighting in riders.sightings
            if sighting.at in contacts and sighting.look.count is not None
        )
        if looks:
            yield Ride(visit=visit, subject=subject, looks=looks, riders=riders)


def size_ratio(shown: Sequence[Look]) -> float:
    """How much larger the largest view is than the smallest; 1 where there is none."""
    heights_px = [look.contact.height_px for look in shown] or [1.0]
    return max(heights_px) / min(heights_px)


def moments(shown: Sequence[Look]) -> dict[str, Contact]:
    """The first, the middle and the last of at least three looks."""
    return {
        FIRST_LOOK: shown[0].contact,
        MIDDLE_LOOK: shown[len(shown) // 2].contact,
        LAST_LOOK: shown[-1].contact,
    }


def lanes(camera: CameraConfig, parameters: RiderParameters) -> Sequence[str]:
    """Ids of the zones where riders are looked at."""
    return tuple(zone.id for zone in zones_of(camera, ZoneKind.LANE, parameters.zones))


def problems(camera: CameraConfig, parameters: RiderParameters) -> Sequence[RuleProblem]:
    """What is missing at a camera."""
    return zones_problems(camera, ZoneKind.LANE, parameters.zones)
