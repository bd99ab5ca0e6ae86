"""Auditors search the whole record: by case, person, action and day; a step never walks all of it."""

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from api.audit.record_search import RecordFilter, RecordPage
from api.console.words import WORDS
from api.principals import Principal
from domain.cases.roles import Role
from domain.errors import NotAllowed
from tests.builders.centre import PASSWORD, CentreBuilder

AUDITOR = Principal(actor="user:kiem", name="Kiem", role=Role.AUDITOR)


def found(centre: CentreBuilder, before: int | None = None, **wanted: Any) -> RecordPage:
    return centre.centre.record_search.step(AUDITOR, RecordFilter(**wanted), before=before)


def test_what_a_person_did_is_found_by_name_action_case_and_day(centre: CentreBuilder) -> None:
    centre.user("lan", Role.OPERATOR)
    centre.centre.sign_in.sign_in("lan", PASSWORD, address="desk")
    began = centre.clock.now()
    stored = centre.queued_case()
    everything = found(centre)
    seqs = [each.seq for each in everything.items]
    assert seqs == sorted(seqs, reverse=True)
    assert everything.go_on_before is None
    assert everything.looked_back_to == everything.items[-1].at
    assert [each.action for each in found(centre, actor="lan").items] == ["sign_in"]
    assert [each.action for each in found(centre, actor="user:lan").items] == ["sign_in"]
    assert {each.case_id for each in found(centre, case_id=str(stored.case_id)).items} == {str(stored.case_id)}
    assert [each.actor for each in found(centre, action="user_created").items] == ["system"]
    centre.clock.advance(3 * 86400.0)
    centre.centre.sign_in.sign_in("lan", PASSWORD, address="desk")
    later = found(centre, at_from=began + timedelta(days=1)).items
    assert [each.action for each in later] == ["sign_in"]
    earlier = found(centre, at_to=began + timedelta(days=1)).items
    assert [each.seq for each in earlier] == seqs
    with pytest.raises(NotAllowed):
        centre.centre.record_search.step(Principal(actor="user:lan", name="Lan", role=Role.SUPERVISOR), RecordFilter())


def test_pages_hold_every_event_once(centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.audit.record_search.WALKED_AT_ONCE", 7)
    monkeypatch.setattr("api.audit.record_search.MOST_SHOWN", 3)
    for _ in range(4):
        centre.queued_case()
    with centre.database.read() as connection:
        all_of_them = [*connection.execute(text("SELECT seq FROM events ORDER BY seq DESC")).scalars()]
        detected = [
            *connection.execute(text("SELECT seq FROM events WHERE action = 'detect' ORDER BY seq DESC")).scalars()
        ]
    for wanted, expected in (({}, all_of_them), ({"action": "detect"}, detected)):
        seen: list[int] = []
        before: int | None = None
        for _ in range(len(all_of_them)):
            page = found(centre, before, **wanted)
            seen += [each.seq for each in page.items]
            before = page.go_on_before
            if before is None:
                break
        assert seen == expected


def test_no_step_walks_the_whole_record(centre: CentreBuilder) -> None:
    """Explained: the numbers bound what is read, whatever is looked for."""
    case_id = str(centre.queued_case().case_id)
    asked: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:  # noqa: PLR0917 - SQLAlchemy's
        asked.append((statement, parameters))

    engine = centre.centre.store.database.engine
    event.listen(engine, "before_cursor_execute", note)
    now = centre.clock.now()
    for wanted in ({}, {"actor": "lan"}, {"case_id": case_id}, {"at_from": now, "at_to": now + timedelta(days=1)}):
        found(centre, **wanted)
    event.remove(engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if centre.database.is_sqlite else "EXPLAIN "
    read = {statement: values for statement, values in asked if "FROM events" in statement}
    assert len(read) > 4
    with centre.database.read() as connection:
        if not centre.database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, values in read.items():
            plan = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, values))
            assert "Seq Scan" not in plan, statement + plan
            assert not any(line.startswith("SCAN events") and "INDEX" not in line for line in plan.splitlines()), plan


def test_every_action_that_is_put_on_record_has_its_words() -> None:
    unnamed = []
    for path in (Path(__file__).resolve().parents[4] / "api").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "record"):
                continue
            action = node.args[1] if len(node.args) > 1 else None
            if isinstance(action, ast.Constant) and f"action.{action.value}" not in WORDS:
                unnamed.append(f"{path.name}: {action.value}")
    assert unnamed == []
