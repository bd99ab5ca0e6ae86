"""The schema is brought up to date while a process of the version before goes on writing in its own shape."""

import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, Table, insert, inspect, select, text

from api.audit.older_rows import complete_older_rows
from api.errors import StoreUnavailable
from api.persistence.database import Database
from api.persistence.schema import migrate
from api.principals import SYSTEM
from domain.cases.duplicates import place_cell
from tests.builders.cases import build_case
from tests.builders.centre import CentreBuilder

SERVES_SINCE = "0004"  # from here on every step leaves a process of the version before able to work
WITHIN_S = 60.0
pytestmark = pytest.mark.server


@pytest.fixture
def postgres_url(postgres: Any) -> str:
    url: str = postgres.new_database(f"t{uuid.uuid4().hex}")
    return url


def in_old_shape(database: Database) -> Table:
    """The cases as a process sees them whose software knows only the tables of now."""
    return Table("cases", MetaData(), autoload_with=database.engine)


def write(connection: Connection, cases: Table) -> str:
    """Put a case in, and change it, with the columns that the older software knows."""
    plain = {"VARCHAR": "x", "TEXT": "x", "INTEGER": 0, "BOOLEAN": False}
    values = {column.name: plain[type(column.type).__name__] for column in cases.c if not column.nullable}
    case_id = str(uuid.uuid4())
    connection.execute(insert(cases).values(values | {"case_id": case_id, "plate_text": "75F112345"}))
    connection.execute(cases.update().where(cases.c.case_id == case_id).values(version=2))
    return case_id


def wait_until(holds: Callable[[], object]) -> None:
    for _ in range(int(WITHIN_S / 0.02)):
        if holds():
            return
        threading.Event().wait(0.02)
    pytest.fail("it did not come about")


def test_a_step_only_adds_to_what_an_older_process_uses(database_url: str) -> None:
    database = Database(database_url)
    migrate(database, revision=SERVES_SINCE)
    before = {table: described(database, table) for table in inspect(database.engine).get_table_names()}
    migrate(database)
    for table, (columns, unique) in before.items():
        now, unique_now = described(database, table)
        assert {name: now[name] for name in columns} == columns, f"{table}: a column is gone or another"
        added = [name for name in now.keys() - columns.keys() if not now[name][1] and now[name][2] is None]
        assert not added, f"{table}: an older process cannot insert without {added}"
        binding = [
            each for each in unique_now if not set(each).isdisjoint(columns)
        ]  # an older process leaves the rest null
        assert binding == unique, f"{table}: what an older process writes may be refused as not unique"
    database.close()


def described(
    database: Database, table: str
) -> tuple[dict[str, tuple[str, bool, object]], list[tuple[str | None, ...]]]:
    look = inspect(database.engine)
    columns = {each["name"]: (str(each["type"]), each["nullable"], each["default"]) for each in look.get_columns(table)}
    indexes = [tuple(each["column_names"]) for each in look.get_indexes(table) if each["unique"]]
    constraints = [tuple(each["column_names"]) for each in look.get_unique_constraints(table)]
    return columns, sorted({*indexes, *constraints}, key=str)


def test_indexes_are_built_while_an_older_process_writes(postgres_url: str) -> None:
    database, older = Database(postgres_url), Database(postgres_url)
    migrate(database, revision="0017")
    cases = in_old_shape(older)
    faults: list[BaseException] = []

    def bring_up_to_date() -> None:
        try:
            migrate(database)
        except BaseException as error:  # noqa: BLE001 - told by the test's thread
            faults.append(error)

    at_work = threading.Thread(target=bring_up_to_date)
    with older.write() as first:
        written = [write(first, cases)]  # not committed: the index has to wait for it
        at_work.start()
        with older.read() as looking:
            building = text("SELECT count(*) FROM pg_stat_progress_create_index WHERE datname = current_database()")
            wait_until(lambda: looking.execute(building).scalar_one() or looking.rollback())
        with older.write() as second:
            second.execute(text("SET LOCAL lock_timeout = '20s'"))  # instead of waiting for ever
            written.append(write(second, cases))
        assert at_work.is_alive(), "the second case was to be written while the index waits"
    at_work.join(WITHIN_S)
    assert not at_work.is_alive()
    assert not faults
    with older.write() as third:
        written.append(write(third, cases))
    with database.read() as connection:
        assert set(connection.execute(select(cases.c.case_id)).scalars()) == set(written)
        broken = text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
        assert connection.execute(broken).scalar_one() == 0
        found = text("SELECT count(*) FROM cases WHERE plate_text LIKE '%112%'")
        assert connection.execute(found).scalar_one() == len(written)
    database.close()
    older.close()


