"""The database's schema: brought up to date by one command only, never on the way."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.audit.older_rows import complete_older_rows
from api.persistence.database import Database
from domain.errors import ConfigurationError

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
STOPS: Mapping[str, str] = {
    "0002": "cases that wait for files are put among the arriving ones",
    "0003": "documents move to a table of their own",
    "0004": "the rule's version is filled in for every case",
}
"""Steps that no process of an older version may live through, by what they do."""


def migrate(database: Database, *, revision: str = "head") -> None:
    """Bring the schema up to date; on PostgreSQL step by step, each step whole or not at all.

    What a process of an older version has put in is completed then; so once more after the last of them has stopped.

    Args:
        database: of the centre.
        revision: stop at this one.

    Raises:
        ConfigurationError: a step to come needs the processes stopped, and somebody uses the database; nothing is done.
        StoreUnavailable: the database cannot be reached, another process changes the schema, or somebody holds a table
            for long; steps that were done stay.
    """
    _require_stopped(database)
    with database.changing_schema() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    if revision == "head":
        complete_older_rows(database)


def _require_stopped(database: Database) -> None:
    found = _found(database)
    ahead = [f"{step} ({what})" for step, what in STOPS.items() if found is not None and found < step]
    if ahead and database.others_are_connected():
        raise ConfigurationError(
            f"the database has schema {found} and somebody uses it: steps {', '.join(ahead)} need the centre stopped."
            " Stop its processes, run `matthan centre migrate` again, then start the new ones; nothing was changed"
        )


def _found(database: Database) -> str | None:
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_current_schema(database: Database) -> None:
    """Refuse to go on with tables of another version.

    Raises:
        ConfigurationError: the schema is older or newer than this software.
        StoreUnavailable: the database cannot be reached.
    """
    wanted = _newest()
    found = _found(database)
    if found != wanted:
        raise ConfigurationError(
            f"the database has schema {found or 'none'}, this software needs {wanted}:"
            " run `matthan centre migrate --config FILE`"
        )


@cache
def _newest() -> str | None:
    """The last of this software's steps; each of their files is read for it, so once a process."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
