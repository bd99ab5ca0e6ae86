"""CROWD: many people on foot in one place for some time."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig
from domain.event import Event, FindingKind, Subject
from domain.instants import seconds_between
from rules import interlocks
from rules.alerts.on_foot import PERSON, on_foot
from rules.fact_rule import FactRule, act
from rules.facts.facts import Facts
from rules.facts.visits import Visit
from rules.rule import Refusals, RuleParameters, RuleProblem

SEEN_THERE, STILL_THERE = "seen_there", "still_there"


class CrowdParameters(RuleParameters):
    """Parameters of CROWD."""

    zones: Annotated[tuple[str, ...], Field(min_length=1, description="ids of the zones, of any kind")]
    min_persons: Annotated[int, Field(ge=2, le=200, description="so many people at once are a crowd, 2 to 200")] = 15
    min_time_s: Annotated[
        float, Field(ge=1, le=600, description="so long each of so many has been there, 1 to 600 s")
    ] = 10.0
    min_height_norm: Annotated[
        float, Field(ge=0, le=1, description="people are judged from this share of the picture's height on, 0 to 1")
    ] = 0.1


def _judge(facts: Facts, camera: CameraConfig, parameters: CrowdParameters, refusals: Refusals) -> Iterator[Event]:
    """The longest-staying ``min_persons`` of a zone; fewer for long and many for a moment are no crowd."""
    del camera, refusals
    for zone_id in parameters.zones:
        staying = [
            visit
            for visit in facts.visits_of(frozenset({zone_id}))
            if visit.end is None and visit.user.track.label == PERSON and visit.lasted_s >= parameters.min_time_s
        ]
        if len(staying) < parameters.min_persons:
            continue
        walking = [visit for visit in staying if on_foot(visit.contacts, facts, parameters.min_height_norm)]
        if len(walking) >= parameters.min_persons:
            yield _alert(zone_id, sorted(walking, key=lambda visit: visit.began_at), parameters)


def _alert(zone_id: str, people: Sequence[Visit], parameters: CrowdParameters) -> Event:
    completes = people[parameters.min_persons - 1]  # since it came there were so many
    return act(
        "CROWD",
        Subject(
            key=f"place:{zone_id}",
            label=PERSON,
            label_share=min(visit.user.track.label_share for visit in people),
            vehicle_kind="",
            track_ids=tuple(visit.user.track.track_id for visit in people),
        ),
        {SEEN_THERE: completes.contacts[0], STILL_THERE: completes.contacts[-1]},
        place_ids=(zone_id,),
        measurements={
            "persons": len(people),
            "lasted_s": seconds_between(completes.contacts[0].at, completes.contacts[-1].at),
        },
    )


def _places(camera: CameraConfig, parameters: CrowdParameters) -> Sequence[str]:
    del camera
    return parameters.zones


def _problems(camera: CameraConfig, parameters: CrowdParameters) -> Sequence[RuleProblem]:
    drawn = ", ".join(zone.id for zone in camera.zones) or "none is drawn"
    return [
        RuleProblem(parameter="zones", problem=f"{name} is no zone", remedy=f"name zones that are drawn: {drawn}")
        for name in parameters.zones
        if camera.zone(name) is None
    ]


CROWD = FactRule(
    CODE="CROWD",
    VERSION="1.2",
    MOMENTS=(SEEN_THERE, STILL_THERE),
    PARAMETERS=CrowdParameters,
    judge=_judge,
    places=_places,
    check=_problems,
    INTERLOCKS=interlocks.ALL - {interlocks.JAM},  # a crowd makes the traffic stand
    KIND=FindingKind.ALERT,
)
