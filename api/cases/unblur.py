"""Seeing an original: a named act with a reason, for one case and a short time, on record before anything is shown."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from api.cases.case_rows import StoredCase, lock_case
from api.persistence.ledger import body_of
from api.persistence.store import Store
from api.persistence.tables import events
from api.principals import Permission, Principal
from domain.cases.states import CaseState
from domain.cases.unblurring import IN_REVIEW, MAX_MINUTES, NEVER, REASONS
from domain.errors import Conflict, Invalid
from domain.instants import from_text, to_text

_ACTION = "unblur"


class Unblurring:
    """Lets people see originals.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, actor: Principal, case_id: uuid.UUID, *, reason_code: str, note: str, minutes: float) -> datetime:
        """Let the caller see the originals of one case.

        Returns:
            Until when.

        Raises:
            NotAllowed: the role sees no evidence.
            NotFound: there is no such case in the caller's scope.
            Invalid: the reason is unknown, or the time is too long.
            Conflict: the case was rejected.
        """
        actor.require(Permission.CASES_READ)
        if reason_code not in REASONS:
            raise Invalid(f"expected a reason of {', '.join(sorted(REASONS))}")
        if not 0 < minutes <= MAX_MINUTES:
            raise Invalid(f"originals are shown for at most {MAX_MINUTES} minutes")
        with self._store.write() as work:
            row = lock_case(work, case_id, actor)
            if CaseState(row.state) in NEVER:
                raise Conflict("the case was rejected, so nobody sees who is in it")
            until = work.now + timedelta(minutes=minutes)
            body = {"reason_code": reason_code, "note": note, "until": to_text(until)}
            work.record(actor, _ACTION, case_id=row.case_id, body=body)
        return until

    def sees_originals(self, connection: Connection, actor: Principal, stored: StoredCase) -> bool:
        """Whether originals are shown to somebody now: who judges an open case, or who has said why."""
        if stored.state in NEVER:
            return False
        if stored.state in IN_REVIEW and actor.may(Permission.CASES_DECIDE):
            return True
        of_actor = (events.c.case_id == str(stored.case_id)) & (events.c.action == _ACTION)
        newest = select(events).where(of_actor & (events.c.actor == actor.actor)).order_by(events.c.seq.desc()).limit(1)
        row = connection.execute(newest).one_or_none()
        return row is not None and from_text(body_of(row)["until"]) > self._store.clock.now()
