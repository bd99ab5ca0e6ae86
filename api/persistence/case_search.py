"""Lists and searches of cases: every filter, both orders, and the cameras that there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, false, func, literal, or_, select, true, tuple_
from sqlalchemy.sql import Select

from api.persistence.plate_places import KEY_LETTERS, FitsByPlace
from api.persistence.questions import question
from api.persistence.scopes import in_scope
from api.persistence.tables import InstantText, cases, evidence_files
from domain.cases.clocks import DueSoon, due_window
from domain.cases.duplicates import LEAD_ENDED
from domain.cases.evidence import FileRole
from domain.cases.plate_search import PlatePattern
from domain.cases.standing import WRONG_STATES
from domain.cases.states import AWAITING_REVIEW, CaseState
from domain.grants import Scope

_NO_STATE = "none"
NOBODY: Final = ""
"""A reviewer who has answered nothing: from him nothing is kept that is not kept from every reviewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases to list; an empty field asks for nothing. Shadow cases are listed only where asked for."""

    states: tuple[CaseState, ...] = ()
    codes: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    wards: tuple[str, ...] = ()  # as accounts name them
    began_from: datetime | None = None  # included
    began_to: datetime | None = None  # excluded
    due: DueSoon | None = None
    answered_by: str | None = None  # an actor who looked at it first or second
    shadow: bool = False  # True: only shadow cases; False: only the others
    oldest_act_first: bool = False  # else the newest arrival
    reviewer: str | None = None  # an actor who may answer: not told which cases were answered before, and by whom


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlace:
    """The last case of a page; the next page goes on behind it."""

    at: datetime  # when it came in, or when its act began, by the order of the list
    case_id: str


def _states_asked(wanted: CaseFilter) -> list[str]:
    """A reviewer asks for what waits for a look as one: what is told apart would tell that somebody answered."""
    asked = set(wanted.states)
    if wanted.reviewer is not None and asked:
        asked -= AWAITING_REVIEW - {CaseState.QUEUED}
        asked |= AWAITING_REVIEW if CaseState.QUEUED in asked else set()
        return sorted(asked) or [_NO_STATE]
    return sorted(asked)


def is_kept_from(wanted: CaseFilter, row: Row[Any]) -> bool:
    """Whether a row that ``NOBODY`` would be shown is not shown to the reviewer of a filter: he answered it himself.

    The same that ``_fits`` asks of the database.
    """
    if wanted.reviewer is None or CaseState.SECOND_REVIEW not in _states_asked(wanted):
        return False
    waits_again = row.state in AWAITING_REVIEW - {CaseState.QUEUED}
    return waits_again and wanted.reviewer in {row.first_by, row.second_by}


def _fits(wanted: CaseFilter, scope: Scope, now: datetime) -> "ColumnElement[bool]":
    columns = cases.c
    conditions = [columns.shadow == wanted.shadow, in_scope(scope, ward_key=columns.ward_key, queue=columns.queue)]
    states = _states_asked(wanted)
    if states:
        conditions.append(columns.state.in_(states))
    if wanted.reviewer is not None and CaseState.SECOND_REVIEW in states:
        waits = columns.state == CaseState.QUEUED.value
        not_his = (columns.first_by != wanted.reviewer) & func.coalesce(columns.second_by != wanted.reviewer, true())
        conditions.append(waits | not_his | columns.state.not_in(sorted(AWAITING_REVIEW)))
    for column, values in ((columns.code, wanted.codes), (columns.camera_id, wanted.cameras)):
        if values:
            conditions.append(column.in_(values))
    if wanted.wards:
        conditions.append(columns.ward_key.in_(wanted.wards))
    if wanted.began_from is not None:
        conditions.append(columns.began_at >= wanted.began_from)
    if wanted.began_to is not None:
        conditions.append(columns.began_at < wanted.began_to)
    return and_(*conditions, *_due_or_answered(wanted, now))


def _due_or_answered(wanted: CaseFilter, now: datetime) -> "Iterator[ColumnElement[bool]]":
    """By the clock, and by who looked at it; a reviewer is told of nobody's look before the answers are in."""
    columns = cases.c
    if wanted.due is not None:
        there, began_before = due_window(wanted.due, now)
        yield columns.state.in_(sorted(there)) & (columns.began_at <= began_before)
    if wanted.answered_by is not None:
        yield or_(columns.first_by == wanted.answered_by, columns.second_by == wanted.answered_by)
        if wanted.reviewer is not None:
            yield columns.state.not_in(sorted(AWAITING_REVIEW))


def _page(statement: "Select[Any]", *, oldest_act_first: bool, after: ListPlace | None, limit: int) -> "Select[Any]":
    """One page, by the place of the last case before it."""
    at = cases.c.began_at if oldest_act_first else cases.c.received_at
    if after is not None:
        place, here = tuple_(literal(after.at, InstantText()), literal(after.case_id)), tuple_(at, cases.c.case_id)
        statement = statement.where(here > place if oldest_act_first else here < place)
    order = (at, cases.c.case_id) if oldest_act_first else (at.desc(), cases.c.case_id.desc())
    return statement.order_by(*order).limit(limit)


@question
def case_list(wanted: CaseFilter, scope: Scope, after: ListPlace | None, limit: int, now: datetime) -> "Select[Any]":
    """Cases of a scope that fit, in the order that is asked for."""
    found = select(cases).where(_fits(wanted, scope, now))
    return _page(found, oldest_act_first=wanted.oldest_act_first, after=after, limit=limit)


