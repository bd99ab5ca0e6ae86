"""UTURN and BANNED_TURN: the whole way in by one gate and out by another, where a sign forbids that movement.

A movement that the layout provides is drawn without ``banned`` and is no offence; one that is not drawn is unknown.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from domain.camera import CameraConfig, LineKind, Movement, Turn
from domain.event import Event, Subject
from domain.instants import seconds_between
from rules.fact_rule import Check, FactRule, Judge, act, kind_in_doubt, vehicle_of
from rules.facts.contact import Contact
from rules.facts.escort import escorted_share
from rules.facts.facts import Facts
from rules.facts.gate_paths import GatePath
from rules.facts.mixing_up import may_be_mixed_up
from rules.kit.places import Ids, lines_of
from rules.proof import RuleFigure
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_MOVEMENT_UNKNOWN = "movement_unknown"  # no movement is drawn from the one gate to the other
REFUSED_GAP_ON_WAY = "gap_on_way"  # unseen for too long between the gates: another may have taken the track over
REFUSED_TOO_LONG = "took_too_long"  # it stopped in between: what it did is no single turn
REFUSED_BACKED_OUT = "backed_out"  # it came back the way it went in: backed, or pushed, but not turned
REFUSED_PUSHED = "pushed_on_foot"  # somebody walks beside it
REFUSED_MIXED_UP = "mixed_up"  # another one like it covered it: which of them went on by this way is not known
REFUSED_CLASS_IN_DOUBT = "class_in_doubt"  # the detector wavers between motorcycle and bicycle

ENTERED, TURNING, LEFT = "entered_by_gate", "turning", "left_by_gate"

_PUSHED_SHARE = 0.5  # of the sightings, with somebody beside it
_U_TURN_CODES = {"car": "UTURN_SIGN", "motorbike": "UTURN"}
_TURN_CODES = {"car": "UTURN_SIGN", "motorbike": "BANNED_TURN"}


class BannedTurnParameters(RuleParameters):
    """Parameters of UTURN and BANNED_TURN."""

    movements: Annotated[Ids, Field(description="ids of the banned movements; none: every banned one of the kind")] = ()
    max_gap_s: Annotated[
        float, Field(gt=0, le=10, description="longest span without a sighting on the way, above 0 to 10 s")
    ] = 1.5
    max_time_s: Annotated[
        float, Field(gt=0, le=300, description="a way that takes longer is no single turn, above 0 to 300 s")
    ] = 40.0
    min_apart_box_widths: Annotated[
        float,
        Field(gt=0, le=10, description="so far apart its way in and its way out of a U-turn must be, above 0 to 10"),
    ] = 0.8
    min_label_share: Annotated[
        float, Field(gt=0.5, le=1, description="share of a two-wheeler's sightings that must bear the class, to 1")
    ] = 0.8


def _judge_turns(turns: frozenset[Turn], codes: dict[str, str]) -> Judge[BannedTurnParameters]:
    def judge(
        facts: Facts, camera: CameraConfig, parameters: BannedTurnParameters, refusals: Refusals
    ) -> Iterator[Event]:
        for path in facts.paths:
            subject = subject_of(path)
            movement = camera.movement(path.entry.line_id, path.exit.line_id)
            if subject is None or subject.vehicle_kind not in codes:
                continue
            if movement is None:
                refusals.add(REFUSED_MOVEMENT_UNKNOWN)
                continue
            if not is_banned(movement, subject.label, parameters, turns):
                continue
            reason = objection_to(path, subject, movement, parameters, facts)
            if reason is not None:
                refusals.add(reason)
                continue
            yield act(
                codes[subject.vehicle_kind],
                subject,
                {ENTERED: path.entry.before, TURNING: farthest(path.way), LEFT: path.exit.after},
                place_ids=(movement.id, *dict.fromkeys((movement.from_gate, movement.to_gate))),
                measurements={
                    "movement": movement.id,
                    "turn": movement.turn.value,
                    "took_s": seconds_between(path.entry.at, path.exit.at),
                    "longest_gap_s": longest_gap_s(path.way),
                    "sightings": len(path.way),
                },
            )

    return judge


def subject_of(path: GatePath) -> Subject | None:
    """The vehicle, under all the tracks that it had; as unsure of its class as the least sure of them."""
    subject = vehicle_of(path.user)
    if subject is None:
        return None
    return replace(subject, key=f"track:{path.track_ids[0]}", track_ids=path.track_ids, label_share=path.label_share)


def is_banned(movement: Movement, label: str, parameters: BannedTurnParameters, turns: frozenset[Turn]) -> bool:
    """Whether a sign forbids this movement to this class, and the rule means it."""
    meant = not parameters.movements or movement.id in parameters.movements
    for_it = not movement.banned_for or label in movement.banned_for
    return movement.banned and movement.turn in turns and meant and for_it


def objection_to(
    path: GatePath, subject: Subject, movement: Movement, parameters: BannedTurnParameters, facts: Facts
) -> str | None:
    """What speaks against a turn; None: nothing."""
    reason = _objection_to_way(path, movement, parameters)
    if reason is None and kind_in_doubt(subject, parameters.min_label_share):
        return REFUSED_CLASS_IN_DOUBT
    if reason is None and escorted_share(path.way, facts.people) >= _PUSHED_SHARE:
        return REFUSED_PUSHED
    if reason is None and may_be_mixed_up(path.way, path.user, path.track_ids, facts.users):
        return REFUSED_MIXED_UP
    return reason


def _objection_to_way(path: GatePath, movement: Movement, parameters: BannedTurnParameters) -> str | None:
    if len(path.way) < 2 or longest_gap_s(path.way) > parameters.max_gap_s:  # noqa: PLR2004 - entry and exit
        return REFUSED_GAP_ON_WAY
    if seconds_between(path.entry.at, path.exit.at) > parameters.max_time_s:
        return REFUSED_TOO_LONG
    if movement.turn == Turn.AROUND and _apart_box_widths(path) < parameters.min_apart_box_widths:
        return REFUSED_BACKED_OUT
    return None


def _apart_box_widths(path: GatePath) -> float:
    """How far apart the ways in and out lie where they cross the gates."""
    one, other = path.entry.before, path.exit.after
    return math.dist(one.point_px, other.point_px) / max(one.width_px, other.width_px)


def farthest(way: Sequence[Contact]) -> Contact:
    """The sighting that lies farthest from both ends."""
    first, last = way[0].point_px, way[-1].point_px
    return max(way, key=lambda item: min(math.dist(item.point_px, first), math.dist(item.point_px, last)))


def longest_gap_s(way: Sequence[Contact]) -> float:
    """The longest span between two sightings; infinite where there are not two."""
    return max((seconds_between(one.at, other.at) for one, other in pairwise(way)), default=math.inf)


def gates(camera: CameraConfig, parameters: BannedTurnParameters) -> Sequence[str]:
    """All of them: who leaves by a gate of no described movement did something that is not known."""
    del parameters
    return lines_of(camera, LineKind.GATE, ())


def _check_turns(turns: frozenset[Turn]) -> Check[BannedTurnParameters]:
    def check(camera: CameraConfig, parameters: BannedTurnParameters) -> Sequence[RuleProblem]:
        usable = [item.id for item in camera.movements if item.banned and item.turn in turns]
        kinds = ", ".join(sorted(turns))
        if not usable:
            return [
                RuleProblem(
                    parameter="movements",
                    problem=f"no banned movement of turn {kinds} is described",
                    remedy="draw gates, and describe the movement that the sign forbids with banned: true",
                )
            ]
        return [
            RuleProblem(
                parameter="movements",
                problem=f"{name} is no banned movement of turn {kinds}",
                remedy=f"name one of {', '.join(usable)}, or none",
            )
            for name in parameters.movements
            if name not in usable
        ]

    return check


_AROUND = frozenset({Turn.AROUND})
_OTHERS = frozenset(Turn) - _AROUND

UTURN = FactRule(
    CODE="UTURN",
    OFFENCES=_U_TURN_CODES,
    VERSION="1.5",
    MEASURED=RuleFigure(version="1.5", right=1146, judged=1150, source="benchmarks/sumo_lanes.md"),
    MOMENTS=(ENTERED, TURNING, LEFT),
    PARAMETERS=BannedTurnParameters,
    judge=_judge_turns(_AROUND, _U_TURN_CODES),
    places=gates,
    check=_check_turns(_AROUND),
)

BANNED_TURN = FactRule(
    CODE="BANNED_TURN",
    OFFENCES=_TURN_CODES,
    VERSION="1.5",
    MEASURED=RuleFigure(version="1.5", right=253, judged=255, source="benchmarks/sumo_lanes.md"),
    MOMENTS=(ENTERED, TURNING, LEFT),
    PARAMETERS=BannedTurnParameters,
    judge=_judge_turns(_OTHERS, _TURN_CODES),
    places=gates,
    check=_check_turns(_OTHERS),
)
