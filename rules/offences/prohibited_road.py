"""PROHIBITED_ROAD: a class of vehicle on a road that a sign closes to it, in the hours of the sign."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, Line, LineKind, ZoneKind
from domain.event import Event
from domain.geometry import SizeWh
from rules.fact_rule import FactRule, act, vehicle_of
from rules.facts.facts import Facts
from rules.facts.line.directed_line import DirectedLine
from rules.facts.visits import Visit
from rules.facts.ways import Way
from rules.kit.places import Ids, lines_problems, zones_of, zones_problems
from rules.proof import RuleFigure
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_ENTRY_UNSEEN = "entry_unseen"  # first seen on the closed road: it may live there, or have come by another way
REFUSED_CLASS_IN_DOUBT = "class_in_doubt"  # the detector wavers between classes
REFUSED_NOT_FAR_ENOUGH = "not_far_enough"  # it left, or was lost, before it had surely gone far enough
REFUSED_NOT_BY_GATE = "not_by_gate"  # it came from the side, perhaps out of a yard, and not past a sign
REFUSED_PUSHED = "pushed_on_foot"  # slower than anybody drives

BEFORE_SIGN, ON_CLOSED_ROAD = "before_sign", "on_closed_road"


OFFENCES = {"car": "PROHIBITED_ROAD", "motorbike": "PROHIBITED_ROAD"}


class ProhibitedRoadParameters(RuleParameters):
    """Parameters of PROHIBITED_ROAD."""

    zones: Annotated[Ids, Field(description="ids of the closed roads; none: every zone of kind closed_road")] = ()
    closed_to: Annotated[
        tuple[str, ...], Field(min_length=1, description="classes that the sign means, e.g. truck, car, motorcycle")
    ]
    gates: Annotated[
        Ids,
        Field(description="ids of gates at the signs, by one of which it must have come; none: from anywhere"),
    ] = ()
    min_distance_m: Annotated[
        float, Field(gt=0, le=500, description="least way on it where the ground is calibrated, metres")
    ] = 10.0
    min_distance_norm: Annotated[
        float, Field(gt=0, le=2, description="least way on it otherwise, as a share of the picture's height")
    ] = 0.15
    min_speed_mps: Annotated[
        float, Field(ge=0, le=20, description="slower is pushed on foot, where the ground is calibrated, 0 to 20 m/s")
    ] = 1.8
    min_label_share: Annotated[
        float, Field(gt=0.5, le=1, description="share of the sightings that must bear the class, above 0.5 to 1")
    ] = 0.8


def judge(
    facts: Facts, camera: CameraConfig, parameters: ProhibitedRoadParameters, refusals: Refusals
) -> Iterator[Event]:
    """Judge the visits of closed roads; one is an act as soon as it went far enough."""
    roads = {zone.id: zone for zone in zones_of(camera, ZoneKind.CLOSED_ROAD, parameters.zones)}
    gates = [line for line in camera.lines if line.id in parameters.gates]
    for visit in facts.visits_of(frozenset(roads)):
        subject = vehicle_of(visit.user)
        if subject is None or subject.vehicle_kind not in OFFENCES or subject.label not in parameters.closed_to:
            continue
        if subject.label in roads[visit.zone_id].open_to:
            continue
        way = Way(contacts=visit.contacts, plane=facts.plane)
        reason = _objection(visit, way, parameters, is_metric=facts.plane.is_metric)
        if reason is None and gates and not any(_came_by(gate, visit, facts.scene.resolution_wh) for gate in gates):
            reason = REFUSED_NOT_BY_GATE
        if reason is not None:
            if visit.end is not None:
                refusals.add(reason)
            continue
        if visit.came_from is None or not visit.shows_class:
            continue
        yield act(
            OFFENCES[subject.vehicle_kind],
            subject,
            {BEFORE_SIGN: visit.came_from, ON_CLOSED_ROAD: visit.contacts[-1]},
            place_ids=(visit.zone_id,),
            measurements={
                f"went_{facts.plane.unit}": way.length,
                f"uncertainty_{facts.plane.unit}": way.uncertainty,
                "lasted_s": way.lasted_s,
            },
        )


def _objection(visit: Visit, way: Way, parameters: ProhibitedRoadParameters, *, is_metric: bool) -> str | None:
    if visit.came_from is None:
        return REFUSED_ENTRY_UNSEEN
    least = parameters.min_distance_m if is_metric else parameters.min_distance_norm
    if not way.surely_reaches(least):
        return REFUSED_NOT_FAR_ENOUGH
    if is_metric and way.sure_speed < parameters.min_speed_mps:
        return REFUSED_PUSHED
    return REFUSED_CLASS_IN_DOUBT if visit.user.track.label_share < parameters.min_label_share else None


def _came_by(gate: Line, visit: Visit, resolution_wh: SizeWh) -> bool:
    """Whether it passed a gate, forward, on its way to its first sighting on the closed road."""
    line = DirectedLine.of(gate, resolution_wh)
    way = [item for item in visit.user.way if item.at <= visit.began_at]
    return any(
        line.past_px(one.point_px) <= 0 < line.past_px(other.point_px) and 0 <= line.along(other.point_px) <= 1
        for one, other in pairwise(way)
    )


def _places(camera: CameraConfig, parameters: ProhibitedRoadParameters) -> Sequence[str]:
    return tuple(zone.id for zone in zones_of(camera, ZoneKind.CLOSED_ROAD, parameters.zones))


def _problems(camera: CameraConfig, parameters: ProhibitedRoadParameters) -> Sequence[RuleProblem]:
    problems = zones_problems(camera, ZoneKind.CLOSED_ROAD, parameters.zones)
    return problems + (lines_problems(camera, LineKind.GATE, parameters.gates, "gates") if parameters.gates else [])


PROHIBITED_ROAD = FactRule(
    CODE="PROHIBITED_ROAD",
    OFFENCES=OFFENCES,
    VERSION="1.3",
    MEASURED=RuleFigure(version="1.3", right=329, judged=329, source="benchmarks/sumo_lanes.md"),
    MOMENTS=(BEFORE_SIGN, ON_CLOSED_ROAD),
    PARAMETERS=ProhibitedRoadParameters,
    judge=judge,
    places=_places,
    check=_problems,
)
