"""Reminders at the centre: one row whatever comes twice or late, of one ward, answered on the record."""

import json
import random
import uuid
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text

from api.errors import StaleVersion, TooMuch
from api.jobs import Jobs
from api.persistence.tables import events, reminders
from api.principals import Principal
from api.reminders import intake as intake_module
from api.reminders.intake import KEPT_FOR
from api.reminders.reminders import MOST_ANSWERS, WAITS_AT_MOST
from domain.camera import Mode
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotAllowed, NotFound
from domain.grants import EVERYWHERE, Scope
from domain.reminder import MAX_REMINDER_BYTES, NEXT_STATES, Reminder, ReminderState
from domain.reminder_outcome import ReminderOutcome
from tests.builders.cases import NOON
from tests.builders.centre import CentreBuilder
from tests.builders.reminders import build_reminder

S = ReminderState
OPERATOR = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
AUDITOR = Principal(actor="user:kiem", name="Kiểm", role=Role.AUDITOR)
PHU_XUAN = Principal(actor="user:px", name="Phú Xuân", role=Role.WARD, scope=Scope(wards=frozenset({"phu-xuan"})))
THUAN_HOA = Principal(actor="user:th", name="Thuận Hóa", role=Role.WARD, scope=Scope(wards=frozenset({"thuan-hoa"})))
LIFE = (S.OBSERVED, S.STILL_THERE, S.CLEARED, S.CAME_BACK, S.BECAME_CASE)
CASE = uuid.UUID(int=7)


@pytest.fixture
def boxes(centre: CentreBuilder) -> CentreBuilder:
    centre.box_key("box-1")
    centre.box_key("box-2")
    return centre


def box(box_id: str = "box-1") -> Principal:
    return Principal(actor=f"key:{box_id}", name=box_id, role=Role.EDGE, box_id=box_id)


def life(number: int, **changes: Any) -> Reminder:
    """A reminder after so many steps."""
    case = {"case_id": CASE} if number >= len(LIFE) else {}
    return build_reminder(*LIFE[:number], **case | changes)


def take(centre: CentreBuilder, *told: Reminder) -> None:
    for reminder in told:
        centre.centre.reminder_intake.take(box(reminder.box_id), canonical_bytes(reminder))


def the_one(centre: CentreBuilder) -> Any:
    (found,) = centre.centre.reminders.list(OPERATOR).items
    return found


def waiting(centre: CentreBuilder, who: Principal = PHU_XUAN) -> list[uuid.UUID]:
    return [each.reminder_id for each in centre.centre.reminders.waiting(who.scope)]


def answer(centre: CentreBuilder, outcome: ReminderOutcome, who: Principal = PHU_XUAN, note: str = "") -> None:
    found = the_one(centre)
    centre.centre.reminders.answer(who, found.reminder_id, outcome, note=note, expected_version=found.version)


def count(centre: CentreBuilder, table: Any) -> int:
    with centre.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.mark.parametrize("order", [(1, 2, 3, 4, 5), (1, 1, 2, 2), (3, 1, 2), (5,), (4, 4, 1), (2, 1, 5, 3)], ids=str)
def test_whatever_the_order_the_longest_life_is_what_counts(boxes: CentreBuilder, order: tuple[int, ...]) -> None:
    take(boxes, *(life(number) for number in order))
    longest = life(max(order))
    found = the_one(boxes)
    assert (found.state, found.case_id) == (longest.state, longest.case_id)
    opened = boxes.centre.reminders.open(OPERATOR, found.reminder_id)
    assert opened.message == longest
    assert (opened.answers, opened.earlier) == ((), ())


def test_the_answer_to_the_box_names_the_very_message(boxes: CentreBuilder) -> None:
    client = boxes.key_client(Role.EDGE, box_id="box-1")
    for number in (2, 1):
        told = life(number)
        answered = client.post("/api/v1/reminders", content=canonical_bytes(told))
        assert answered.status_code == 200
        assert answered.json()["message_sha256"] == told.sha256()
        assert answered.json()["reminder_id"] == str(told.reminder_id)


def test_a_step_calls_the_ward_and_an_answer_ends_the_call_until_the_next_step(boxes: CentreBuilder) -> None:
    take(boxes, life(1))
    the_id = the_one(boxes).reminder_id
    assert waiting(boxes) == [the_id]
    assert waiting(boxes, THUAN_HOA) == []
    assert waiting(boxes, OPERATOR) == [the_id]
    answer(boxes, ReminderOutcome.REMINDED)
    assert waiting(boxes) == []
    take(boxes, life(1))
    assert waiting(boxes) == [], "the same message again calls nobody"
    take(boxes, life(2))
    assert waiting(boxes) == [the_id]
    take(boxes, life(3))
    assert waiting(boxes) == [], "it is cleared"
    take(boxes, life(4))
    assert waiting(boxes) == [the_id]
    take(boxes, life(5))
    assert waiting(boxes) == [], "it is a case now"


