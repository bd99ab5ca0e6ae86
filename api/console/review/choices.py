"""What a person may do with a case, two ways on for each: pure."""

from dataclasses import dataclass
from typing import Literal

from api.cases.case_rows import StoredCase
from api.cases.review import DecisionName
from domain.camera import Mode
from domain.cases.states import JUDGED_STATES, TRANSITIONS, Action, CaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way on."""

    decision: DecisionName
    key: str  # on the keyboard
    word: str  # of the button, see words.py
    done: str  # what is shown afterwards, see words.py
    colour: Literal["green-8", "red-9"]
    after_watching: bool = False

    @property
    def needs_reason(self) -> bool:
        """Whether a reason code must come with it."""
        return TRANSITIONS[Action(self.decision)].reason_by is not None

    @property
    def needs_note(self) -> bool:
        """Whether words of the person must come with it."""
        return TRANSITIONS[Action(self.decision)].needs_note


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Both ways on, equally near."""

    no: Choice
    yes: Choice


REVIEW = Choices(
    no=Choice(decision="reject", key="R", word="reject", done="rejected_done", colour="red-9"),
    yes=Choice(
        decision="confirm", key="C", word="confirm", done="confirmed_done", colour="green-8", after_watching=True
    ),
)
JUDGE = Choices(
    no=Choice(decision="judge_wrong", key="R", word="judge_wrong", done="judged_done", colour="red-9"),
    yes=Choice(decision="judge_right", key="C", word="judge_right", done="judged_done", colour="green-8"),
)
RETURNED = Choices(
    no=Choice(decision="close", key="R", word="close", done="closed_done", colour="red-9"),
    yes=Choice(decision="requeue", key="C", word="requeue", done="requeued_done", colour="green-8"),
)


def choices_for(stored: StoredCase) -> Choices | None:
    """The ways on from where a case stands, None where no reviewer moves it."""
    if stored.mode is Mode.SHADOW:
        return JUDGE if stored.state in {CaseState.DETECTED} | JUDGED_STATES else None
    if stored.state in {CaseState.DETECTED, CaseState.QUEUED}:
        return REVIEW
    return RETURNED if stored.state is CaseState.RETURNED else None
