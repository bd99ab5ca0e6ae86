"""The outbox's database as one thing that threads share: locked for one process, read and written one at a time."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import OutboxError
from edge.outbox.schema import lock_directory, open_database


class OutboxDatabase:
    """SQLite in a data folder (made when missing, readable by the box's user only).

    Args:
        directory: the folder; one process at a time.

    Raises:
        OutboxError: another process uses it, or its database is damaged, foreign or missing.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.RLock()
        self._closed = False
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock_descriptor = lock_directory(directory)
        except OSError as e:
            raise OutboxError(f"the outbox folder {directory} cannot be used ({e.strerror})") from e
        try:
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
        with self._lock:
            if self._closed:
                raise OutboxError("the outbox is closed")
            try:
                yield self._connection
            except sqlite3.Error as e:
                raise OutboxError(f"the outbox in {self._directory} cannot be read ({e})") from e

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one transaction: on the disk when the block ends, or undone.

        Raises:
            OutboxError: it is closed or cannot be written.
        """
        with self._lock:
            if self._closed:
                raise OutboxError("the outbox is closed")
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                except BaseException:
                    self._connection.rollback()
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as e:
                if self._connection.in_transaction:
                    self._connection.rollback()
                raise OutboxError(f"the outbox in {self._directory} cannot be written ({e})") from e
