"""What a case keeps of the looks of its reviewers: who said what, and whether another person must look."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from domain.cases.states import Action


class SecondLook(StrEnum):
    """Why another person looks, without knowing what the first said."""

    HIGH = "high"  # the fine or the points are high: always
    PLATE = "plate"  # the first read a plate that the networks did not: always
    SAMPLE = "sample"  # drawn
    SEEDED = "seeded"  # it was put before reviewers to measure them


NO_LOOKS: Mapping[str, str | None] = {
    "first_answer": None,
    "first_by": None,
    "first_plate": None,
    "second_look": None,
    "second_answer": None,
    "second_by": None,
}
_FIRST = {Action.CONFIRM: "confirm", Action.REJECT: "reject"}
_SECOND = {Action.SECOND_CONFIRM: "confirm", Action.SECOND_REJECT: "reject"}
_REVIEW_BEGINS_ANEW = frozenset(
    {Action.REQUEUE, Action.ASK_EVIDENCE, Action.EVIDENCE_ADDED, Action.SPLIT, Action.LEAD_ENDED}
)


def looks_after(action: str, actor: str, body: Mapping[str, Any]) -> Mapping[str, str | None]:
    """Which of a case's columns a step changes; the services write them, and every check computes them again.

    Args:
        action: the step, or what else stands in the history.
        actor: who took it.
        body: of its event; ``second_look`` with a first answer, ``answer`` where the second differs.

    Examples:
        >>> looks_after("second_confirm", "user:lan", {})
        {'second_answer': 'confirm', 'second_by': 'user:lan'}
        >>> looks_after("view", "user:lan", {})
        {}
    """
    if action in _FIRST:
        return {**NO_LOOKS, "first_answer": _FIRST[Action(action)], "first_by": actor} | {
            "second_look": body.get("second_look"),
            "first_plate": body.get("plate"),
        }
    if action in _SECOND:
        return {"second_answer": _SECOND[Action(action)], "second_by": actor}
    if action == Action.DIFFER:
        return {"second_answer": body["answer"], "second_by": actor}
    if action == Action.SEED:
        return {"second_look": SecondLook.SEEDED.value}
    return NO_LOOKS if action in _REVIEW_BEGINS_ANEW else {}


def second_look_due(second_look: str | None, second_by: str | None) -> bool:
    """Whether another person must look before anything else is done."""
    return second_look in {SecondLook.HIGH, SecondLook.PLATE, SecondLook.SAMPLE} and second_by is None
