"""One way to read and one way to write, on SQLite and PostgreSQL alike."""

import hashlib
import sqlite3
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool

from api.errors import Deadlocked, StoreUnavailable
from api.persistence.live_links import only_live_links
from api.persistence.sole_holder import FileHolder, PostgresHolder, SoleHolder
from api.persistence.wakers import PostgresWaker, SqliteWaker, Waker
from domain.errors import ConfigurationError, Invalid

SQLITE_BUSY_TIMEOUT_MS = 15_000
SCHEMA_LOCK_TIMEOUT_MS = 3_000
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"  # SQLSTATE
_SCHEMA_LOCK = 0x4D617454_736368  # any constant number
POOL_SIZE = 20
LOCK_POOL_SIZE = 10
_WRITES = "matthan_writes"
_OTHERS = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
AND backend_type = 'client backend' AND application_name <> :name"""
ON_DISK = "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_logical_emit_message(true, 'matthan', '') END"
"""A commit of nothing, which waits until the disk has it and all before; a standby has only what is on a disk."""


class Database:
    """A pool of connections; reading never blocks writing.

    Args:
        url: ``sqlite:////path/to/centre.sqlite3`` or ``postgresql+psycopg://...``.

    Raises:
        ConfigurationError: the URL is of neither database, or its driver is not installed.
    """

    def __init__(self, url: str) -> None:
        self._name = f"matthan {uuid.uuid4()}"  # tells the server's connections of this pool from those of others
        self.engine = _engine(url, self._name)
        # Locks have connections of their own: who holds one still gets another to work with.
        is_sqlite = self.engine.dialect.name == "sqlite"
        self._lock_engine = self.engine if is_sqlite else _lock_engine(url, self._name)
        self.is_sqlite = is_sqlite
        # Each answer of PostgreSQL is of its own moment anyway; without a transaction a read sends two messages fewer.
        self._reading = self.engine if is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._one_writer = threading.Lock()  # SQLite: waiting here is fairer than polling the file's lock
        self._guard = threading.Lock()
        self._named: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._waiting: defaultdict[str, int] = defaultdict(int)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read with; each answer is of its own moment, and nobody writes with it.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        with _translated(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection whose reads are all of one moment, whatever is written meanwhile; large answers stream.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        with _translated(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.execute(text("SELECT 1 FROM sqlite_master LIMIT 1"))  # the first read fixes the moment
                yield connection
            else:
                yield connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: all of it is kept on leaving, nothing when an error leaves.

        Raises:
            StoreUnavailable: the database cannot be reached; nothing was changed.
        """
        if not self.is_sqlite:
            with _translated(), self.engine.begin() as connection:
                yield connection
            return
        with (
            self._one_writer,
            _translated(),
            self.engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    def settle(self) -> None:
        """Wait until the disk has all that could be read so far: before any of it is told outside for good.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        if not self.is_sqlite:
            with self.write() as connection:
                connection.execute(text(ON_DISK))

    @contextmanager
    def changing_schema(self) -> Iterator[Connection]:
        """A connection that changes tables; one in all processes. SQLite: a transaction around all of it.

        PostgreSQL: whoever uses it commits step by step. A step that waits for a table keeps everybody from it who
        comes later, so it gives up before anybody's patience ends.

        Raises:
            StoreUnavailable: the database cannot be reached, another process is at it, or a table is in use for long.
        """
        if self.is_sqlite:
            with self.write() as connection:
                yield connection
            return
        waits = {"options": f"-c lock_timeout={SCHEMA_LOCK_TIMEOUT_MS}"}
        engine = create_engine(self.engine.url, poolclass=NullPool, connect_args=waits)
        with (
            _translated(),
            engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard,
            engine.connect() as connection,
        ):
            if not guard.execute(text("SELECT pg_try_advisory_lock(:number)"), {"number": _SCHEMA_LOCK}).scalar_one():
                raise StoreUnavailable("another process changes the schema of this database")
            try:
                yield connection
            finally:
                guard.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": _SCHEMA_LOCK})

    @contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """Only one caller at a time holds a name: in this process, and on PostgreSQL among all processes.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        with self._named_lock(name):
            if self.is_sqlite:
                yield
                return
            number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
            with _translated(), self._lock_engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
                yield

    def sole_holder(self, name: str) -> SoleHolder:
        """What only one process among all that share the database may do."""
        if self.is_sqlite:
            return FileHolder(Path(f"{self.engine.url.database}.{name}"))
        return PostgresHolder(self._lock_engine, name)

    def waker(self) -> Waker:
        """Hears that another process changed the database."""
        return SqliteWaker(self.engine) if self.is_sqlite else PostgresWaker(self._lock_engine)

    def others_are_connected(self) -> bool:
        """Whether anybody but this pool has the database open; SQLite's is closed for it.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        if not self.is_sqlite:
            with self.read() as connection:
                return bool(connection.execute(text(_OTHERS), {"name": self._name}).scalar_one())
        self.engine.dispose()
        with _translated(), closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA busy_timeout = 0")
            try:
                cursor.execute("PRAGMA journal_mode = DELETE")  # only the last connection can leave the write-ahead log
            except sqlite3.OperationalError:
                return True
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}")
            cursor.execute("PRAGMA journal_mode = WAL")
        return False

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
        self._lock_engine.dispose()

    @contextmanager
    def _named_lock(self, name: str) -> Iterator[None]:
        with self._guard:
            lock = self._named[name]
            self._waiting[name] += 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                self._waiting[name] -= 1
                if not self._waiting[name]:
                    del self._waiting[name], self._named[name]


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        state = getattr(getattr(error, "orig", None), "sqlstate", None)
        if state == _DEADLOCK:
            raise Deadlocked("two steps waited for each other; nothing of this one was done, try again") from error
        if state == _LOCK_NOT_AVAILABLE:
            raise StoreUnavailable(
                "a table was in use for too long; nothing of this step was done, try again"
            ) from error
        raise StoreUnavailable("the database cannot be reached or is too busy") from error
    except DataError as error:
        raise Invalid("a value cannot be stored, e.g. one that holds a NUL character") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailable("the database went away") from error
        raise


def _engine(url: str, name: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite_engine(url)
        if parsed.get_backend_name() == "postgresql":
            engine = create_engine(
                parsed,
                pool_size=POOL_SIZE,
                max_overflow=POOL_SIZE,
                hide_parameters=True,
                connect_args={"application_name": name},
            )
            only_live_links(engine)
            return engine
    except (SQLAlchemyError, ImportError) as error:
        raise ConfigurationError(f"the database cannot be used: {type(error).__name__}: {error}") from error
    raise ConfigurationError(f"expected a database URL of sqlite or postgresql+psycopg, got {parsed.drivername}")


def _lock_engine(url: str, name: str) -> Engine:
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=LOCK_POOL_SIZE,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"application_name": name},
    )


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, pool_size=POOL_SIZE, max_overflow=POOL_SIZE, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: object) -> None:  # noqa: ARG001
        connection.isolation_level = None  # the driver begins nothing by itself; BEGIN is said below
        for pragma in (
            f"busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
