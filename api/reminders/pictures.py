"""Pictures of reminded places: named by a reminder's message, brought after it, kept in the evidence store."""

import hashlib
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from api.errors import TooMuch
from api.evidence_store.port import EvidenceStore
from api.persistence.store import Store
from api.persistence.tables import reminder_pictures, reminders
from api.principals import Permission, Principal
from api.reminders.rows import reminder_row
from domain.errors import Invalid, NotFound
from domain.reminder import LONGEST_PICTURE_PX, MAX_PICTURE_BYTES, Reminder, ReminderPicture
from plumbing.jpeg_size import is_jpeg_within

KEPT_FOR = timedelta(days=30)  # of reminders that became no case; the others' are kept as long as the reminder
MOST_A_DAY = 4000  # of one box
_A_DAY = timedelta(days=1)
_LATER_S = 3600
_AT_ONCE = 500


class ReminderPictures:
    """Takes pictures in, shows them to who may see their reminder, and forgets them in time.

    Args:
        store: the centre's memory.
        files: where the bytes lie.
    """

    def __init__(self, store: Store, files: EvidenceStore) -> None:
        self._store = store
        self._files = files

    def take(self, sender: Principal, reminder_id: uuid.UUID, step: int, content: bytes) -> None:
        """Take in a picture; one that is here already changes nothing.

        Raises:
            NotAllowed: the caller is no box.
            NotFound: no message of this box has named it.
            Invalid: it is not the picture that was named, no JPEG, or too large.
            TooMuch: the box has brought too many today.
            StoreUnavailable: send it again.
        """
        sender.require(Permission.REMINDERS_SEND)
        box_id = str(sender.box_id)
        with self._store.read() as connection:
            row = connection.execute(reminder_row(reminder_id)).one_or_none()
            named = None if row is None or row.box_id != box_id else _named(row, step)
            if named is None:
                raise NotFound("no message of this box names such a picture")
            if len(content) > MAX_PICTURE_BYTES or hashlib.sha256(content).hexdigest() != named.sha256:
                raise Invalid("it is not the picture that the message names")
            if not is_jpeg_within(content, LONGEST_PICTURE_PX):
                raise Invalid(f"a picture must be a JPEG of at most {LONGEST_PICTURE_PX} pixels a side")
            if _row_of(connection, reminder_id, step) is not None:
                return
            mine = (reminder_pictures.c.box_id == box_id) & (
                reminder_pictures.c.received_at > self._store.clock.now() - _A_DAY
            )
            if connection.execute(select(func.count()).select_from(reminder_pictures).where(mine)).scalar_one() >= (
                MOST_A_DAY
            ):
                raise TooMuch(f"a box brings at most {MOST_A_DAY} pictures a day", retry_after_s=_LATER_S)
        folder, name = str(reminder_id), file_name(step)
        self._files.discard(folder, [name])  # what an earlier try may have left
        self._files.append(folder, name, offset_bytes=0, content=content)
        self._files.publish(folder, [name])
        with self._store.write() as work:
            if _row_of(work.connection, reminder_id, step) is None:
                values = {"reminder_id": folder, "step": step, "box_id": box_id, "received_at": work.now}
                work.connection.execute(insert(reminder_pictures).values(**values, size_bytes=len(content)))

    def read(self, actor: Principal, reminder_id: uuid.UUID, step: int) -> bytes:
        """A picture, for who may see its reminder.

        Raises:
            NotAllowed: the role may not see reminders.
            NotFound: there is none, it has not come or is forgotten, or the reminder is of another ward.
            EvidenceLost, StoreUnavailable: the bytes cannot be had.
        """
        actor.require(Permission.REMINDERS_READ)
        with self._store.read() as connection:
            row = connection.execute(reminder_row(reminder_id)).one_or_none()
            held = None if row is None or not actor.sees_ward(row.ward_key) else _row_of(connection, reminder_id, step)
        if held is None or held.removed_at is not None:
            raise NotFound("there is no such picture")
        return b"".join(self._files.read(str(reminder_id), file_name(step), start_byte=0, end_byte=held.size_bytes))

    def forget_old(self) -> int:
        """Drop the files of old pictures whose reminder became no case; that they were here stays.

        Returns:
            How many.

        Raises:
            StoreUnavailable: the next round goes on.
        """
        table = reminder_pictures.c
        with self._store.read() as connection:
            old = (
                select(table.reminder_id, table.step)
                .join(reminders, reminders.c.reminder_id == table.reminder_id)
                .where(table.received_at < self._store.clock.now() - KEPT_FOR, table.removed_at.is_(None))
                .where(reminders.c.case_id.is_(None))
                .limit(_AT_ONCE)
            )
            rows = connection.execute(old).all()
        for row in rows:
            self._files.discard(row.reminder_id, [file_name(row.step)])
            its = (table.reminder_id == row.reminder_id) & (table.step == row.step)
            with self._store.write() as work:
                work.connection.execute(update(reminder_pictures).where(its).values(removed_at=work.now))
        return len(rows)


def file_name(step: int) -> str:
    """Of a picture in the evidence store."""
    return f"step-{step}.jpg"


def _named(row: Row[Any], step: int) -> ReminderPicture | None:
    pictures = Reminder.model_validate_json(row.message).pictures
    return next((one for one in pictures if one.step == step and one.sha256 is not None), None)


def _row_of(connection: Connection, reminder_id: uuid.UUID, step: int) -> Row[Any] | None:
    its = (reminder_pictures.c.reminder_id == str(reminder_id)) & (reminder_pictures.c.step == step)
    return connection.execute(select(reminder_pictures).where(its)).one_or_none()
