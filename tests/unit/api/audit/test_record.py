import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.app import create_app
from api.persistence.ledger import ChainHead
from api.persistence.tables import metadata
from api.principals import SYSTEM, Principal
from domain.camera import Mode
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.errors import ConfigurationError, NotAllowed
from tests.builders.altered_records import altering
from tests.builders.cases import build_case, build_message
from tests.builders.centre import CentreBuilder, SteppedClock, full_manifest

FORBIDDEN = (
    "UPDATE events SET actor = 'nobody' WHERE seq = 1",
    "DELETE FROM events WHERE seq = 1",
    "DELETE FROM cases",
    "UPDATE case_documents SET case_json = '{}'",
    "DELETE FROM case_documents",
)
OTHER_HASH = "SELECT seq, at, 'nobody', action, case_id, body, prev_hash, 'other' FROM events WHERE seq = 1"
OTHER_SEQ = "SELECT 1000, at, 'nobody', action, case_id, body, prev_hash, hash FROM events WHERE seq = 1"


def tamper(centre: CentreBuilder, *statements: str) -> None:
    """Change the database as somebody with its password could, guards put aside."""
    with altering(centre) as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_the_migrations_make_exactly_the_tables_of_the_code(centre: CentreBuilder) -> None:
    with centre.database.read() as connection:
        compared = MigrationContext.configure(connection, opts={"include_name": _is_compared})
        assert compare_metadata(compared, metadata) == []


def _is_compared(name: str | None, kind: str, parents: object) -> bool:
    """All but PostgreSQL's index of an expression, which its migration alone makes and query plans are tested for."""
    return (name, kind) != ("ix_cases_plate_places", "index")


def test_nothing_is_served_on_an_old_schema(centre: CentreBuilder) -> None:
    with centre.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(ConfigurationError, match="centre migrate"):
        create_app(centre.settings, clock=SteppedClock())


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_itself_refuses_to_change_history(centre: CentreBuilder, statement: str) -> None:
    centre.queued_case()
    with pytest.raises(DBAPIError), centre.database.write() as connection:
        connection.execute(text(statement))
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize("row", [OTHER_HASH, OTHER_SEQ])
def test_sqlite_replaces_no_event(sqlite_centre: CentreBuilder, row: str) -> None:
    sqlite_centre.queued_case()
    with pytest.raises(DBAPIError, match="append-only"), sqlite_centre.database.write() as connection:
        connection.execute(text(f"INSERT OR REPLACE INTO events {row}"))
    assert sqlite_centre.centre.audit.verify(SYSTEM).intact


def test_sqlite_replaces_no_case(sqlite_centre: CentreBuilder) -> None:
    before = sqlite_centre.queued_case()
    with sqlite_centre.database.write() as connection:
        columns = [row.name for row in connection.execute(text("PRAGMA table_info(cases)"))]
        chosen = ", ".join("'confirmed'" if name == "state" else name for name in columns)
        connection.execute(text(f"INSERT OR REPLACE INTO cases SELECT {chosen} FROM cases"))  # noqa: S608 - its own columns
    assert sqlite_centre.stored(before.case_id) == before


def test_nobody_empties_the_record(centre: CentreBuilder) -> None:
    centre.queued_case()
    statement = "DELETE FROM events" if centre.database.is_sqlite else "TRUNCATE events"
    with pytest.raises(DBAPIError), centre.database.write() as connection:
        connection.execute(text(statement))
    assert centre.centre.audit.verify(SYSTEM).events > 0


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE events SET actor = 'nobody' WHERE seq = 3", r"event 3 was altered"),
        ("UPDATE events SET body = '{}' WHERE seq = 2", r"event 2 was altered"),
        ("UPDATE events SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 2", r"event 2 was altered"),
        ("DELETE FROM events WHERE seq = 2", r"event 2 is missing"),
        ("UPDATE events SET seq = 1000 WHERE seq = 2", r"event 2 is missing"),
    ],
)
def test_the_first_broken_link_is_named(centre: CentreBuilder, statement: str, told: str) -> None:
    centre.queued_case()
    tamper(centre, statement)
    fault = centre.centre.audit.verify(SYSTEM).fault
    assert fault is not None
    assert re.search(told, fault.problem)