def test_who_said_that_it_is_not_so_is_not_asked_again(boxes: CentreBuilder) -> None:
    take(boxes, life(1))
    with pytest.raises(Invalid, match="why"):
        answer(boxes, ReminderOutcome.NOT_SO, note="  ")
    answer(boxes, ReminderOutcome.NOT_SO, note="xe của phường đỗ")
    take(boxes, life(2))
    assert waiting(boxes) == []
    assert the_one(boxes).outcome is ReminderOutcome.NOT_SO


def test_what_people_did_is_on_record_and_the_record_is_whole(boxes: CentreBuilder) -> None:
    take(boxes, life(1))
    boxes.clock.advance(60)
    answer(boxes, ReminderOutcome.REMINDED, note="đã gặp chủ hàng")
    take(boxes, life(2))
    answer(boxes, ReminderOutcome.SIGNED, OPERATOR)
    with boxes.database.read() as connection:
        wanted = select(events).where(events.c.action == "reminder_answered").order_by(events.c.seq)
        first, second = connection.execute(wanted).all()
    assert (first.actor, second.actor) == ("user:px", "user:lan")
    body = json.loads(first.body)
    assert (body["outcome"], body["note"], body["state"], body["ward"]) == (
        "reminded",
        "đã gặp chủ hàng",
        "observed",
        "Phú Xuân",
    )
    assert body["message_sha256"] == life(1).sha256()
    opened = boxes.centre.reminders.open(AUDITOR, life(1).reminder_id)
    assert [(each.outcome.value, each.state.value) for each in opened.answers] == [
        ("reminded", "observed"),
        ("signed", "still_there"),
    ]
    assert boxes.centre.audit.verify(AUDITOR).intact


def test_a_ward_sees_nothing_of_another_ward(boxes: CentreBuilder) -> None:
    """Neither in lists, nor by guessing an id, nor by answering, nor as an earlier one of a place."""
    take(boxes, life(1), life(1, ward="Phường Thuận Hoá", began_at=NOON + timedelta(minutes=5)))
    mine, other = life(1), life(1, ward="Phường Thuận Hoá", began_at=NOON + timedelta(minutes=5))
    services = boxes.centre.reminders
    assert [each.reminder_id for each in services.list(PHU_XUAN).items] == [mine.reminder_id]
    assert waiting(boxes, THUAN_HOA) == [other.reminder_id]
    with pytest.raises(NotFound):
        services.open(PHU_XUAN, other.reminder_id)
    with pytest.raises(NotFound):
        services.answer(PHU_XUAN, other.reminder_id, ReminderOutcome.REMINDED, note="", expected_version=1)
    assert services.open(THUAN_HOA, other.reminder_id).earlier == ()
    assert [each.reminder_id for each in services.open(OPERATOR, other.reminder_id).earlier] == [mine.reminder_id]
    nobodys = Principal(actor="user:x", name="x", role=Role.WARD, scope=Scope(wards=frozenset()))
    assert services.list(nobodys).items == ()
    every = Principal(actor="user:y", name="y", role=Role.WARD, scope=Scope(wards=frozenset({"*"})))
    assert len(services.list(every).items) == 2


def test_one_of_no_ward_is_seen_by_operators_only(boxes: CentreBuilder) -> None:
    take(boxes, life(1, ward="?"))
    assert waiting(boxes, OPERATOR) == [the_one(boxes).reminder_id]
    assert waiting(boxes, PHU_XUAN) == []


def test_people_of_a_ward_see_no_case_and_no_count(boxes: CentreBuilder) -> None:
    stored = boxes.queued_case()
    ward = boxes.signed_in("px", Role.WARD, wards=("phu-xuan",))
    for path in (
        "cases",
        f"cases/{stored.case_id}",
        f"cases/{stored.case_id}/reminder",
        "alerts",
        "recall?from=2026-01-05",
    ):
        assert ward.get(f"/api/v1/{path}").status_code == 403
    assert ward.get("/api/v1/reminders").status_code == 200
    assert ward.get("/api/v1/me").json()["wards"] == ["phu-xuan"]


