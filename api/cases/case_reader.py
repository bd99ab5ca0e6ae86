"""Reading cases: list, filter, open, follow."""

import base64
import binascii
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select

from api.cases.blind import before_any_answer, has_yet_to_answer
from api.cases.case_rows import ListedCase, StoredCase, StoredFile, load_case, load_files
from api.cases.notifier import CaseNotifier
from api.cases.objection_words import LOOK, objected_words, words_of
from api.cases.shared_lists import CaseLists, ScopedFilter, counts_by_state, read_lists, shown
from api.cases.view_log import ViewLog
from api.persistence.case_queries import case_row, judgements
from api.persistence.case_search import CaseFilter, ListPlace, case_list, known_cameras, pictures_of
from api.persistence.ledger import body_of
from api.persistence.store import Store
from api.persistence.tables import events
from api.principals import Permission, Principal
from domain.cases.precision import Precision
from domain.cases.states import JUDGED_STATES, Action, CaseState
from domain.errors import Invalid, NotFound
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
    objection: str | None = None  # of an objection its words; None: it is none, or their time is over


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePrecision:
    """How often one version of a rule in shadow mode was right at one camera, as people judged it."""

    code: str
    name_vi: str
    name_en: str
    camera_id: str
    camera_name: str
    rule_version: str
    precision: Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCamera:
    """A camera as its newest case names it."""

    camera_id: str
    camera_name: str
    road: str
    ward: str
    ward_key: str