@question
def plates_like(
    pattern: PlatePattern, scope: Scope, holder: str | None, after: ListPlace | None, limit: int
) -> "Select[Any]":
    """Cases of a scope (and of one holder) whose plate fits, as agreed or as a reviewer entered it, newest first.

    A plate that the first of two reviewers entered is found once the second has answered: it would tell him.
    PostgreSQL finds them by the trigrams of the plates, and by the places of their characters where no three known ones
    stand together; SQLite walks the plates in their index. So does PostgreSQL where there are neither.
    """
    fits = or_(*(cases.c.plate_key.like(each.replace("?", "_").replace("*", "%")) for each in pattern.alternatives))
    spellings = () if pattern.has_trigram else pattern.spelled_out(KEY_LETTERS)
    if spellings:
        fits = FitsByPlace(cases.c.plate_key, spellings)
    elif not pattern.has_trigram:
        plates = select(cases.c.plate_key).where(fits, cases.c.shadow == false()).distinct()
        fits = cases.c.plate_key.in_(select(plates.cte("plates").prefix_with("MATERIALIZED").c.plate_key))
    found = select(cases).where(
        fits,
        cases.c.shadow == false(),
        cases.c.plate_by_hand.is_(None) | cases.c.state.not_in(sorted(AWAITING_REVIEW)),
        in_scope(scope, ward_key=cases.c.ward_key, queue=cases.c.queue),
    )
    if holder is not None:
        found = found.where(cases.c.lease_holder == holder)
    return _page(found, oldest_act_first=False, after=after, limit=limit)


@question
def pictures_of(case_ids: list[str]) -> "Select[Any]":
    """Names of the whole stills of some cases: crops, which show the subject, full pictures, blurred ones last."""
    roles = [FileRole.STILL_CROP.value, FileRole.STILL_FULL.value, FileRole.STILL_FULL_BLURRED.value]
    columns = (evidence_files.c.case_id, evidence_files.c.name, evidence_files.c.role)
    here = select(*columns).where(evidence_files.c.case_id.in_(case_ids), evidence_files.c.role.in_(roles))
    return here.where(evidence_files.c.complete).order_by(evidence_files.c.role, evidence_files.c.name)


@question
def known_cameras(shadow: bool) -> "Select[Any]":  # noqa: FBT001 - asked by name
    """Every camera that brought a case, with the names in its newest one; one probe of an index a camera."""
    other = cases.alias("other")
    first = select(func.min(cases.c.camera_id).label("camera_id")).where(cases.c.shadow == shadow)
    known = first.cte("known", recursive=True)
    following = select(func.min(other.c.camera_id)).where(
        other.c.shadow == shadow, other.c.camera_id > known.c.camera_id
    )
    known = known.union_all(select(following.scalar_subquery()).where(known.c.camera_id.is_not(None)))
    newest = select(other.c.case_id).where(other.c.shadow == shadow, other.c.camera_id == known.c.camera_id)
    newest = newest.order_by(other.c.received_at.desc(), other.c.case_id.desc()).limit(1)
    columns = (cases.c.camera_id, cases.c.camera_name, cases.c.road, cases.c.ward, cases.c.ward_key)
    named = select(*columns).select_from(known.join(cases, cases.c.case_id == newest.scalar_subquery()))
    return named.order_by(cases.c.camera_name, cases.c.camera_id)


@question
def due_count(due: DueSoon, scope: Scope, now: datetime) -> "Select[Any]":
    """How many cases of a scope are near the end of a clock, or past it."""
    fits = _fits(CaseFilter(due=due), scope, now)
    return select(func.count()).select_from(cases).where(fits)


@question
def dropped_by_day(since: datetime) -> "Select[Any]":
    """How many cases the written rule dropped since, by day, the newest first."""
    day = func.substr(cases.c.entered_at, 1, 10)
    dropped = select(day.label("day"), func.count().label("cases"), func.min(cases.c.entered_at).label("first_at"))
    of_rule = (cases.c.state == CaseState.AUTO_DISCARDED.value) & cases.c.shadow.is_(False)
    return dropped.where(of_rule, cases.c.entered_at >= since).group_by(day).order_by(day.desc())


@question
def given_back(scope: Scope, limit: int) -> "Select[Any]":
    """Cases of a scope that wait because the one that led them ended without a fine, the oldest act first."""
    waiting = select(cases).where(
        cases.c.shadow.is_(False),
        cases.c.state == CaseState.QUEUED.value,
        cases.c.reason_code == LEAD_ENDED,
        in_scope(scope, ward_key=cases.c.ward_key, queue=cases.c.queue),
    )
    return waiting.order_by(cases.c.began_at, cases.c.case_id).limit(limit)


@question
def let_go_because(began_from: datetime, began_to: datetime) -> "Select[Any]":
    """Why cases of acts in a span were let go, by state and reason."""
    keys = (cases.c.state, cases.c.reason_code)
    let_go = [*sorted(WRONG_STATES), CaseState.AUTO_DISCARDED.value, CaseState.CANCELLED.value]
    found = select(*keys, func.count().label("cases")).where(cases.c.shadow.is_(False), cases.c.state.in_(let_go))
    return found.where(cases.c.began_at >= began_from, cases.c.began_at < began_to).group_by(*keys)
