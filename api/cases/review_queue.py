"""What the machine does with the review queue: flags floods, drops by the written rule, ends what is a year old."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from api.cases.case_rows import locked
from api.cases.moves import give_back_led, move_all
from api.cases.notifier import CaseNotifier
from api.people.reviewer_figures import answers_since
from api.persistence.case_queries import arrivals, counts, led_by_ended, past_limitation, unreviewed, waiting_acts
from api.persistence.store import Store, Work
from api.persistence.tables import camera_floods
from api.persistence.upsert import upsert
from api.principals import SYSTEM, Permission, Principal
from domain.cases.clocks import Forecast, forecast
from domain.cases.duplicates import ENDED_WITHOUT_SANCTION
from domain.cases.limits import limitation_passed
from domain.cases.queue_rules import (
    ALARM_WINDOW,
    DROP_RULE,
    UNREVIEWED,
    USUAL_WINDOW,
    Waiting,
    is_flood,
    to_drop,
)
from domain.cases.second_look import is_high
from domain.cases.states import Action, CaseState
from domain.cases.transitions import TRANSITIONS
from domain.errors import CatalogueError, NotFound
from domain.law.catalogue import CatalogueRow, built_in_catalogue

logger = logging.getLogger(__name__)
AT_ONCE = 500  # cases of one transaction
REASON = "EXPIRED"  # past a year, or the queue's limit
_YEAR_AT_LEAST = timedelta(days=365)
FORECAST_OF = 20_000  # waiting cases at most, for the forecast and for the rule that drops
_A_DAY = timedelta(days=1)
_FORGETS_AFTER = timedelta(days=1)  # a lifted flood is not raised again so soon


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
        self.flag_floods()
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

    def flag_floods(self) -> list[str]:
        """Flag cameras that brought ten times what is usual for them; their cases are handed to nobody meanwhile.

        Returns:
            Which cameras were flagged now.
        """
        flagged = []
        with self._store.write() as work:
            lately = work.connection.execute(arrivals(None, work.now - ALARM_WINDOW)).all()
            for camera_id, last_hour in lately:
                if not is_flood(last_hour, 0.0):
                    continue
                usual = _usual_an_hour(work, camera_id, last_hour)
                known = select(camera_floods).where(camera_floods.c.camera_id == camera_id)
                flag = work.connection.execute(known).one_or_none()
                stands = flag is not None and (flag.lifted_at is None or work.now - flag.lifted_at < _FORGETS_AFTER)
                if stands or not is_flood(last_hour, usual):
                    continue
                body = {"camera_id": camera_id, "last_hour": last_hour, "usual_an_hour": round(usual, 3)}
                values = body | {"raised_at": work.now, "lifted_at": None, "lifted_by": None}
                upsert(work.connection, camera_floods, values)
                work.record(SYSTEM, "flood_flagged", body=body)
                flagged.append(camera_id)
                logger.warning("A camera sends far more cases than it does", extra={"action": "camera_flood"} | body)
        return flagged

    def floods(self, actor: Principal) -> Sequence[Row[Any]]:
        """Cameras whose cases wait behind a flag.

        Raises:
            NotAllowed: the role may not see how cameras do.
        """
        actor.require(Permission.HEALTH_READ)
        stands = select(camera_floods).where(camera_floods.c.lifted_at.is_(None)).order_by(camera_floods.c.camera_id)
        with self._store.read() as connection:
            return connection.execute(stands).all()

    def lift(self, actor: Principal, camera_id: str, *, note: str) -> None:
        """Let a flagged camera's cases be handed out again; on record with the supervisor's words.

        Raises:
            NotAllowed: only a supervisor lifts a flag.
            NotFound: none stands.
        """
        actor.require(Permission.FLOODS_LIFT)
        with self._store.write() as work:
            stands = (camera_floods.c.camera_id == camera_id) & camera_floods.c.lifted_at.is_(None)
            lifted = update(camera_floods).where(stands).values(lifted_at=work.now, lifted_by=actor.actor)
            if not work.connection.execute(lifted).rowcount:
                raise NotFound(f"no flag stands at the camera {camera_id}")
            work.record(actor, "flood_lifted", body={"camera_id": camera_id, "note": note})

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


def _usual_an_hour(work: Work, camera_id: str, last_hour: int) -> float:
    """How many cases the camera brings in an hour, over the week before the last hour."""
    week = work.connection.execute(arrivals(camera_id, work.now - USUAL_WINDOW)).one()
    hours = (USUAL_WINDOW - ALARM_WINDOW) / timedelta(hours=1)
    return float((week.cases - last_hour) / hours)


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
