"""What a person may do with a case, the ways on from where it stands: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from api.cases.case_rows import StoredCase
from api.cases.review import DecisionName
from domain.cases.roles import Role
from domain.cases.states import JUDGED_STATES, Action, CaseState
from domain.cases.transitions import TRANSITIONS
from domain.law.offences import REMINDED_FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way on."""

    decision: DecisionName
    key: str  # on the keyboard
    word: str  # of the button, see words.py
    done: str  # what is shown afterwards, see words.py
    colour: Literal["green-10", "red-9", "blue-grey-8"]
    after_watching: bool = False
    at_once: bool = False  # the case may go to the police meanwhile, so nothing waits for an undo

    @property
    def needs_reason(self) -> bool:
        """Whether a reason code must come with it."""
        return TRANSITIONS[Action(self.decision)].reason_by is not None

    @property
    def asks(self) -> bool:
        """Whether anything must come with it, so that a key alone does not take it."""
        return self.needs_reason or self.needs_note or self.after_watching

    @property
    def needs_note(self) -> bool:
        """Whether words of the person must come with it."""
        return TRANSITIONS[Action(self.decision)].needs_note


_REJECT = Choice(decision="reject", key="R", word="reject", done="rejected_done", colour="red-9")
_CONFIRM = Choice(
    decision="confirm", key="C", word="confirm", done="confirmed_done", colour="green-10", after_watching=True
)
_ASK = Choice(decision="ask_evidence", key="E", word="ask_evidence", done="asked_done", colour="blue-grey-8")
_ADDED = Choice(decision="evidence_added", key="C", word="evidence_added", done="requeued_done", colour="green-10")
_CANCEL = Choice(
    decision="cancel", key="X", word="cancel_case", done="cancelled_done", colour="blue-grey-8", at_once=True
)
_WITHDRAW = Choice(decision="withdraw", key="W", word="withdraw", done="withdrawn_done", colour="red-9", at_once=True)
_REMIND = Choice(decision="remind", key="M", word="remind", done="reminded_done", colour="blue-grey-8")
_HANDLED = Choice(decision="handle_in_field", key="H", word="handled", done="handled_done", colour="blue-grey-8")
_STILL = Choice(decision="still_there", key="C", word="still_there", done="still_there_done", colour="green-10")
_CLOSE = Choice(decision="close", key="R", word="close", done="closed_done", colour="red-9")
_REQUEUE = Choice(decision="requeue", key="C", word="requeue", done="requeued_done", colour="green-10")
_WRONG = Choice(decision="judge_wrong", key="R", word="judge_wrong", done="judged_done", colour="red-9")
_RIGHT = Choice(decision="judge_right", key="C", word="judge_right", done="judged_done", colour="green-10")

_REVIEW = (_REJECT, _CONFIRM, _ASK, _CANCEL)
_BY_STATE: Mapping[CaseState, tuple[Choice, ...]] = {
    CaseState.DETECTED: _REVIEW,
    CaseState.QUEUED: _REVIEW,
    CaseState.NEEDS_EVIDENCE: (_REJECT, _ADDED, _CANCEL),
    CaseState.ADJUDICATION: (_REJECT, _CONFIRM, _CANCEL),
    CaseState.READY: (_WITHDRAW, _REMIND, _CANCEL),
    CaseState.REMINDED: (_HANDLED, _STILL, _CANCEL),
    CaseState.TRANSFERRED: (_WITHDRAW,),
    CaseState.RETURNED: (_CLOSE, _REQUEUE, _CANCEL),
}

DECISION_KEYS: Final = frozenset(
    choice.key for choices in (*_BY_STATE.values(), (_WRONG, _RIGHT)) for choice in choices
)
"""Of all ways on, from whichever state."""


def choices_for(stored: StoredCase, role: Role) -> tuple[Choice, ...]:
    """The ways on from where a case stands that the role may take; the first two stand equally near."""
    if stored.shadow:
        return (_WRONG, _RIGHT) if stored.state in {CaseState.DETECTED} | JUDGED_STATES else ()
    if stored.state is CaseState.ADJUDICATION and role is not Role.SUPERVISOR:
        return ()
    return tuple(
        choice
        for choice in _BY_STATE.get(stored.state, ())
        if role in TRANSITIONS[Action(choice.decision)].roles
        and (choice is not _REMIND or stored.code in REMINDED_FIRST)
    )
