"""NO_HELMET_DRIVER and NO_HELMET_CARRY: heads without a helmet on a motorcycle, told alike in several looks.

Which of two people drives is not seen. So both rules ask that every head be bare: whoever drives, he then wears none,
and carries somebody who wears none. Where one of two is bare, nobody knows which offence it is: there is no case.
Whoever was not seen may drive, so the count needs its proof beside the heads.
"""

from collections.abc import Iterator, Sequence

from domain.camera import CameraConfig
from domain.event import Event
from domain.seen.looks import Look as KindOfLook
from rules import interlocks
from rules.fact_rule import FactRule, Judge, act
from rules.facts.facts import Facts
from rules.kit.rider_looks import MOMENTS, MOTORBIKE, Look, RiderParameters, lanes, moments, problems, rides, size_ratio
from rules.rule import Refusals

REFUSED_HEADS_DISAGREE = "heads_disagree"  # a head is told bare in one look, and helmet or other in another
REFUSED_WHOSE_HEAD = "whose_head_unknown"  # one of several heads is bare, and nobody knows whether it is the driver's

_BARE = "bare"
CHECKS = {  # what the reviewer must rule out
    "NO_HELMET_DRIVER": "turban, patient",
    "NO_HELMET_CARRY": "child_under_6, turban, patient, escorted_offender",
}


class HelmetParameters(RiderParameters):
    """Parameters of NO_HELMET_DRIVER and NO_HELMET_CARRY."""


def _judge(code: str, least_people: int) -> Judge[HelmetParameters]:
    def judge(facts: Facts, camera: CameraConfig, parameters: HelmetParameters, refusals: Refusals) -> Iterator[Event]:
        for ride in rides(facts, camera, parameters):
            if max(look.seen.count or 0 for look in ride.looks) < least_people:
                continue
            if not any(_BARE in look.seen.wears for look in ride.looks):
                continue
            shown = [look for look in ride.looks if set(look.seen.wears) == {_BARE}]
            reason = _heads_objection(ride.looks) or ride.objection(facts, parameters, shown)
            if reason is not None:
                refusals.add(reason)
                continue
            yield act(
                code,
                ride.subject,
                moments(shown),
                place_ids=(ride.visit.zone_id,),
                measurements={
                    "people_seen": ride.looks[0].seen.count,
                    "looks": len(ride.looks),
                    "looks_bare": len(shown),
                    "least_confidence": min(rider.confidence for look in shown for rider in look.seen.riders),
                    "size_ratio": size_ratio(shown),
                    "reviewer_checks": CHECKS[code],
                    "heads_sha256": shown[0].sighting.model.sha256,
                },
                looked_with=shown[0].sighting.model,
            )

    return judge


def _heads_objection(looks: Sequence[Look]) -> str | None:
    """Whether some look tells something else than bare of a head; what nobody can tell says nothing."""
    told = [set(look.seen.wears) - {"cannot_tell"} for look in looks]
    if any(len(wears) > 1 for wears in told):
        return REFUSED_WHOSE_HEAD
    return REFUSED_HEADS_DISAGREE if len(set().union(*told)) > 1 else None


def _rule(code: str, least_people: int, count: str) -> FactRule[HelmetParameters]:
    return FactRule(
        CODE=code,
        OFFENCES={MOTORBIKE: code},
        VERSION="1.1",
        MOMENTS=MOMENTS,
        PARAMETERS=HelmetParameters,
        judge=_judge(code, least_people),
        places=lanes,
        check=problems,
        INTERLOCKS=interlocks.ALL - {interlocks.JAM},
        LOOKS=frozenset({KindOfLook.HEADS}),
        PROOF=(_BARE, count),
    )


NO_HELMET_DRIVER = _rule("NO_HELMET_DRIVER", 1, "riders_1")
NO_HELMET_CARRY = _rule("NO_HELMET_CARRY", 2, "riders_2")
