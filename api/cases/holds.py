"""Work is assigned: an opened case is one person's for some minutes, by the centre's clock; oldest act first."""

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete

from api.cases.case_rows import lock_case
from api.people.persons import accounts_of, has_answered
from api.people.reviewer_figures import HELD_S, TIMED, answers_in_shift
from api.persistence.case_queries import hold_of, next_for
from api.persistence.store import Store, Work
from api.persistence.tables import case_holds
from api.persistence.upsert import upsert
from api.principals import Permission, Principal
from domain.cases.shifts import shift_of
from domain.cases.states import AWAITING_REVIEW, CaseState
from domain.errors import Conflict

HELD_STATES = AWAITING_REVIEW | {CaseState.NEEDS_EVIDENCE, CaseState.ADJUDICATION}
_READ_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A case is one person's until a time; who does not hold it may look."""

    case_id: uuid.UUID
    holder: str
    expires_at: datetime


class Holds:
    """Hands out cases to review.

    Args:
        store: the centre's memory.
        lasts: how long a hold lasts; opening the case again begins it anew.
        cases_a_shift: how many first and second answers one person gives in a shift.
    """

    def __init__(self, store: Store, *, lasts: timedelta, cases_a_shift: int) -> None:
        self._store = store
        self._lasts = lasts
        self._cases_a_shift = cases_a_shift

    def take(self, actor: Principal, case_id: uuid.UUID) -> Hold | None:
        """Hold a case while it is looked at; None where nobody reviews it now.

        Returns:
            The hold that stands: one's own, or another's that has not ended.

        Raises:
            NotAllowed: the role may not decide.
            NotFound: there is no such case for the caller.
        """
        actor.require(Permission.CASES_DECIDE)
        with self._store.write() as work:
            row = lock_case(work, case_id, actor)
            answered = has_answered(work.connection, row, actor.actor)
            if row.shadow or answered or CaseState(row.state) not in HELD_STATES:
                return None
            return standing_hold(work, row) or self._hold(work, row, actor)

    def take_next(self, actor: Principal) -> Hold | None:
        """Hold the next case: of those that nobody holds and the caller has not answered, that of the oldest act.

        Raises:
            NotAllowed: the role may not decide.
            Conflict: the caller has answered as many as a shift allows.
        """
        actor.require(Permission.CASES_DECIDE)
        with self._store.write() as work:
            shift = shift_of(work.now)
            if answers_in_shift(work.connection, actor.actor, shift) >= self._cases_a_shift:
                raise Conflict(f"you have answered {self._cases_a_shift} cases in this shift, which is its limit")
            for row in _waiting(work, actor, accounts_of(work.connection, actor.actor)):
                locked_row = lock_case(work, uuid.UUID(row.case_id), actor)
                answered = has_answered(work.connection, locked_row, actor.actor)
                if locked_row.state in AWAITING_REVIEW and not answered and standing_hold(work, locked_row) is None:
                    return self._hold(work, locked_row, actor)
        return None

    def let_go(self, actor: Principal, case_id: uuid.UUID) -> None:
        """End one's own hold; nothing where there is none.

        Raises:
            NotAllowed: the role may not decide.
            NotFound: there is no such case for the caller.
        """
        actor.require(Permission.CASES_DECIDE)
        with self._store.write() as work:
            lock_case(work, case_id, actor)
            own = (case_holds.c.case_id == str(case_id)) & (case_holds.c.holder == actor.actor)
            work.connection.execute(delete(case_holds).where(own))

    def _hold(self, work: Work, row: Any, actor: Principal) -> Hold:
        hold = Hold(case_id=uuid.UUID(row.case_id), holder=actor.actor, expires_at=work.now + self._lasts)
        values = {"case_id": row.case_id, "holder": hold.holder, "taken_at": work.now, "expires_at": hold.expires_at}
        upsert(work.connection, case_holds, values)
        return hold


def _waiting(work: Work, actor: Principal, accounts: Collection[str]) -> Iterator[Row[Any]]:
    """Every case that nobody holds and none of the accounts answered, the oldest act first; none of them locked."""
    after: tuple[datetime, str] | None = None
    while True:
        asked = next_for(accounts, actor.scope, work.now, _READ_AT_ONCE, after)
        rows = work.connection.execute(asked).all()
        yield from rows
        if len(rows) < _READ_AT_ONCE:
            return
        after = (rows[-1].began_at, rows[-1].case_id)


def standing_hold(work: Work, row: Any, *, but: str | None = None) -> Hold | None:
    """The hold of a locked case that has not ended, None where there is none or it is ``but``'s."""
    held = work.connection.execute(hold_of(row.case_id)).one_or_none()
    if held is None or held.expires_at <= work.now or held.holder == but:
        return None
    return Hold(case_id=uuid.UUID(row.case_id), holder=held.holder, expires_at=held.expires_at)


def require_not_held(work: Work, row: Any, actor: Principal) -> None:
    """Refuse to decide what another person holds, and end one's own hold.

    Raises:
        Conflict: another person has it open.
    """
    other = standing_hold(work, row, but=actor.actor)
    if other is not None:
        raise Conflict("another person has this case open")
    own = work.connection.execute(hold_of(row.case_id)).one_or_none()
    if own is not None and own.holder == actor.actor:
        work.tally(actor.actor, HELD_S, by=round((work.now - own.taken_at).total_seconds()))
        work.tally(actor.actor, TIMED)
    work.connection.execute(delete(case_holds).where(case_holds.c.case_id == row.case_id))
