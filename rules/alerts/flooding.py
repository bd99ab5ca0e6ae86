"""FLOODING: water stands up to the waterline of a low spot, so that the ground's texture is hidden below it."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, Zone, ZoneKind
from domain.event import DecisiveMoment, Event, FindingKind, Subject
from domain.geometry import BoxPx, to_px
from domain.instants import seconds_between
from domain.low_spots import above, below, waterlines_of
from domain.seen.looks import Look
from rules import interlocks
from rules.fact_rule import FactRule
from rules.facts.facts import Facts
from rules.kit.places import Ids, zones_of, zones_problems
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_WATER_UNKNOWN = "water_unknown"  # the ground of the low spot cannot be told now

SEEN_THERE, STILL_THERE = "seen_there", "still_there"


class FloodingParameters(RuleParameters):
    """Parameters of FLOODING."""

    zones: Annotated[Ids, Field(description="ids of the low spots; none: every zone of kind low_spot")] = ()
    min_time_s: Annotated[
        float, Field(ge=30, le=3600, description="water so long up to the line is an alert, 30 to 3600 s")
    ] = 120.0


def _judge(facts: Facts, camera: CameraConfig, parameters: FloodingParameters, refusals: Refusals) -> Iterator[Event]:
    for zone in _spots(camera, parameters):
        reading = facts.scene.waters.get(zone.id)
        if reading is None:
            continue
        if not reading.known and reading.at == facts.scene.at:  # each look once
            refusals.add(REFUSED_WATER_UNKNOWN)
        if reading.since is None or seconds_between(reading.since, reading.at) < parameters.min_time_s:
            continue
        now, box = facts.scene.at, _box(zone, camera, facts)
        yield Event(
            code="FLOODING",
            subject=Subject(key=f"place:{zone.id}", label="water", label_share=1.0, vehicle_kind="", track_ids=()),
            began_at=reading.since,
            ended_at=now,
            moments=(
                DecisiveMoment(name=SEEN_THERE, at=reading.since, box_xyxy_px=box),
                DecisiveMoment(name=STILL_THERE, at=now, box_xyxy_px=box),
            ),
            zone_ids=(zone.id,),
            measurements={"lasted_s": seconds_between(reading.since, now), "strength": reading.strength},
        )


def _box(zone: Zone, camera: CameraConfig, facts: Facts) -> BoxPx:
    """Around what lies below the line."""
    (line,) = waterlines_of(camera, zone)
    x, y = zip(*(to_px(corner, facts.scene.resolution_wh) for corner in below(zone, line)), strict=True)
    return (min(x), min(y), max(x), max(y))


def _spots(camera: CameraConfig, parameters: FloodingParameters) -> Sequence[Zone]:
    return zones_of(camera, ZoneKind.LOW_SPOT, parameters.zones)


def _places(camera: CameraConfig, parameters: FloodingParameters) -> Sequence[str]:
    return tuple(zone.id for zone in _spots(camera, parameters))


def _problems(camera: CameraConfig, parameters: FloodingParameters) -> Sequence[RuleProblem]:
    problems = zones_problems(camera, ZoneKind.LOW_SPOT, parameters.zones)
    for zone in _spots(camera, parameters):
        lines = waterlines_of(camera, zone)
        if len(lines) != 1:
            drawn = ", ".join(line.id for line in lines) or "none"
            problem = f"low spot {zone.id} needs one line of kind waterline across it, drawn: {drawn}"
            remedy = "draw how far water stands when it is flooded, from border to border"
            problems.append(RuleProblem(parameter="zones", problem=problem, remedy=remedy))
        elif not (below(zone, lines[0]) and above(zone, lines[0])):
            problem = f"waterline {lines[0].id} leaves nothing of low spot {zone.id} on one of its sides"
            remedy = "draw it across the zone: what lies above it tells light and weather from water"
            problems.append(RuleProblem(parameter="zones", problem=problem, remedy=remedy))
    return problems


FLOODING = FactRule(
    CODE="FLOODING",
    VERSION="1.0",
    MOMENTS=(SEEN_THERE, STILL_THERE),
    PARAMETERS=FloodingParameters,
    judge=_judge,
    places=_places,
    check=_problems,
    INTERLOCKS=interlocks.ALL - {interlocks.JAM},  # who stands in the water is no reason to be silent
    LOOKS=frozenset({Look.WATER}),
    KIND=FindingKind.ALERT,
)
