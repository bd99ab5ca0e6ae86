"""Transactions of the centre: what they change, what they record, whom they notify afterwards."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from api.persistence import ledger
from api.persistence.database import Database
from api.persistence.tables import case_counts, reviewer_counts
from api.persistence.upsert import add_to
from api.persistence.wakers import announce_record
from api.principals import Principal
from domain.cases.shifts import shift_of
from domain.instants import Clock, truncate_to_ms

MAX_OWN = 100_000


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
        self.appended: list[int] = []  # numbers of the events that are appended already
        self._counts: defaultdict[tuple[bool, str], int] = defaultdict(int)
        self._tallies: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.after_commit: list[Callable[[], None]] = []

    def record(
        self, actor: Principal, action: str, *, case_id: str | None = None, body: Mapping[str, Any] | None = None
    ) -> ledger.Entry:
        """Note an event; it is appended to the chain as the transaction's last step."""
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
        """Append what was noted so far; lock no row after it, or two transactions may wait for each other."""
        if self.entries:
            ledger.append(self.connection, self.entries)
            self.appended += [entry.seq for entry in self.entries]
            announce_record(self.connection, self.entries[-1].seq)
        self.entries = []
        counts = [
            {"shadow": shadow, "state": state, "cases": by}
            for (shadow, state), by in sorted(self._counts.items())
            if by
        ]
        if counts:
            add_to(self.connection, case_counts, counts, "cases")
        self._counts.clear()
        shift = shift_of(self.now)
        tallies = [
            {"actor": actor, "shift": shift, "what": what, "number": number}
            for (actor, what), number in sorted(self._tallies.items())
        ]
        if tallies:
            add_to(self.connection, reviewer_counts, tallies, "number")
        self._tallies.clear()


class Store:
    """The centre's memory.

    Args:
        database: where it lies.
        clock: gives every transaction its instant.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self._own: OrderedDict[int, None] = OrderedDict()
        self._own_lock = threading.Lock()

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
        appended: list[int] = []
        try:
            with self.database.write() as connection:
                work = Work(connection, truncate_to_ms(self.clock.now()))
                yield work
                work.append_record()
                appended = work.appended
                self._note_own(appended)  # before the commit: who follows the record may see it at once
        except BaseException:
            self._forget_own(appended)
            raise
        for notify in work.after_commit:
            notify()

    def is_own(self, seq: int) -> bool:
        """Whether this process appended an event, lately."""
        with self._own_lock:
            return seq in self._own

    def _note_own(self, seqs: list[int]) -> None:
        with self._own_lock:
            self._own.update(dict.fromkeys(seqs))
            while len(self._own) > MAX_OWN:
                self._own.popitem(last=False)

    def _forget_own(self, seqs: list[int]) -> None:
        """They were not kept; another process may have their numbers."""
        with self._own_lock:
            for seq in seqs:
                self._own.pop(seq, None)
