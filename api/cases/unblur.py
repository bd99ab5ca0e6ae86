"""Seeing an original: a named act with a reason, for one case and a short time, on record before anything is shown.

It is never done in bulk: one person sees the originals of so many cases a day, and who saw how many is counted.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, literal_column, select

from api.cases.case_rows import StoredCase, lock_case
from api.errors import TooMuch
from api.persistence.case_queries import case_row, originals_seen
from api.persistence.ledger import body_of
from api.persistence.store import Store, Work
from api.persistence.tables import events
from api.principals import Permission, Principal
from domain.cases.states import CaseState
from domain.cases.unblurring import IN_REVIEW, MAX_MINUTES, NEVER, REASONS
from domain.errors import Conflict, Invalid
from domain.instants import from_text, to_text

_ACTION = "unblur"
MOST_CASES_A_DAY: Final = 30
COUNTED: Final = timedelta(days=30)
_DAY: Final = timedelta(days=1)
_LATER_S: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalsSeen:
    """How often one person said why he sees originals."""

    actor: str
    cases: int
    times: int
    newest_at: datetime


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
            TooMuch: the caller sees the originals of too many cases.
        """
        actor.require(Permission.CASES_READ)
        if reason_code not in REASONS:
            raise Invalid(f"expected a reason of {', '.join(sorted(REASONS))}")
        if not 0 < minutes <= MAX_MINUTES:
            raise Invalid(f"originals are shown for at most {MAX_MINUTES} minutes")
        with self._store.database.exclusive(f"originals:{actor.actor}"), self._store.write() as work:
            row = lock_case(work, case_id, actor)
            if CaseState(row.state) in NEVER:
                raise Conflict("the case was rejected, so nobody sees who is in it")
            _require_few(work, actor, row.case_id)
            until = work.now + timedelta(minutes=minutes)
            body = {"reason_code": reason_code, "note": note, "until": to_text(until)}
            work.record(actor, _ACTION, case_id=row.case_id, body=body)
        return until

    def by_person(self, actor: Principal) -> Sequence[OriginalsSeen]:
        """Who said why in the last thirty days, who saw most cases first.

        Raises:
            NotAllowed: the role may not see how people fare.
        """
        actor.require(Permission.REVIEWERS_READ)
        with self._store.read() as connection:
            rows = connection.execute(originals_seen(self._store.clock.now() - COUNTED)).all()
        return tuple(OriginalsSeen(**row._asdict()) for row in rows)

    def sees_originals(self, connection: Connection, actor: Principal, stored: StoredCase) -> bool:
        """Whether originals are shown to somebody now: who judges an open case, or who has said why."""
        if stored.state in NEVER:
            return False
        if actor.may(Permission.CASES_DECIDE) and _is_judged(connection, stored):
            return True
        of_actor = (events.c.case_id == str(stored.case_id)) & (events.c.action == _ACTION)
        newest = select(events).where(of_actor & (events.c.actor == actor.actor)).order_by(events.c.seq.desc()).limit(1)
        row = connection.execute(newest).one_or_none()
        return row is not None and from_text(body_of(row)["until"]) > self._store.clock.now()


def _is_judged(connection: Connection, stored: StoredCase) -> bool:
    """Whether a case is being judged, or helps to judge the one that goes on for it."""
    if stored.state is not CaseState.DUPLICATE or stored.lead_id is None:
        return stored.state in IN_REVIEW
    return connection.execute(case_row(str(stored.lead_id))).one().state in IN_REVIEW


def _require_few(work: Work, actor: Principal, case_id: str) -> None:
    of = events.c
    lately = (of.action == literal_column("'unblur'")) & (of.at >= work.now - _DAY)
    others = select(func.count(func.distinct(of.case_id))).where(lately, of.actor == actor.actor, of.case_id != case_id)
    if work.connection.execute(others).scalar_one() >= MOST_CASES_A_DAY:
        raise TooMuch(f"a person sees the originals of at most {MOST_CASES_A_DAY} cases a day", retry_after_s=_LATER_S)
