"""What is late, and what the written rule dropped because the queue was full."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.cases.case_rows import ListedCase, listed_case
from api.persistence.case_search import dropped_by_day, due_count, given_back
from api.persistence.store import Store
from api.principals import Permission, Principal
from domain.cases.clocks import DueSoon

DROPPED_DAYS: Final = 30
MOST_GIVEN_BACK: Final = 50
LATELY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Cases that were dropped on one day (UTC)."""

    day: str
    cases: int
    first_at: datetime


class Workload:
    """Counts.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def due(self, actor: Principal) -> Mapping[DueSoon, int]:
        """How many cases of the caller's scope are near the end of a clock, or past it.

        Raises:
            NotAllowed: the role may not read numbers.
        """
        actor.require(Permission.COUNTS_READ)
        now = self._store.clock.now()
        with self._store.read() as connection:
            return {due: connection.execute(due_count(due, actor.scope, now)).scalar_one() for due in DueSoon}

    def dropped(self, actor: Principal) -> tuple[Dropped, ...]:
        """Dropped cases of the last thirty days, the newest day first.

        Raises:
            NotAllowed: the role may not read numbers.
        """
        actor.require(Permission.COUNTS_READ)
        return self._dropped(timedelta(days=DROPPED_DAYS))

    def given_back(self, actor: Principal) -> tuple[ListedCase, ...]:
        """Cases of the caller's scope that wait because the one that led them ended without a fine, the oldest first.

        Raises:
            NotAllowed: the role may not read cases.
        """
        actor.require(Permission.CASES_READ)
        with self._store.read() as connection:
            rows = connection.execute(given_back(actor.scope, MOST_GIVEN_BACK)).all()
        return tuple(listed_case(row) for row in rows)

    def dropped_lately(self) -> tuple[Dropped, ...]:
        """Those of the last day, for who watches the centre."""
        return self._dropped(LATELY)

    def _dropped(self, span: timedelta) -> tuple[Dropped, ...]:
        with self._store.read() as connection:
            rows = connection.execute(dropped_by_day(self._store.clock.now() - span)).all()
        return tuple(Dropped(day=row.day, cases=row.cases, first_at=row.first_at) for row in rows)
