"""Transactions of the centre: what they change, what they record, whom they notify afterwards."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection

from api.errors import Deadlocked
from api.persistence import ledger
from api.persistence.chain_end import commit_with_record
from api.persistence.database import Database
from api.persistence.tables import case_counts, reviewer_counts
from api.persistence.upsert import add_to
from api.principals import Principal
from domain.cases.shifts import shift_of
from domain.instants import Clock, truncate_to_ms

_P = ParamSpec("_P")
_T = TypeVar("_T")


def once_more_if_deadlocked(step: Callable[_P, _T]) -> Callable[_P, _T]:
    """Take a step of one transaction a second time where PostgreSQL undid it, since it and another waited in a circle.

    Args:
        step: does nothing outside its transaction before that is kept.
    """

    @wraps(step)
    def tried(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return step(*args, **kwargs)
        except Deadlocked:
            return step(*args, **kwargs)

    return tried


class Work:
    """One write transaction.

    Args:
        connection: inside the transaction.
        now: the one instant of everything in it.
    """

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.entries: list[ledger.Entry] = []
        self._counts: defaultdict[tuple[bool, str], int] = defaultdict(int)
        self._tallies: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.after_commit: list[Callable[[], None]] = []

    def record(
        self, actor: Principal, action: str, *, case_id: str | None = None, body: Mapping[str, Any] | None = None
    ) -> ledger.Entry:
        """Note an event; it is appended to the chain as the transaction's last step, and knows its number after it."""
        entry = ledger.Entry(at=self.now, actor=actor.actor, action=action, case_id=case_id, body=body or {})
        self.entries.append(entry)
        return entry

    def count(self, *, shadow: bool, state: str, by: int) -> None:
        """So many cases more (or fewer, below 0) are in a state; written with the record, under its lock."""
        self._counts[shadow, state] += by

    def tally(self, actor: str, what: str, *, by: int = 1) -> None:
        """So many more of what is counted of a reviewer in this shift; written as ``count``."""
        self._tallies[actor, what] += by

    def append_record(self) -> None:
        """Append what was noted and counted, the transaction's last step; on PostgreSQL it is committed with it."""
        shift = shift_of(self.now)
        counted = [
            {"shadow": shadow, "state": state, "cases": by}
            for (shadow, state), by in sorted(self._counts.items())
            if by
        ]
        tallied = [
            {"actor": actor, "shift": shift, "what": what, "number": number}
            for (actor, what), number in sorted(self._tallies.items())
        ]
        if not (self.entries or counted or tallied):
            return
        if self.connection.dialect.name == "postgresql":
            commit_with_record(self.connection, self.entries, counted, tallied)
            return
        ledger.append(self.connection, self.entries)
        if counted:
            add_to(self.connection, case_counts, counted, "cases")
        if tallied:
            add_to(self.connection, reviewer_counts, tallied, "number")


class Store:
    """The centre's memory.

    Args:
        database: where it lies.
        clock: gives every transaction its instant.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Reads that belong together.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        with self.database.read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Work]:
        """All of it is kept and passed on, or nothing.

        Raises:
            StoreUnavailable: the database cannot be reached; nothing was changed.
        """
        with self.database.write() as connection:
            work = Work(connection, truncate_to_ms(self.clock.now()))
            yield work
            work.append_record()
        for notify in work.after_commit:
            notify()