def test_a_step_that_cannot_have_a_table_gives_up_and_is_done_later(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.persistence.database.SCHEMA_LOCK_TIMEOUT_MS", 200)
    database, older = Database(postgres_url), Database(postgres_url)
    migrate(database, revision="0014")
    cases = in_old_shape(older)
    with older.write() as writing:
        write(writing, cases)
        with pytest.raises(StoreUnavailable, match="in use"):
            migrate(database)  # the notices refer to cases, which are being written
        write(writing, cases)
    assert "cameras" in inspect(database.engine).get_table_names(), "the step before is kept"
    assert "notices" not in inspect(database.engine).get_table_names()
    migrate(database)
    migrate(database)
    assert "notices" in inspect(database.engine).get_table_names()
    database.close()
    older.close()


def test_one_process_at_a_time_changes_the_schema(postgres_url: str) -> None:
    database, other = Database(postgres_url), Database(postgres_url)
    with database.changing_schema(), pytest.raises(StoreUnavailable, match="another process"):
        migrate(other)
    migrate(other)
    database.close()
    other.close()


def test_an_index_that_broke_off_is_built_again(postgres_url: str) -> None:
    database = Database(postgres_url)
    migrate(database, revision="0017")
    with database.write() as connection:
        connection.execute(text("CREATE INDEX ix_cases_first_by ON cases (first_by)"))  # what a try before left
    migrate(database)
    with database.read() as connection:
        told = connection.execute(text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_cases_first_by'"))
        assert told.scalar_one().endswith("(first_by, received_at)")
    database.close()


def test_what_an_older_process_put_in_is_completed_when_it_is_done_again(database_url: str, tmp_path: Path) -> None:
    centre = CentreBuilder(tmp_path, database_url=database_url)
    case_ids = [centre.queued_case().case_id for _ in range(3)]
    forgotten = "UPDATE cases SET place_cell = '', plate_key = NULL"  # as one stores it that knows no such columns
    with centre.database.write() as connection:
        connection.execute(text(forgotten))
        connection.execute(
            text("UPDATE cases SET plate_key = '75F19999' WHERE case_id = :id"), {"id": str(case_ids[0])}
        )
    assert len(centre.centre.audit.verify(SYSTEM).wrong_cases) > 0
    if not centre.database.is_sqlite:
        with centre.database.write() as working:
            working.execute(text("SELECT 1 FROM cases WHERE case_id = :id FOR UPDATE"), {"id": str(case_ids[1])})
            assert complete_older_rows(centre.database) == 2, "one is left for the next time, and nobody waits"
    migrate(centre.database)
    with centre.database.read() as connection:
        found = connection.execute(text("SELECT case_id, place_cell, plate_key, plate_text FROM cases")).all()
    place = build_case().site.position
    assert {row.place_cell for row in found} == {place_cell(place.latitude_deg, place.longitude_deg)}
    entered = {row.case_id: row.plate_key for row in found if row.plate_key != row.plate_text}
    assert entered == {str(case_ids[0]): "75F19999"}, "what a reviewer entered meanwhile stays"
    with centre.database.write() as connection:
        connection.execute(text("UPDATE cases SET plate_key = plate_text"))
    assert centre.centre.audit.verify(SYSTEM).intact
    centre.close()
