"""Reading cases: list, filter, open, follow."""

import base64
import binascii
import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.sql import Select

from api.persistence.ledger import body_of
from api.persistence.store import Store
from api.persistence.tables import cases, events
from api.principals import Permission, Principal
from api.services.case_rows import StoredCase, StoredFile, load_case, load_files, stored_case
from api.services.notifier import CaseNotifier
from api.services.view_log import ViewLog
from domain.camera import Mode
from domain.cases.states import CaseState
from domain.errors import Invalid
from domain.instants import from_text, to_text

MAX_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases to list; an empty field asks for nothing. Shadow cases are listed only where asked for."""

    states: tuple[CaseState, ...] = ()
    codes: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    began_from: datetime | None = None  # included
    began_to: datetime | None = None  # excluded
    shadow: bool = False  # True: only shadow cases; False: only the others


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """One page of cases, newest arrival first."""

    items: tuple[StoredCase, ...]
    next_cursor: str | None  # None: this is the last page


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """One event of a case's history."""

    seq: int
    at: datetime
    actor: str
    action: str
    body: dict[str, Any]
    hash: str


class CaseDesk:
    """What reviewers and auditors may see.

    Args:
        store: the centre's memory.
        views: notes who opened what.
        notifier: tells of new and changed cases (``notifier.changes()`` or ``notifier.subscribe``).
    """

    def __init__(self, store: Store, views: ViewLog, notifier: CaseNotifier) -> None:
        self._store = store
        self._views = views
        self.notifier = notifier

    def list(self, actor: Principal, wanted: CaseFilter, *, cursor: str | None = None, limit: int = 50) -> CasePage:
        """Cases that fit a filter, newest arrival first; a cursor goes on where a page ended.

        Raises:
            NotAllowed: the role may not read cases.
            Invalid: the cursor is not one of ours.
        """
        actor.require(Permission.CASES_READ)
        statement = _filtered(select(cases), wanted).order_by(cases.c.received_at.desc(), cases.c.case_id.desc())
        if cursor is not None:
            at, case_id = _read_cursor(cursor)
            older = cases.c.received_at < at
            statement = statement.where(or_(older, and_(cases.c.received_at == at, cases.c.case_id < case_id)))
        limit = min(max(limit, 1), MAX_PAGE)
        with self._store.read() as connection:
            rows = connection.execute(statement.limit(limit + 1)).all()
        items = tuple(stored_case(row) for row in rows[:limit])
        more = len(rows) > limit
        return CasePage(items=items, next_cursor=_cursor(items[-1]) if more else None)

    def counts(self, actor: Principal, *, shadow: bool = False) -> dict[CaseState, int]:
        """How many cases are in each state.

        Raises:
            NotAllowed: the role may not read cases.
        """
        actor.require(Permission.CASES_READ)
        statement = _filtered(select(cases.c.state, func.count()), CaseFilter(shadow=shadow)).group_by(cases.c.state)
        with self._store.read() as connection:
            found = {CaseState(state): count for state, count in connection.execute(statement)}
        return {state: found.get(state, 0) for state in CaseState}

    def get(self, actor: Principal, case_id: uuid.UUID) -> tuple[StoredCase, tuple[StoredFile, ...]]:
        """One case with its files; opening it is noted in the record.

        Raises:
            NotAllowed: the role may not read cases.
            NotFound: there is no such case.
        """
        actor.require(Permission.CASES_READ)
        with self._store.read() as connection:
            stored = load_case(connection, case_id)
            files = load_files(connection, stored)
        self._views.note(actor, str(case_id), "case")
        return stored, files

    def history(self, actor: Principal, case_id: uuid.UUID) -> tuple[HistoryEvent, ...]:
        """Every event of a case in order.

        Raises:
            NotAllowed: the role may not read cases.
            NotFound: there is no such case.
        """
        actor.require(Permission.CASES_READ)
        statement = select(events).where(events.c.case_id == str(case_id)).order_by(events.c.seq)
        with self._store.read() as connection:
            load_case(connection, case_id)
            rows = connection.execute(statement).all()
        return tuple(history_event(row) for row in rows)


def history_event(row: Any) -> HistoryEvent:
    """Read a row of ``events``."""
    return HistoryEvent(seq=row.seq, at=row.at, actor=row.actor, action=row.action, body=body_of(row), hash=row.hash)


def _filtered(statement: "Select[Any]", wanted: CaseFilter) -> "Select[Any]":
    shadow = cases.c.mode == Mode.SHADOW.value
    statement = statement.where(shadow if wanted.shadow else ~shadow)
    if wanted.states:
        statement = statement.where(cases.c.state.in_([state.value for state in wanted.states]))
    if wanted.codes:
        statement = statement.where(cases.c.code.in_(wanted.codes))
    if wanted.cameras:
        statement = statement.where(cases.c.camera_id.in_(wanted.cameras))
    if wanted.began_from is not None:
        statement = statement.where(cases.c.began_at >= wanted.began_from)
    if wanted.began_to is not None:
        statement = statement.where(cases.c.began_at < wanted.began_to)
    return statement


def _cursor(last: StoredCase) -> str:
    text = json.dumps([to_text(last.received_at), str(last.case_id)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        at, case_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return from_text(at), str(uuid.UUID(case_id))
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise Invalid("the cursor is not one that this centre gave") from error
