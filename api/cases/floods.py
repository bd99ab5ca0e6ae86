"""Cameras that send far more cases than usual: the machine flags them, a supervisor lets go on or closes.

Closing rejects what came with the flood, for one reason, each case as a step of its own. It begins ten seconds after
the supervisor said so, and until then he can take it back; the flag stands meanwhile.
"""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, select, update

from api.cases.case_rows import locked
from api.cases.moves import move_all
from api.cases.notifier import CaseNotifier
from api.cases.review import MAX_NOTE, Draws
from api.persistence.case_queries import FloodSpan, arrivals, count_of_flood, of_flood
from api.persistence.store import Store, Work
from api.persistence.tables import camera_floods
from api.persistence.upsert import upsert
from api.principals import SYSTEM, Permission, Principal
from domain.cases.limits import limitation_passed
from domain.cases.queue_rules import ALARM_WINDOW, USUAL_WINDOW, is_flood
from domain.cases.roles import Role
from domain.cases.second_look import second_look
from domain.cases.states import Action
from domain.cases.transitions import check_reason
from domain.errors import Conflict, NotAllowed, NotFound
from domain.grants import EVERYWHERE
from domain.law.rejection import RejectionReason

logger = logging.getLogger(__name__)
UNDO_WITHIN: Final = timedelta(seconds=10)
AT_ONCE: Final = 500  # cases of one transaction
_FORGETS_AFTER = timedelta(days=1)  # a lifted flood is not raised again so soon
_NO_CLOSING: Mapping[str, None] = dict.fromkeys(("closing_at", "closing_by", "closing_reason", "closing_note"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """A camera whose cases wait behind a flag."""

    camera_id: str
    raised_at: datetime
    last_hour: int
    usual_an_hour: float
    waiting: int  # cases that came with the flood, that nobody looked at and nobody else has open
    closing_reason: str | None  # for which they are being rejected; None: nobody said so
    undo_until: datetime | None


class Floods:
    """Raises flags and takes them down.

    Args:
        store: the centre's memory.
        notifier: hears of every change.
        reasons: by code.
        draws: which of the rejected cases another person looks at.
    """

    def __init__(
        self, store: Store, notifier: CaseNotifier, reasons: Mapping[str, RejectionReason], draws: Draws
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._reasons = reasons
        self._draws = draws

    def flag(self) -> list[str]:
        """Flag cameras that brought ten times what is usual for them; called by the jobs process.

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
                values = body | {"raised_at": work.now, "lifted_at": None, "lifted_by": None, **_NO_CLOSING}
                upsert(work.connection, camera_floods, values)
                work.record(SYSTEM, "flood_flagged", body=body)
                flagged.append(camera_id)
                logger.warning("A camera sends far more cases than it does", extra={"action": "camera_flood"} | body)
        return flagged

    def list(self, actor: Principal) -> tuple[Flood, ...]:
        """Cameras whose cases wait behind a flag.

        Raises:
            NotAllowed: the role may not see how cameras do.
        """
        actor.require(Permission.HEALTH_READ)
        stands = select(camera_floods).where(_STANDS).order_by(camera_floods.c.camera_id)
        with self._store.read() as connection:
            now = self._store.clock.now()
            return tuple(
                Flood(
                    camera_id=row.camera_id,
                    raised_at=row.raised_at,
                    last_hour=row.last_hour,
                    usual_an_hour=row.usual_an_hour,
                    waiting=connection.execute(
                        count_of_flood(_span(row, now, row.closing_by or actor.actor), EVERYWHERE)
                    ).scalar_one(),
                    closing_reason=row.closing_reason,
                    undo_until=None if row.closing_at is None else row.closing_at + UNDO_WITHIN,
                )
                for row in connection.execute(stands).all()
            )

    def lift(self, actor: Principal, camera_id: str, *, note: str) -> None:
        """Let a flagged camera's cases be handed out again; on record with the supervisor's words.

        Raises:
            NotAllowed: only a supervisor lifts a flag.
            NotFound: none stands.
            Conflict: the flood is being closed.
        """
        actor.require(Permission.FLOODS_LIFT)
        with self._store.write() as work:
            if _flag(work, camera_id).closing_at is not None:
                raise Conflict("the cases of this camera are being rejected: take that back first")
            _change(work, camera_id, lifted_at=work.now, lifted_by=actor.actor)
            work.record(actor, "flood_lifted", body={"camera_id": camera_id, "note": note})

    def close(self, actor: Principal, camera_id: str, *, reason_code: str, note: str) -> None:
        """Reject, from ten seconds on, what came with a flood until now, unseen, and that nobody else has open.

        Raises:
            NotAllowed: only a supervisor closes a flood, and only where his wards hold all of its cases.
            NotFound: no flag stands.
            Invalid: the reason is unknown, not his to give, or not explained.
            Conflict: it is being closed already, or nothing of it waits.
        """
        actor.require(Permission.FLOODS_LIFT)
        check_reason(Action.REJECT, reason_code=reason_code, note=note, reasons=self._reasons)
        with self._store.write() as work:
            row = _flag(work, camera_id)
            if row.closing_at is not None:
                raise Conflict("somebody is closing this flood already")
            span = _span(row, work.now, actor.actor)
            waiting, own = (
                work.connection.execute(count_of_flood(span, scope)).scalar_one() for scope in (EVERYWHERE, actor.scope)
            )
            if own != waiting:
                raise NotAllowed("cases of this flood lie outside your wards")
            if not waiting:
                raise Conflict("no case of this flood waits that nobody has open")
            said = {"closing_reason": reason_code, "closing_note": note[:MAX_NOTE]}
            _change(work, camera_id, closing_at=work.now, closing_by=actor.actor, **said)
            body = {"camera_id": camera_id, "reason_code": reason_code, "note": note[:MAX_NOTE], "cases": waiting}
            work.record(actor, "flood_closing", body=body)

    def take_back(self, actor: Principal, camera_id: str) -> None:
        """Take back that a flood is closed, within ten seconds; the flag stands on.

        Raises:
            NotAllowed: only a supervisor does.
            NotFound: no flag stands.
            Conflict: nobody is closing it, or the ten seconds are over.
        """
        actor.require(Permission.FLOODS_LIFT)
        with self._store.write() as work:
            row = _flag(work, camera_id)
            if row.closing_at is None or work.now >= row.closing_at + UNDO_WITHIN:
                raise Conflict("it can be taken back for ten seconds only")
            _change(work, camera_id, **_NO_CLOSING)
            work.record(actor, "flood_closing_taken_back", body={"camera_id": camera_id})

    def finish(self) -> int:
        """Reject the cases of floods whose ten seconds are over; called by the jobs process.

        Returns:
            How many cases.
        """
        due = select(camera_floods.c.camera_id).where(
            _STANDS, camera_floods.c.closing_at <= self._store.clock.now() - UNDO_WITHIN
        )
        with self._store.read() as connection:
            cameras = connection.execute(due.order_by(camera_floods.c.camera_id)).scalars().all()
        rejected = 0
        for camera_id in cameras:
            while count := self._reject_some(camera_id):
                rejected += count
        return rejected

    def _reject_some(self, camera_id: str) -> int:
        """Reject some of the cases of a flood; where none is left, take its flag down."""
        with self._store.write() as work:
            flag = _flag(work, camera_id)
            if flag.closing_at is None:
                return 0
            supervisor = Principal(actor=flag.closing_by, name=flag.closing_by, role=Role.SUPERVISOR)
            asked = locked(of_flood(_span(flag, work.now, flag.closing_by), AT_ONCE), work.connection, skip_locked=True)
            found = work.connection.execute(asked).all()
            rows = [row for row in found if not limitation_passed(row.began_at, work.now)]
            if not rows:
                _change(work, camera_id, lifted_at=work.now, lifted_by=flag.closing_by)
                work.record(supervisor, "flood_closed", body={"camera_id": camera_id})
                return 0
            bodies = [self._body(flag, row) for row in rows]
            moved = move_all(work, rows, Action.REJECT, supervisor, notifier=self._notifier, bodies=bodies)
            again = [row for row in moved if row.second_look is not None]
            if again:
                move_all(work, again, Action.LOOK_AGAIN, SYSTEM, notifier=self._notifier, bodies=[{} for _ in again])
            return len(rows)

    def _body(self, flag: Row[Any], row: Row[Any]) -> dict[str, Any]:
        due = second_look(
            uuid.UUID(row.case_id),
            confirmed=False,
            row=None,
            key=self._draws.key,
            share=self._draws.second_look_share,
        )
        return {
            "reason_code": flag.closing_reason,
            "note": flag.closing_note,
            "flood": flag.camera_id,
            "second_look": due.value if due else None,
        }


_STANDS: "ColumnElement[bool]" = camera_floods.c.lifted_at.is_(None)


def _flag(work: Work, camera_id: str) -> Row[Any]:
    """The standing flag of a camera, kept for this transaction."""
    asked = select(camera_floods).where(camera_floods.c.camera_id == camera_id, _STANDS)
    row = work.connection.execute(locked(asked, work.connection)).one_or_none()
    if row is None:
        raise NotFound(f"no flag stands at the camera {camera_id}")
    return row


def _change(work: Work, camera_id: str, **values: Any) -> None:
    work.connection.execute(update(camera_floods).where(camera_floods.c.camera_id == camera_id).values(**values))


def _span(flag: Row[Any], now: datetime, supervisor: str) -> FloodSpan:
    """What came with a flood; once it is being closed, nothing later."""
    return FloodSpan(
        camera_id=flag.camera_id,
        came_from=flag.raised_at - ALARM_WINDOW,
        came_to=flag.closing_at or now,
        now=now,
        supervisor=supervisor,
    )


def _usual_an_hour(work: Work, camera_id: str, last_hour: int) -> float:
    """How many cases the camera brings in an hour, over the week before the last hour."""
    week = work.connection.execute(arrivals(camera_id, work.now - USUAL_WINDOW)).one()
    hours = (USUAL_WINDOW - ALARM_WINDOW) / timedelta(hours=1)
    return float((week.cases - last_hour) / hours)
