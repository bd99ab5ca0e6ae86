"""SPEED: how fast vehicles went through a lane, counted by bands of 5 km/h; for traffic engineers, never a case.

An estimate from video is no measurement that the law knows. The rule names no offence, and the engine makes passages
of a counting rule's events: there is no way from here to a case, whatever a camera's file says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field

from domain.camera import CameraConfig, ZoneKind
from domain.event import Event, FindingKind
from rules import interlocks
from rules.fact_rule import FactRule, act, vehicle_of
from rules.facts.facts import Facts
from rules.facts.ways import Way
from rules.kit.ground import MIN_POINTS
from rules.kit.places import Ids, zones_of, zones_problems
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_WAY_TOO_SHORT = "way_too_short"  # seen over too short a way in the lane to tell its speed
REFUSED_TOO_UNCERTAIN = "speed_uncertain"  # boxes and calibration leave more than 5 km/h uncertain
REFUSED_IMPLAUSIBLE = "speed_implausible"  # nobody drives so fast: two vehicles on a track, or a wrong calibration

THROUGH_LANE = "through_lane"
SPEED_KMH: Final = "speed_kmh"
"""The direction under which the ledger holds such counts; the lane is the band's lower end."""
BAND_KMH: Final = 5
MOST_UNCERTAIN_KMH: Final = 5.0
"""Two standard deviations of one vehicle's speed; who is less sure is not counted."""
_FASTEST_KMH = 160.0
_KMH_PER_MPS = 3.6


class SpeedParameters(RuleParameters):
    """Parameters of SPEED."""

    zones: Annotated[Ids, Field(description="ids of the lanes; none: every lane")] = ()
    min_way_m: Annotated[float, Field(ge=5, le=200, description="least way in the lane, 5 to 200 m")] = 10.0


def _judge(facts: Facts, camera: CameraConfig, parameters: SpeedParameters, refusals: Refusals) -> Iterator[Event]:
    for visit in facts.visits_of(frozenset(_places(camera, parameters))):
        vehicle = vehicle_of(visit.user)
        if vehicle is None or visit.end is None:
            continue
        way = Way(contacts=visit.contacts, plane=facts.plane)
        if way.lasted_s <= 0 or way.length < parameters.min_way_m:
            refusals.add(REFUSED_WAY_TOO_SHORT)
            continue
        speed_kmh = _KMH_PER_MPS * way.length / way.lasted_s
        if _KMH_PER_MPS * 2 * way.uncertainty / way.lasted_s > MOST_UNCERTAIN_KMH:
            refusals.add(REFUSED_TOO_UNCERTAIN)
            continue
        if speed_kmh > _FASTEST_KMH:
            refusals.add(REFUSED_IMPLAUSIBLE)
            continue
        yield act(
            "SPEED",
            replace(vehicle, key=f"{vehicle.key}:{visit.zone_id}"),
            {THROUGH_LANE: visit.contacts[-1]},
            place_ids=(visit.zone_id,),
            measurements={"direction": SPEED_KMH, "lane": str(int(speed_kmh // BAND_KMH) * BAND_KMH)},
        )


def _places(camera: CameraConfig, parameters: SpeedParameters) -> Sequence[str]:
    return tuple(zone.id for zone in zones_of(camera, ZoneKind.LANE, parameters.zones))


def _problems(camera: CameraConfig, parameters: SpeedParameters) -> Sequence[RuleProblem]:
    found = list(zones_problems(camera, ZoneKind.LANE, parameters.zones))
    if len(camera.ground_points) < MIN_POINTS:
        found.append(
            RuleProblem(
                parameter="",
                problem="the ground is not calibrated: a speed in metres cannot be told",
                remedy=f"measure {MIN_POINTS} ground_points or more",
            )
        )
    return found


SPEED = FactRule(
    CODE="SPEED",
    VERSION="1.0",
    MOMENTS=(THROUGH_LANE,),
    PARAMETERS=SpeedParameters,
    judge=_judge,
    places=_places,
    check=_problems,
    INTERLOCKS=interlocks.ALL - {interlocks.JAM},
    KIND=FindingKind.COUNT,
)
