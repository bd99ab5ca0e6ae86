"""The outbox's database as one thing that threads share: locked for one process, read and written one at a time."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from domain.errors import FileError, OutboxError
from domain.fleet.health import ProblemCode
from edge.health.problems import ProblemBoard
from edge.outbox.disk import OutboxDisk
from edge.outbox.schema import lock_directory, open_database
from plumbing.files import make_private_folder

_PASSING: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CONSTRAINT})
"""Errors after which the connection is as sound as before."""


class OutboxDatabase:
    """SQLite in a data folder (made when missing, readable by the box's user only).

    When the disk fails under it (read-only, gone, input or output error) each use is an error until the disk is back:
    it is then opened anew, never begun anew.

    Args:
        directory: the folder; one process at a time.
        disk: that it lies on.
        problems: where it stands that the outbox cannot be used.

    Raises:
        OutboxError: another process uses it, or its database is damaged, foreign or missing.
    """

    def __init__(self, directory: Path, *, disk: OutboxDisk, problems: ProblemBoard) -> None:
        self._directory = directory
        self._disk = disk
        self._problems = problems
        self._lock = threading.RLock()
        self._closed = False
        self._is_stale = False  # the connection met a fault of the disk
        self._write_failed = False  # and no write has gone well since
        try:
            make_private_folder(directory)
            self._lock_descriptor = lock_directory(directory)
        except FileError as e:
            raise OutboxError(f"the outbox cannot be used: {e}") from e
        try:
            disk.make_room()
            self._connection = open_database(directory)
        except OutboxError:
            os.close(self._lock_descriptor)
            raise

    def close(self) -> None:
        """Let go of database and folder; may be called twice."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._connection.close()
                os.close(self._lock_descriptor)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for reading.

        Raises:
            OutboxError: it is closed or cannot be read.
        """
        with self._lock, self._guarded("read"):
            yield self._connected()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one transaction: on the disk when the block ends, or undone.

        Raises:
            OutboxError: it is closed or cannot be written.
        """
        with self._lock, self._guarded("written"):
            self._disk.make_room()
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    with suppress(sqlite3.Error):
                        connection.rollback()
                raise

    def _connected(self) -> sqlite3.Connection:
        if self._closed:
            raise OutboxError("the outbox is closed")
        if self._is_stale:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = open_database(self._directory, may_be_new=False)
            self._is_stale = False
        return self._connection

    @contextmanager
    def _guarded(self, purpose: str) -> Iterator[None]:
        is_write = purpose == "written"
        try:
            yield
        except sqlite3.Error as e:
            self._is_stale = self._is_stale or getattr(e, "sqlite_errorcode", 0) & 0xFF not in _PASSING
            self._write_failed = self._write_failed or is_write
            error = OutboxError(f"the outbox in {self._directory} cannot be {purpose} ({e})")
            self._problems.report(ProblemCode.OUTBOX_UNUSABLE, str(error))
            raise error from e
        except OutboxError as e:
            if self._is_stale and not self._closed:
                self._problems.report(ProblemCode.OUTBOX_UNUSABLE, str(e))
            raise
        if is_write or not self._write_failed or self._disk.takes_cases():
            self._write_failed = False
            self._problems.clear(ProblemCode.OUTBOX_UNUSABLE)
