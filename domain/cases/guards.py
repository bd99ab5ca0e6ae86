"""What must hold before a step is taken, by name: each guard is one small pure judgement of the facts of a case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from domain.cases.states import Blocker, CaseState

Answer = Literal["confirm", "reject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What guards judge by; all of it can be computed again from the record."""

    actor: str = ""  # who takes the step
    answer: Answer | None = None  # of a second reviewer
    blocked_by: frozenset[Blocker] = frozenset()
    shadow: bool = False  # it is measured only
    first_answer: str | None = None
    first_by: str | None = None
    second_by: str | None = None
    second_look_due: bool = False
    known_negative: bool = False  # two people, each for himself, found no offence, for a reason that pictures show
    notice_overdue: bool = False  # ten days since the act: no notice can be in time any more
    limitation_passed: bool = False  # a year since the act
    notice_unanswered: bool = False  # twenty days since the notice
    on_pavement: bool = False  # an offence of which the ward reminds first
    plate_known: bool = True  # read by the networks or entered by whoever confirms; or none is needed
    plates_differ: bool = False  # both confirm, with two plates
    persons_unknown: bool = False  # who confirms may be who looked before: nobody has stated whose the accounts are
    lead_stands: bool = False  # the case that goes on for both is one that can
    pulled_from: CaseState = CaseState.READY  # where it waited when the police pulled it
    taken_over: bool = False  # the police gave a receipt, and did not return it since


class Guard(StrEnum):
    """What a step may ask for."""

    NOTHING_BLOCKS = "nothing_blocks"
    COUNTS = "counts"
    SHADOW_ONLY = "shadow_only"
    SECOND_LOOK_DUE = "second_look_due"
    EVERY_LOOK_TAKEN = "every_look_taken"
    ANOTHER_PERSON = "another_person"
    FIRST_CONFIRMED = "first_confirmed"
    FIRST_REJECTED = "first_rejected"
    ANSWERS_DIFFER = "answers_differ"
    OPEN_TO_THE_ANSWER = "open_to_the_answer"
    KNOWN_NEGATIVE = "known_negative"
    NOTICE_IN_TIME = "notice_in_time"
    WITHIN_LIMITATION = "within_limitation"
    LIMITATION_PASSED = "limitation_passed"
    NOTICE_UNANSWERED = "notice_unanswered"
    ON_PAVEMENT = "on_pavement"
    LEAD_STANDS = "lead_stands"
    LEAD_ENDED = "lead_ended"
    WAS_READY = "was_ready"
    WAS_THE_COMMUNES = "was_the_communes"
    WAS_THE_WARD_PCS = "was_the_ward_pcs"
    NOT_TAKEN_OVER = "not_taken_over"
    PLATE_KNOWN = "plate_known"
    PLATES_AGREE = "plates_agree"
    PERSONS_KNOWN = "persons_known"


def _unblocked(facts: Facts) -> str | None:
    return f"the case is blocked: {', '.join(sorted(facts.blocked_by))}" if facts.blocked_by else None


def _plate(facts: Facts) -> str | None:
    return None if facts.plate_known else "the case is blocked: plate_missing"


def _unless(refused: Callable[[Facts], bool], why: str) -> Callable[[Facts], str | None]:
    return lambda facts: why if refused(facts) else None


def _pulled_from(state: CaseState) -> Callable[[Facts], str | None]:
    return lambda facts: None if facts.pulled_from == state else f"it waited as {facts.pulled_from}, not as {state}"


GUARDS: Mapping[Guard, Callable[[Facts], str | None]] = {
    Guard.NOTHING_BLOCKS: _unblocked,
    Guard.COUNTS: _unless(lambda facts: facts.shadow, "a case of a rule in shadow mode does not count"),
    Guard.SHADOW_ONLY: _unless(lambda facts: not facts.shadow, "only a case of a rule in shadow mode is judged"),
    Guard.SECOND_LOOK_DUE: _unless(lambda facts: not facts.second_look_due, "no second look is due"),
    Guard.EVERY_LOOK_TAKEN: _unless(lambda facts: facts.second_look_due, "a second look is due first"),
    Guard.ANOTHER_PERSON: _unless(
        lambda facts: facts.actor in {facts.first_by, facts.second_by}, "another person must look: you did already"
    ),
    Guard.FIRST_CONFIRMED: _unless(
        lambda facts: facts.first_answer != "confirm", "the first reviewer did not confirm it"
    ),
    Guard.FIRST_REJECTED: _unless(lambda facts: facts.first_answer != "reject", "the first reviewer did not reject it"),
    Guard.ANSWERS_DIFFER: _unless(
        lambda facts: (
            facts.answer is None
            or (facts.answer == facts.first_answer and not facts.plates_differ and not facts.persons_unknown)
        ),
        "the answers do not differ",
    ),
    Guard.OPEN_TO_THE_ANSWER: lambda facts: (_unblocked(facts) or _plate(facts)) if facts.answer == "confirm" else None,
    Guard.PLATE_KNOWN: _plate,
    Guard.PLATES_AGREE: _unless(lambda facts: facts.plates_differ, "the two reviewers read two plates"),
    Guard.PERSONS_KNOWN: _unless(
        lambda facts: facts.persons_unknown,
        "nobody has stated which person each of the two accounts is of: an admin does",
    ),
    Guard.KNOWN_NEGATIVE: _unless(
        lambda facts: not facts.known_negative, "two people did not both find that it shows no offence"
    ),
    Guard.NOTICE_IN_TIME: _unless(
        lambda facts: facts.notice_overdue, "ten days have passed since the act, no notice would be in time"
    ),
    Guard.WITHIN_LIMITATION: _unless(lambda facts: facts.limitation_passed, "a year has passed since the act"),
    Guard.LIMITATION_PASSED: _unless(lambda facts: not facts.limitation_passed, "a year has not passed since the act"),
    Guard.NOTICE_UNANSWERED: _unless(
        lambda facts: not facts.notice_unanswered, "twenty days since the notice have not passed"
    ),
    Guard.ON_PAVEMENT: _unless(lambda facts: not facts.on_pavement, "only what stands on a pavement is reminded of"),
    Guard.LEAD_STANDS: _unless(
        lambda facts: not facts.lead_stands, "the case that would lead has ended, or does not count"
    ),
    Guard.WAS_READY: _pulled_from(CaseState.READY),
    Guard.WAS_THE_COMMUNES: _pulled_from(CaseState.REFERRED_COMMUNE),
    Guard.WAS_THE_WARD_PCS: _pulled_from(CaseState.REFERRED_WARD_PC),
    Guard.NOT_TAKEN_OVER: _unless(lambda facts: facts.taken_over, "the police took the case over already"),
    Guard.LEAD_ENDED: _unless(lambda facts: facts.lead_stands, "the case that leads goes on for both"),
}
"""By guard: why it refuses the facts, None where it lets them through."""
