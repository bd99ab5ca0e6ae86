"""The ledger's file: outcomes of rules by day, traffic by quarter of an hour; only ever added to."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from domain.errors import FileError
from domain.instants import from_text, to_text
from edge.health.quarters import Counted
from plumbing.files import file_faults, make_private_folder

LEDGER_FILE = "ledger.sqlite3"
KEPT_DAYS = 400
_APPLICATION_ID = 0x4D544C47  # "MTLG"
_VERSION = 2
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
    what: str  # pictures, case, alert, refused, suspended
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
                    connection.executemany(_ADD_TRAFFIC, [_row(one, count) for one, count in sorted(traffic.items())])
                    oldest = (day - timedelta(days=KEPT_DAYS)).isoformat()
                    connection.execute("DELETE FROM entries WHERE day < ?", (oldest,))
                    connection.execute("DELETE FROM traffic WHERE quarter < ?", (oldest,))
        except sqlite3.Error as error:
            raise FileError(self._path, "written", OSError(None, str(error))) from error

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

    def _rows(self, table: str, key: str, since: date | None) -> list[Any]:
        if not self._path.exists():
            return []
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=5.0)) as connection:
                return connection.execute(
                    f"SELECT * FROM {table} WHERE {key} >= ? ORDER BY 1, 2, 3, 4, 5, 6",  # noqa: S608 - our own names
                    ("" if since is None else since.isoformat(),),
                ).fetchall()
        except sqlite3.Error as error:
            raise FileError(self._path, "read", OSError(None, str(error))) from error

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
            f"BEGIN; {_TABLES} PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION}; COMMIT;"
        )


def _row(traffic: Traffic, count: int) -> tuple[str | int, ...]:
    counted = traffic.counted
    names = (counted.place_id, counted.direction, counted.lane_id, counted.label)
    return (to_text(traffic.quarter), traffic.camera_id, *names, count)