class CaseReader:
    """What reviewers and auditors may see.

    Args:
        store: the centre's memory.
        views: notes who opened what.
        notifier: passes on new and changed cases (``notifier.changes()`` or ``notifier.subscribe``).
    """

    def __init__(self, store: Store, views: ViewLog, notifier: CaseNotifier) -> None:
        self._store = store
        self._views = views
        self.notifier = notifier

    def list(self, actor: Principal, wanted: CaseFilter, *, cursor: str | None = None, limit: int = 50) -> CasePage:
        """Cases that fit a filter, newest arrival first; a cursor goes on where a page ended.

        Raises:
            NotAllowed: the role may not read cases, or ask for what another person answered.
            Invalid: the cursor is not one of ours.
        """
        actor.require(Permission.CASES_READ)
        if wanted.answered_by not in {None, actor.actor}:
            actor.require(Permission.REVIEWERS_READ)
        after = read_cursor(cursor) if cursor is not None else None
        limit = min(max(limit, 1), MAX_PAGE)
        with self._store.read() as connection:
            wanted = as_reviewer(actor, wanted)
            rows = connection.execute(case_list(wanted, actor.scope, after, limit + 1, self._store.clock.now())).all()
            items = shown(connection, rows[:limit], wanted)
        more = len(rows) > limit
        return CasePage(items=items, next_cursor=cursor_behind(items[-1], wanted) if more else None)

    def pictures(self, actor: Principal, case_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
        """Of cases that the caller was shown: the name of a whole still of each, the subject's where there is one.

        Raises:
            NotAllowed: the role may not read cases.
        """
        actor.require(Permission.CASES_READ)
        with self._store.read() as connection:
            found: dict[uuid.UUID, str] = {}
            for row in connection.execute(pictures_of([str(each) for each in case_ids])):
                found.setdefault(uuid.UUID(row.case_id), row.name)
        return found

    def all_cameras(self) -> tuple[KnownCamera, ...]:
        """Every camera that brought a case, by name; who calls shows a person only those of his wards."""
        found: dict[str, KnownCamera] = {}
        with self._store.read() as connection:
            for shadow in (True, False):  # the newest names of a camera stand in what counts
                for row in connection.execute(known_cameras(shadow)):
                    found[row.camera_id] = KnownCamera(**row._asdict())
        return tuple(sorted(found.values(), key=lambda each: (each.camera_name, each.camera_id)))

    def counts(self, actor: Principal, *, shadow: bool = False) -> dict[CaseState, int]:
        """How many cases are in each state; nothing for who sees only some.

        Raises:
            NotAllowed: the role may not read cases.
        """
        actor.require(Permission.CASES_READ)
        if not actor.scope.everywhere:
            return {}
        with self._store.read() as connection:
            return counts_by_state(connection, shadow=shadow, told=not actor.may(Permission.CASES_DECIDE))

    def lists(self, wanted: Collection[ScopedFilter], *, limit: int) -> dict[ScopedFilter, CaseLists]:
        """What several pages show, in one reading; who calls has seen to it that their people may read cases."""
        with self._store.read() as connection:
            return read_lists(connection, wanted, limit=limit, now=self._store.clock.now())

    def precision(self, actor: Principal) -> tuple[RulePrecision, ...]:
        """How often rules in shadow mode were right, by offence, camera and rule version; only where one was judged.

        Raises:
            NotAllowed: the role may not read cases.
        """
        actor.require(Permission.CASES_READ)
        with self._store.read() as connection:
            rows = connection.execute(judgements(JUDGED_STATES, actor.scope)).all()
        found = []
        for (code, camera_id, version), group in groupby(
            rows, key=lambda row: (row.code, row.camera_id, row.rule_version)
        ):
            states = {row.state: row for row in group}
            some = next(iter(states.values()))
            right = states[CaseState.JUDGED_RIGHT].cases if CaseState.JUDGED_RIGHT in states else 0
            judged = sum(row.cases for row in states.values())
            found.append(
                RulePrecision(
                    code=code,
                    name_vi=some.name_vi,
                    name_en=some.name_en,
                    camera_id=camera_id,
                    camera_name=some.camera_name,
                    rule_version=version,
                    precision=Precision(right=right, judged=judged),
                )
            )
        return tuple(found)

    def get(self, actor: Principal, case_id: uuid.UUID) -> tuple[StoredCase, tuple[StoredFile, ...]]:
        """One case with its files; opening it is noted in the record.

        Raises:
            NotAllowed: the role may not read cases.
            NotFound: there is no such case.
        """
        actor.require(Permission.CASES_READ)
        with self._store.read() as connection:
            stored = load_case(connection, case_id, actor)
            files = load_files(connection, stored)
        self._views.note(actor, str(case_id), "case")
        return stored, files

    def open(
        self, actor: Principal, case_id: uuid.UUID
    ) -> "tuple[StoredCase, tuple[StoredFile, ...], tuple[HistoryEvent, ...]]":
        """One case with its files and its history; opening it is noted in the record.

        Raises:
            NotAllowed: the role may not read cases.
            NotFound: there is no such case.
        """
        stored, files = self.get(actor, case_id)
        return stored, files, self.history(actor, case_id)

    def history(self, actor: Principal, case_id: uuid.UUID) -> tuple[HistoryEvent, ...]:
        """Every event of a case in order; where words of an objection are among them, reading them is noted.

        Raises:
            NotAllowed: the role may not read cases.
            NotFound: there is no such case.
        """
        actor.require(Permission.CASES_READ)
        with self._store.read() as connection:
            row = connection.execute(case_row(str(case_id))).one_or_none()
            if row is None or not actor.sees_case(row):
                raise NotFound(f"there is no case {case_id}")
            rows = connection.execute(select(events).where(events.c.case_id == str(case_id)).order_by(events.c.seq))
            found = _with_words(tuple(history_event(each) for each in rows), words_of(connection, str(case_id)))
        if has_yet_to_answer(row, actor):
            found = before_any_answer(found, actor)
        if any(event.objection for event in found):
            self._views.note(actor, str(case_id), LOOK)
        return found


def as_reviewer(who: Principal, wanted: CaseFilter) -> CaseFilter:
    """A filter as somebody may ask it: a reviewer is not told which cases were looked at before."""
    return replace(wanted, reviewer=who.actor) if who.may(Permission.CASES_DECIDE) else wanted


def _with_words(history: Sequence[HistoryEvent], words: Mapping[str, str]) -> tuple[HistoryEvent, ...]:
    """A history with what citizens objected, where the words are still here."""
    return tuple(
        replace(event, objection=objected_words(event.body, words)) if event.action == Action.OBJECT else event
        for event in history
    )


def history_event(row: Any) -> HistoryEvent:
    """Read a row of ``events``."""
    return HistoryEvent(seq=row.seq, at=row.at, actor=row.actor, action=row.action, body=body_of(row), hash=row.hash)


def cursor_behind(last: ListedCase, wanted: CaseFilter) -> str:
    """What goes on behind a case in the order of a filter."""
    at = last.began_at if wanted.oldest_act_first else last.received_at
    text = json.dumps([to_text(at), str(last.case_id)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> ListPlace:
    """Where a page ended.

    Raises:
        Invalid: it is not one of ours.
    """
    try:
        at, case_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return ListPlace(at=from_text(at), case_id=str(uuid.UUID(case_id)))
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise Invalid("the cursor is not one that this centre gave") from error
