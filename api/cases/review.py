"""People decide: confirm or reject, with a reason, once, on the version they saw."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import Row

from api.cases.case_rows import StoredCase, load_case, lock_case, move
from api.cases.notifier import CaseNotifier
from api.errors import StaleVersion
from api.persistence.store import Store, Work
from api.principals import SYSTEM, Permission, Principal
from domain.cases.states import Action
from domain.cases.transitions import check_reason
from domain.law.rejection import RejectionReason

MAX_NOTE = 2000
_END_THE_LEASE = frozenset({Action.WITHDRAW, Action.REQUEUE})
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


class Review:
    """People's decisions.

    Args:
        store: the centre's memory.
        notifier: passes on every change.
        reasons: by code.
    """

    def __init__(self, store: Store, notifier: CaseNotifier, reasons: Mapping[str, RejectionReason]) -> None:
        self._store = store
        self._notifier = notifier
        self._reasons = reasons

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
            if row.version != expected_version:
                raise StaleVersion(f"the case is at version {row.version}, the decision was made on {expected_version}")
            body: dict[str, Any] = {"reason_code": decision.reason_code, "note": decision.note[:MAX_NOTE]}
            if action == Action.CONFIRM:
                body["watched"] = asdict(decision.watched) if decision.watched else None
            ended = _NO_LEASE if action in _END_THE_LEASE else None
            row = move(work, row, action, actor, notifier=self._notifier, body=body, values=ended)
            if action == Action.CONFIRM:
                self._release(work, row)
            return load_case(work.connection, case_id, actor)

    def _release(self, work: Work, row: Row[Any]) -> None:
        """Hand a confirmed case to the police queue; a second, blind look would stand before this."""
        move(work, row, Action.RELEASE, SYSTEM, notifier=self._notifier, values={"ready_at": work.now})
