"""A rule that asks for surfaces: every change of zone P1 is an act."""

from collections.abc import Iterator, Sequence

from domain.camera import CameraConfig, ZoneKind
from domain.event import DecisiveMoment, Event, Subject
from domain.seen.looks import Look
from rules.fact_rule import FactRule
from rules.facts.facts import Facts
from rules.kit.places import zones_of
from rules.offences.drive_pavement import DRIVE_PAVEMENT
from rules.rule import Refusals, RuleParameters, RuleProblem


def judge(facts: Facts, camera: CameraConfig, own: RuleParameters, refusals: Refusals) -> Iterator[Event]:
    reading = facts.scene.surfaces.get("P1")
    if reading is None or not reading.known:
        refusals.add("surface_unknown")
        return
    for change in reading.changes:
        yield Event(
            code="DRIVE_PAVEMENT",
            subject=Subject(key="place:P1", label="thing", label_share=1.0, vehicle_kind="motorbike", track_ids=()),
            began_at=change.since,
            ended_at=reading.at,
            moments=(DecisiveMoment(name="seen", at=reading.at, box_xyxy_px=change.box_xyxy_px),),
            zone_ids=("P1",),
            measurements={},
        )


def places(camera: CameraConfig, own: RuleParameters) -> Sequence[str]:
    return [zone.id for zone in zones_of(camera, ZoneKind.PAVEMENT, ("P1",))]


def no_problems(camera: CameraConfig, own: RuleParameters) -> Sequence[RuleProblem]:
    return ()


THINGS = FactRule(
    CODE="THINGS",
    OFFENCES=DRIVE_PAVEMENT.OFFENCES,
    VERSION="1.0",
    MOMENTS=("seen",),
    PARAMETERS=RuleParameters,
    judge=judge,
    places=places,
    check=no_problems,
    LOOKS=frozenset({Look.SURFACE}),
)
