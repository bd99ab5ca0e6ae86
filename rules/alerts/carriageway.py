"""PERSON_ON_CARRIAGEWAY and ANIMAL_ON_CARRIAGEWAY: somebody in a lane who should not be there, off every crosswalk."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, ZoneKind
from domain.event import Event, FindingKind, Subject
from domain.geometry import SizeWh, contains
from domain.instants import seconds_between
from rules import interlocks
from rules.alerts.on_foot import PERSON, on_foot
from rules.fact_rule import FactRule, act
from rules.facts.contact import Contact
from rules.facts.facts import Facts
from rules.facts.visits import Visit
from rules.kit.places import Ids, zones_of, zones_problems
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_CARRIED = "carried_by_a_vehicle"  # it rides or sits in a vehicle, or is so near, small or fast that it may
REFUSED_ON_CROSSWALK = "on_crosswalk"  # it crossed where it may
REFUSED_LEFT_SOON = "left_soon"  # it was off the carriageway, or lost, before it was long enough

SEEN_THERE, STILL_THERE = "seen_there", "still_there"

ANIMALS = frozenset({"dog", "cow", "horse", "sheep"})


class CarriagewayParameters(RuleParameters):
    """Parameters of ANIMAL_ON_CARRIAGEWAY."""

    zones: Annotated[Ids, Field(description="ids of the lanes; none: every zone of kind lane")] = ()
    min_time_s: Annotated[float, Field(ge=0.5, le=60, description="least time on it, 0.5 to 60 s")] = 3.0


class PersonParameters(CarriagewayParameters):
    """Parameters of PERSON_ON_CARRIAGEWAY."""

    min_height_norm: Annotated[
        float, Field(ge=0, le=1, description="people are judged from this share of the picture's height on, 0 to 1")
    ] = 0.1


def _person(facts: Facts, camera: CameraConfig, parameters: PersonParameters, refusals: Refusals) -> Iterator[Event]:
    for visit in facts.visits_of(frozenset(_places(camera, parameters))):
        if visit.user.track.label != PERSON:
            continue
        there = _off_crosswalks(visit.contacts, camera, facts.scene.resolution_wh)
        reason = _too_soon(visit, there, parameters)
        if reason is None and not on_foot(there, facts, parameters.min_height_norm):
            reason = REFUSED_CARRIED
        if reason is not None:
            if visit.end is not None:
                refusals.add(reason)
            continue
        if visit.end is None:
            yield _alert("PERSON_ON_CARRIAGEWAY", visit, there)


def _animal(
    facts: Facts, camera: CameraConfig, parameters: CarriagewayParameters, refusals: Refusals
) -> Iterator[Event]:
    for visit in facts.visits_of(frozenset(_places(camera, parameters))):
        if visit.user.track.label not in ANIMALS:
            continue
        reason = _too_soon(visit, visit.contacts, parameters)
        if reason is not None:
            if visit.end is not None:
                refusals.add(reason)
            continue
        if visit.end is None:
            yield _alert("ANIMAL_ON_CARRIAGEWAY", visit, visit.contacts)


def _off_crosswalks(contacts: Sequence[Contact], camera: CameraConfig, resolution_wh: SizeWh) -> Sequence[Contact]:
    """The newest sightings in a row that lie off every crosswalk."""
    crosswalks = [zone.polygon_norm for zone in camera.zones if zone.kind == ZoneKind.CROSSWALK]
    if not crosswalks:
        return contacts
    width_px, height_px = resolution_wh
    for index in range(len(contacts) - 1, -1, -1):
        x, y = contacts[index].point_px
        if any(contains(polygon, (x / width_px, y / height_px)) for polygon in crosswalks):
            return contacts[index + 1 :]
    return contacts


def _too_soon(visit: Visit, there: Sequence[Contact], parameters: CarriagewayParameters) -> str | None:
    if there and seconds_between(there[0].at, there[-1].at) >= parameters.min_time_s:
        return None
    return REFUSED_LEFT_SOON if len(there) == len(visit.contacts) else REFUSED_ON_CROSSWALK


def _alert(rule: str, visit: Visit, there: Sequence[Contact]) -> Event:
    track = visit.user.track
    return act(
        rule,
        Subject(
            key=f"track:{track.track_id}",
            label=track.label,
            label_share=track.label_share,
            vehicle_kind="",
            track_ids=(track.track_id,),
        ),
        {SEEN_THERE: there[0], STILL_THERE: there[-1]},
        place_ids=(visit.zone_id,),
        measurements={"lasted_s": seconds_between(there[0].at, there[-1].at)},
    )


def _places(camera: CameraConfig, parameters: CarriagewayParameters) -> Sequence[str]:
    return tuple(zone.id for zone in zones_of(camera, ZoneKind.LANE, parameters.zones))


def _problems(camera: CameraConfig, parameters: CarriagewayParameters) -> Sequence[RuleProblem]:
    return zones_problems(camera, ZoneKind.LANE, parameters.zones)


PERSON_ON_CARRIAGEWAY = FactRule(
    CODE="PERSON_ON_CARRIAGEWAY",
    VERSION="1.2",
    MOMENTS=(SEEN_THERE, STILL_THERE),
    PARAMETERS=PersonParameters,
    judge=_person,
    places=_places,
    check=_problems,
    KIND=FindingKind.ALERT,
)

ANIMAL_ON_CARRIAGEWAY = FactRule(
    CODE="ANIMAL_ON_CARRIAGEWAY",
    VERSION="1.0",
    MOMENTS=(SEEN_THERE, STILL_THERE),
    PARAMETERS=CarriagewayParameters,
    judge=_animal,
    places=_places,
    check=_problems,
    INTERLOCKS=interlocks.ALL - {interlocks.JAM},  # it stands among them, and nobody rides it
    KIND=FindingKind.ALERT,
)
