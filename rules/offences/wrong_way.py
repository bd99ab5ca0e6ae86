"""WRONG_WAY: against a lane's lawful direction, far enough and long enough to be no mistake of the picture."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, Zone, ZoneKind
from domain.event import Event
from domain.instants import seconds_between
from rules import interlocks
from rules.fact_rule import FactRule, act, vehicle_of
from rules.facts.contact import Contact
from rules.facts.facts import Facts
from rules.facts.stretches import Stretch, StretchEnd, stretches_against
from rules.facts.visits import Visit, VisitEnd
from rules.facts.ways import Way, direction_of
from rules.kit.ground import MIN_POINTS, road_from_image
from rules.kit.line.crossing_parameters import zone_problems
from rules.kit.line.ruling import REFUSED_NOT_A_VEHICLE
from rules.kit.places import Ids, zones_of
from rules.proof import RuleFigure
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_TURNED_BACK = "turned_back"  # it went against the direction, but not far or long enough, and back again
REFUSED_LEFT_LANE = "left_lane"  # it left the lane, or was lost, before it had gone far enough
REFUSED_JUMPED = "track_jumped"  # its track jumped: what was seen before and after may be two vehicles

ENTERED = "entered"
AGAINST_FLOW = "against_flow"

OFFENCES = {"car": "WRONG_WAY", "motorbike": "WRONG_WAY"}

_COUNTS_SHARE = 0.3  # of the least way: who went less is not even counted
_TURN_SHARE = 0.1  # of the least way
_END_SIGHTINGS = 2  # steady ones, each of which is a median of several


class WrongWayParameters(RuleParameters):
    """Parameters of WRONG_WAY. Without a ground calibration, lengths are shares of the picture's height."""

    zones: Annotated[
        Ids, Field(description="ids of lane zones that have a direction; none: every lane zone that has one")
    ] = ()
    min_distance_m: Annotated[
        float, Field(gt=0, le=500, description="least way against the direction where the ground is calibrated, metres")
    ] = 10.0
    min_distance_norm: Annotated[
        float,
        Field(gt=0, le=2, description="least way against the direction otherwise, as a share of the picture's height"),
    ] = 0.15
    min_speed_mps: Annotated[
        float,
        Field(ge=0, le=20, description="slower is pushed on foot, where the ground is calibrated, 0 to 20 m/s"),
    ] = 1.8
    min_time_s: Annotated[
        float, Field(ge=0.5, le=60, description="least time of going against the direction, 0.5 to 60 s")
    ] = 1.0
    max_angle_deg: Annotated[
        float, Field(gt=0, le=80, description="how far the way may turn from straight against the direction, to 80")
    ] = 40.0
    back_share: Annotated[
        float, Field(gt=0, le=1, description="going so much of the least way with the direction again ends the run")
    ] = 0.3
    min_sightings: Annotated[int, Field(ge=3, le=100, description="least sightings of the run, 3 to 100")] = 4
    max_gap_s: Annotated[
        float, Field(gt=0, le=30, description="a longer span without a sighting ends the run, above 0 to 30 s")
    ] = 2.0


def judge(facts: Facts, camera: CameraConfig, parameters: WrongWayParameters, refusals: Refusals) -> Iterator[Event]:
    """Judge the visits of lanes; a run against the direction is an act as soon as it is far and long enough."""
    lanes = {lane.id: lane for lane in _lanes(camera, parameters)}
    least = parameters.min_distance_m if facts.plane.is_metric else parameters.min_distance_norm
    for visit in facts.visits_of(frozenset(lanes)):
        if visit.most_against < _COUNTS_SHARE * least or facts.emitted.has_any_of(f"track:{visit.user.track.track_id}"):
            continue
        lane = lanes[visit.zone_id]
        if visit.end is None and (visit.against < least or visit.user.track.vehicle_kind is None):
            continue
        runs = _runs(visit, lane, facts, parameters, least)
        contacts = runs[-1].without_turn(_TURN_SHARE * least)
        way = Way(contacts=contacts, plane=facts.plane, end_sightings=_END_SIGHTINGS)
        if not _far_enough(way, lane, facts, parameters, least):
            if visit.end is not None:
                _count(visit, runs, least, refusals)
            continue
        subject = vehicle_of(visit.user)
        if subject is None:
            refusals.add(REFUSED_NOT_A_VEHICLE)
            continue
        unit, axis = facts.plane.unit, direction_of(lane, facts.plane)
        yield act(
            "WRONG_WAY",
            subject,
            {ENTERED: way.contacts[0], AGAINST_FLOW: way.contacts[-1]},
            place_ids=(lane.id,),
            measurements={
                f"against_direction_{unit}": -way.along(axis),
                f"aside_{unit}": abs(way.along((axis[1], -axis[0]))),
                f"uncertainty_{unit}": way.uncertainty,
                "lasted_s": _lasted_s(way.contacts),
                "sightings": len(way.contacts),
            },
        )


