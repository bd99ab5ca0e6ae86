"""Search of the whole record, the newest first: of a case, a person, an action, a time.

A record has millions of events and only two indexes, number and case: others would be paid with every event that is
appended. So a search walks back over a bounded stretch of numbers a step, says how far it has come, and goes on when
it is asked to.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select

from api.audit.audit import RecordEvent, record_event
from api.persistence.store import Store
from api.persistence.tables import events
from api.principals import Permission, Principal

WALKED_AT_ONCE: Final = 50_000  # events of one step
MOST_SHOWN: Final = 100
_OUT_OF_ORDER: Final = timedelta(minutes=5)  # by so much clocks of processes that append may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """What is looked for; None: any."""

    case_id: str | None = None
    actor: str | None = None  # as on the record ("user:lan"), or the name alone of a person
    action: str | None = None
    at_from: datetime | None = None  # from this instant on
    at_to: datetime | None = None  # before this instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """What one step of a search found."""

    items: tuple[RecordEvent, ...]  # the newest first
    go_on_before: int | None  # where the next step begins; None: all was looked at
    looked_back_to: datetime | None  # of the oldest event that was looked at; None: there was none


class RecordSearch:
    """Searches.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def step(self, actor: Principal, wanted: RecordFilter, *, before: int | None = None) -> RecordPage:
        """Look at one stretch of the record.

        Args:
            actor: an auditor.
            wanted: what is looked for.
            before: ``go_on_before`` of the step before; None: from the newest event on.

        Raises:
            NotAllowed: the role may not read the record.
        """
        actor.require(Permission.AUDIT_READ)
        with self._store.read() as connection:
            top, bottom = _bounds(connection, wanted, before)
            low = bottom if wanted.case_id is not None else max(bottom, top - WALKED_AT_ONCE)
            within = (events.c.seq < top) & (events.c.seq >= low)
            newest = select(events).where(within, *_fits(wanted)).order_by(events.c.seq.desc()).limit(MOST_SHOWN)
            items = tuple(record_event(row) for row in connection.execute(newest))
            if len(items) == MOST_SHOWN:
                low = items[-1].seq
            oldest = select(events.c.at).where(events.c.seq >= low, events.c.seq < top).order_by(events.c.seq).limit(1)
            looked_back_to = connection.execute(oldest).scalar()
        return RecordPage(items=items, go_on_before=low if low > bottom else None, looked_back_to=looked_back_to)


def _fits(wanted: RecordFilter) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if wanted.case_id is not None:
        asked.append(events.c.case_id == wanted.case_id)
    if wanted.actor is not None:
        asked.append(events.c.actor.in_([wanted.actor, f"user:{wanted.actor}"]))
    if wanted.action is not None:
        asked.append(events.c.action == wanted.action)
    if wanted.at_from is not None:
        asked.append(events.c.at >= wanted.at_from)
    if wanted.at_to is not None:
        asked.append(events.c.at < wanted.at_to)
    return asked


def _bounds(connection: Connection, wanted: RecordFilter, before: int | None) -> tuple[int, int]:
    """The numbers that a search lies between: below the first, from the second on."""
    last = connection.execute(select(func.max(events.c.seq))).scalar() or 0
    top = last + 1 if before is None else min(before, last + 1)
    if wanted.at_to is not None:
        top = min(top, _first_at(connection, wanted.at_to + _OUT_OF_ORDER, last))
    bottom = 1 if wanted.at_from is None else _first_at(connection, wanted.at_from - _OUT_OF_ORDER, last)
    return top, bottom


def _first_at(connection: Connection, at: datetime, last: int) -> int:
    """The number of the first event of an instant or later, by halving; events are numbered nearly as they happen."""
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        here: Any = select(events.c.at).where(events.c.seq >= middle).order_by(events.c.seq).limit(1)
        if connection.execute(here).scalar_one() < at:
            low = middle + 1
        else:
            high = middle
    return low
