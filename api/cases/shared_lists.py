"""What the lists of many people's pages show, read once for all that ask alike."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from api.cases.blind import as_unanswered, is_unanswered_by
from api.cases.case_rows import ListedCase, listed_case, steps_taken
from api.persistence.case_queries import counts
from api.persistence.case_search import NOBODY, CaseFilter, case_list, is_kept_from
from domain.cases.states import AWAITING_REVIEW, CaseState
from domain.grants import Scope

ScopedFilter = tuple[Scope, CaseFilter]
"""A filter, and whose cases it is put to."""
SPARE: Final = 50
"""Cases read beyond a list's end, for reviewers from whom some of it is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLists:
    """The newest cases that fit a filter, and how many of its kind are in each state."""

    items: tuple[ListedCase, ...]
    counts: Mapping[CaseState, int]


@dataclass(frozen=True, slots=True)
class _Read:
    """A row with what it is to who may know all, and to who is not told that it was answered before."""

    row: Row[Any]
    told: ListedCase
    untold: ListedCase

    def to(self, wanted: CaseFilter) -> ListedCase:
        untold = wanted.reviewer is not None and is_unanswered_by(self.row, wanted.reviewer)
        return self.untold if untold else self.told


def read_lists(
    connection: Connection, wanted: Collection[ScopedFilter], *, limit: int, now: datetime
) -> dict[ScopedFilter, CaseLists]:
    """What several pages show, in one reading.

    Reviewers who ask alike differ only in what they answered themselves, so one of them is read for, and for each is
    left out what is kept from him. Numbers by state are kept for all cases together, so who sees only some gets none.
    """
    kinds = {(each.shadow, each.reviewer is None) for _, each in wanted}
    by_kind = {(shadow, told): counts_by_state(connection, shadow=shadow, told=told) for shadow, told in kinds}
    read: dict[ScopedFilter, list[_Read]] = {}
    found = {}
    for scope, each in wanted:
        alike = each if each.reviewer is None else replace(each, reviewer=NOBODY)
        if (scope, alike) not in read:
            read[scope, alike] = _read(connection, scope, alike, limit + SPARE, now)
        kept = [one for one in read[scope, alike] if not is_kept_from(each, one.row)]
        if len(kept) < limit and len(read[scope, alike]) > limit + SPARE - 1:
            kept = _read(connection, scope, each, limit, now)  # so much is kept from him that more must be read
        told = by_kind[each.shadow, each.reviewer is None] if scope.everywhere else {}
        found[scope, each] = CaseLists(items=tuple(one.to(each) for one in kept[:limit]), counts=told)
    return found


def shown(connection: Connection, rows: Sequence[Row[Any]], wanted: CaseFilter) -> tuple[ListedCase, ...]:
    """Cases as the asker of a filter may see them."""
    return tuple(one.to(wanted) for one in _both(connection, rows, wanted))


def counts_by_state(connection: Connection, *, shadow: bool, told: bool) -> dict[CaseState, int]:
    """By state; who is not told which of them were looked at before gets them as one number."""
    found = {CaseState(state): count for state, count in connection.execute(counts(shadow))}
    if not told:
        found[CaseState.QUEUED] = sum(found.pop(state, 0) for state in AWAITING_REVIEW)
    return {state: found.get(state, 0) for state in CaseState}


def _read(connection: Connection, scope: Scope, wanted: CaseFilter, limit: int, now: datetime) -> list[_Read]:
    rows: Sequence[Row[Any]] = connection.execute(case_list(wanted, scope, None, limit, now)).all()
    return _both(connection, rows, wanted)


def _both(connection: Connection, rows: Sequence[Row[Any]], wanted: CaseFilter) -> list[_Read]:
    waiting = [row.case_id for row in rows if wanted.reviewer is not None and is_unanswered_by(row, NOBODY)]
    steps = steps_taken(connection, waiting)
    listed = [(row, listed_case(row)) for row in rows]
    return [
        _Read(row, case, as_unanswered(case, steps[row.case_id]) if row.case_id in steps else case)
        for row, case in listed
    ]
