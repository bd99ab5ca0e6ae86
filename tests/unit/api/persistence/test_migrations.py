"""A centre that is in use moves to the newest tables with all that it holds."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from api.centre import open_database
from api.persistence.schema import migrate
from api.settings import CentreSettings
from domain.camera import Mode
from tests.builders.centre import CentreBuilder

SINCE_0001 = ("shadow", "ended_at", "files_total", "name_vi", "name_en", "legal_ref", "vehicle_kind", "camera_name")
SINCE_0001 += ("road", "ward", "ward_key", "plate_status", "plate_text", "plate_kind", "plate_colour", "rule_version")
SINCE_0001 += ("place_cell", "plate_key", "duplicates_open", "lead_id", "first_plate", "plate_by_hand")
SINCE_0001 += ("entered_at", "reason_code", "first_answer", "first_by", "second_look", "second_answer", "second_by")
TRUTHS = {"shadow", "complete"}
KEPT = ("boxes", "users", "api_keys", "evidence_files", "events", "leases", "idempotency_keys")


def rows_of(connection: Connection, table: str) -> list[dict[str, Any]]:
    rows = [dict(row._mapping) for row in connection.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608 - a constant
    return [{name: bool(row[name]) if name in TRUTHS else row[name] for name in row} for row in rows]


def put(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608 - their names


def test_the_first_tables_with_cases_in_them_become_the_newest(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    source = CentreBuilder(folder)
    source.queued_case()
    source.ready_case(mode=Mode.WARN)
    source.take_in(source.message(mode=Mode.SHADOW))
    with source.database.read() as connection:
        documents = by_id(rows_of(connection, "case_documents"))
        cases = rows_of(connection, "cases")
        kept = {table: rows_of(connection, table) for table in KEPT}
    settings = CentreSettings.model_validate(
        {"database": {"url": "sqlite:////unused"}, "evidence": {"directory": folder / "evidence"}}
    )
    place = settings.database.model_copy(update={"url": database_url})
    database = open_database(settings.model_copy(update={"database": place}))
    migrate(database, revision="0001")
    with database.write() as connection:
        old = [{name: row[name] for name in row if name not in SINCE_0001} | documents[row["case_id"]] for row in cases]
        put(connection, "cases", old)
        for table in KEPT:
            first = {"evidence_files": {"offset_bytes": 7}}.get(table, {})
            put(connection, table, [row | first for row in kept[table]])
    migrate(database)
    with database.read() as connection:
        assert before_plates(rows_of(connection, "cases")) == before_plates(cases)
        assert by_id(rows_of(connection, "case_documents")) == documents
        counted = {(row["shadow"], row["state"]): row["cases"] for row in rows_of(connection, "case_counts")}
    assert counted == {(False, "queued"): 1, (False, "ready"): 1, (True, "detected"): 1}
    database.close()
    source.close()


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["case_id"]: row for row in rows}


def before_plates(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By case, but the plate that a first confirmation was of: before there was that column nobody kept it."""
    return by_id([row | {"first_plate": None} for row in rows])
