"""No question of the running centre walks the table of cases: the plans of both databases, with many rows."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.dialects import postgresql, sqlite

from api.persistence.case_queries import FloodSpan
from api.persistence.case_search import CaseFilter, ListPlace
from api.persistence.questions import QUERIES
from api.persistence.sightings import keep_sightings
from api.police.idempotency import forget_old_answers
from api.principals import Principal
from domain.camera import Position
from domain.cases.clocks import DueSoon
from domain.cases.duplicates import cells_around
from domain.cases.plate_search import PlatePattern
from domain.cases.roles import Role
from domain.cases.states import JUDGED_STATES, POLICE_STATES, CaseState
from domain.grants import EVERYWHERE, Scope
from tests.builders.cases import NOON
from tests.builders.centre import QUEUE, CentreBuilder

ROOT = Path(__file__).resolve().parents[4]
ROWS = 20_000
SCANS = re.compile(
    r"Seq Scan on (cases|events|evidence_files|case_documents|sightings)"
    r"|SCAN (cases|events|evidence_files|sightings)(?! USING)"
)
ID = "00000000-0000-0000-0000-000000000007"
FLOOD = FloodSpan(camera_id="cam-1", came_from=NOON, came_to=NOON, now=NOON, supervisor="user:sep")
AFTER = ListPlace(at=NOON, case_id=ID)
IN_A_WARD = Scope(wards=frozenset({"phu-xuan"}), queues=frozenset({QUEUE}))
ASKED: dict[str, list[tuple[Any, ...]]] = {
    "case_list": [
        (CaseFilter(), EVERYWHERE, None, 101, NOON),
        (CaseFilter(), EVERYWHERE, AFTER, 101, NOON),
        (CaseFilter(shadow=True), EVERYWHERE, None, 101, NOON),
        (CaseFilter(states=(CaseState.QUEUED,)), EVERYWHERE, AFTER, 101, NOON),
        (CaseFilter(states=(CaseState.QUEUED, CaseState.DETECTED)), EVERYWHERE, None, 101, NOON),
        (CaseFilter(codes=("RED_LIGHT",)), EVERYWHERE, None, 101, NOON),
        (CaseFilter(cameras=("cam-9",)), EVERYWHERE, None, 101, NOON),
        (CaseFilter(states=(CaseState.READY,), codes=("RED_LIGHT",), cameras=("cam-9",)), EVERYWHERE, None, 101, NOON),
        (CaseFilter(began_from=NOON, began_to=NOON), EVERYWHERE, None, 101, NOON),
        (CaseFilter(began_to=NOON), EVERYWHERE, AFTER, 101, NOON),
        (CaseFilter(), IN_A_WARD, AFTER, 101, NOON),
        (CaseFilter(states=(CaseState.QUEUED,)), IN_A_WARD, None, 101, NOON),
        (CaseFilter(wards=("phu-xuan",)), EVERYWHERE, None, 101, NOON),
        (CaseFilter(oldest_act_first=True), EVERYWHERE, AFTER, 101, NOON),
        (CaseFilter(due=DueSoon.TARGET_NEAR, oldest_act_first=True), EVERYWHERE, AFTER, 101, NOON),
        (CaseFilter(answered_by="user:lan"), EVERYWHERE, AFTER, 101, NOON),
        (CaseFilter(answered_by="user:lan", reviewer="user:sep"), EVERYWHERE, None, 101, NOON),
    ],
    "plates_like": [
        (PlatePattern.of("75F1*"), EVERYWHERE, None, None, 51),
        (PlatePattern.of("?5?1?0?5"), EVERYWHERE, None, None, 51),
        (PlatePattern.of("*5?1?0?5"), IN_A_WARD, None, AFTER, 51),
        (PlatePattern.of("*5*1*0*5*"), EVERYWHERE, None, None, 51),
        (PlatePattern.of("*12345"), IN_A_WARD, "csgt", AFTER, 51),
        (PlatePattern.of("75F112345", near=True), EVERYWHERE, None, AFTER, 51),
    ],
    "sightings_of": [
        (["0" * 16], NOON - timedelta(hours=4), NOON + timedelta(hours=4), 200),
        ([f"{number:016x}" for number in range(325)], NOON - timedelta(hours=4), NOON + timedelta(hours=4), 200),
    ],
    "due_count": [(DueSoon.TARGET_OVER, EVERYWHERE, NOON), (DueSoon.NOTICE_NEAR, IN_A_WARD, NOON)],
    "dropped_by_day": [(NOON,)],
    "let_go_because": [(NOON, NOON)],
    "pictures_of": [(["a", "b"],)],
    "known_cameras": [(False,), (True,)],
    "counts": [(False,)],
    "judgements": [(JUDGED_STATES, EVERYWHERE), (JUDGED_STATES, IN_A_WARD)],
    "case_row": [(ID,)],
    "case_rows": [(["a", "b"],)],
    "whole_case": [(ID,)],
    "waiting_for_police": [(QUEUE, EVERYWHERE, 50), (QUEUE, IN_A_WARD, 50)],
    "queues_with_cases": [()],
    "waiting_by_queue": [(EVERYWHERE, 1000), (IN_A_WARD, 1000)],
    "held_by": [("csgt", EVERYWHERE, POLICE_STATES, None, 51), ("csgt", IN_A_WARD, POLICE_STATES, ID, 51)],
    "ended_leases": [(NOON, 500)],
    "under_lease": [(ID,)],
    "newest_step": [(ID, ("acknowledge", "return"))],
    "of_flood": [(FLOOD, 10)],
    "count_of_flood": [(FLOOD, EVERYWHERE)],
    "redaction_misses": [(NOON,)],
    "originals_seen": [(NOON,)],
    "report_with_case": [("2600000001",)],
    "steps_of": [((ID,), ("detect", "confirm"))],
    "signed_by_unknown": [("box-1",)],
    "files_of": [(ID,)],
    "forgotten_packages": [(NOON,)],
    "cases_by_state": [(NOON, NOON + timedelta(minutes=1))],
    "steps_between": [(19_000, 19_010, ("confirm", "send_notice"))],
    "event_from": [(19_000,)],
    "noticed_case": [("2600000001",)],
    "changes_after": [(19_000, 1000)],
    "known_negatives": [(NOON, NOON, 10)],
    "acts_of_plate": [("75A12345", NOON, NOON + timedelta(minutes=10), 20)],
    "cases_near": [
        (
            cells_around(Position(latitude_deg=16.46, longitude_deg=107.59)),
            NOON,
            NOON + timedelta(minutes=10),
            50,
        )
    ],
    "acts_near": [
        (
            cells_around(Position(latitude_deg=16.46, longitude_deg=107.59)),
            "RED_LIGHT",
            NOON,
            NOON + timedelta(minutes=10),
            60,
        )
    ],
    "pairs_of": [(ID, 20)],
    "newest_exports": [(EVERYWHERE, 100), (IN_A_WARD, 100), (IN_A_WARD, 100, (NOON, ID))],
    "led_by": [(ID, 20)],
    "led_by_any": [(["a", "b"],)],
    "led_by_ended": [((CaseState.REJECTED, CaseState.CLOSED), NOON, 500)],
    "given_back": [(EVERYWHERE, 50), (IN_A_WARD, 50)],
    "plates_entered": [(ID,)],
    "hold_of": [(ID,)],
    "outcomes": [(NOON + timedelta(hours=2, minutes=49), False), (NOON + timedelta(hours=2, minutes=49), True)],
    "waiting_acts": [(5000,)],
    "next_for": [(["user:lan"], EVERYWHERE, NOON, 20), (["user:lan", "user:lan2"], EVERYWHERE, NOON, 20, (NOON, ID))],
    "past_limitation": [((CaseState.QUEUED, CaseState.READY), NOON, 500)],
    "unreviewed": [(NOON, NOON, None, 20_000), (NOON, NOON, ["a", "b"], 500)],
    "arrivals": [(None, NOON + timedelta(hours=2, minutes=49)), ("cam-9", NOON)],
    "newest_of": [(ID, ("detect", "requeue"))],
    "words_due": [((CaseState.REJECTED, CaseState.CLOSED), NOON, ID, 200)],
    "media_due": [((CaseState.REJECTED, CaseState.CLOSED), NOON, ID, 200)],
    "change_cases": [(["a", "b"], {"state": "ready"})],
    "extend_cases": [(["a", "b"], NOON)],
    "set_package": [("a", "0")],
}


@pytest.fixture
def many(centre: CentreBuilder) -> CentreBuilder:
    """A centre with many cases, made by copying one."""
    centre.queued_case()
    plenty = (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})"  # noqa: S608 - constants
        if centre.database.is_sqlite
        else f"WITH n AS (SELECT i FROM generate_series(1, {ROWS}) AS i)"  # noqa: S608 - constants
    )
    padded = "printf('%08d', i)" if centre.database.is_sqlite else "lpad(i::text, 8, '0')"
    case_id = f"'00000000-0000-0000-0000-0000' || {padded}"
    changed = {
        "case_id": case_id,
        "state": "CASE i % 50 WHEN 0 THEN 'transferred' WHEN 1 THEN 'ready' WHEN 2 THEN 'queued'"
        " ELSE CASE i % 9 WHEN 0 THEN 'settled' WHEN 1 THEN 'paid' WHEN 2 THEN 'expired' WHEN 3 THEN 'notice_sent'"
        " WHEN 4 THEN 'verifying' WHEN 5 THEN 'police_rejected' WHEN 6 THEN 'cancelled' WHEN 7 THEN 'received'"
        " ELSE 'processed' END END",
        "code": "CASE i % 20 WHEN 0 THEN 'RED_LIGHT' ELSE code END",
        "camera_id": "'cam-' || (i % 300)",
        "shadow": "i % 10 = 0",
        "plate_text": "CASE i % 2 WHEN 0 THEN '75F1' || (10000 + i) END",
        "plate_key": "CASE i % 2 WHEN 0 THEN '75F1' || (10000 + i) END",
        "first_by": "CASE i % 100 WHEN 0 THEN 'user:lan' WHEN 1 THEN 'user:minh' END",
        "received_at": _instant("07"),
        "began_at": _instant("05"),
        "lease_expires_at": "CASE i % 50 WHEN 0 THEN '2026-01-05T08:00:00.000Z' END",
        "lease_id": f"CASE i % 50 WHEN 0 THEN {case_id} END",
        "integrity": "CASE i % 1000 WHEN 0 THEN 'unknown_signer' ELSE 'valid' END",
    }
    with centre.database.write() as connection:
        _copy(connection, plenty, "cases", changed)
        _copy(connection, plenty, "case_documents", {"case_id": case_id})
        _copy(
            connection,
            plenty,
            "evidence_files",
            {"case_id": case_id, "name": "name || i"},
        )
        keep_sightings(connection, [{"plate_hash": "0", "seen_at": NOON, "camera_id": "cam-1", "box_id": "box-1"}])
        seen = {"plate_hash": f"substr('{'0' * 8}' || {padded}, 1, 16)", "seen_at": _instant("05")}
        _copy(connection, plenty, "sightings", seen)
        first = "(SELECT min(seq) FROM events WHERE case_id IS NOT NULL)"
        _copy(connection, plenty, "events", {"seq": "i + 1000", "hash": "i"}, where=f"seq = {first}")
        connection.execute(text("ANALYZE"))
    return centre


def _instant(hour: str) -> str:
    """SQL of an instant that rises with ``i``, in 40 minutes."""
    return f"'2026-01-05T{hour}:' || (10 + i / 500) || ':' || (10 + i % 50) || '.000Z'"


def _copy(
    connection: Connection, plenty: str, table: str, changed: dict[str, str], *, where: str | None = None
) -> None:
    names = connection.execute(text(f"SELECT * FROM {table} LIMIT 0")).keys()  # noqa: S608
    chosen = ", ".join(changed.get(name, name) for name in names)
    one = f"(SELECT * FROM {table} {f'WHERE {where}' if where else ''} LIMIT 1) AS one"  # noqa: S608
    begin = f"{plenty} INSERT INTO {table} SELECT {chosen} FROM n, {one}"  # noqa: S608
    if connection.dialect.name == "postgresql":
        begin = f"INSERT INTO {table} {plenty} SELECT {chosen} FROM n, {one}"  # noqa: S608
    connection.execute(text(begin.replace(":", "\\:")))


def plan(connection: Connection, statement: str, parameters: Any) -> str:
    """The database's plan, as text."""
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    rows = connection.exec_driver_sql(explain + statement, parameters).all()
    return "\n".join(str(row[-1]) for row in rows)


