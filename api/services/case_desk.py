"""Reading cases: list, filter, open, follow."""

import base64
import binascii
import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from api.persistence.case_queries import CaseFilter, ListPlace, case_list, counts
from api.persistence.ledger import body_of
from api.persistence.store import Store
from api.persistence.tables import events
from api.principals import Permission, Principal
from api.services.case_rows import ListedCase, StoredCase, StoredFile, listed_case, load_case, load_files
from api.services.notifier import CaseNotifier
from api.services.view_log import ViewLog
from domain.cases.states import CaseState
from domain.errors import Invalid
from domain.instants import from_text, to_text

MAX_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """One page of cases, newest arrival first."""

    items: tuple[ListedCase, ...]
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
        after = _read_cursor(cursor) if cursor is not None else None
        limit = min(max(limit, 1), MAX_PAGE)
        with self._store.read() as connection:
            rows = connection.execute(case_list(wanted, after, limit + 1)).all()
        items = tuple(listed_case(row) for row in rows[:limit])
        more = len(rows) > limit
        return CasePage(items=items, next_cursor=_cursor(items[-1]) if more else None)

    def counts(self, actor: Principal, *, shadow: bool = False) -> dict[CaseState, int]:
        """How many cases are in each state.

        Raises:
            NotAllowed: the role may not read cases.
        """
        actor.require(Permission.CASES_READ)
        with self._store.read() as connection:
            found = {CaseState(state): count for state, count in connection.execute(counts(shadow))}
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


def _cursor(last: ListedCase) -> str:
    text = json.dumps([to_text(last.received_at), str(last.case_id)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> ListPlace:
    try:
        at, case_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return ListPlace(received_at=from_text(at), case_id=str(uuid.UUID(case_id)))
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise Invalid("the cursor is not one that this centre gave") from error
