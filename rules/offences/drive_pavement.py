"""DRIVE_PAVEMENT: along a pavement for ten metres or more, not across it to a gate."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, ZoneKind
from domain.event import Event
from rules import interlocks
from rules.fact_rule import FactRule, act, kind_in_doubt, vehicle_of
from rules.facts.escort import escorted_share
from rules.facts.facts import Facts
from rules.facts.ground_plane import PointGround
from rules.facts.visits import Visit
from rules.facts.ways import Way
from rules.facts.yardstick import rough_speed_mps
from rules.kit.places import Ids, zones_of, zones_problems
from rules.proof import RuleFigure
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_NOT_FAR_ENOUGH = "not_far_enough"  # it left, or was lost, before it had surely gone far enough along it
REFUSED_ACROSS = "across_the_pavement"  # it crossed it: to a gate, or to the road
REFUSED_PUSHED = "pushed_on_foot"  # slower than anybody drives, or somebody walks beside it
REFUSED_CLASS_IN_DOUBT = "class_in_doubt"  # the detector wavers between motorcycle and bicycle

ON_PAVEMENT, STILL_ON_PAVEMENT = "on_pavement", "still_on_pavement"

OFFENCES = {"car": "DRIVE_PAVEMENT", "motorbike": "DRIVE_PAVEMENT"}
_PUSHED_SHARE = 0.5  # of the sightings, with somebody beside it
_ROUGHLY = 0.75  # of the least speed, where it is told by nothing but the vehicle's own height


class DrivePavementParameters(RuleParameters):
    """Parameters of DRIVE_PAVEMENT."""

    zones: Annotated[Ids, Field(description="ids of the pavements; none: every zone of kind pavement")] = ()
    min_distance_m: Annotated[
        float, Field(gt=0, le=500, description="least way along it where the ground is calibrated, metres")
    ] = 10.0
    min_distance_norm: Annotated[
        float, Field(gt=0, le=2, description="least way along it otherwise, as a share of the picture's height")
    ] = 0.2
    min_speed_mps: Annotated[
        float,
        Field(
            ge=0,
            le=20,
            description="slower is pushed on foot; without a calibration three quarters of it, 0 to 20 m/s",
        ),
    ] = 1.8
    max_angle_deg: Annotated[
        float, Field(gt=0, le=80, description="how far its way may turn from the pavement's length, to 80")
    ] = 35.0
    min_label_share: Annotated[
        float, Field(gt=0.5, le=1, description="share of a two-wheeler's sightings that must bear the class, to 1")
    ] = 0.8


def judge(
    facts: Facts, camera: CameraConfig, parameters: DrivePavementParameters, refusals: Refusals
) -> Iterator[Event]:
    """Judge the visits of pavements; one is an act as soon as it went far enough along."""
    pavements = {zone.id: zone for zone in zones_of(camera, ZoneKind.PAVEMENT, parameters.zones)}
    for visit in facts.visits_of(frozenset(pavements)):
        subject = vehicle_of(visit.user)
        if subject is None or subject.vehicle_kind not in OFFENCES:
            continue
        if facts.emitted.has(subject.key, visit.began_at):
            continue
        way = Way(contacts=visit.contacts, plane=facts.plane)
        axis = facts.plane.lengthwise(pavements[visit.zone_id])
        reason = _objection(way, axis, parameters, is_metric=facts.plane.is_metric)
        if reason is None and not facts.plane.is_metric and _walks(visit, facts, parameters):
            reason = REFUSED_PUSHED
        if reason is None and kind_in_doubt(subject, parameters.min_label_share):
            reason = REFUSED_CLASS_IN_DOUBT
        if reason is None and escorted_share(visit.contacts, facts.people) >= _PUSHED_SHARE:
            reason = REFUSED_PUSHED
        if reason is not None:
            if visit.end is not None:
                refusals.add(reason)
            continue
        yield act(
            OFFENCES[subject.vehicle_kind],
            subject,
            {ON_PAVEMENT: visit.contacts[0], STILL_ON_PAVEMENT: visit.contacts[-1]},
            place_ids=(visit.zone_id,),
            measurements={
                f"along_pavement_{facts.plane.unit}": abs(way.along(axis)),
                f"uncertainty_{facts.plane.unit}": way.uncertainty,
                "lasted_s": way.lasted_s,
            },
        )


def _objection(way: Way, axis: PointGround, parameters: DrivePavementParameters, *, is_metric: bool) -> str | None:
    least = parameters.min_distance_m if is_metric else parameters.min_distance_norm
    if not way.surely_reaches(least) or abs(way.along(axis)) - 2 * way.uncertainty < least:
        off_deg = min(way.angle_deg(axis), 180.0 - way.angle_deg(axis))
        return REFUSED_ACROSS if off_deg > parameters.max_angle_deg else REFUSED_NOT_FAR_ENOUGH
    return REFUSED_PUSHED if is_metric and way.sure_speed < parameters.min_speed_mps else None


def _walks(visit: Visit, facts: Facts, parameters: DrivePavementParameters) -> bool:
    """Whether it was no faster than somebody on foot, as far as that can be told."""
    speed_mps = rough_speed_mps(visit.contacts, visit.user.track.label, facts.plane.resolution_wh)
    return speed_mps < _ROUGHLY * parameters.min_speed_mps


def _places(camera: CameraConfig, parameters: DrivePavementParameters) -> Sequence[str]:
    return tuple(zone.id for zone in zones_of(camera, ZoneKind.PAVEMENT, parameters.zones))


def _problems(camera: CameraConfig, parameters: DrivePavementParameters) -> Sequence[RuleProblem]:
    return zones_problems(camera, ZoneKind.PAVEMENT, parameters.zones)


DRIVE_PAVEMENT = FactRule(
    CODE="DRIVE_PAVEMENT",
    OFFENCES=OFFENCES,
    VERSION="1.4",
    MEASURED=RuleFigure(version="1.4", right=779, judged=788, source="benchmarks/sumo_lanes.md"),
    MOMENTS=(ON_PAVEMENT, STILL_ON_PAVEMENT),
    PARAMETERS=DrivePavementParameters,
    judge=judge,
    places=_places,
    check=_problems,
    INTERLOCKS=interlocks.ALL - {interlocks.JAM},  # who drives past vehicles parked on the pavement is in no jam
)
