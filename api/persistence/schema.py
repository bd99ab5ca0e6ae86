"""The database's schema: brought up to date by one command only, never on the way."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.persistence.database import Database
from api.persistence.older_rows import complete_older_rows
from domain.errors import ConfigurationError

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def migrate(database: Database, *, revision: str = "head") -> None:
    """Bring the schema up to date; on PostgreSQL step by step, each step whole or not at all.

    What a process of an older version has put in is completed then; so once more after the last of them has stopped.

    Args:
        database: of the centre.
        revision: stop at this one.

    Raises:
        StoreUnavailable: the database cannot be reached, another process changes the schema, or somebody holds a table
            for long; steps that were done stay.
    """
    with database.changing_schema() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    if revision == "head":
        complete_older_rows(database)


def require_current_schema(database: Database) -> None:
    """Refuse to go on with tables of another version.

    Raises:
        ConfigurationError: the schema is older or newer than this software.
        StoreUnavailable: the database cannot be reached.
    """
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    with database.read() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != wanted:
        raise ConfigurationError(
            f"the database has schema {found or 'none'}, this software needs {wanted}:"
            " run `matthan centre migrate --config FILE`"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
