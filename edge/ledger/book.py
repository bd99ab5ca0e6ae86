"""The ledger's file: counts by day, camera, rule and outcome; only ever added to, a transaction at a time."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from domain.errors import FileError
from plumbing.files import file_faults, make_private_folder

LEDGER_FILE = "ledger.sqlite3"
KEPT_DAYS = 400
_APPLICATION_ID = 0x4D544C47  # "MTLG"
_VERSION = 1
_TABLE = """
CREATE TABLE IF NOT EXISTS entries (
  day TEXT NOT NULL, camera_id TEXT NOT NULL, rule TEXT NOT NULL, what TEXT NOT NULL, reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (day, camera_id, rule, what, reason)
) WITHOUT ROWID;
"""
_ADD = """
INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (day, camera_id, rule, what, reason) DO UPDATE SET count = count + excluded.count
"""


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Entry:
    """What is counted."""

    camera_id: str
    rule: str  # "" for what is of the whole camera
    what: str  # pictures, case, alert, refused, suspended
    reason: str = ""  # of what was refused or suspended


class LedgerBook:
    """The file of one box. Opened anew for each use: a disk that comes back needs nobody.

    Args:
        directory: the box's data folder.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / LEDGER_FILE

    def add(self, day: date, counts: Mapping[Entry, int]) -> None:
        """Add to a day's counts, all or nothing; days beyond ``KEPT_DAYS`` before it are dropped.

        Raises:
            FileError: it cannot be written, is damaged or of another program or version.
        """
        make_private_folder(self._path.parent)
        with file_faults(self._path):
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            with closing(sqlite3.connect(self._path, timeout=5.0)) as connection:
                self._prepare(connection)
                with connection:
                    connection.executemany(
                        _ADD,
                        [
                            (day.isoformat(), entry.camera_id, entry.rule, entry.what, entry.reason, count)
                            for entry, count in sorted(counts.items())
                        ],
                    )
                    oldest = (day - timedelta(days=KEPT_DAYS)).isoformat()
                    connection.execute("DELETE FROM entries WHERE day < ?", (oldest,))
        except sqlite3.Error as error:
            raise FileError(self._path, "written", OSError(None, str(error))) from error

    def entries(self, since: date | None = None) -> Iterator[tuple[date, Entry, int]]:
        """Every count, by day, camera and rule; nothing where there is no file yet.

        Args:
            since: the first day that is wanted; None: all that are kept.

        Raises:
            FileError: it cannot be read.
        """
        if not self._path.exists():
            return
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=5.0)) as connection:
                rows = connection.execute(
                    "SELECT * FROM entries WHERE day >= ? ORDER BY day, camera_id, rule, what, reason",
                    ("" if since is None else since.isoformat(),),
                ).fetchall()
        except sqlite3.Error as error:
            raise FileError(self._path, "read", OSError(None, str(error))) from error
        for day, camera_id, rule, what, reason, count in rows:
            yield date.fromisoformat(day), Entry(camera_id=camera_id, rule=rule, what=what, reason=reason), count

    @staticmethod
    def _prepare(connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == _VERSION:
            return
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if version or tables:
            raise sqlite3.DatabaseError("it is no ledger of this version")
        connection.executescript(
            f"BEGIN; {_TABLE} PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION}; COMMIT;"
        )
