"""COUNT: every vehicle that crosses a gate, in which lane, and by which movement it passes the junction."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, LineKind, ZoneKind
from domain.event import Event, FindingKind, Subject
from domain.geometry import SizeWh, contains
from domain.instants import seconds_between
from rules import interlocks
from rules.fact_rule import FactRule, act, vehicle_of
from rules.facts.contact import Contact
from rules.facts.crossings import Crossing
from rules.facts.facts import Facts
from rules.facts.gate_paths import GatePath
from rules.kit.places import Ids, lines_of, lines_problems
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_MOVEMENT_UNKNOWN = "movement_unknown"  # it crossed two gates, and no movement is described between them

CROSSED = "crossed"
_LANE_WITHIN_S = 1.0  # a lane that is drawn up to a little before the gate
INTO, OUT_OF, THROUGH = "in", "out", "through"


class CountParameters(RuleParameters):
    """Parameters of COUNT."""

    gates: Annotated[Ids, Field(description="ids of the gates; none: every line of kind gate")] = ()


def _judge(facts: Facts, camera: CameraConfig, parameters: CountParameters, refusals: Refusals) -> Iterator[Event]:
    gates = frozenset(_places(camera, parameters))
    for crossing in facts.crossings:
        vehicle = vehicle_of(crossing.user)
        if vehicle is not None and crossing.line_id in gates:
            yield _over_gate(crossing, vehicle, camera, facts.scene.resolution_wh)
    for path in facts.paths:
        vehicle = vehicle_of(path.user)
        if vehicle is None or not {path.entry.line_id, path.exit.line_id} <= gates:
            continue
        movement = camera.movement(path.entry.line_id, path.exit.line_id)
        if movement is None:
            refusals.add(REFUSED_MOVEMENT_UNKNOWN)
            continue
        yield _by_movement(path, vehicle, movement.id)


def _over_gate(crossing: Crossing, vehicle: Subject, camera: CameraConfig, resolution_wh: SizeWh) -> Event:
    return act(
        "COUNT",
        replace(vehicle, key=f"{vehicle.key}:{crossing.line_id}"),  # it may cross two gates in one picture
        {CROSSED: crossing.after},
        place_ids=(crossing.line_id,),
        measurements={
            "direction": INTO if crossing.forward else OUT_OF,
            "lane": _lane_of(crossing, camera, resolution_wh),
        },
    )


def _by_movement(path: GatePath, vehicle: Subject, movement_id: str) -> Event:
    return act(
        "COUNT",
        replace(vehicle, key=f"{vehicle.key}:{movement_id}"),
        {CROSSED: path.exit.after},
        place_ids=(movement_id,),
        measurements={"direction": THROUGH, "lane": ""},
    )


def _lane_of(crossing: Crossing, camera: CameraConfig, resolution_wh: SizeWh) -> str:
    """The lane in which somebody was nearest to the gate, on its outer side; empty: in none that is drawn."""
    lanes = [zone for zone in camera.zones if zone.kind == ZoneKind.LANE]
    for contact in _outside(crossing):
        at = (contact.point_px[0] / resolution_wh[0], contact.point_px[1] / resolution_wh[1])
        for lane in lanes:
            if contains(lane.polygon_norm, at):
                return lane.id
    return ""


def _outside(crossing: Crossing) -> Iterator[Contact]:
    """Its sightings on the side from which lanes lead to the gate, the nearest in time first."""
    way = crossing.user.way
    if crossing.forward:
        near = (item for item in reversed(way) if item.at <= crossing.before.at)
        yield from (item for item in near if seconds_between(item.at, crossing.before.at) <= _LANE_WITHIN_S)
    else:
        yield from (item for item in way if item.at >= crossing.after.at)


def _places(camera: CameraConfig, parameters: CountParameters) -> Sequence[str]:
    return lines_of(camera, LineKind.GATE, parameters.gates)


def _problems(camera: CameraConfig, parameters: CountParameters) -> Sequence[RuleProblem]:
    return [replace(problem, parameter="gates") for problem in lines_problems(camera, LineKind.GATE, parameters.gates)]


COUNT = FactRule(
    CODE="COUNT",
    VERSION="1.0",
    MOMENTS=(CROSSED,),
    PARAMETERS=CountParameters,
    judge=_judge,
    places=_places,
    check=_problems,
    INTERLOCKS=interlocks.ALL - {interlocks.JAM},
    KIND=FindingKind.COUNT,
)
