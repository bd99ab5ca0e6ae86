"""Databases that have the centre's tables: migrated once a process, then copied for each test."""

import tempfile
import uuid
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, event

from api.persistence.database import Database
from api.persistence.schema import migrate
from deploy.local.servers import Postgres

_TEMPLATE = "migrated"


def new_sqlite(path: Path) -> None:
    """Put a database with the newest tables, and nothing in them, at a path."""
    path.write_bytes(_migrated_sqlite())


def wait_for_no_disk(engine: Engine) -> None:
    """A commit of SQLite returns before the disk has it: what a process that is killed had told stays all the same."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
        engine.dispose()  # connections that are there already do wait


def new_postgres(server: Postgres) -> str:
    """Make such a database on a server; its URL."""
    return server.new_database(f"t{uuid.uuid4().hex}", like=_migrated_postgres(server))


@cache
def _migrated_sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "centre.sqlite3"
        _migrate(f"sqlite:///{path}")
        return path.read_bytes()


@cache
def _migrated_postgres(server: Postgres) -> str:
    _migrate(server.new_database(_TEMPLATE))
    return _TEMPLATE


def _migrate(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.close()