def _runs(visit: Visit, lane: Zone, facts: Facts, parameters: WrongWayParameters, least: float) -> Sequence[Stretch]:
    return list(
        stretches_against(
            visit.contacts,
            direction_of(lane, facts.plane),
            back=parameters.back_share * least,
            max_gap_s=parameters.max_gap_s,
        )
    )


def _far_enough(way: Way, lane: Zone, facts: Facts, parameters: WrongWayParameters, least: float) -> bool:
    if len(way.contacts) < parameters.min_sightings:
        return False
    axis = direction_of(lane, facts.plane)
    against, lasted_s = -way.along(axis), _lasted_s(way.contacts)
    return (
        against >= least
        and lasted_s >= parameters.min_time_s
        and (not facts.plane.is_metric or against >= parameters.min_speed_mps * lasted_s)
        and 180.0 - way.angle_deg(axis) <= parameters.max_angle_deg
        and against - 2 * way.uncertainty >= least
    )


def _lasted_s(contacts: Sequence[Contact]) -> float:
    return seconds_between(contacts[0].at, contacts[-1].at)


def _count(visit: Visit, runs: Sequence[Stretch], least: float, refusals: Refusals) -> None:
    """Count the runs that were no act; who went a small part of the least way is not counted."""
    for run in runs:
        if run.reach < _COUNTS_SHARE * least:
            continue
        if run.end is StretchEnd.TURNED_BACK:
            refusals.add(REFUSED_TURNED_BACK)
        elif run.end is None and visit.end is VisitEnd.JUMPED:
            refusals.add(REFUSED_JUMPED)
        else:
            refusals.add(REFUSED_LEFT_LANE)


def _lanes(camera: CameraConfig, parameters: WrongWayParameters) -> Sequence[Zone]:
    return [lane for lane in zones_of(camera, ZoneKind.LANE, parameters.zones) if lane.direction_norm is not None]


def _places(camera: CameraConfig, parameters: WrongWayParameters) -> Sequence[str]:
    return tuple(lane.id for lane in _lanes(camera, parameters))


def _problems(camera: CameraConfig, parameters: WrongWayParameters) -> Sequence[RuleProblem]:
    """There must be lanes with a direction; a ground calibration must span a plane."""
    problems = zone_problems(camera, "zones", parameters.zones)
    for zone_id in parameters.zones:
        zone = camera.zone(zone_id)
        if zone is not None and (zone.kind != ZoneKind.LANE or zone.direction_norm is None):
            problems.append(
                RuleProblem(
                    parameter="zones",
                    problem=f"zone {zone_id} is no lane with a direction",
                    remedy="name zones of kind lane that have direction_norm",
                )
            )
    if not parameters.zones and not _lanes(camera, parameters):
        problems.append(
            RuleProblem(parameter="", problem="no lane has a direction", remedy="draw a lane zone with direction_norm")
        )
    if len(camera.ground_points) >= MIN_POINTS:
        try:
            road_from_image(camera.ground_points)
        except ValueError as error:
            remedy = "measure points across the road"
            problems.append(RuleProblem(parameter="", problem=f"ground_points: {error}", remedy=remedy))
    return problems


WRONG_WAY = FactRule(
    CODE="WRONG_WAY",
    OFFENCES=OFFENCES,
    VERSION="2.0",
    MEASURED=RuleFigure(version="2.0", right=759, judged=771, source="benchmarks/sumo.md"),
    MOMENTS=(ENTERED, AGAINST_FLOW),
    PARAMETERS=WrongWayParameters,
    judge=judge,
    places=_places,
    check=_problems,
    INTERLOCKS=interlocks.ALL - {interlocks.JAM},  # who rides against the flow past those who stand is no less an act
)
