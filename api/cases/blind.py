"""What a reviewer who has yet to answer is not told: that somebody answered before, what, and how sure the machine was.

A case that waits for a second look, or that measures its reviewer, is to him one that waits for its first.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from api.principals import Permission, Principal
from domain.cases.case import Case
from domain.cases.states import AWAITING_REVIEW, Action, CaseState

SCORES = frozenset({"least_confidence"})
"""Measurements of a case that say how sure a network was."""
STEPS_SINCE_QUEUED = {CaseState.SECOND_REVIEW: 2, CaseState.SEEDED: 4}
"""A first answer and its second look; two answers, the second look between them, and the seeding."""
INTO_THE_QUEUE = frozenset({"detect", Action.QUEUE, Action.REQUEUE, Action.EVIDENCE_ADDED})
_LOOKS = frozenset({"view", "export", "unblur"})
L = TypeVar("L", bound=Any)


def is_blind(row: Any, who: Principal) -> bool:
    """Whether somebody may still answer a case that was answered before (``row``: its row of ``cases``)."""
    if not who.may(Permission.CASES_DECIDE) or CaseState(row.state) not in STEPS_SINCE_QUEUED:
        return False
    return who.actor not in {row.first_by, row.second_by}


def as_first(listed: L, *, since: datetime | None = None) -> L:
    """A case as it looked when it waited for its first look.

    Args:
        listed: as it stands.
        since: when it last came into the queue; None: when it came in, for lists, which show no clock.
    """
    state: CaseState = listed.state
    version = listed.version - STEPS_SINCE_QUEUED[state]
    shown: L = replace(listed, state=CaseState.QUEUED, version=version, entered_at=since or listed.received_at)
    return shown


def without_scores(case: Case) -> Case:
    """A case's document without how sure the machine was."""
    left = {name: value for name, value in case.measurements.items() if name not in SCORES}
    return case if len(left) == len(case.measurements) else case.model_copy(update={"measurements": left})


def has_yet_to_answer(row: Any, who: Principal) -> bool:
    """Whether somebody has yet to answer it."""
    if not who.may(Permission.CASES_DECIDE):
        return False
    return row.state in AWAITING_REVIEW and who.actor not in {row.first_by, row.second_by}


def before_any_answer(events: Sequence[L], who: Principal) -> tuple[L, ...]:
    """A history up to where the case last came into the queue, and one's own looks since."""
    last = max((number for number, event in enumerate(events) if event.action in INTO_THE_QUEUE), default=0)
    since = (event for event in events[last + 1 :] if not _tells(event, who))
    return (*events[: last + 1], *since)


def _tells(event: Any, who: Principal) -> bool:
    """Whether an event shows that somebody else looked or answered."""
    return "from" in event.body or (event.action in _LOOKS and event.actor != who.actor)
