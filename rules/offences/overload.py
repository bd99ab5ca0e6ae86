"""OVERLOAD_2PAX and OVERLOAD_3PAX: more people on a motorcycle than the law allows, counted alike in several looks.

A count is of those who are seen as single people. It was measured to be wrong more often than right, so its cases are
shadow until the detector's weights have a figure that proves the count.
"""

import math
from collections.abc import Iterator

from domain.camera import CameraConfig
from domain.event import Event
from domain.seen.looks import Look
from rules import interlocks
from rules.fact_rule import FactRule, Judge, act
from rules.facts.facts import Facts
from rules.kit.rider_looks import MOMENTS, MOTORBIKE, RiderParameters, lanes, moments, problems, rides, size_ratio
from rules.rule import Refusals

THREE_PEOPLE = 3  # the driver carries two: unlawful but for a child, a patient, somebody old or weak, an escort
FOUR_PEOPLE = 4  # the driver carries three: always unlawful

CHECKS = {  # what the reviewer must rule out
    "OVERLOAD_2PAX": "child_under_12, patient, old_or_weak, escorted_offender",
    "OVERLOAD_3PAX": "count_again",
}


class OverloadParameters(RiderParameters):
    """Parameters of OVERLOAD_2PAX and OVERLOAD_3PAX."""


def _judge(code: str, least: int, most: float) -> Judge[OverloadParameters]:
    def judge(
        facts: Facts, camera: CameraConfig, parameters: OverloadParameters, refusals: Refusals
    ) -> Iterator[Event]:
        for ride in rides(facts, camera, parameters):
            counts = [look.seen.count or 0 for look in ride.looks]
            if max(counts) < least or min(counts) > most:
                continue
            shown = [look for look, count in zip(ride.looks, counts, strict=True) if least <= count <= most]
            reason = ride.objection(facts, parameters, shown)
            if reason is not None:
                refusals.add(reason)
                continue
            yield act(
                code,
                ride.subject,
                moments(shown),
                place_ids=(ride.visit.zone_id,),
                measurements={
                    "people_seen": min(counts),
                    "looks": len(ride.looks),
                    "size_ratio": size_ratio(shown),
                    "reviewer_checks": CHECKS[code],
                    "heads_sha256": shown[0].sighting.model.sha256,
                },
                looked_with=shown[0].sighting.model,
            )

    return judge


def _rule(code: str, least: int, most: float, proof: str) -> FactRule[OverloadParameters]:
    return FactRule(
        CODE=code,
        OFFENCES={MOTORBIKE: code},
        VERSION="1.1",
        MOMENTS=MOMENTS,
        PARAMETERS=OverloadParameters,
        judge=_judge(code, least, most),
        places=lanes,
        check=problems,
        INTERLOCKS=interlocks.ALL - {interlocks.JAM},
        LOOKS=frozenset({Look.HEADS}),
        PROOF=(proof,),
    )


OVERLOAD_2PAX = _rule("OVERLOAD_2PAX", THREE_PEOPLE, THREE_PEOPLE, "riders_3")
OVERLOAD_3PAX = _rule("OVERLOAD_3PAX", FOUR_PEOPLE, math.inf, "riders_4")
