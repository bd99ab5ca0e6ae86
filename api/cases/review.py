"""People decide: confirm or reject, with a reason, once, on the version they saw."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row

from api.cases.blind import is_blind
from api.cases.case_columns import plate_key
from api.cases.case_rows import (
    StoredCase,
    case_after,
    facts_of,
    first_plate,
    lock_case,
    locked,
    read_plate,
    shown_version,
)
from api.cases.entered_plates import own_entry
from api.cases.holds import require_not_held
from api.cases.moves import move
from api.cases.notifier import CaseNotifier
from api.errors import StaleVersion
from api.people.persons import are_two_people
from api.people.reviewer_figures import ANSWERS
from api.persistence.case_queries import known_negatives, newest_step, waiting_acts
from api.persistence.store import Store, Work, once_more_if_deadlocked
from api.principals import SYSTEM, Permission, Principal
from domain.cases.looks import second_look_due
from domain.cases.reviewers import PERSONS_UNKNOWN, said_of_reviewers
from domain.cases.second_look import drawn, second_look
from domain.cases.states import Action, CaseState
from domain.cases.transitions import check_reason, next_state
from domain.errors import CatalogueError
from domain.law.catalogue import CatalogueRow, built_in_catalogue
from domain.law.rejection import RejectionReason

MAX_NOTE = 2000
_ANSWERS = frozenset({Action.CONFIRM, Action.REJECT})
_CONFIRMING = frozenset({Action.CONFIRM, Action.SECOND_CONFIRM, Action.ADJUDICATE_CONFIRM})
_ANSWER_A_SEED = frozenset({Action.ASK_EVIDENCE, Action.CANCEL})  # whoever takes them has not confirmed it
SEED_AT_MOST = timedelta(days=7)  # so old may a known negative be; an older one would be known by its date
_LOOKED_AT_ALREADY = frozenset({CaseState.SECOND_REVIEW, CaseState.ADJUDICATION})
_NOT_OF_THE_POLICE = frozenset({Action.WITHDRAW, Action.CANCEL})
_END_THE_LEASE = frozenset({Action.WITHDRAW, Action.REQUEUE})
_NO_PACKAGE: Mapping[str, None] = {"package_sha256": None}
"""Of a case that is released: the package of an earlier release is no longer the one to give a receipt for."""
_NO_LEASE: Mapping[str, None] = {"lease_id": None, "lease_holder": None, "lease_expires_at": None}


DecisionName = Literal[
    "confirm",
    "reject",
    "ask_evidence",
    "evidence_added",
    "remind",
    "still_there",
    "handle_in_field",
    "withdraw",
    "requeue",
    "close",
    "cancel",
    "judge_right",
    "judge_wrong",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How much of the decisive seconds of the clips really played before a person, as the player counted it."""

    played_s: float
    of_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a reviewer says of a case."""

    decision: DecisionName
    reason_code: str | None = None  # reject, withdraw, close, cancel, judge_wrong: a code that an operator may give
    note: str = ""  # needed with the reason OTHER, and where a step must be explained
    watched: Watched | None = None  # confirm: what the console's player measured; None: not decided in the player


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """How many cases another person looks at, and how many known negatives are put among them."""

    key: bytes = field(repr=False)
    second_look_share: float = 0.10
    seed_share: float = 0.03  # of first answers


class Review:
    """People's decisions.

    Args:
        store: the centre's memory.
        notifier: passes on every change.
        reasons: by code.
        draws: which cases another person looks at.
    """

    def __init__(
        self, store: Store, notifier: CaseNotifier, reasons: Mapping[str, RejectionReason], draws: Draws
    ) -> None:
        self._draws = draws
        self._store = store
        self._notifier = notifier
        self._reasons = reasons

    @once_more_if_deadlocked
    def decide(self, actor: Principal, case_id: uuid.UUID, decision: Decision, *, expected_version: int) -> StoredCase:
        """Take one of a person's steps with a case, as the table of its life has them (domain/cases/transitions.py).

        Args:
            actor: operator or supervisor; only a supervisor withdraws.
            case_id: the case.
            decision: with its reason.
            expected_version: the version that the reviewer looked at.

        Returns:
            The case as it is now.

        Raises:
            NotAllowed: the role may not decide.
            NotFound: there is no such case.
            Invalid: the reason is missing, unknown or not the reviewer's to give.
            StaleVersion: the case changed since the reviewer looked.
            Conflict: it does not stand where the step begins, or something keeps it from being confirmed.
        """
        actor.require(Permission.CASES_DECIDE)
        action = Action(decision.decision)
        check_reason(action, reason_code=decision.reason_code, note=decision.note, reasons=self._reasons)
        with self._store.write() as work:
            row = lock_case(work, case_id, actor)
            shown = shown_version(work.connection, row, actor)
            if shown != expected_version:
                raise StaleVersion(f"the case is at version {shown}, the decision was made on {expected_version}")
            require_not_held(work, row, actor)
            body: dict[str, Any] = {"reason_code": decision.reason_code, "note": decision.note[:MAX_NOTE]}
            if action == Action.CONFIRM:
                entered = own_entry(work.connection, row, actor)
                body["watched"] = asdict(decision.watched) if decision.watched else None
                body |= {"plate": entered or plate_key(read_plate(row)), "plate_by_hand": entered}
            if action in _NOT_OF_THE_POLICE:
                body["taken_over"] = _taken_over(work, row)
            if is_blind(row, actor):
                _require_open_as_first(row, actor, action, work.now, body)
            if action in _ANSWERS or (action in _ANSWER_A_SEED and row.state == CaseState.SEEDED):
                self._answer(work, row, actor, action, body)
            else:
                ended = _NO_LEASE if action in _END_THE_LEASE else None
                move(work, row, action, actor, notifier=self._notifier, body=body, values=ended)
            return case_after(work, case_id, actor)

    def _answer(self, work: Work, row: Row[Any], actor: Principal, action: Action, body: dict[str, Any]) -> None:
        """Note a person's answer as the step that it is from where the case really stands, and what follows from it."""
        if action == Action.CONFIRM and row.state in _LOOKED_AT_ALREADY:
            looked = {row.first_by, row.second_by} - {None}
            if not all(are_two_people(work.connection, each, actor.actor) for each in looked):
                body[PERSONS_UNKNOWN] = True
        step = _step_of(action, row, body)
        answer = "confirm" if action == Action.CONFIRM else "reject"
        if step in _ANSWERS:
            catalogue_row = _catalogue_row(row)
            due = second_look(
                uuid.UUID(row.case_id),
                confirmed=action == Action.CONFIRM,
                row=catalogue_row,
                key=self._draws.key,
                share=self._draws.second_look_share,
                plate_by_hand=_names_by_hand(row, body),
            )
            body["second_look"] = due.value if due else None
        else:
            body["answer"] = answer
        values = _plate_columns(body) if step in _CONFIRMING else None
        moved = move(work, row, step, actor, notifier=self._notifier, body=body, values=values)
        work.tally(actor.actor, ANSWERS)
        for who, what in said_of_reviewers(step, row, actor.actor, body):
            work.tally(who, what)
        if second_look_due(moved.second_look, moved.second_by):
            move(work, moved, Action.LOOK_AGAIN, SYSTEM, notifier=self._notifier)
        elif moved.state == CaseState.CONFIRMED:
            released: dict[str, Any] = {"ready_at": work.now, **_NO_PACKAGE}
            move(work, moved, Action.RELEASE, SYSTEM, notifier=self._notifier, body=_NO_PACKAGE, values=released)
        if step in _ANSWERS:
            self._seed(work, row)

    def _seed(self, work: Work, row: Row[Any]) -> None:
        """Once in so many first answers, put a known negative among what waits."""
        draws = self._draws
        if not drawn(uuid.UUID(row.case_id), purpose="seed", key=draws.key, share=draws.seed_share):
            return
        oldest = work.connection.execute(waiting_acts(1)).scalar_one_or_none()
        if oldest is None:  # one that waits alone, or is older than all others, would be known by that
            return
        asked = known_negatives(work.now - SEED_AT_MOST, oldest, 10)
        asked = locked(asked, work.connection, skip_locked=True)
        for candidate in work.connection.execute(asked).all():
            facts = facts_of(candidate, actor=SYSTEM.actor, now=work.now)
            if candidate.case_id != row.case_id and facts.known_negative and not facts.blocked_by:
                move(work, candidate, Action.SEED, SYSTEM, notifier=self._notifier)
                return


