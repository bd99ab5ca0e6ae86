"""Searching cases: clocks, wards, who answered, both orders page by page; a person's filters."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cases.case_reader import CasePage
from api.cases.review import Decision
from api.cases.saved_filters import MAX_FILTERS
from api.persistence.case_search import CaseFilter
from api.persistence.tables import saved_filters
from api.principals import Principal
from domain.cases.clocks import Band, ClockKind, DueSoon, clocks, due_window
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.errors import Conflict, NotAllowed, NotFound
from tests.builders.cases import NOON
from tests.builders.centre import CentreBuilder

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
MINH = Principal(actor="user:minh", name="Minh", role=Role.OPERATOR)
SEP = Principal(actor="user:sep", name="Sếp", role=Role.SUPERVISOR)
AUDITOR = Principal(actor="user:kiem", name="Kiểm", role=Role.AUDITOR)


@given(
    state=st.sampled_from(CaseState),
    due=st.sampled_from(DueSoon),
    age=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=20)),
)
def test_a_search_for_clocks_finds_what_the_clocks_say(state: CaseState, due: DueSoon, age: timedelta) -> None:
    began_at = NOON - age
    states, latest = due_window(due, NOON)
    kind = ClockKind(due.value.split("_")[0])
    bands = {Band.OVER} if due.value.endswith("over") else {Band.NEAR, Band.CLOSE, Band.OVER}
    running = {clock.kind: clock for clock in clocks(state, began_at=began_at, entered_at=NOON)}
    says = kind in running and running[kind].band(NOON) in bands
    assert (state in states and began_at <= latest) == says


def ids(page: CasePage) -> list[uuid.UUID]:
    return [each.case_id for each in page.items]


def every(centre: CentreBuilder, who: Principal, wanted: CaseFilter, *, limit: int) -> list[uuid.UUID]:
    found: list[uuid.UUID] = []
    cursor: str | None = None
    while True:
        page = centre.centre.cases.list(who, wanted, cursor=cursor, limit=limit)
        found += ids(page)
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_pages_of_both_orders_hold_every_case_once(centre: CentreBuilder) -> None:
    ages = (timedelta(minutes=minutes) for minutes in (3, 9, 1, 5, 5))
    made = [centre.queued_case(began_at=NOON - age, ended_at=NOON).case_id for age in ages]
    by_act = every(centre, LAN, CaseFilter(oldest_act_first=True), limit=2)
    by_arrival = every(centre, LAN, CaseFilter(), limit=2)
    assert sorted(by_act) == sorted(by_arrival) == sorted(made)
    acts = [centre.stored(each).began_at for each in by_act]
    assert acts == sorted(acts)


def test_clocks_wards_and_cameras_narrow_the_list(centre: CentreBuilder) -> None:
    now = centre.clock.now()
    fresh = centre.queued_case(began_at=now - timedelta(hours=1), ended_at=now).case_id
    near = centre.queued_case(began_at=now - timedelta(days=2, hours=1), ended_at=now).case_id
    over = centre.queued_case(began_at=now - timedelta(days=3), ended_at=now).case_id

    def found(**wanted: object) -> set[uuid.UUID]:
        return set(ids(centre.centre.cases.list(LAN, CaseFilter(**wanted))))  # type: ignore[arg-type]

    assert found() == {fresh, near, over}
    assert found(due=DueSoon.TARGET_NEAR) == {near, over}
    assert found(due=DueSoon.TARGET_OVER) == {over}
    assert found(due=DueSoon.NOTICE_NEAR) == set()
    assert found(wards=("thuan-hoa",)) == {fresh, near, over}
    assert found(wards=("an-cuu",)) == set()
    (camera,) = centre.centre.cases.all_cameras()
    assert camera.ward_key == "thuan-hoa"
    assert found(cameras=(camera.camera_id,)) == {fresh, near, over}


def test_who_answered_is_asked_by_supervisors_and_auditors_and_tells_no_open_first_answer(
    make_centre: Any, database_url: str
) -> None:
    centre: CentreBuilder = make_centre(database_url=database_url, review={"second_look_share": 1.0})
    case_id = centre.queued_case().case_id
    cases, review = centre.centre.cases, centre.centre.review
    version = centre.stored(case_id).version
    review.decide(LAN, case_id, Decision(decision="confirm"), expected_version=version)
    assert centre.stored(case_id).state is CaseState.SECOND_REVIEW
    by_lan = CaseFilter(answered_by="user:lan")
    with pytest.raises(NotAllowed):
        cases.list(MINH, by_lan)
    assert ids(cases.list(SEP, by_lan)) == []  # she may still be the second
    assert ids(cases.list(AUDITOR, by_lan)) == [case_id]
    shown = cases.list(MINH, CaseFilter()).items[0]
    review.decide(MINH, case_id, Decision(decision="confirm"), expected_version=shown.version)
    assert ids(cases.list(SEP, by_lan)) == ids(cases.list(SEP, CaseFilter(answered_by="user:minh"))) == [case_id]
    assert ids(cases.list(LAN, by_lan)) == [case_id]  # one's own


def test_a_list_names_a_picture_that_shows_the_subject(centre: CentreBuilder) -> None:
    case_id = centre.queued_case().case_id
    assert centre.centre.cases.pictures(LAN, [case_id]) == {case_id: "still-0.jpg"}
    assert centre.centre.cases.pictures(LAN, []) == {}


def test_filters_are_kept_for_each_person_and_an_old_form_is_left_out(centre: CentreBuilder) -> None:
    lan, minh = centre.user("lan", Role.OPERATOR), centre.user("minh", Role.OPERATOR)
    kept = centre.centre.saved_filters
    wanted = CaseFilter(states=(CaseState.READY,), began_from=NOON, due=DueSoon.TARGET_NEAR, reviewer="user:lan")
    kept.keep(lan, "sáng nay", wanted)
    kept.keep(lan, "sáng nay", CaseFilter(codes=("RED_LIGHT",)))
    kept.keep(lan, "trễ", wanted)
    assert [each.name for each in kept.list(lan)] == ["sáng nay", "trễ"]
    assert kept.list(lan)[0].wanted == CaseFilter(codes=("RED_LIGHT",))
    assert kept.list(lan)[1].wanted == CaseFilter(states=(CaseState.READY,), began_from=NOON, due=DueSoon.TARGET_NEAR)
    assert kept.list(minh) == ()
    with centre.database.write() as connection:
        connection.execute(saved_filters.update().where(saved_filters.c.name == "trễ").values(filter='{"due": "x"}'))
    assert [each.name for each in kept.list(lan)] == ["sáng nay"]
    kept.forget(lan, "sáng nay")
    with pytest.raises(NotFound):
        kept.forget(minh, "trễ")
    for number in range(MAX_FILTERS - 1):
        kept.keep(lan, f"f{number}", CaseFilter())
    with pytest.raises(Conflict):
        kept.keep(lan, "one more", CaseFilter())
    with pytest.raises(Conflict):
        kept.list(Principal(actor="key:1", name="key", role=Role.AUDITOR))
