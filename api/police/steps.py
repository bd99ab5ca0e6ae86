"""What the police tell of the cases that they hold: step by step, one or many at once, and a list of what they hold."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from api.cases.case_rows import load_case, load_files, lock_case
from api.cases.moves import move
from api.cases.notifier import CaseNotifier
from api.cases.objection_words import LOOK, objections_of
from api.cases.view_log import ViewLog
from api.persistence.case_queries import case_row, held_by, waiting_by_queue
from api.persistence.ledger import body_of
from api.persistence.store import Store, Work, once_more_if_deadlocked
from api.places.routing import Router
from api.police.documents import HeldCase, HeldCases, HeldObjection, OpenedCase, PoliceCaseState, Waiting
from api.police.rows import is_with, last_event, pulled
from api.principals import Permission, Principal
from domain.cases.evidence import EvidenceFile
from domain.cases.roles import Role
from domain.cases.states import POLICE_STATES, Action, CaseState
from domain.cases.transitions import TRANSITIONS, check_reason
from domain.errors import Conflict, Invalid, NotFound
from domain.grants import EVERY
from domain.law.receivers import Receiver
from domain.law.rejection import RejectionReason

MAX_PAGE = 200
MOST_COUNTED = 1000
_BY_OTHER_DOORS = frozenset({Action.TRANSFER, Action.ACKNOWLEDGE, Action.RETURN, Action.PROCESS})
PROGRESS = tuple(
    action for action, row in TRANSITIONS.items() if row.roles == {Role.POLICE} and action not in _BY_OTHER_DOORS
)
"""Steps that only tell where the police are with a case; the table of the case's life says which is open when."""
REFERRED_TO: Mapping[Action, Receiver] = {
    Action.REFER_COMMUNE: Receiver.COMMUNE_POLICE,
    Action.REFER_WARD_PC: Receiver.COMMUNE_CHAIR,
}
"""A referred case waits in the queue of the next unit, and is with nobody until that pulls it."""
NO_LEASE: Mapping[str, None] = {"lease_id": None, "lease_holder": None, "lease_expires_at": None}
_MIRRORED = (POLICE_STATES | {CaseState.CANCELLED, CaseState.EXPIRED}) - {CaseState.RETURNED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One step that the police took."""

    step: Action
    reason_code: str | None = None  # where the step needs one
    note: str = ""


class PoliceSteps:
    """Mirrors what the police do.

    Args:
        store: the centre's memory.
        notifier: passes on every change.
        reasons: by code.
        views: notes who opened what.
        router: knows the queues of those to whom cases are referred.
    """

    def __init__(
        self,
        store: Store,
        notifier: CaseNotifier,
        reasons: Mapping[str, RejectionReason],
        views: ViewLog,
        router: Router,
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._reasons = reasons
        self._views = views
        self._router = router

    @once_more_if_deadlocked
    def take(self, actor: Principal, case_id: uuid.UUID, told: Told) -> PoliceCaseState:
        """Note a step; told again with the same reason, the same answer.

        Raises:
            NotFound: the case is not with the caller's organisation.
            Conflict: the case is not where the step begins, or a guard refuses it.
            Invalid: the step is none of these, or a reason or note is missing or wrong.
        """
        actor.require(Permission.QUEUE_USE)
        if told.step not in PROGRESS:
            raise Invalid(f"{told.step} is no step of this door; it is one of {', '.join(PROGRESS)}")
        check_reason(told.step, reason_code=told.reason_code, note=told.note, reasons=self._reasons)
        with self._store.write() as work:
            if told.step in REFERRED_TO and (earlier := self._referred(work, case_id, actor, told)) is not None:
                return PoliceCaseState(case_id=case_id, state=TRANSITIONS[told.step].target, at=earlier.at)
            row = lock_case(work, case_id, actor)
            _require_held(row, actor, case_id)
            if row.state == TRANSITIONS[told.step].target:
                earlier = last_event(work, row, told.step)
                if earlier is None or body_of(earlier).get("reason_code") != told.reason_code:
                    raise Conflict("the case is there already, by another step or for another reason")
                return PoliceCaseState(case_id=case_id, state=CaseState(row.state), at=earlier.at)
            body: dict[str, Any] = {"reason_code": told.reason_code, "note": told.note}
            values: dict[str, Any] = {}
            if told.step in REFERRED_TO:
                values = {"queue": self._next_queue(row, told.step), "ready_at": work.now, **NO_LEASE}
                body |= {"queue": values["queue"], "holder": actor.holder}
            moved = move(work, row, told.step, actor, notifier=self._notifier, body=body, values=values)
        return PoliceCaseState(case_id=case_id, state=CaseState(moved.state), at=work.now)

    def _next_queue(self, row: Row[Any], step: Action) -> str:
        """The queue of the unit that a case is referred to.

        Raises:
            Conflict: the ward is not known, so nobody knows which unit that is, or it has no queue.
        """
        queue = self._router.queue_of(REFERRED_TO[step])
        if not row.ward_key:
            raise Conflict("the ward of the act is not known, so nobody knows to whom it is referred")
        if queue is None:
            raise Conflict(f"there is no queue of {REFERRED_TO[step].value}")
        return queue

    @staticmethod
    def _referred(work: Work, case_id: uuid.UUID, actor: Principal, told: Told) -> Row[Any] | None:
        """The event by which the caller's organisation referred a case that still waits for the next unit."""
        row = work.connection.execute(case_row(str(case_id))).one_or_none()  # it lies in another queue by now
        if row is None or row.state != TRANSITIONS[told.step].target or row.lease_holder is not None:
            return None
        earlier = last_event(work, row, told.step)
        return earlier if earlier is not None and body_of(earlier).get("holder") == actor.holder else None

    def held(self, actor: Principal, *, after: str | None = None, limit: int = 50) -> HeldCases:
        """Cases with the caller's organisation, in order of their ids; a cursor goes on.

        Raises:
            NotAllowed: the caller is no police.
            Invalid: the cursor is not one of ours.
        """
        actor.require(Permission.QUEUE_USE)
        limit = min(max(limit, 1), MAX_PAGE)
        if after is not None:
            after = _cursor(after)
        with self._store.read() as connection:
            rows = connection.execute(held_by(actor.holder, actor.scope, _MIRRORED, after, limit + 1)).all()
        now = self._store.clock.now()
        items = tuple(_held(row) for row in rows[:limit] if is_with(row, actor, now))
        return HeldCases(items=items, next_cursor=str(rows[limit - 1].case_id) if len(rows) > limit else None)

    def waiting(self, actor: Principal) -> tuple[Waiting, ...]:
        """How many cases wait for the caller, by queue; of its named queues also those in which none waits.

        Raises:
            NotAllowed: the caller is no police.
        """
        actor.require(Permission.QUEUE_USE)
        with self._store.read() as connection:
            rows = connection.execute(waiting_by_queue(actor.scope, MOST_COUNTED)).all()
        counted = {row.queue: row.cases for row in rows}
        more = sum(counted.values()) >= MOST_COUNTED
        names = sorted(counted.keys() | (actor.scope.queues - {EVERY}))
        return tuple(Waiting(queue=name, cases=counted.get(name, 0), more=more) for name in names)

    def files(self, actor: Principal, case_id: uuid.UUID) -> tuple[EvidenceFile, ...]:
        """The whole files of a case that the organisation works on, none once it has ended; raises as ``one``."""
        if self.one(actor, case_id).state not in POLICE_STATES:
            return ()  # cancelled or expired: nobody looks at its people any more, as no package of it is given
        with self._store.read() as connection:
            files = load_files(connection, load_case(connection, case_id, actor))
        return tuple(each.file for each in files if each.complete)

    def file(self, actor: Principal, case_id: uuid.UUID, name: str) -> EvidenceFile:
        """One whole file of such a case; seeing it is noted in the record.

        Raises:
            NotFound: the case is not with the caller's organisation, or has no such whole file.
        """
        found = next((each for each in self.files(actor, case_id) if each.name == name), None)
        if found is None:
            raise NotFound(f"the case {case_id} has no whole file {name}")
        self._views.note(actor, str(case_id), name)
        return found

    def one(self, actor: Principal, case_id: uuid.UUID) -> HeldCase:
        """One case that is with the caller's organisation; looking is noted in the record.

        Raises:
            NotFound: it is not with it.
        """
        actor.require(Permission.QUEUE_USE)
        with self._store.read() as connection:
            row = connection.execute(case_row(str(case_id))).one_or_none()
        if row is None or not actor.sees_case(row):
            raise NotFound(f"the case {case_id} is not with you")
        _require_held(row, actor, case_id)
        if not is_with(row, actor, self._store.clock.now()):
            raise NotFound(f"the case {case_id} is not with you")
        self._views.note(actor, str(case_id), "case")
        return _held(row)

    def open(self, actor: Principal, case_id: uuid.UUID) -> OpenedCase:
        """As ``one``, with what citizens object to it, which the organisation must answer.

        Reading their words is noted in the record by itself.

        Raises:
            NotFound: it is not with the organisation.
        """
        held = self.one(actor, case_id)
        with self._store.read() as connection:
            found = objections_of(connection, str(case_id))
        if any(each.words is not None for each in found):
            self._views.note(actor, str(case_id), LOOK)
        objections = tuple(HeldObjection(at=each.at, words=each.words) for each in found)
        return OpenedCase(**dict(held), objections=objections)


def _require_held(row: Row[Any], actor: Principal, case_id: uuid.UUID) -> None:
    if row.state not in _MIRRORED or row.lease_holder != actor.holder:
        raise NotFound(f"the case {case_id} is not with you")


def _cursor(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise Invalid("the cursor is not one that this list gave") from None


def _held(row: Row[Any]) -> HeldCase:
    state = CaseState(row.state)
    open_steps = tuple(action for action in PROGRESS if state in TRANSITIONS[action].sources)
    return HeldCase(
        case=pulled(row),
        state=state,
        since=row.entered_at,
        lease_id=uuid.UUID(row.lease_id),
        lease_expires_at=row.lease_expires_at if state == CaseState.TRANSFERRED else None,
        steps=open_steps,
    )
