"""A supervisor closes a flood: its cases are rejected for one reason, after ten seconds in which he can undo it."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from api.cases.floods import UNDO_WITHIN
from api.cases.review import Decision
from api.principals import SYSTEM, Principal
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.errors import Conflict, Invalid, NotAllowed, NotFound
from domain.grants import Scope
from tests.builders.cases import NOON
from tests.builders.centre import CentreBuilder

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
BOSS = Principal(actor="user:boss", name="Boss", role=Role.SUPERVISOR)
ELSEWHERE = Principal(actor="user:far", name="Far", role=Role.SUPERVISOR, scope=Scope(wards=frozenset({"kim-long"})))
WILD, WHY = "cam-wild", "FALSE_DETECTION"


def flooded(centre: CentreBuilder) -> list[uuid.UUID]:
    """Twenty cases of one camera, behind a flag."""
    ids = [
        centre.queued_case(camera_id=WILD, began_at=NOON - timedelta(minutes=number)).case_id for number in range(20)
    ]
    assert centre.centre.floods.flag() == [WILD]
    return ids


def states(centre: CentreBuilder, ids: list[uuid.UUID]) -> set[CaseState]:
    return {centre.stored(each).state for each in ids}


def test_each_case_of_a_closed_flood_is_rejected_by_the_supervisor_and_nothing_that_came_after(
    centre: CentreBuilder,
) -> None:
    floods, ids = centre.centre.floods, flooded(centre)
    held, looked_at, *rest = ids
    centre.centre.holds.take(LAN, held)
    asked = Decision(decision="ask_evidence", note="which sign?")
    centre.centre.review.decide(LAN, looked_at, asked, expected_version=1)
    quiet = centre.queued_case(camera_id="cam-quiet").case_id
    floods.close(BOSS, WILD, reason_code=WHY, note="a wet lens")
    (shown,) = floods.list(LAN)
    assert (shown.waiting, shown.closing_reason) == (len(rest), WHY)
    centre.clock.advance(1)
    later = centre.queued_case(camera_id=WILD, began_at=NOON - timedelta(minutes=30)).case_id
    centre.clock.advance(UNDO_WITHIN.total_seconds() - 1.5)
    assert floods.finish() == 0, "he may still take it back"
    assert centre.centre.holds.take_next(BOSS).case_id == quiet, "behind the flag meanwhile"
    centre.clock.advance(0.5)
    assert floods.finish() == len(rest)
    assert states(centre, rest) == {CaseState.REJECTED}
    assert states(centre, [held, later, quiet]) == {CaseState.QUEUED}
    assert centre.stored(looked_at).state == CaseState.NEEDS_EVIDENCE
    for case_id in rest:
        (rejected,) = (each for each in centre.centre.cases.history(BOSS, case_id) if each.action == "reject")
        assert (rejected.actor, rejected.body["reason_code"]) == (BOSS.actor, WHY)
        assert (rejected.body["note"], rejected.body["flood"]) == ("a wet lens", WILD)
    assert floods.list(LAN) == ()
    assert floods.finish() == 0
    assert centre.centre.audit.verify(SYSTEM).intact


def test_the_case_that_the_supervisor_has_open_himself_is_rejected_with_the_others(centre: CentreBuilder) -> None:
    floods, ids = centre.centre.floods, flooded(centre)
    centre.centre.holds.take(BOSS, ids[0])
    assert [(one.waiting) for one in (*floods.list(BOSS), *floods.list(LAN))] == [20, 19]
    floods.close(BOSS, WILD, reason_code=WHY, note="")
    centre.clock.advance(UNDO_WITHIN.total_seconds())
    assert floods.finish() == len(ids)
    assert states(centre, ids) == {CaseState.REJECTED}


def test_it_can_be_taken_back_for_ten_seconds_and_the_flag_stands_on(centre: CentreBuilder) -> None:
    floods, ids = centre.centre.floods, flooded(centre)
    floods.close(BOSS, WILD, reason_code=WHY, note="")
    with pytest.raises(Conflict, match="already"):
        floods.close(BOSS, WILD, reason_code=WHY, note="")
    with pytest.raises(Conflict, match="take that back first"):
        floods.lift(BOSS, WILD, note="a parade")
    floods.take_back(BOSS, WILD)
    with pytest.raises(Conflict, match="ten seconds"):
        floods.take_back(BOSS, WILD)
    centre.clock.advance(60)
    assert floods.finish() == 0
    assert states(centre, ids) == {CaseState.QUEUED}
    floods.close(BOSS, WILD, reason_code=WHY, note="")
    centre.clock.advance(UNDO_WITHIN.total_seconds())
    with pytest.raises(Conflict, match="ten seconds"):
        floods.take_back(BOSS, WILD)
    assert floods.finish() == len(ids)
    assert centre.centre.audit.verify(SYSTEM).intact


def test_another_person_looks_at_a_drawn_share_of_what_was_rejected_together(tmp_path: Path, database_url: str) -> None:
    centre = CentreBuilder(tmp_path, database_url=database_url, review={"second_look_share": 1.0})
    ids = flooded(centre)
    centre.centre.floods.close(BOSS, WILD, reason_code=WHY, note="")
    centre.clock.advance(UNDO_WITHIN.total_seconds())
    assert centre.centre.floods.finish() == len(ids)
    assert states(centre, ids) == {CaseState.SECOND_REVIEW}
    assert centre.centre.holds.take_next(BOSS) is None, "not he who rejected them"
    assert centre.centre.holds.take_next(LAN) is not None
    assert centre.centre.audit.verify(SYSTEM).intact
    centre.close()


def test_who_may_not_or_says_no_reason_closes_nothing(sqlite_centre: CentreBuilder) -> None:
    floods = sqlite_centre.centre.floods
    with pytest.raises(NotFound):
        floods.close(BOSS, WILD, reason_code=WHY, note="")
    ids = flooded(sqlite_centre)
    with pytest.raises(NotAllowed):
        floods.close(LAN, WILD, reason_code=WHY, note="")
    with pytest.raises(NotAllowed, match="outside your wards"):
        floods.close(ELSEWHERE, WILD, reason_code=WHY, note="")
    for reason, note in (("NO_SUCH", "x"), ("OTHER", " . "), ("EXPIRED", "x")):
        with pytest.raises(Invalid):
            floods.close(BOSS, WILD, reason_code=reason, note=note)
    for case_id in ids:
        sqlite_centre.centre.holds.take(LAN, case_id)
    with pytest.raises(Conflict, match="nobody has open"):
        floods.close(BOSS, WILD, reason_code=WHY, note="")


def test_it_goes_by_http_too(sqlite_centre: CentreBuilder) -> None:
    flooded(sqlite_centre)
    boss, lan = sqlite_centre.signed_in("boss", Role.SUPERVISOR), sqlite_centre.signed_in("lan", Role.OPERATOR)
    url = f"/api/v1/floods/{WILD}/close"
    assert lan.post(url, json={"reason_code": WHY}).status_code == 403
    assert boss.post(url, json={"reason_code": WHY}).status_code == 202
    (shown,) = boss.get("/api/v1/floods").json()
    assert (shown["waiting"], shown["closing_reason"]) == (20, WHY)
    assert boss.delete(url).status_code == 204
    assert boss.delete(url).status_code == 409
