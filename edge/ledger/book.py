"""The ledger's file: outcomes of rules by day, traffic by quarter of an hour; only ever added to.

A camera's day and a camera's quarter of an hour are its pages. Each knows how often it was added to and up to where the
centre has it, so that a page is sent again only when it has changed.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from domain.errors import FileError
from domain.fleet.ledger_pages import LedgerPages
from domain.instants import from_text, to_text
from edge.health.quarters import QUARTER, Counted
from edge.ledger.pages import day_page, quarter_page
from plumbing.files import file_faults, make_private_folder

LEDGER_FILE = "ledger.sqlite3"
KEPT_DAYS = 400
_APPLICATION_ID = 0x4D544C47  # "MTLG"
_VERSION = 3
_DAY, _QUARTER = "day", "quarter"
_LAST = "9999"  # after every day
_LATE = timedelta(seconds=90)  # after a quarter's end the keeper has written the last of it
_TABLES = """
CREATE TABLE IF NOT EXISTS entries (
  day TEXT NOT NULL, camera_id TEXT NOT NULL, rule TEXT NOT NULL, what TEXT NOT NULL, reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (day, camera_id, rule, what, reason)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS traffic (
  quarter TEXT NOT NULL, camera_id TEXT NOT NULL, place_id TEXT NOT NULL, direction TEXT NOT NULL,
  lane_id TEXT NOT NULL, label TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (quarter, camera_id, place_id, direction, lane_id, label)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (
  kind TEXT NOT NULL, at TEXT NOT NULL, camera_id TEXT NOT NULL, revision INTEGER NOT NULL, sent INTEGER NOT NULL,
  PRIMARY KEY (kind, at, camera_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unsent_pages ON pages (kind, at) WHERE revision > sent;
CREATE TABLE IF NOT EXISTS book (id TEXT NOT NULL);
"""
_FROM_VERSION_2 = """
INSERT OR IGNORE INTO pages SELECT DISTINCT 'day', day, camera_id, 1, 0 FROM entries;
INSERT OR IGNORE INTO pages SELECT DISTINCT 'quarter', quarter, camera_id, 1, 0 FROM traffic;
INSERT INTO book VALUES (lower(hex(randomblob(8))));
"""
_TOUCH = """
INSERT INTO pages VALUES (?, ?, ?, 1, 0) ON CONFLICT (kind, at, camera_id) DO UPDATE SET revision = revision + 1
"""
_UNSENT = """
SELECT at, camera_id, revision FROM pages
WHERE revision > sent AND kind = ? AND at <= ? ORDER BY at, camera_id LIMIT ?
"""
_ADD_TRAFFIC = """
INSERT INTO traffic VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (quarter, camera_id, place_id, direction, lane_id, label) DO UPDATE SET count = count + excluded.count
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
    what: str  # pictures, case, alert, reminder, refused, suspended
    reason: str = ""  # of what was refused or suspended


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Traffic:
    """What is counted of a quarter of an hour."""

    quarter: datetime  # its beginning, UTC
    camera_id: str
    counted: Counted


class LedgerBook:
    """The file of one box. Opened anew for each use: a disk that comes back needs nobody.

    Args:
        directory: the box's data folder.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / LEDGER_FILE

    def add(self, day: date, counts: Mapping[Entry, int], traffic: Mapping[Traffic, int]) -> None:
        """Add to a day's counts and to quarters of an hour, all or nothing; older than ``KEPT_DAYS`` is dropped.

        Raises:
            FileError: it cannot be written, is damaged or of another program or version.
        """
        with self._written() as connection:
            connection.executemany(
                _ADD,
                [
                    (day.isoformat(), entry.camera_id, entry.rule, entry.what, entry.reason, count)
                    for entry, count in sorted(counts.items())
                ],
            )
            connection.executemany(_ADD_TRAFFIC, [_row(one, count) for one, count in sorted(traffic.items())])
            connection.executemany(_TOUCH, _touched(day, counts, traffic))
            oldest = (day - timedelta(days=KEPT_DAYS)).isoformat()
            connection.execute("DELETE FROM entries WHERE day < ?", (oldest,))
            connection.execute("DELETE FROM traffic WHERE quarter < ?", (oldest,))
            connection.execute("DELETE FROM pages WHERE at < ?", (oldest,))

    def entries(self, since: date | None = None) -> Iterator[tuple[date, Entry, int]]:
        """Every count, by day, camera and rule; nothing where there is no file yet.

        Args:
            since: the first day that is wanted; None: all that are kept.

        Raises:
            FileError: it cannot be read.
        """
        for day, camera_id, rule, what, reason, count in self._rows("entries", "day", since):
            yield date.fromisoformat(day), Entry(camera_id=camera_id, rule=rule, what=what, reason=reason), count

    def traffic(self, since: date | None = None) -> Iterator[tuple[Traffic, int]]:
        """Every count of traffic, by quarter of an hour, camera and place.

        Args:
            since: the first day that is wanted, UTC; None: all that are kept.

        Raises:
            FileError: it cannot be read.
        """
        for quarter, camera_id, place_id, direction, lane_id, label, count in self._rows("traffic", "quarter", since):
            counted = Counted(place_id=place_id, direction=direction, lane_id=lane_id, label=label)
            yield Traffic(quarter=from_text(quarter), camera_id=camera_id, counted=counted), count

    def unsent(self, now: datetime, *, most: int) -> LedgerPages | None:
        """Pages that the centre has not got as they are, the oldest first: all days, and quarters that are over.

        Args:
            now: a quarter of an hour is over when it ended some time before.
            most: so many of each kind.

        Returns:
            None where there is none, or the file was not written by this version yet.

        Raises:
            FileError: it cannot be read.
        """
        if not self._path.exists():
            return None
        with self._read() as connection:
            if connection.execute("PRAGMA user_version").fetchone() != (_VERSION,):
                return None
            (book,) = connection.execute("SELECT id FROM book").fetchone()
            days = [
                day_page(connection, book, revision, at, camera_id)
                for at, camera_id, revision in connection.execute(_UNSENT, (_DAY, _LAST, most)).fetchall()
            ]
            over = to_text(now - QUARTER - _LATE)
            quarters = [
                quarter_page(connection, book, revision, at, camera_id)
                for at, camera_id, revision in connection.execute(_UNSENT, (_QUARTER, over, most)).fetchall()
            ]
        return LedgerPages(days=tuple(days), quarters=tuple(quarters)) if days or quarters else None

    def note_sent(self, pages: LedgerPages) -> None:
        """The centre has these pages as they were when they were read.

        Raises:
            FileError: it cannot be written.
        """
        sent = [(page.revision, _DAY, page.day.isoformat(), page.camera_id) for page in pages.days]
        sent += [(page.revision, _QUARTER, to_text(page.quarter), page.camera_id) for page in pages.quarters]
        with self._written() as connection:
            connection.executemany("UPDATE pages SET sent = ? WHERE kind = ? AND at = ? AND camera_id = ?", sent)

    def _rows(self, table: str, key: str, since: date | None) -> list[Any]:
        if not self._path.exists():
            return []
        with self._read() as connection:
            return connection.execute(
                f"SELECT * FROM {table} WHERE {key} >= ? ORDER BY 1, 2, 3, 4, 5, 6",  # noqa: S608 - our own names
                ("" if since is None else since.isoformat(),),
            ).fetchall()

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=5.0)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise FileError(self._path, "read", OSError(None, str(error))) from error

    @contextmanager
    def _written(self) -> Iterator[sqlite3.Connection]:
        """A transaction on the file, which is made or brought up to date where needed."""
        make_private_folder(self._path.parent)
        with file_faults(self._path):
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            with closing(sqlite3.connect(self._path, timeout=5.0)) as connection:
                self._prepare(connection)
                with connection:
                    yield connection
        except sqlite3.Error as error:
            raise FileError(self._path, "written", OSError(None, str(error))) from error

    @staticmethod
    def _prepare(connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == _VERSION:
            return
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if version > _VERSION or (tables and application_id != _APPLICATION_ID):
            raise sqlite3.DatabaseError("it is no ledger of this version")
        connection.executescript(
            f"BEGIN; {_TABLES} {_FROM_VERSION_2}"
            f" PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION}; COMMIT;"
        )


def _touched(day: date, counts: Mapping[Entry, int], traffic: Mapping[Traffic, int]) -> Iterable[tuple[str, str, str]]:
    """The pages that are added to."""
    days = {(_DAY, day.isoformat(), entry.camera_id) for entry in counts}
    return sorted(days | {(_QUARTER, to_text(one.quarter), one.camera_id) for one in traffic})


def _row(traffic: Traffic, count: int) -> tuple[str | int, ...]:
    counted = traffic.counted
    names = (counted.place_id, counted.direction, counted.lane_id, counted.label)
    return (to_text(traffic.quarter), traffic.camera_id, *names, count)
