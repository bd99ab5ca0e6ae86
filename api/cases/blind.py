"""What a reviewer who has yet to answer is not told: that somebody answered before, what, and how sure the machine was.

A case that waits for a second look, or that measures its reviewer, is to him one that waits for its first.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from api.principals import Permission, Principal
from domain.cases.case import Case
from domain.cases.duplicates import Judgement
from domain.cases.states import AWAITING_REVIEW, Action, CaseState

PROPOSED, JUDGED = "propose_duplicates", "judge_duplicate"
"""Events of two cases that may be one act: that nobody proposes it any more would tell that somebody judged it."""
ENTERED = "enter_plate"
"""Somebody read the plate himself; the next reviewer reads it without knowing."""
LOOKED_UP = "plate_look_up"
"""Somebody looked up a plate; with a case, where else its vehicle was seen."""
CLONED = "cloned"
"""Somebody saw a second act in the evidence, and so looked at it."""
SCORES = frozenset({"least_confidence"})
"""Measurements of a case that say how sure a network was."""
ANSWERED_BEFORE = frozenset({CaseState.SECOND_REVIEW, CaseState.SEEDED})
BEGINS = frozenset({"detect", Action.QUEUE, Action.REQUEUE, Action.SPLIT, Action.LEAD_ENDED})
"""With these a review begins; what was asked for and added in between tells nothing of an answer."""
_EVIDENCE = {Action.ASK_EVIDENCE: CaseState.QUEUED, Action.EVIDENCE_ADDED: CaseState.NEEDS_EVIDENCE}
"""Shown to everybody, as steps of a case that nobody has answered."""
INTO_THE_QUEUE = BEGINS | {Action.EVIDENCE_ADDED}
_LOOKS = frozenset(
    {"view", "export", "unblur", "redaction_missed", "redaction_miss_withdrawn", LOOKED_UP, ENTERED, CLONED}
)
_OF_PAIRS = frozenset({PROPOSED, JUDGED})
STEPS = frozenset({"detect", *Action, *_OF_PAIRS})
"""What raises a case's version and may not be told, and what begins its review."""
L = TypeVar("L", bound=Any)


def is_blind(row: Any, who: Principal) -> bool:
    """Whether somebody may still answer a case that was answered before (``row``: its row of ``cases``)."""
    if not who.may(Permission.CASES_DECIDE) or CaseState(row.state) not in ANSWERED_BEFORE:
        return False
    return who.actor not in {row.first_by, row.second_by}


def hidden_versions(steps: Sequence[Any]) -> int:
    """How many versions of a case somebody who has yet to answer is not told of: steps that his history leaves out.

    Args:
        steps: those of ``STEPS`` that the case took, in order.
    """
    last = max((number for number, step in enumerate(steps) if step.action in BEGINS), default=-1)
    return sum(_is_hidden_version(step) for step in steps[last + 1 :])


def as_unanswered(listed: L, steps: Sequence[Any]) -> L:
    """A case as it looks to somebody who has yet to answer it: one that waits for its first look, with its version.

    Args:
        listed: as it stands.
        steps: as above, each with its ``at``.
    """
    shown: L = replace(listed, version=listed.version - hidden_versions(steps))
    if listed.state not in ANSWERED_BEFORE:
        return shown
    since = max((step.at for step in steps if step.action in INTO_THE_QUEUE), default=listed.received_at)
    first: L = replace(shown, state=CaseState.QUEUED, entered_at=since)
    return first


def without_scores(case: Case) -> Case:
    """A case's document without how sure the machine was."""
    left = {name: value for name, value in case.measurements.items() if name not in SCORES}
    return case if len(left) == len(case.measurements) else case.model_copy(update={"measurements": left})


def has_yet_to_answer(row: Any, who: Principal) -> bool:
    """Whether somebody has yet to answer it; while evidence is waited for, everybody has."""
    return who.may(Permission.CASES_DECIDE) and is_unanswered_by(row, who.actor)


def is_unanswered_by(row: Any, actor: str) -> bool:
    """Whether a reviewer has yet to answer a case."""
    if row.state == CaseState.NEEDS_EVIDENCE:
        return True
    return row.state in AWAITING_REVIEW and actor not in {row.first_by, row.second_by}


def before_any_answer(events: Sequence[L], who: Principal) -> tuple[L, ...]:
    """A history up to where its review last began, what evidence was asked for since, and one's own looks."""
    last = max((number for number, event in enumerate(events) if event.action in BEGINS), default=0)
    since = (_as_first_step(event) for event in events[last + 1 :] if not _tells(event, who))
    return (*events[: last + 1], *since)


def _as_first_step(event: L) -> L:
    """A step with evidence as of a case that nobody had answered: where it really stood would tell."""
    if event.action not in _EVIDENCE:
        return event
    shown: L = replace(event, body=event.body | {"from": _EVIDENCE[event.action].value})
    return shown


def _is_hidden_version(step: Any) -> bool:
    if step.action == JUDGED:  # of a pair that was open; parting it later changes no version
        return bool(step.body["is_later"] and step.body["judgement"] != Judgement.SPLIT)
    return step.action not in _EVIDENCE


def _tells(event: Any, who: Principal) -> bool:
    """Whether an event shows that somebody else looked or answered."""
    others_look = event.action in _LOOKS and event.actor != who.actor
    if event.action in _EVIDENCE:
        return False
    return "from" in event.body or event.action in _OF_PAIRS or others_look
