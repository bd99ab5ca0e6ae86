"""The reminders' file of one box: the newest message of each, its pictures, and whether the centre holds them."""

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from domain.canonical import canonical_bytes
from domain.errors import FileError
from domain.instants import to_text
from domain.reminder import MOST_PICTURES, Reminder
from edge.reminders.place_pictures import TakenPicture
from plumbing.files import file_faults, make_private_folder

REMINDERS_FILE = "reminders.sqlite3"
KEPT = timedelta(days=3)  # after the centre holds it: so long a restarted rule may tell the same place anew
MOST_PICTURES_KEPT = 4000  # that the centre does not hold; some 100 MB
_APPLICATION_ID = 0x4D545252  # "MTRR"
_VERSION = 2
_EARLIER = (1,)  # versions whose tables are those of now, or lack some
_TABLES = """
CREATE TABLE IF NOT EXISTS reminders (
  reminder_id TEXT PRIMARY KEY, position INTEGER NOT NULL UNIQUE, message BLOB NOT NULL, held INTEGER NOT NULL,
  changed_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pictures (
  position INTEGER PRIMARY KEY, reminder_id TEXT NOT NULL, step INTEGER NOT NULL, content BLOB NOT NULL,
  UNIQUE (reminder_id, step)
);
"""
_PUT = """
INSERT INTO reminders VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM reminders), ?, 0, ?)
ON CONFLICT (reminder_id) DO UPDATE SET message = excluded.message, position = excluded.position, held = 0,
  changed_at = excluded.changed_at
"""
_DROP_OLD = """
DELETE FROM reminders WHERE held = 1 AND changed_at < ? AND reminder_id NOT IN (SELECT reminder_id FROM pictures)
"""
_DROP_ORPHANS = "DELETE FROM pictures WHERE reminder_id NOT IN (SELECT reminder_id FROM reminders)"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """A picture that the centre does not hold."""

    reminder_id: uuid.UUID
    step: int
    content: bytes


class ReminderBook:
    """Opened anew for each use: a disk that comes back needs nobody.

    Args:
        directory: the box's data folder.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / REMINDERS_FILE

    def put(self, reminder: Reminder, now: datetime, picture: TakenPicture | None = None) -> Reminder | None:
        """Take in a message, and the picture of its newest step; older ones that the centre holds are dropped.

        A rule that lost its last seconds in a power cut may tell steps anew that are told: those told stay.

        Returns:
            The message to send; None where it says nothing new.

        Raises:
            FileError: it cannot be written, is damaged or of another program or version.
        """
        with self._connection() as connection, connection:
            row = connection.execute(
                "SELECT message FROM reminders WHERE reminder_id = ?", (str(reminder.reminder_id),)
            ).fetchone()
            message = reminder
            if row is not None:
                known = Reminder.model_validate_json(row[0])
                message = reminder.after(known)
                if message == known:
                    return None
            message = self._with_picture(connection, message, picture)
            connection.execute(_PUT, (str(message.reminder_id), canonical_bytes(message), to_text(now)))
            connection.execute(_DROP_OLD, (to_text(now - KEPT),))
            connection.execute(_DROP_ORPHANS)
        return message

    def settle(self, reminder: Reminder) -> None:
        """The centre holds this message; a newer one still waits.

        Raises:
            FileError: see ``put``.
        """
        with self._connection() as connection, connection:
            connection.execute(
                "UPDATE reminders SET held = 1 WHERE reminder_id = ? AND message = ?",
                (str(reminder.reminder_id), canonical_bytes(reminder)),
            )

    def waiting(self) -> dict[uuid.UUID, Reminder]:
        """The messages that the centre does not hold, oldest first.

        Raises:
            FileError: see ``put``.
        """
        if not self._path.exists():
            return {}
        with self._connection() as connection:
            rows = connection.execute("SELECT message FROM reminders WHERE held = 0 ORDER BY position").fetchall()
        reminders = [Reminder.model_validate_json(message) for (message,) in rows]
        return {one.reminder_id: one for one in reminders}

    def first_picture(self) -> KeptPicture | None:
        """The oldest picture that the centre does not hold, of a reminder that it does.

        Raises:
            FileError: see ``put``.
        """
        if not self._path.exists():
            return None
        wanted = (
            "SELECT reminder_id, step, content FROM pictures JOIN reminders USING (reminder_id) WHERE held = 1"
            " ORDER BY pictures.position LIMIT 1"
        )
        with self._connection() as connection:
            row = connection.execute(wanted).fetchone()
        return None if row is None else KeptPicture(reminder_id=uuid.UUID(row[0]), step=row[1], content=row[2])

    def pictures(self) -> int:
        """How many pictures the centre does not hold.

        Raises:
            FileError: see ``put``.
        """
        if not self._path.exists():
            return 0
        with self._connection() as connection:
            return _count_pictures(connection)

    def settle_picture(self, picture: KeptPicture) -> None:
        """The centre holds this picture, or wants it never.

        Raises:
            FileError: see ``put``.
        """
        with self._connection() as connection, connection:
            key = (str(picture.reminder_id), picture.step)
            connection.execute("DELETE FROM pictures WHERE reminder_id = ? AND step = ?", key)

    @staticmethod
    def _with_picture(connection: sqlite3.Connection, message: Reminder, picture: TakenPicture | None) -> Reminder:
        step = len(message.steps) - 1
        if picture is None or step >= MOST_PICTURES or any(one.step == step for one in message.pictures):
            return message
        if _count_pictures(connection) >= MOST_PICTURES_KEPT:
            picture = picture.dropped()
        if picture.content is not None:
            connection.execute(
                "INSERT OR IGNORE INTO pictures (reminder_id, step, content) VALUES (?, ?, ?)",
                (str(message.reminder_id), step, picture.content),
            )
        return message.with_picture(picture.named(step))

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        make_private_folder(self._path.parent)
        with file_faults(self._path):
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            with closing(sqlite3.connect(self._path, timeout=5.0)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                self._prepare(connection)
                yield connection
        except (sqlite3.Error, ValueError) as error:
            raise FileError(self._path, "used", OSError(None, str(error))) from error

    @staticmethod
    def _prepare(connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == _VERSION:
            return
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if version not in _EARLIER and (version or tables):
            raise sqlite3.DatabaseError("it holds no reminders of this version")
        connection.executescript(
            f"BEGIN; {_TABLES} PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION}; COMMIT;"
        )


def _count_pictures(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT count(*) FROM pictures").fetchone()
    return int(count)
