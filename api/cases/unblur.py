"""Seeing an original: a named act with a reason, for one case or report and a short time, on record before it is shown.

It is never done in bulk: one person sees the originals of so many cases and reports a day, and who saw how many is
counted.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, literal_column, select

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
class Why:
    """What somebody says who wants to see originals.

    Raises:
        Invalid: the reason is unknown, or the time is too long.
    """

    reason_code: str
    note: str
    minutes: float

    def __post_init__(self) -> None:
        """Check it."""
        if self.reason_code not in REASONS:
            raise Invalid(f"expected a reason of {', '.join(sorted(REASONS))}")
        if not 0 < self.minutes <= MAX_MINUTES:
            raise Invalid(f"originals are shown for at most {MAX_MINUTES} minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalsSeen:
    """How often one person said why he sees originals."""

    actor: str
    cases: int  # and reports
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
        why = Why(reason_code=reason_code, note=note, minutes=minutes)
        with self._store.database.exclusive(f"originals:{actor.actor}"), self._store.write() as work:
            row = lock_case(work, case_id, actor)
            if CaseState(row.state) in NEVER:
                raise Conflict("the case was rejected, so nobody sees who is in it")
            return say_why(work, actor, why, case_id=row.case_id)

    def by_person(self, actor: Principal) -> Sequence[OriginalsSeen]:
        """Who said why in the last thirty days, who saw most cases first.

        Raises:
            NotAllowed: the role may not see how people fare.
        """
        actor.require(Permission.REVIEWERS_READ)
        with self._store.read() as connection:
            rows = connection.execute(originals_seen(self._store.clock.now() - COUNTED)).all()
        acts: dict[str, list[Row[Any]]] = {}
        for row in rows:
            acts.setdefault(row.actor, []).append(row)
        seen = [
            OriginalsSeen(actor=each, cases=len({_subject(row) for row in of}), times=len(of), newest_at=of[-1].at)
            for each, of in acts.items()
        ]
        return tuple(sorted(seen, key=lambda each: (-each.cases, each.actor)))

    def sees_originals(self, connection: Connection, actor: Principal, stored: StoredCase) -> bool:
        """Whether originals are shown to somebody now: who judges an open case, or who has said why."""
        if stored.state in NEVER:
            return False
        if actor.may(Permission.CASES_DECIDE) and _is_judged(connection, stored):
            return True
        of_actor = (events.c.case_id == str(stored.case_id)) & (events.c.action == _ACTION)
        newest = select(events).where(of_actor & (events.c.actor == actor.actor)).order_by(events.c.seq.desc()).limit(1)
        row = connection.execute(newest).one_or_none()
        return row is not None and goes_on(row, self._store.clock.now())


def _is_judged(connection: Connection, stored: StoredCase) -> bool:
    """Whether a case is being judged, or helps to judge the one that goes on for it."""
    if stored.state is not CaseState.DUPLICATE or stored.lead_id is None:
        return stored.state in IN_REVIEW
    return connection.execute(case_row(str(stored.lead_id))).one().state in IN_REVIEW


def say_why(work: Work, actor: Principal, why: Why, *, case_id: str | None = None, report_id: str = "") -> datetime:
    """Put on record why somebody sees the originals of one case or report; one at a time for each person.

    Returns:
        Until when.

    Raises:
        TooMuch: he sees those of too many.
    """
    _require_few(work, actor, case_id or report_id)
    until = work.now + timedelta(minutes=why.minutes)
    body = {"reason_code": why.reason_code, "note": why.note, "until": to_text(until)}
    work.record(actor, _ACTION, case_id=case_id, body=body | ({"report_id": report_id} if report_id else {}))
    return until


def newest_of_report(connection: Connection, actor: Principal, report_id: str, now: datetime) -> Row[Any] | None:
    """Somebody's last act with a report that may still go on."""
    acts = _acts_of(connection, actor, now - timedelta(minutes=MAX_MINUTES))
    return next((row for row in reversed(acts) if row.case_id is None and _subject(row) == report_id), None)


def goes_on(act: Row[Any], now: datetime) -> bool:
    """Whether what somebody said still lets him see."""
    return from_text(body_of(act)["until"]) > now


def _require_few(work: Work, actor: Principal, subject: str) -> None:
    others = {_subject(row) for row in _acts_of(work.connection, actor, work.now - _DAY)} - {subject}
    if len(others) >= MOST_CASES_A_DAY:
        most = f"a person sees the originals of at most {MOST_CASES_A_DAY} cases and reports a day"
        raise TooMuch(most, retry_after_s=_LATER_S)


def _acts_of(connection: Connection, actor: Principal, since: datetime) -> Sequence[Row[Any]]:
    of = events.c  # as a literal: the index holds these events alone
    lately = (of.action == literal_column("'unblur'")) & (of.at >= since) & (of.actor == actor.actor)
    return connection.execute(select(events).where(lately).order_by(of.seq)).all()


def _subject(act: Row[Any]) -> str:
    """The case or report of an act."""
    return str(act.case_id or body_of(act)["report_id"])
