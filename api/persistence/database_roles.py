"""PostgreSQL roles that cannot change history: one for the centre's processes, one that only reads.

The owner of the tables could put triggers aside, so no process runs as the owner. What a role may do to which table
stands below; a table that stands in neither list may be emptied, and decides nothing that the check trusts.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, inspect, text

from api.persistence.database import Database
from api.persistence.tables import metadata
from domain.errors import ConfigurationError, Invalid

MIN_PASSWORD: Final = 16
_SCHEMA_TABLE = "alembic_version"
_MONTH_OF = "sightings_"  # begins the name of each part of that table; nobody needs a right to one by itself
_FUNCTIONS: Final = ("make_sightings_month", "drop_sightings_before")  # what only the owner could do otherwise
_NOTHING_MORE = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"

ADDED_ONLY: Final = frozenset({"events", "case_documents", "reminder_answers", "plate_look_ups"})
"""What is written once: rows come, none changes or goes."""

NEVER_DELETED: Final = frozenset(
    {
        "cases",
        "case_pairs",
        "case_plates",
        "case_counts",
        "case_exports",
        "evidence_files",
        "leases",
        "boxes",
        "users",
        "api_keys",
        "organisations",
        "notices",
    }
)
"""What a check computes again from history: rows change by what is on record, none goes."""

NEVER_CHANGED: Final = frozenset({"objection_words"})
"""What the record has the hash of and does not hold itself: rows come, and go when their time is over."""

KNOWN_TO_THE_CENTRE_ALONE: Final = frozenset({"citizen_reporters", "sightings", "sighting_keys"})
"""Not even to be read by the role that reads."""


class DatabaseRole(StrEnum):
    """Who connects."""

    CENTRE = "matthan_centre"  # web, intake, console, jobs
    READER = "matthan_reader"  # `matthan audit verify`, reports


def make_role(database: Database, role: DatabaseRole, password: str) -> None:
    """Make a role or give it a new password, and grant exactly what it needs; may be run again after every migration.

    Args:
        database: PostgreSQL, connected as the owner of the tables, who may make roles.
        role: which.
        password: of at least ``MIN_PASSWORD`` characters.

    Raises:
        ConfigurationError: it is no PostgreSQL, or its tables are not made yet.
        Invalid: the password is too short.
        StoreUnavailable: the database cannot be reached.
    """
    if database.is_sqlite:
        raise ConfigurationError("an SQLite file has no roles: whoever can write to it owns it; use PostgreSQL")
    if len(password) < MIN_PASSWORD:
        raise Invalid(f"a database password has at least {MIN_PASSWORD} characters")
    with database.write() as connection:
        here = set(inspect(connection).get_table_names())
        if not here >= metadata.tables.keys():
            raise ConfigurationError("the database has no tables of this version: run `matthan centre migrate` first")
        _set_password(connection, role, password)
        for statement in _grants(connection, role, here):
            connection.execute(text(statement))


def _set_password(connection: Connection, role: DatabaseRole, password: str) -> None:
    known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": role.value}).first()
    verb = "ALTER" if known else "CREATE"
    # The server quotes the password: a statement that makes roles takes no parameters.
    statement = connection.execute(
        text("SELECT format(CAST(:form AS text), CAST(:password AS text))"),
        {
            "form": f"{verb} ROLE {role.value} LOGIN {_NOTHING_MORE} PASSWORD %L",
            "password": password,
        },
    ).scalar_one()
    connection.exec_driver_sql(statement.replace("%", "%%"))  # the driver reads % as a parameter


def _grants(connection: Connection, role: DatabaseRole, here: set[str]) -> Iterator[str]:
    schema = connection.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    database = connection.execute(text("SELECT quote_ident(current_database())")).scalar_one()
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role.value}"
    yield f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"
    yield f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC"
    yield f"GRANT CONNECT ON DATABASE {database} TO {role.value}"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {role.value}"
    yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role.value}"
    if role is DatabaseRole.READER:
        months = {table for table in here if table.startswith(_MONTH_OF)}
        for table in sorted(KNOWN_TO_THE_CENTRE_ALONE | months):
            yield f"REVOKE ALL ON {schema}.{table} FROM {role.value}"
        return
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role.value}"
    for table in sorted(here - {_SCHEMA_TABLE}):
        yield f"GRANT {_rights(table)} ON {schema}.{table} TO {role.value}"
    for function in _FUNCTIONS:
        yield f"GRANT EXECUTE ON FUNCTION {schema}.{function}(text) TO {role.value}"


def _rights(table: str) -> str:
    if table in ADDED_ONLY:
        return "INSERT"
    if table in NEVER_CHANGED:
        return "INSERT, DELETE"
    return "INSERT, UPDATE" if table in NEVER_DELETED else "INSERT, UPDATE, DELETE"