def test_every_question_has_examples() -> None:
    assert set(ASKED) == set(QUERIES)


def test_no_question_walks_a_large_table(many: CentreBuilder) -> None:
    dialect = sqlite.dialect() if many.database.is_sqlite else postgresql.psycopg.dialect()
    walked = []
    with many.database.read() as connection:
        for name, examples in ASKED.items():
            for example in examples:
                compiled = QUERIES[name](*example).compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
                found = plan(connection, *_bound(compiled))
                if SCANS.search(found):
                    walked.append(f"{name}{example}:\n{found}")
    assert not walked, "\n\n".join(walked)


def test_a_plate_of_single_characters_is_found_by_their_places(many: CentreBuilder) -> None:
    """PostgreSQL reads the cases that have them, SQLite the plates of all in their index."""
    dialect = sqlite.dialect() if many.database.is_sqlite else postgresql.psycopg.dialect()
    asked = QUERIES["plates_like"](PlatePattern.of("?5?1?0?5?"), EVERYWHERE, None, None, 51)
    compiled = asked.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    with many.database.read() as connection:
        found = plan(connection, *_bound(compiled))
    assert ("USING INDEX" if many.database.is_sqlite else "ix_cases_plate_places") in found, found


def _bound(compiled: Any) -> tuple[str, Any]:
    values = compiled.construct_params()
    processed = {
        name: compiled._bind_processors[name](value) if name in compiled._bind_processors else value
        for name, value in values.items()
    }
    if compiled.positional:
        return str(compiled), tuple(processed[name] for name in compiled.positiontup)
    return str(compiled), processed


