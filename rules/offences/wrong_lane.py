"""WRONG_LANE: along a lane that is kept for other classes of vehicle."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import shapely
from pydantic import Field

from domain.camera import CameraConfig, Zone, ZoneKind
from domain.event import Event
from rules.fact_rule import FactRule, act, vehicle_of
from rules.facts.facts import Facts
from rules.facts.visits import Visit
from rules.facts.ways import Way, direction_of
from rules.kit.places import Ids, zones_of
from rules.proof import RuleFigure
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_CLASS_IN_DOUBT = "class_in_doubt"  # the detector wavers between classes
REFUSED_NOT_FAR_ENOUGH = "not_far_enough"  # it left the lane, or was lost, before it had surely gone far enough
REFUSED_CROSSES = "crosses_the_lane"  # it went across the lane, or against it, not along it
REFUSED_CREEPS = "creeps_in_queue"  # slower than anybody drives who uses a lane: it waited in a queue
REFUSED_STRADDLES = "straddles_the_edge"  # a third of it or more was in the next lane

_EDGE_SHARE = 0.15  # of its width so much must lie inside beyond its middle, on either side
_INSIDE_SHARE = 0.8  # of its sightings

IN_LANE, STILL_IN_LANE = "in_lane", "still_in_lane"

OFFENCES = {"car": "WRONG_LANE", "motorbike": "WRONG_LANE"}


class WrongLaneParameters(RuleParameters):
    """Parameters of WRONG_LANE."""

    zones: Annotated[
        Ids, Field(description="ids of lanes; none: every lane that has a direction and says whom it is open_to")
    ] = ()
    min_distance_m: Annotated[
        float, Field(gt=0, le=500, description="least way along the lane where the ground is calibrated, metres")
    ] = 20.0
    min_distance_norm: Annotated[
        float, Field(gt=0, le=2, description="least way along it otherwise, as a share of the picture's height")
    ] = 0.25
    min_time_s: Annotated[float, Field(ge=0.5, le=60, description="least time in the lane, 0.5 to 60 s")] = 1.5
    max_angle_deg: Annotated[
        float, Field(gt=0, le=80, description="how far its way may turn from the lane's direction, to 80")
    ] = 25.0
    max_time_s: Annotated[
        float,
        Field(gt=0, le=600, description="who takes longer for the least way creeps in a queue, above 0 to 600 s"),
    ] = 15.0
    min_label_share: Annotated[
        float, Field(gt=0.5, le=1, description="share of the sightings that must bear the class, above 0.5 to 1")
    ] = 0.8


def judge(facts: Facts, camera: CameraConfig, parameters: WrongLaneParameters, refusals: Refusals) -> Iterator[Event]:
    """Judge the visits of lanes; one is an act as soon as it went far and long enough."""
    lanes = {zone.id: zone for zone in _lanes(camera, parameters)}
    for visit in facts.visits_of(frozenset(lanes)):
        lane = lanes[visit.zone_id]
        subject = vehicle_of(visit.user)
        if subject is None or subject.vehicle_kind not in OFFENCES or subject.label in lane.open_to:
            continue
        if not visit.shows_class or facts.emitted.has(subject.key, visit.began_at):
            continue
        way = Way(contacts=visit.contacts, plane=facts.plane)
        reason = _objection(visit, way, lane, facts, parameters)
        if reason is not None:
            if visit.end is not None:
                refusals.add(reason)
            continue
        yield act(
            OFFENCES[subject.vehicle_kind],
            subject,
            {IN_LANE: visit.contacts[0], STILL_IN_LANE: visit.contacts[-1]},
            place_ids=(lane.id,),
            measurements={
                f"went_{facts.plane.unit}": way.length,
                f"uncertainty_{facts.plane.unit}": way.uncertainty,
                "lasted_s": way.lasted_s,
                "lane_open_to": ", ".join(lane.open_to),
            },
        )


def _objection(visit: Visit, way: Way, lane: Zone, facts: Facts, parameters: WrongLaneParameters) -> str | None:
    least = parameters.min_distance_m if facts.plane.is_metric else parameters.min_distance_norm
    if not way.surely_reaches(least) or way.lasted_s < parameters.min_time_s:
        return REFUSED_NOT_FAR_ENOUGH
    if way.lasted_s * least > parameters.max_time_s * way.length:
        return REFUSED_CREEPS
    if way.angle_deg(direction_of(lane, facts.plane)) > parameters.max_angle_deg:
        return REFUSED_CROSSES
    if visit.user.track.label_share < parameters.min_label_share:
        return REFUSED_CLASS_IN_DOUBT
    return None if _mostly_inside(visit, facts.plane.polygon_px(lane)) else REFUSED_STRADDLES


def _mostly_inside(visit: Visit, polygon: shapely.Polygon) -> bool:
    """Whether two thirds of it were in the lane, nearly all the time."""
    y = [item.point_px[1] for item in visit.contacts]
    sides = (
        shapely.intersects_xy(polygon, [item.point_px[0] + by * item.width_px for item in visit.contacts], y)
        for by in (-_EDGE_SHARE, _EDGE_SHARE)
    )
    left, right = sides
    return float((left & right).mean()) >= _INSIDE_SHARE


def _lanes(camera: CameraConfig, parameters: WrongLaneParameters) -> Sequence[Zone]:
    return [zone for zone in zones_of(camera, ZoneKind.LANE, parameters.zones) if zone.direction_norm and zone.open_to]


def _places(camera: CameraConfig, parameters: WrongLaneParameters) -> Sequence[str]:
    return tuple(zone.id for zone in _lanes(camera, parameters))


def _problems(camera: CameraConfig, parameters: WrongLaneParameters) -> Sequence[RuleProblem]:
    usable = [zone.id for zone in _lanes(camera, WrongLaneParameters())]
    remedy = "draw a lane with direction_norm, and say open_to which classes it is"
    if not usable:
        return [RuleProblem(parameter="zones", problem="no lane is kept for some classes", remedy=remedy)]
    return [
        RuleProblem(parameter="zones", problem=f"{name} is no lane that is kept for some classes", remedy=remedy)
        for name in parameters.zones
        if name not in usable
    ]


WRONG_LANE = FactRule(
    CODE="WRONG_LANE",
    OFFENCES=OFFENCES,
    VERSION="1.4",
    MEASURED=RuleFigure(version="1.4", right=1248, judged=1255, source="benchmarks/sumo_lanes.md"),
    MOMENTS=(IN_LANE, STILL_IN_LANE),
    PARAMETERS=WrongLaneParameters,
    judge=judge,
    places=_places,
    check=_problems,
)