def test_only_registered_boxes_tell_and_only_for_themselves(boxes: CentreBuilder) -> None:
    told = life(1)
    forged = told.model_copy(update={"subject_key": "place:other:x"})
    for who, payload in (
        (box("box-2"), canonical_bytes(told)),
        (box("box-9"), canonical_bytes(life(1, box_id="box-9"))),
        (box(), canonical_bytes(forged)),
        (box(), canonical_bytes(told) + b" " * MAX_REMINDER_BYTES),
        (box(), b"{}"),
        (box(), b""),
        (box(), canonical_bytes(told).replace(b'"observed"', b'"cleared"')),
    ):
        with pytest.raises(Invalid):
            boxes.centre.reminder_intake.take(who, payload)
    with pytest.raises(NotAllowed):
        boxes.centre.reminder_intake.take(OPERATOR, canonical_bytes(told))
    assert count(boxes, reminders) == 0


def test_other_steps_under_the_same_id_are_refused_and_the_first_stay(boxes: CentreBuilder) -> None:
    take(boxes, life(2))
    for other in (build_reminder(S.OBSERVED, S.CLEARED), build_reminder(S.OBSERVED, S.CLEARED, S.CAME_BACK)):
        with pytest.raises(Conflict):
            take(boxes, other)
    client = boxes.key_client(Role.EDGE, box_id="box-1")
    answered = client.post("/api/v1/reminders", content=canonical_bytes(build_reminder(S.OBSERVED, S.CLEARED)))
    assert answered.status_code == 409
    assert the_one(boxes).state is S.STILL_THERE


def test_a_box_that_floods_is_stopped_by_itself_and_puts_nothing_on_record(
    boxes: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "MOST_A_DAY", 3)
    before = count(boxes, events)
    take(boxes, *(life(1, place=f"zone-{number}:0.1,0.1") for number in range(3)))
    with pytest.raises(TooMuch):
        take(boxes, life(1, place="zone-9:0.1,0.1"))
    take(boxes, life(2, place="zone-1:0.1,0.1"), life(1, box_id="box-2"))
    assert (count(boxes, reminders), count(boxes, events)) == (4, before)
    boxes.clock.advance(86_401)
    take(boxes, life(1, place="zone-9:0.1,0.1"))


