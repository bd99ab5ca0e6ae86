"""What the centre's own processes cannot do to history on PostgreSQL, whoever got hold of them."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from api.audit.columns import RECOMPUTED
from api.persistence.database import Database
from api.persistence.database_roles import (
    ADDED_ONLY,
    KNOWN_TO_THE_CENTRE_ALONE,
    NEVER_CHANGED,
    NEVER_DELETED,
    DatabaseRole,
    make_role,
)
from api.persistence.schema import migrate
from api.persistence.sightings import forget_sightings, keep_sightings
from api.persistence.tables import metadata
from api.police.steps import Told
from api.principals import SYSTEM
from domain.cases.states import Action, CaseState
from domain.errors import ConfigurationError, Invalid
from tests.builders.centre import QUEUE, CentreBuilder
from tests.builders.citizens import objected_case

PASSWORD = "a:pass'word%s\\with-everything"
pytestmark = pytest.mark.server


class Town:
    """A database with both roles."""

    def __init__(self, owner_url: str) -> None:
        self.owner = Database(owner_url)
        migrate(self.owner)
        for role in (*DatabaseRole, *DatabaseRole):  # made, and made again
            make_role(self.owner, role, PASSWORD)
        self._url = make_url(owner_url)

    def url(self, role: DatabaseRole) -> str:
        """Where a role connects."""
        return self._url.set(username=role.value, password=PASSWORD).render_as_string(hide_password=False)

    def tries(self, role: DatabaseRole, statement: str) -> str | None:
        """The error that a statement ends in, None where it was done; nothing of it stays."""
        url = self.url(role).replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(url) as connection:
            try:
                connection.execute(statement)  # type: ignore[call-overload]
            except psycopg.Error as error:
                return type(error).__name__
            finally:
                connection.rollback()
        return None


@pytest.fixture
def town(request: pytest.FixtureRequest) -> Iterator[Town]:
    """A database with both roles."""
    built = Town(request.getfixturevalue("postgres").new_database(f"t{uuid.uuid4().hex}"))
    yield built
    built.owner.close()


def test_the_centre_does_all_its_work_as_a_role_that_owns_nothing(town: Town, tmp_path: Path) -> None:
    centre = CentreBuilder(tmp_path, database_url=town.url(DatabaseRole.CENTRE))
    try:
        case_id = centre.ready_case().case_id
        officer = centre.officer()
        lease = centre.centre.police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key="k")
        assert [case.case_id for case in lease.cases] == [case_id]
        assert b"".join(centre.centre.police.package(officer, case_id))
        assert centre.stored(case_id).state is CaseState.TRANSFERRED
        centre.clock.advance(3600)
        assert centre.centre.police.expire_leases() == 1
        centre.centre.sign_in.forget_ended()
        centre.centre.intake.sweep()
        noticed_id, _ = objected_case(centre, officer)
        centre.centre.police_steps.take(officer, noticed_id, Told(step=Action.UPHOLD, note="looked at again"))
        centre.clock.advance(31 * 86_400)
        assert centre.centre.retention.run(apply=True)["handed_over"].objections == 1
        assert centre.centre.audit.verify(SYSTEM).intact
    finally:
        centre.close()


def first_columns(tables: frozenset[str]) -> Iterator[tuple[str, str]]:
    return ((table, metadata.tables[table].columns.keys()[0]) for table in tables)


@pytest.mark.parametrize("role", DatabaseRole)
def test_history_cannot_be_changed_by_any_role(town: Town, tmp_path: Path, role: DatabaseRole) -> None:
    centre = CentreBuilder(tmp_path, database_url=town.url(DatabaseRole.CENTRE))
    try:
        centre.ready_case()
    finally:
        centre.close()
    assert town.tries(role, "SELECT count(*) FROM events") is None
    tries = [
        *(f"UPDATE {table} SET {first} = NULL" for table, first in first_columns(ADDED_ONLY | NEVER_CHANGED)),  # noqa: S608
        *(f"DELETE FROM {table}" for table in ADDED_ONLY | NEVER_DELETED),  # noqa: S608 - our names
        *(f"TRUNCATE {table} CASCADE" for table in metadata.tables),
        *(f"DROP TABLE {table} CASCADE" for table in metadata.tables),
        *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in ADDED_ONLY),
        "ALTER TABLE events DROP COLUMN body",
        "DROP TRIGGER events_append_only ON events",
        "CREATE OR REPLACE FUNCTION matthan_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (x int)",
        "CREATE TEMPORARY TABLE events (x int)",
        "UPDATE alembic_version SET version_num = '0001'",
        "GRANT DELETE ON events TO PUBLIC; DELETE FROM events",
        "CREATE ROLE another LOGIN",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "SET ROLE matthan",
        "COPY events TO PROGRAM 'cat'",
    ]
    done = [statement for statement in tries if town.tries(role, statement) != "InsufficientPrivilege"]
    assert done == []
    if role is DatabaseRole.READER:
        assert town.tries(role, "INSERT INTO case_counts VALUES (false, 'ready', 1)") == "InsufficientPrivilege"
        for table in KNOWN_TO_THE_CENTRE_ALONE:
            assert town.tries(role, f"TABLE {table}") == "InsufficientPrivilege"


def test_every_table_that_the_check_trusts_keeps_its_rows() -> None:
    ends = {
        "sessions",
        "webhooks",
        "second_factors",
        "recovery_codes",
        "notice_visits",
        "linked_identities",
    }  # their end is on record as their beginning is
    trusted = {column.table for column in RECOMPUTED} - ends
    kept = ADDED_ONLY | NEVER_DELETED | NEVER_CHANGED
    assert trusted <= kept
    assert metadata.tables.keys() >= kept


def test_the_centre_makes_and_drops_months_of_sightings_and_the_reader_sees_none(town: Town) -> None:
    """Nobody but the owner may make or drop tables; two functions of the owner do it for one table only."""
    centre = Database(town.url(DatabaseRole.CENTRE))
    seen = {"plate_hash": "0" * 16, "seen_at": datetime(2026, 1, 5, tzinfo=UTC), "camera_id": "c", "box_id": "b"}
    with centre.write() as connection:
        assert keep_sightings(connection, [seen]) == 1
    make_role(town.owner, DatabaseRole.READER, PASSWORD)  # again, now that there is a month
    for table in ("sightings", "sightings_2026_01", "sighting_keys"):
        assert town.tries(DatabaseRole.READER, f"TABLE {table}") == "InsufficientPrivilege"
    for function in ("make_sightings_month", "drop_sightings_before"):
        assert town.tries(DatabaseRole.READER, f"SELECT {function}('2026-02')") == "InsufficientPrivilege"
        assert town.tries(DatabaseRole.CENTRE, f"SELECT {function}('x; DROP TABLE cases')") == "RaiseException"
    assert town.tries(DatabaseRole.CENTRE, "DROP TABLE sightings_2026_01") == "InsufficientPrivilege"
    with centre.write() as connection:
        forget_sightings(connection, datetime(2026, 3, 5, tzinfo=UTC))
    assert town.tries(DatabaseRole.CENTRE, "SELECT * FROM sightings_2026_01") == "UndefinedTable"
    centre.close()


def test_an_event_that_was_put_in_by_hand_is_found(town: Town, tmp_path: Path) -> None:
    """The centre's role must append; what is no link of the chain is found by the check."""
    centre = CentreBuilder(tmp_path, database_url=town.url(DatabaseRole.CENTRE))
    try:
        centre.queued_case()
        with centre.database.write() as connection:
            connection.exec_driver_sql(
                "INSERT INTO events SELECT seq + 1000, at, 'user:nobody', action, case_id, body, hash,"
                " md5(hash) || md5(at) FROM events ORDER BY seq DESC LIMIT 1"
            )
        assert not centre.centre.audit.verify(SYSTEM).intact
    finally:
        centre.close()


def test_what_has_no_roles_or_no_tables_is_told(town: Town, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with pytest.raises(Invalid):
        make_role(town.owner, DatabaseRole.CENTRE, "short")
    sqlite = Database(f"sqlite:///{tmp_path / 'c.sqlite3'}")
    empty = Database(request.getfixturevalue("postgres").new_database(f"t{uuid.uuid4().hex}"))
    for database in (sqlite, empty):
        with pytest.raises(ConfigurationError):
            make_role(database, DatabaseRole.CENTRE, PASSWORD)
        database.close()
