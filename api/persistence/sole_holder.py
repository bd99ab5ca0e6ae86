"""One process among all that share a database holds a name, for as long as it lives.

PostgreSQL: an advisory lock of a session, which the server ends with its connection. SQLite: a lock on a file beside
the database, which the system ends with the process. No clock decides, so a slow or suspended process cannot believe
that it holds what another has taken over: it is asked again before every use.
"""

import fcntl
import hashlib
import os
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from api.errors import StoreUnavailable


class SoleHolder(Protocol):
    """Holds a name, or does not."""

    def holds(self) -> bool:
        """Whether this process holds the name now; takes it when it is free.

        Raises:
            StoreUnavailable: it cannot be known; then it does not.
        """
        ...

    def release(self) -> None:
        """Let another process have it."""
        ...


class PostgresHolder:
    """Holds an advisory lock on a connection of its own.

    Args:
        engine: gives the connection.
        name: what is held.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._number = int.from_bytes(hashlib.sha256(f"sole/{name}".encode()).digest()[:8], "big", signed=True)
        self._connection: Connection | None = None

    def holds(self) -> bool:
        """See the protocol."""
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                return True
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            taken = connection.execute(text("SELECT pg_try_advisory_lock(:number)"), {"number": self._number})
            if taken.scalar_one():
                self._connection = connection
                return True
            connection.close()
        except SQLAlchemyError as error:
            self._forget()
            raise StoreUnavailable("the database went away") from error
        return False

    def release(self) -> None:
        """See the protocol."""
        self._forget()

    def _forget(self) -> None:
        """End the session, and its lock with it; a pooled connection would keep it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


class FileHolder:
    """Holds a lock on a file.

    Args:
        path: of the file, made when missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def holds(self) -> bool:
        """See the protocol."""
        if self._descriptor is not None:
            return True
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"the lock {self._path} cannot be opened ({error.strerror})") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """See the protocol."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
