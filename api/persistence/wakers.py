"""How a process hears that another changed the database: PostgreSQL says so, an SQLite file is asked."""

import threading
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api.errors import StoreUnavailable

CHANNEL = "matthan_record"
SQLITE_ASK_EVERY_S = 0.1


class Waker(Protocol):
    """Waits for a change by any process."""

    def wait(self, timeout_s: float) -> None:
        """Return when something may have changed, and at the latest after ``timeout_s``.

        Raises:
            StoreUnavailable: it cannot be heard; ask the database anew once it is back.
        """
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class PostgresWaker:
    """LISTEN on a connection of its own; the record notifies with every transaction that appends to it.

    Args:
        engine: gives the connection.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._link: Any = None  # the driver's connection, taken out of the pool for good

    def wait(self, timeout_s: float) -> None:
        """See the protocol."""
        import psycopg  # noqa: PLC0415 - only where the database is PostgreSQL

        try:
            if self._link is None:
                pooled = self._engine.raw_connection()
                self._link = pooled.driver_connection
                pooled.detach()
                self._link.autocommit = True
                self._link.execute(f"LISTEN {CHANNEL}")
                return  # what was announced before is read once more
            for _ in self._link.notifies(timeout=timeout_s, stop_after=1):
                pass
        except (psycopg.Error, SQLAlchemyError, OSError) as error:
            self.close()
            raise StoreUnavailable("the database went away") from error

    def close(self) -> None:
        """See the protocol."""
        link, self._link = self._link, None
        if link is not None:
            link.close()


class SqliteWaker:
    """Asks the file whether another connection changed it, which reads one page.

    Args:
        engine: gives the connection.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._link: Any = None
        self._version: int | None = None
        self._closed = threading.Event()

    def wait(self, timeout_s: float) -> None:
        """See the protocol."""
        left_s = timeout_s
        while left_s > 0:
            version = self._data_version()
            if version != self._version:
                self._version = version
                return
            if self._closed.wait(min(SQLITE_ASK_EVERY_S, left_s)):
                return
            left_s -= SQLITE_ASK_EVERY_S

    def close(self) -> None:
        """See the protocol."""
        self._closed.set()
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _data_version(self) -> int:
        try:
            if self._link is None:
                pooled = self._engine.raw_connection()
                self._link = pooled.driver_connection
                pooled.detach()
            return int(self._link.execute("PRAGMA data_version").fetchone()[0])
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable("the database cannot be asked") from error
