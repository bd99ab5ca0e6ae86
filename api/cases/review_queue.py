"""What the machine does with the review queue: drops by the written rule, ends what is a year old."""

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from api.cases.case_rows import locked
from api.cases.moves import give_back_led, move_all
from api.cases.notifier import CaseNotifier
from api.people.reviewer_figures import answers_since
from api.persistence.case_queries import arrivals, counts, led_by_ended, past_limitation, unreviewed, waiting_acts
from api.persistence.store import Store
from api.principals import SYSTEM, Permission, Principal
from domain.cases.clocks import Forecast, forecast
from domain.cases.duplicates import ENDED_WITHOUT_SANCTION
from domain.cases.limits import limitation_passed
from domain.cases.queue_rules import DROP_RULE, UNREVIEWED, Waiting, to_drop
from domain.cases.second_look import is_high
from domain.cases.states import Action, CaseState
from domain.cases.transitions import TRANSITIONS
from domain.errors import CatalogueError
from domain.law.catalogue import CatalogueRow, built_in_catalogue

logger = logging.getLogger(__name__)
AT_ONCE = 500  # cases of one transaction
REASON = "EXPIRED"  # past a year, or the queue's limit
_YEAR_AT_LEAST = timedelta(days=365)
FORECAST_OF = 20_000  # waiting cases at most, for the forecast and for the rule that drops
_A_DAY = timedelta(days=1)


class ReviewQueue:
    """Keeps the queue.

    Args:
        store: the centre's memory.
        notifier: hears of every change.
        limit: how many cases may wait before the rule drops some.
    """

    def __init__(self, store: Store, notifier: CaseNotifier, *, limit: int) -> None:
        self._store = store
        self._notifier = notifier
        self._limit = limit

    def keep(self) -> None:
        """Do all of it once; called by the jobs process."""
        self.drop()
        self.expire()
        self.give_back_led()

    def forecast(self, actor: Principal) -> Forecast:
        """When the backlog misses its target, at the speed of the last twenty-four hours.

        Raises:
            NotAllowed: the role may not read numbers.
        """
        actor.require(Permission.COUNTS_READ)
        now = self._store.clock.now()
        with self._store.read() as connection:
            acts = list(connection.execute(waiting_acts(FORECAST_OF)).scalars())
            came = sum(row.cases for row in connection.execute(arrivals(None, now - _A_DAY)))
            answered = answers_since(connection, now - _A_DAY)
        hours = _A_DAY / timedelta(hours=1)
        return forecast(acts, now=now, reviewed_an_hour=answered / hours, arriving_an_hour=came / hours)

    def drop(self) -> int:
        """Drop by the written rule what nobody looked at, while more cases wait than may.

        Returns:
            How many.
        """
        dropped = 0
        while count := self._drop_some():
            dropped += count
        return dropped

    def _drop_some(self) -> int:
        """Drop what the rule takes first of all that it may take, ``AT_ONCE`` at most."""
        with self._store.write() as work:
            queued = {row.state: row.cases for row in work.connection.execute(counts(False))}  # noqa: FBT003
            waits = sum(queued.get(state, 0) for state in (CaseState.QUEUED, CaseState.SECOND_REVIEW))
            if waits <= self._limit:
                return 0
            before = work.now - UNREVIEWED
            found = work.connection.execute(unreviewed(before, work.now, None, FORECAST_OF)).all()
            chosen = to_drop([_as_waiting(row) for row in found], queued=waits, limit=self._limit, now=work.now)
            ids = [each.case_id for each in chosen[:AT_ONCE]]
            asked = locked(unreviewed(before, work.now, ids, AT_ONCE), work.connection, skip_locked=True)
            rows = {row.case_id: row for row in work.connection.execute(asked).all()}
            body = {"reason_code": REASON, "rule": DROP_RULE, "queued": waits, "limit": self._limit}
            dropped = [rows[each] for each in ids if each in rows]
            if dropped:
                bodies = [body] * len(dropped)
                move_all(work, dropped, Action.DISCARD, SYSTEM, notifier=self._notifier, bodies=bodies)
                extra = {"action": "queue_dropped", "cases": len(dropped)} | body
                logger.warning("Cases were dropped, the queue is full", extra=extra)
        return len(dropped)

    def expire(self) -> int:
        """End what is a year old and was not decided.

        Returns:
            How many cases.
        """
        ended = 0
        while True:
            with self._store.write() as work:
                before: datetime = work.now - _YEAR_AT_LEAST
                states = TRANSITIONS[Action.EXPIRE].sources
                asked = locked(past_limitation(states, before, AT_ONCE), work.connection, skip_locked=True)
                found = work.connection.execute(asked).all()
                rows = [row for row in found if limitation_passed(row.began_at, work.now)]
                bodies = [{"reason_code": REASON}] * len(rows)
                if rows:
                    move_all(work, rows, Action.EXPIRE, SYSTEM, notifier=self._notifier, bodies=bodies)
            ended += len(rows)
            if len(rows) < AT_ONCE:
                return ended

    def give_back_led(self) -> int:
        """Let people look at duplicates whose lead ended without a fine before a lead's end did so by itself.

        Returns:
            How many.
        """
        given_back = 0
        while True:
            with self._store.write() as work:
                asked = led_by_ended(ENDED_WITHOUT_SANCTION, work.now - _YEAR_AT_LEAST, AT_ONCE)
                ended = work.connection.execute(locked(asked, work.connection, skip_locked=True)).all()
                count = give_back_led(work, ended, notifier=self._notifier)
            given_back += count
            if not count:
                return given_back


def _as_waiting(row: Row[Any]) -> Waiting:
    try:
        law: CatalogueRow | None = built_in_catalogue().row_for(row.code, row.vehicle_kind, row.began_at)
    except CatalogueError:
        law = None
    return Waiting(
        case_id=row.case_id,
        began_at=row.began_at,
        waits_since=row.received_at,
        fine_max_vnd=(law.fine_max_vnd or 0) if law else 0,
        high=is_high(law),
    )