def test_an_answer_needs_the_newest_version_and_there_are_not_too_many(boxes: CentreBuilder) -> None:
    take(boxes, life(1))
    found = the_one(boxes)
    services = boxes.centre.reminders
    take(boxes, life(2))
    with pytest.raises(StaleVersion):
        services.answer(PHU_XUAN, found.reminder_id, ReminderOutcome.REMINDED, note="", expected_version=found.version)
    for _ in range(MOST_ANSWERS):
        answer(boxes, ReminderOutcome.REMINDED)
    with pytest.raises(Conflict):
        answer(boxes, ReminderOutcome.REMINDED)
    client = boxes.signed_in("px", Role.WARD, wards=("phu-xuan",))
    path = f"/api/v1/reminders/{found.reminder_id}"
    assert client.post(f"{path}/answers", json={"outcome": "reminded"}).status_code == 428
    stale = client.post(f"{path}/answers", json={"outcome": "reminded"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert client.get(path).headers["ETag"] == f'"{the_one(boxes).version}"'
    wrong = client.post(f"{path}/answers", json={"outcome": "fined"}, headers={"If-Match": '"1"'})
    assert wrong.status_code == 422


def test_an_auditor_answers_nothing_and_a_rule_on_trial_calls_nobody(boxes: CentreBuilder) -> None:
    take(boxes, life(1, mode=Mode.SHADOW))
    assert waiting(boxes, OPERATOR) == []
    assert the_one(boxes).shadow
    with pytest.raises(NotAllowed):
        answer(boxes, ReminderOutcome.REMINDED, AUDITOR)
    with pytest.raises(NotAllowed):
        boxes.centre.reminders.list(Principal(actor="x", name="x", role=Role.POLICE))


def test_one_of_yesterday_calls_nobody(boxes: CentreBuilder) -> None:
    take(boxes, life(1))
    boxes.clock.advance(WAITS_AT_MOST.total_seconds() + 1)
    assert waiting(boxes) == []
    assert len(boxes.centre.reminders.list(PHU_XUAN).items) == 1


def test_a_case_shows_the_reminder_that_its_own_box_told_of_it(boxes: CentreBuilder) -> None:
    stored = boxes.queued_case(code="PARK_PAVEMENT")
    earlier = life(3, began_at=NOON - timedelta(hours=3))
    forged = build_reminder(S.OBSERVED, S.BECAME_CASE, box_id="box-2", case_id=stored.case_id)
    own = build_reminder(S.OBSERVED, S.BECAME_CASE, case_id=stored.case_id)
    take(boxes, forged)
    assert boxes.centre.reminders.of_case(OPERATOR, stored.case_id) is None, "another box has no say of this case"
    take(boxes, earlier, own)
    found = boxes.centre.reminders.of_case(OPERATOR, stored.case_id)
    assert found is not None
    assert found.listed.reminder_id == own.reminder_id
    assert earlier.reminder_id in [each.reminder_id for each in found.earlier]
    with pytest.raises(NotFound):
        boxes.centre.reminders.of_case(OPERATOR, uuid.UUID(int=9))
    client = boxes.signed_in("lan", Role.OPERATOR)
    answered = client.get(f"/api/v1/cases/{stored.case_id}/reminder").json()
    assert answered["summary"]["reminder_id"] == str(own.reminder_id)
    assert client.get(f"/api/v1/cases/{boxes.queued_case().case_id}/reminder").json() is None


def test_the_bell_rings_for_the_ward_when_somebody_is_wanted_and_only_then(boxes: CentreBuilder) -> None:
    rung: list[str] = []
    boxes.centre.reminder_intake.on_waiting(rung.append)
    take(boxes, life(1), life(1), life(1, mode=Mode.SHADOW, place="z:0,0"), life(1, ward="?", place="y:0,0"))
    assert rung == ["phu-xuan"]
    take(boxes, life(3))
    assert rung == ["phu-xuan"]
    take(boxes, life(4))
    assert rung == ["phu-xuan", "phu-xuan"]


def test_old_ones_are_forgotten_unless_they_are_part_of_something(boxes: CentreBuilder) -> None:
    take(boxes, life(1), life(5, place="case:0,0"), life(1, place="answered:0,0"))
    for found in boxes.centre.reminders.list(OPERATOR).items:
        if found.zone_id == "answered":
            boxes.centre.reminders.answer(
                OPERATOR, found.reminder_id, ReminderOutcome.REMINDED, note="", expected_version=1
            )
    boxes.clock.advance((KEPT_FOR + timedelta(days=1)).total_seconds())
    with closing(Jobs(boxes.settings, boxes.centre)) as jobs:  # it holds the only right to do them
        assert jobs.round()
    assert {each.zone_id for each in boxes.centre.reminders.list(OPERATOR).items} == {"case", "answered"}


def test_pages_go_on_where_the_last_one_ended(boxes: CentreBuilder) -> None:
    take(boxes, *(life(1, place=f"zone-{number}:0.1,0.1") for number in range(5)))
    first = boxes.centre.reminders.list(PHU_XUAN, limit=3)
    rest = boxes.centre.reminders.list(PHU_XUAN, limit=3, cursor=first.next_cursor)
    assert [each.zone_id for each in (*first.items, *rest.items)] == [f"zone-{number}" for number in (4, 3, 2, 1, 0)]
    assert rest.next_cursor is None
    for cursor in ("x", "-1", "9" * 12, ""):
        with pytest.raises(Invalid):
            boxes.centre.reminders.list(PHU_XUAN, cursor=cursor)


@given(seed=st.integers(0, 2**32), steps=st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_random_lives_told_in_any_order_with_answers_between(
    seed: int, steps: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The row is that of the longest message told so far; a call stands only while a place is open and unanswered."""
    dice = random.Random(seed)
    centre = CentreBuilder(tmp_path_factory.mktemp("centre"))
    centre.box_key("box-1")
    states = [S.OBSERVED]
    while len(states) < 10 and (following := sorted(NEXT_STATES[states[-1]])) and S.BECAME_CASE not in states:
        states.append(dice.choice(following))
    told, answered = 0, 0
    for _ in range(steps):
        if told and dice.random() < 0.3:
            answer(centre, ReminderOutcome.REMINDED)
            answered = told
        else:
            number = dice.randint(1, len(states))
            case = {"case_id": CASE} if S.BECAME_CASE in states[:number] else {}
            take(centre, build_reminder(*states[:number], **case))
            told = max(told, number)
    if told:
        found = the_one(centre)
        assert found.state is states[told - 1]
        is_open = states[told - 1] in {S.OBSERVED, S.STILL_THERE, S.CAME_BACK}
        assert found.waiting == (is_open and answered < told)
        assert centre.centre.audit.verify(AUDITOR).intact
    centre.close()


ROWS = 60_000  # enough for the plans of half a million: PostgreSQL walks small tables


def test_no_question_walks_all_reminders(boxes: CentreBuilder) -> None:
    take(boxes, life(1, ward="Ward 7"))
    first = the_one(boxes)
    stored = boxes.queued_case()
    if boxes.database.is_sqlite:
        plenty, padded = (
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < :last)",
            "printf('%08d', i)",
        )
    else:
        plenty, padded = "WITH n AS (SELECT i FROM generate_series(2, :last) AS i)", "lpad(i\\:\\:text, 8, '0')"
    changed = {
        "id": "i",
        "reminder_id": f"'00000000-0000-0000-0000-0000' || {padded}",
        "box_id": "'box-' || (i % 40)",
        "camera_id": "'cam-' || (i % 300)",
        "ward_key": "'ward-' || (i % 40)",
        "waiting": f"i > {ROWS - ROWS // 500}",
        "received_at": f"CASE WHEN i > {ROWS - ROWS // 25} THEN received_at ELSE '2025-12-01T00\\:00\\:00.000Z' END",
    }
    with boxes.database.write() as connection:
        names = connection.execute(text("SELECT * FROM reminders LIMIT 0")).keys()
        chosen = ", ".join(changed.get(name, name) for name in names)
        rows = f"SELECT {chosen} FROM n, (SELECT * FROM reminders LIMIT 1) AS one"  # noqa: S608 - constants
        into = "INSERT INTO reminders"
        statement = f"{plenty} {into} {rows}" if boxes.database.is_sqlite else f"{into} {plenty} {rows}"
        connection.execute(text(statement), {"last": ROWS})
        connection.execute(text("ANALYZE"))
        if not boxes.database.is_sqlite:
            connection.execute(text("SELECT setval(pg_get_serial_sequence('reminders', 'id'), :last)"), {"last": ROWS})
    asked: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:  # noqa: PLR0917 - SQLAlchemy's
        if "reminder" in statement and not statement.startswith("INSERT"):
            asked.append((statement, parameters))

    engine = boxes.centre.store.database.engine
    event.listen(engine, "before_cursor_execute", note)
    ward = Principal(actor="user:w", name="w", role=Role.WARD, scope=Scope(wards=frozenset({"ward-7"})))
    services = boxes.centre.reminders
    page = services.list(ward, limit=100)
    services.list(ward, limit=100, cursor=page.next_cursor)
    services.list(OPERATOR, limit=100)
    services.waiting(ward.scope)
    services.waiting(EVERYWHERE)
    services.open(OPERATOR, first.reminder_id)
    services.of_case(OPERATOR, stored.case_id)
    take(boxes, life(2, ward="Ward 7"), life(1, ward="Ward 7", place="new:0,0"))
    boxes.centre.reminder_intake.forget_old()
    event.remove(engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if boxes.database.is_sqlite else "EXPLAIN "
    assert len(asked) > 10
    with boxes.database.read() as connection:
        for statement, parameters in asked:
            plan = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters))
            assert "Seq Scan on reminders" not in plan, statement + plan
            in_order = "ORDER BY reminders.id DESC" in statement and "TEMP B-TREE" not in plan  # stops at its limit
            assert in_order or "SCAN reminders" not in plan, statement + plan


@pytest.mark.parametrize("name", ["Chợ \\u0000 Đông Ba", "Chợ\0Đông Ba"], ids=["written out", "itself"])
def test_no_name_makes_a_ward_s_list_unreadable(boxes: CentreBuilder, name: str) -> None:
    take(boxes, life(1, camera_name=name), life(2, camera_name=name))
    assert boxes.centre.reminders.open(OPERATOR, the_one(boxes).reminder_id).message == life(2, camera_name=name)


def test_a_camera_that_is_now_of_another_ward_has_its_reminders_there(boxes: CentreBuilder) -> None:
    take(boxes, life(1), life(2, ward="Thuận Hóa"))
    assert waiting(boxes) == []
    assert waiting(boxes, THUAN_HOA) == [life(1).reminder_id]
    with pytest.raises(NotFound):
        boxes.centre.reminders.open(PHU_XUAN, life(1).reminder_id)


@pytest.mark.parametrize("figure", [b"NaN", b"1e999", b"-Infinity"])
def test_a_figure_that_is_none_is_refused(boxes: CentreBuilder, figure: bytes) -> None:
    told = canonical_bytes(life(1))
    for number in (b"0.12", b"700"):
        assert number in told
        with pytest.raises(Invalid):
            boxes.centre.reminder_intake.take(box(), told.replace(number, figure))
