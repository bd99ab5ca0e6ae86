"""OBJECT_ON_ROAD: a part of a lane's ground that does not look as it does when it is empty, and stays so."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, ZoneKind
from domain.event import DecisiveMoment, Event, FindingKind, Subject
from domain.instants import seconds_between
from domain.seen.looks import Look, SurfaceChange
from rules.fact_rule import FactRule
from rules.facts.facts import Facts
from rules.kit.places import Ids, zones_of, zones_problems
from rules.kit.stays.standing import covered_share
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_SURFACE_UNKNOWN = "surface_unknown"  # the ground of the zone cannot be told now
REFUSED_VEHICLE_STANDS = "vehicle_stands"  # a vehicle came there and stands: it is what changed the ground

SEEN_THERE, STILL_THERE = "seen_there", "still_there"

_OF_VEHICLE_SHARE = 0.3  # of the change, under the box of a vehicle
_CAME_WITH_S = 30.0  # a vehicle that came no later than this after the change is taken for it


class ObjectParameters(RuleParameters):
    """Parameters of OBJECT_ON_ROAD."""

    zones: Annotated[Ids, Field(description="ids of the lanes; none: every zone of kind lane")] = ()
    min_time_s: Annotated[float, Field(ge=5, le=600, description="lying so long is an alert, 5 to 600 s")] = 30.0
    min_share: Annotated[
        float, Field(gt=0, le=1, description="smaller changes are let go, as a share of the lane in the picture, to 1")
    ] = 0.005


def _judge(facts: Facts, camera: CameraConfig, parameters: ObjectParameters, refusals: Refusals) -> Iterator[Event]:
    for zone_id in _places(camera, parameters):
        reading = facts.scene.surfaces.get(zone_id)
        if reading is None:
            continue
        if not reading.known and reading.at == facts.scene.at:  # each look once
            refusals.add(REFUSED_SURFACE_UNKNOWN)
        for change in reading.changes:
            lasts = seconds_between(change.since, reading.at) >= parameters.min_time_s
            if not lasts or change.share_of_zone < parameters.min_share:
                continue
            if _is_a_vehicle(change, zone_id, facts):
                refusals.add(REFUSED_VEHICLE_STANDS)
                continue
            yield _alert(zone_id, change, facts)


def _is_a_vehicle(change: SurfaceChange, zone_id: str, facts: Facts) -> bool:
    """Whether a vehicle stands on it that came with it; a queue that stands over it later is none."""
    for visit in facts.visits_of(frozenset({zone_id})):
        if visit.end is not None or visit.user.track.vehicle_kind is None or not visit.stands:
            continue
        came_with_it = seconds_between(change.since, visit.began_at) <= _CAME_WITH_S
        if came_with_it and covered_share(change.box_xyxy_px, visit.contacts[-1].box_xyxy_px) >= _OF_VEHICLE_SHARE:
            return True
    return False


def _alert(zone_id: str, change: SurfaceChange, facts: Facts) -> Event:
    now = facts.scene.at
    return Event(
        code="OBJECT_ON_ROAD",
        subject=Subject(key=f"place:{zone_id}", label="object", label_share=1.0, vehicle_kind="", track_ids=()),
        began_at=change.since,
        ended_at=now,
        moments=(
            DecisiveMoment(name=SEEN_THERE, at=change.since, box_xyxy_px=change.box_xyxy_px),
            DecisiveMoment(name=STILL_THERE, at=now, box_xyxy_px=change.box_xyxy_px),
        ),
        zone_ids=(zone_id,),
        measurements={"lasted_s": seconds_between(change.since, now), "share_of_zone": change.share_of_zone},
    )


def _places(camera: CameraConfig, parameters: ObjectParameters) -> Sequence[str]:
    return tuple(zone.id for zone in zones_of(camera, ZoneKind.LANE, parameters.zones))


def _problems(camera: CameraConfig, parameters: ObjectParameters) -> Sequence[RuleProblem]:
    return zones_problems(camera, ZoneKind.LANE, parameters.zones)


OBJECT_ON_ROAD = FactRule(
    CODE="OBJECT_ON_ROAD",
    VERSION="1.0",
    MOMENTS=(SEEN_THERE, STILL_THERE),
    PARAMETERS=ObjectParameters,
    judge=_judge,
    places=_places,
    check=_problems,
    LOOKS=frozenset({Look.SURFACE}),
    KIND=FindingKind.ALERT,
)