def _taken_over(work: Work, row: Row[Any]) -> bool:
    """Whether the police gave a receipt since the case last came back to the centre: then it is theirs."""
    asked = newest_step(row.case_id, (Action.ACKNOWLEDGE, Action.RETURN))
    return work.connection.execute(asked).scalar_one_or_none() == Action.ACKNOWLEDGE


def _require_open_as_first(
    row: Row[Any], actor: Principal, action: Action, now: datetime, body: Mapping[str, Any]
) -> None:
    """Refuse what would be refused if nobody had answered, in the same words: a refusal tells no more than the page."""
    as_first = replace(
        facts_of(row, actor=actor.actor, now=now, body=body),
        plates_differ=False,
        first_answer=None,
        first_by=None,
        second_by=None,
        known_negative=False,
    )
    next_state(action, state=CaseState.QUEUED, role=actor.role, facts=as_first)


def _names_by_hand(row: Row[Any], body: Mapping[str, Any]) -> bool:
    """Whether somebody confirms a plate that the networks did not read."""
    return body.get("plate_by_hand") not in {None, plate_key(row.plate_text)}


def _plate_columns(body: Mapping[str, Any]) -> dict[str, str | None]:
    """The plate that goes on with a case: whoever confirms it stands for it."""
    return {"plate_by_hand": body["plate_by_hand"], "plate_key": body["plate"]}


def _step_of(action: Action, row: Row[Any], body: Mapping[str, Any]) -> Action:
    """The step that an answer is, from where a case stands."""
    confirms = action == Action.CONFIRM
    if row.state == CaseState.SEEDED:
        return Action.SEED_MISSED if confirms else Action.SEED_CAUGHT
    if row.state == CaseState.ADJUDICATION:
        return Action.ADJUDICATE_CONFIRM if confirms else Action.ADJUDICATE_REJECT
    if row.state == CaseState.SECOND_REVIEW:
        agree = confirms == (row.first_answer == "confirm")
        if not agree or (confirms and (body.get("plate") != first_plate(row) or body.get(PERSONS_UNKNOWN))):
            return Action.DIFFER
        return Action.SECOND_CONFIRM if confirms else Action.SECOND_REJECT
    return action


def _catalogue_row(row: Row[Any]) -> CatalogueRow | None:
    try:
        return built_in_catalogue().row_for(row.code, row.vehicle_kind, row.began_at)
    except CatalogueError:
        return None
