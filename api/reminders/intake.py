"""Takes reminders in: whole, with all their steps, whatever comes twice or in the wrong order; bounded."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from api.errors import TooMuch
from api.persistence.store import Store, Work
from api.persistence.tables import boxes, reminder_pictures, reminders
from api.places.camera_registry import ToldCamera, note_camera
from api.places.routing import Router
from api.principals import Permission, Principal
from api.reminders.rows import OPEN_STATES, reminder_row
from api.told_documents import read_told
from domain.camera import Mode
from domain.canonical import canonical_bytes
from domain.errors import Conflict, Invalid
from domain.reminder import MAX_REMINDER_BYTES, Reminder, ReminderAnswer
from domain.reminder_outcome import ReminderOutcome

MOST_A_DAY = 2000  # new ones of one box
KEPT_FOR = timedelta(days=400)  # those that nobody answered and that became no case
_A_DAY = timedelta(days=1)
_LATER_S = 3600
Bell = Callable[[str], None]


class ReminderIntake:
    """What boxes tell of pavements.

    Args:
        store: the centre's memory.
        router: finds the ward of a place.
    """

    def __init__(self, store: Store, router: Router) -> None:
        self._store = store
        self._router = router
        self._bells: list[Bell] = []
        self._lock = threading.Lock()

    def on_waiting(self, ring: Bell) -> None:
        """Have a bell rung, with the ward's key, whenever a reminder begins to wait for a person; it must not wait."""
        with self._lock:
            self._bells.append(ring)

    def take(self, sender: Principal, payload: bytes) -> ReminderAnswer:
        """Take in a reminder; one with no more steps than are here changes nothing.

        Raises:
            NotAllowed: the caller is no box.
            Invalid: no reminder of this box, or the box is not registered.
            Conflict: its steps are not those that are here and more.
            TooMuch: the box has told of too many places today.
            StoreUnavailable: nothing was changed; send it again.
        """
        sender.require(Permission.REMINDERS_SEND)
        reminder = _parse(str(sender.box_id), payload)
        with self._store.write() as work:
            known_box = select(boxes.c.box_id).where(boxes.c.box_id == reminder.box_id)
            if work.connection.execute(known_box).one_or_none() is None:
                raise Invalid("the box is not registered")
            row = work.connection.execute(reminder_row(reminder.reminder_id).with_for_update()).one_or_none()
            if row is None:
                self._insert(work, reminder)
            else:
                self._go_on(work, row, reminder)
            note_camera(work, _camera_of(reminder))
            received_at = work.now if row is None else row.received_at
        return ReminderAnswer(
            reminder_id=reminder.reminder_id, message_sha256=reminder.sha256(), received_at=received_at
        )

    def forget_old(self) -> int:
        """Drop old ones that nobody answered and that became no case.

        Returns:
            How many.
        """
        with self._store.write() as work:
            unused = reminders.c.case_id.is_(None) & reminders.c.outcome.is_(None)
            old = (reminders.c.received_at < work.now - KEPT_FOR) & unused
            of_old = reminder_pictures.c.reminder_id.in_(select(reminders.c.reminder_id).where(old))
            work.connection.execute(delete(reminder_pictures).where(of_old))  # their files are long forgotten
            return work.connection.execute(delete(reminders).where(old)).rowcount

    def _insert(self, work: Work, reminder: Reminder) -> None:
        today = (reminders.c.box_id == reminder.box_id) & (reminders.c.received_at > work.now - _A_DAY)
        if work.connection.execute(select(func.count()).select_from(reminders).where(today)).scalar_one() >= MOST_A_DAY:
            raise TooMuch(f"a box tells of at most {MOST_A_DAY} places a day", retry_after_s=_LATER_S)
        values = {
            "reminder_id": str(reminder.reminder_id),
            "box_id": reminder.box_id,
            "camera_id": reminder.camera_id,
            "zone_id": reminder.zone_id,
            "rule": reminder.rule,
            "shadow": reminder.mode is Mode.SHADOW,
            "began_at": reminder.began_at,
            "received_at": work.now,
            "version": 1,
        }
        waiting = _waits(reminder, None)
        work.connection.execute(insert(reminders).values(**values, **self._changing(work, reminder, waiting=waiting)))
        self._ring_after(work, reminder, waiting=waiting)

    def _go_on(self, work: Work, row: Row[Any], reminder: Reminder) -> None:
        if len(reminder.steps) <= row.steps:
            held = Reminder.model_validate_json(row.message)
            if not held.goes_on_from(reminder):
                raise Conflict("other steps of this reminder are here already; the first stay")
            return
        if not reminder.goes_on_from(Reminder.model_validate_json(row.message)):
            raise Conflict("other steps of this reminder are here already; the first stay")
        waiting = _waits(reminder, row.outcome)
        values = self._changing(work, reminder, waiting=waiting) | {"version": row.version + 1}
        work.connection.execute(update(reminders).where(reminders.c.id == row.id).values(**values))
        self._ring_after(work, reminder, waiting=waiting)

    def _changing(self, work: Work, reminder: Reminder, *, waiting: bool) -> dict[str, Any]:
        place = self._router.place(reminder.ward, reminder.position)
        return {
            "camera_name": _plain(reminder.camera_name),
            "road": _plain(reminder.road),
            "ward": place.ward,
            "ward_key": place.ward_key,
            "state": reminder.state.value,
            "steps": len(reminder.steps),
            "seen_until": reminder.seen_until,
            "clear_by": reminder.clear_by,
            "case_id": None if reminder.case_id is None else str(reminder.case_id),
            "message": canonical_bytes(reminder).decode(),
            "changed_at": work.now,
            "waiting": waiting,
        }

    def _ring_after(self, work: Work, reminder: Reminder, *, waiting: bool) -> None:
        key = self._router.place(reminder.ward, reminder.position).ward_key
        if waiting and key:
            with self._lock:
                bells = tuple(self._bells)
            work.after_commit += [partial(ring, key) for ring in bells]


def _camera_of(reminder: Reminder) -> ToldCamera:
    return ToldCamera(
        box_id=reminder.box_id,
        camera_id=reminder.camera_id,
        name=reminder.camera_name,
        road=reminder.road,
        ward=reminder.ward,
        position=reminder.position,
        at=reminder.steps[-1].at,
    )


def _waits(reminder: Reminder, outcome: str | None) -> bool:
    """Whether a new step calls a person; whoever said that it is not so is not asked again."""
    if reminder.mode is Mode.SHADOW or outcome == ReminderOutcome.NOT_SO:
        return False
    return reminder.state in OPEN_STATES


def _parse(box_id: str, payload: bytes) -> Reminder:
    has = "a reminder has"
    reminder = read_told(Reminder, payload, most_bytes=MAX_REMINDER_BYTES, name="reminder", has=has)
    if reminder.box_id != box_id or reminder.reminder_id != reminder.derived_id():
        raise Invalid("the reminder is of another box, or its id does not follow from what it names")
    return reminder


def _plain(text: str) -> str:
    return text.replace("\0", "")