def test_whatever_the_services_run_walks_no_large_table(many: CentreBuilder) -> None:
    """Every statement of a case's life, as it went to the driver."""
    seen: dict[str, Any] = {}

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:  # noqa: PLR0917 - SQLAlchemy's
        if not executemany and re.search(r"\b(cases|events|evidence_files|case_documents)\b", statement):
            seen.setdefault(statement, parameters)

    event.listen(many.centre.store.database.engine, "before_cursor_execute", note)
    live(many)
    event.remove(many.centre.store.database.engine, "before_cursor_execute", note)
    asked = {each: values for each, values in seen.items() if each.startswith(("SELECT", "UPDATE", "DELETE"))}
    assert len(asked) > 15
    with many.database.read() as connection:
        plans = {statement: plan(connection, statement, values) for statement, values in asked.items()}
    walked = [f"{statement}\n{found}" for statement, found in plans.items() if SCANS.search(found)]
    assert not walked, "\n\n".join(walked)


def live(centre: CentreBuilder) -> None:
    """One case from the box to the police and back, with every list beside it."""
    ready = centre.ready_case()
    services, officer = centre.centre, centre.officer()
    reader = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
    services.cases.list(reader, CaseFilter(states=(CaseState.READY,)), limit=100)
    services.cases.counts(reader)
    services.cases.history(reader, ready.case_id)
    services.admission.check_again("box-1")
    services.police.expire_leases()
    lease = services.police.pull(officer, QUEUE, n=50, lease_s=60, idempotency_key="k")
    assert lease.lease_id is not None
    services.police.extend(officer, lease.lease_id, lease_s=120)
    centre.clock.advance(121)
    services.police.expire_leases()
    services.sign_in.forget_ended()
    forget_old_answers(services.store)