def test_a_cut_tail_is_found_with_an_event_kept_elsewhere(centre: CentreBuilder) -> None:
    centre.queued_case()
    head = centre.centre.audit.verify(SYSTEM).head
    assert head is not None
    tamper(centre, "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)")
    found = centre.centre.audit.verify(SYSTEM, kept=head)
    assert found.fault is not None
    assert "cut off" in found.fault.problem
    other = centre.centre.audit.verify(SYSTEM, kept=ChainHead(seq=1, hash="0" * 64))
    assert other.fault is not None
    assert "replaced" in other.fault.problem


def test_a_case_that_was_moved_or_changed_past_the_record_is_found(centre: CentreBuilder) -> None:
    moved, changed = centre.queued_case(), centre.queued_case()
    document = canonical_bytes(changed.case.model_copy(update={"clock_error_ms": 1.0})).decode()
    with altering(centre) as connection:
        connection.execute(
            text("UPDATE cases SET state = 'ready' WHERE case_id = :case_id"), {"case_id": str(moved.case_id)}
        )
        connection.execute(
            text("UPDATE case_documents SET case_json = :json WHERE case_id = :case_id"),
            {"json": document, "case_id": str(changed.case_id)},
        )
    found = centre.centre.audit.verify(SYSTEM)
    assert found.fault is None
    assert {wrong.split(":")[0] for wrong in found.wrong_cases} == {str(moved.case_id), str(changed.case_id)}
    assert not found.intact


@pytest.mark.parametrize(
    "change", ["integrity = 'valid'", "mode = 'enforce'", "gaps = 0", "files_missing = 0", "code = 'RED_LIGHT'"]
)
def test_a_case_whose_blockers_were_cleared_past_the_record_is_found(centre: CentreBuilder, change: str) -> None:
    case = build_case(mode=Mode.SHADOW)
    message = build_message(case, Ed25519PrivateKey.generate(), full_manifest(case, gaps=("no clip",)))
    centre.take_in(message, {})
    assert centre.centre.audit.verify(SYSTEM).intact
    with centre.database.write() as connection:
        connection.execute(text(f"UPDATE cases SET {change}"))  # noqa: S608 - from the list above
    found = centre.centre.audit.verify(SYSTEM)
    assert len(found.wrong_cases) == 1
    assert not found.intact


def test_only_auditors_read_the_record(sqlite_centre: CentreBuilder) -> None:
    for role in Role:
        who = Principal(actor="user:x", name="x", role=role)
        if role == Role.AUDITOR:
            assert sqlite_centre.centre.audit.page(who) == ()
        elif role != Role.SYSTEM:
            with pytest.raises(NotAllowed):
                sqlite_centre.centre.audit.page(who)


def test_the_record_can_be_read_in_pages(sqlite_centre: CentreBuilder) -> None:
    sqlite_centre.ready_case()
    auditor = Principal(actor="user:minh", name="Minh", role=Role.AUDITOR)
    seqs: list[int] = []
    while page := sqlite_centre.centre.audit.page(auditor, after_seq=seqs[-1] if seqs else 0, limit=3):
        seqs += [event.seq for event in page]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) > 4


def test_the_command_tells_an_intact_and_a_broken_record(sqlite_centre: CentreBuilder, tmp_path: Path) -> None:
    sqlite_centre.ready_case()
    (tmp_path / "centre.yaml").write_text("database: {url: 'sqlite:///centre.sqlite3'}\nevidence: {directory: e}\n")
    command = [sys.executable, "-m", "matthan", "audit", "verify", "--config", str(tmp_path / "centre.yaml")]
    root = Path(__file__).resolve().parents[4]
    sound = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert sound.returncode == 0, sound.stderr
    tamper(sqlite_centre, "UPDATE events SET actor = 'nobody' WHERE seq = 4")
    broken = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert broken.returncode == 1
    assert "BROKEN: event 4 was altered" in broken.stdout
