"""STOPPED_ON_FAST_ROAD and AGAINST_TRAFFIC: vehicles that others may hit within seconds."""

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from statistics import median
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, Zone, ZoneKind
from domain.event import Event, FindingKind
from domain.instants import seconds_between
from domain.seen.scene import Scene
from domain.seen.timeline import SignalState
from rules.fact_rule import FactRule, act, vehicle_of
from rules.facts.contact import Contact
from rules.facts.facts import Facts
from rules.facts.ways import Way, direction_of
from rules.kit.places import Ids, signal_problems, zones_problems
from rules.rule import Refusals, RuleParameters, RuleProblem

SEEN_THERE, STILL_THERE = "seen_there", "still_there"

_STILL_BOX_HEIGHTS = 0.25
_OVER_S = 4.0  # so far back a vehicle's way is looked at
_DISCHARGE_S = 20.0  # of green: a queue of as many as a picture shows has driven off, two seconds each

LaneIds = Annotated[Ids, Field(min_length=1, description="ids of the lanes in which nobody ever stops or turns round")]


class StoppedParameters(RuleParameters):
    """Parameters of STOPPED_ON_FAST_ROAD."""

    zones: LaneIds
    min_time_s: Annotated[float, Field(ge=2, le=300, description="standing so long is an alert, 2 to 300 s")] = 8.0
    signal: Annotated[
        str | None,
        Field(
            description="id of the signal at which vehicles wait in these lanes: time without green does not count, "
            f"nor the first {_DISCHARGE_S:.0f} s of green"
        ),
    ] = None


class AgainstParameters(RuleParameters):
    """Parameters of AGAINST_TRAFFIC."""

    zones: LaneIds
    min_distance_m: Annotated[
        float, Field(gt=0, le=200, description="least way against the direction where the ground is calibrated, metres")
    ] = 8.0
    min_distance_norm: Annotated[
        float, Field(gt=0, le=2, description="least way against it otherwise, as a share of the picture's height")
    ] = 0.1
    max_angle_deg: Annotated[
        float, Field(gt=0, le=80, description="how far the way may turn from straight against the direction, to 80")
    ] = 40.0


def _stopped(facts: Facts, camera: CameraConfig, parameters: StoppedParameters, refusals: Refusals) -> Iterator[Event]:
    del camera, refusals
    for visit in facts.visits_of(frozenset(parameters.zones)):
        vehicle = vehicle_of(visit.user)
        if vehicle is None or visit.end is not None:
            continue
        stood = _standing(visit.contacts)
        stood_s = _free_to_go_s(stood, facts.scene, parameters.signal)
        if stood_s >= parameters.min_time_s:
            yield act(
                "STOPPED_ON_FAST_ROAD",
                vehicle,
                {SEEN_THERE: stood[0], STILL_THERE: stood[-1]},
                place_ids=(visit.zone_id,),
                measurements={"stood_s": stood_s},
            )


def _standing(contacts: Sequence[Contact]) -> Sequence[Contact]:
    """The newest sightings in a row at one place, none where it moves; a single one that is off it ends nothing."""
    newest = contacts[-3:]
    place = (median(item.point_px[0] for item in newest), median(item.point_px[1] for item in newest))
    reach_px = _STILL_BOX_HEIGHTS * contacts[-1].height_px
    off = 0
    for index in range(len(contacts) - 1, -1, -1):
        off = off + 1 if math.dist(contacts[index].point_px, place) > reach_px else 0
        if off > 1:
            return contacts[index + 2 :]
    return contacts


def _free_to_go_s(stood: Sequence[Contact], scene: Scene, signal_id: str | None) -> float:
    """How long it has stood though it might have gone: where there is a signal, in one green, the longest.

    Longest and not newest: who stood through a green still stands there when the light is red again.
    """
    if not stood:
        return 0.0
    if signal_id is None:
        return seconds_between(stood[0].at, stood[-1].at)
    free_s = 0.0
    for contact in stood:
        reading = scene.signal_at(signal_id, contact.at)
        if reading.state == SignalState.GREEN and reading.since is not None:
            free_from = max(stood[0].at, reading.since + timedelta(seconds=_DISCHARGE_S))
            free_s = max(free_s, seconds_between(free_from, contact.at))
    return free_s


def _against(facts: Facts, camera: CameraConfig, parameters: AgainstParameters, refusals: Refusals) -> Iterator[Event]:
    del refusals
    for visit in facts.visits_of(frozenset(parameters.zones)):
        vehicle, lane = vehicle_of(visit.user), camera.zone(visit.zone_id)
        if vehicle is None or lane is None or visit.end is not None:
            continue
        recent = [item for item in visit.contacts if seconds_between(item.at, visit.contacts[-1].at) <= _OVER_S]
        way, axis = Way(contacts=recent, plane=facts.plane), direction_of(lane, facts.plane)
        least = parameters.min_distance_m if facts.plane.is_metric else parameters.min_distance_norm
        if not way.surely_reaches(least) or 180.0 - way.angle_deg(axis) > parameters.max_angle_deg:
            continue
        yield act(
            "AGAINST_TRAFFIC",
            vehicle,
            {SEEN_THERE: recent[0], STILL_THERE: recent[-1]},
            place_ids=(visit.zone_id,),
            measurements={f"against_direction_{facts.plane.unit}": way.length},
        )


def _stopped_places(camera: CameraConfig, parameters: StoppedParameters) -> Sequence[str]:
    del camera
    return parameters.zones


def _stopped_problems(camera: CameraConfig, parameters: StoppedParameters) -> Sequence[RuleProblem]:
    return [
        *zones_problems(camera, ZoneKind.LANE, parameters.zones),
        *signal_problems(camera, parameters.signal),
    ]


def _against_places(camera: CameraConfig, parameters: AgainstParameters) -> Sequence[str]:
    del camera
    return parameters.zones


def _against_problems(camera: CameraConfig, parameters: AgainstParameters) -> Sequence[RuleProblem]:
    remedy = "give the lane's lawful direction as direction_norm"
    lanes = (camera.zone(name) for name in parameters.zones)
    return [
        *zones_problems(camera, ZoneKind.LANE, parameters.zones),
        *(
            RuleProblem(parameter="zones", problem=f"lane {lane.id} has no direction", remedy=remedy)
            for lane in lanes
            if isinstance(lane, Zone) and lane.kind == ZoneKind.LANE and lane.direction_norm is None
        ),
    ]


STOPPED_ON_FAST_ROAD = FactRule(
    CODE="STOPPED_ON_FAST_ROAD",
    VERSION="1.2",
    MOMENTS=(SEEN_THERE, STILL_THERE),
    PARAMETERS=StoppedParameters,
    judge=_stopped,
    places=_stopped_places,
    check=_stopped_problems,
    KIND=FindingKind.ALERT,
)

AGAINST_TRAFFIC = FactRule(
    CODE="AGAINST_TRAFFIC",
    VERSION="1.1",
    MOMENTS=(SEEN_THERE, STILL_THERE),
    PARAMETERS=AgainstParameters,
    judge=_against,
    places=_against_places,
    check=_against_problems,
    KIND=FindingKind.ALERT,
)