def test_questions_about_cases_stand_in_two_files() -> None:
    """Elsewhere only the record's own check reads the table, wholly and on purpose, in words of its own."""
    allowed = {"api/persistence/case_queries.py", "api/persistence/case_search.py"}
    allowed.add("api/audit/older_rows.py")  # once after an upgrade, in batches by case id
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "api").rglob("*.py")
        if re.search(r"\b(select|update|delete)\(\s*cases\b", path.read_text("utf-8"))
    }
    assert found == allowed


def statements_of(work: Callable[[], object], engine: Any) -> list[str]:
    """What some work sends to the database."""
    sent: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    return sent


def test_a_pull_takes_as_many_statements_for_twenty_cases_as_for_one(centre: CentreBuilder) -> None:
    """And so does putting them back."""
    for _ in range(21):
        centre.ready_case()
    police, officer, engine = centre.centre.police, centre.officer(), centre.centre.store.database.engine

    def pull(n: int) -> Callable[[], Any]:
        return lambda: police.pull(officer, QUEUE, n=n, lease_s=60, idempotency_key=f"pull of {n}")

    one, twenty = statements_of(pull(1), engine), statements_of(pull(20), engine)
    assert len(one) == len(twenty)
    centre.clock.advance(61)
    back = statements_of(police.expire_leases, engine)
    assert len(back) <= len(one)
    assert police.pull(officer, QUEUE, n=50, lease_s=60, idempotency_key="all").cases[20:]


def test_a_pull_reads_the_cases_that_it_takes_and_sorts_none(many: CentreBuilder) -> None:
    """However many wait: thousands are not read and sorted for each pull."""
    dialect = sqlite.dialect() if many.database.is_sqlite else postgresql.psycopg.dialect()
    waiting = QUERIES["waiting_for_police"](QUEUE, Scope(wards=EVERYWHERE.wards, queues=frozenset({QUEUE})), 50)
    compiled = waiting.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    with many.database.read() as connection:
        found = plan(connection, *_bound(compiled))
    assert "ix_cases_waiting" in found
    assert not re.search(r"Sort|TEMP B-TREE", found), found
