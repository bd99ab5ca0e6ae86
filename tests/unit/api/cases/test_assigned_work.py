"""An opened case is one person's for some minutes; oldest act first; floods wait; a full queue drops by rule."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from api.cases import review_queue
from api.cases.review import Decision
from api.principals import SYSTEM, Principal
from domain.cases.queue_rules import DROP_RULE
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.errors import Conflict, NotAllowed, NotFound
from tests.builders.cases import NOON
from tests.builders.centre import CentreBuilder

LAN, HUY = (Principal(actor=f"user:{name}", name=name, role=Role.OPERATOR) for name in ("lan", "huy"))
BOSS = Principal(actor="user:boss", name="Boss", role=Role.SUPERVISOR)
NO = Decision(decision="reject", reason_code="FALSE_DETECTION", note="nothing")


def test_a_case_that_one_opened_is_decided_by_nobody_else_until_left_or_expired(centre: CentreBuilder) -> None:
    stored, holds = centre.queued_case(), centre.centre.holds
    decide = centre.centre.review.decide
    mine = holds.take(LAN, stored.case_id)
    assert mine is not None
    assert mine.holder == LAN.actor
    assert holds.take(HUY, stored.case_id) == mine
    with pytest.raises(Conflict, match="another person"):
        decide(HUY, stored.case_id, NO, expected_version=stored.version)
    holds.let_go(HUY, stored.case_id)
    assert holds.take(HUY, stored.case_id) == mine, "nobody ends another's hold"
    centre.clock.advance(10 * 60)
    theirs = holds.take(HUY, stored.case_id)
    assert theirs is not None
    assert theirs.holder == HUY.actor, "it ends by the centre's clock"
    holds.let_go(HUY, stored.case_id)
    assert decide(LAN, stored.case_id, NO, expected_version=stored.version).state == CaseState.REJECTED
    assert holds.take(LAN, stored.case_id) is None


def test_the_oldest_act_comes_first_and_two_people_are_never_handed_the_same(centre: CentreBuilder) -> None:
    ages = [5, 1, 9, 3, 7, 2, 8, 4]
    ids = {age: centre.queued_case(began_at=NOON - timedelta(hours=age)).case_id for age in ages}
    people = [Principal(actor=f"user:p{n}", name="p", role=Role.OPERATOR) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        handed = [hold.case_id for hold in pool.map(centre.centre.holds.take_next, people) if hold]
    assert len(handed) == len(set(handed))
    assert set(handed) <= set(ids.values())
    for person in people:
        for case_id in ids.values():
            centre.centre.holds.let_go(person, case_id)
    in_order = [centre.centre.holds.take_next(person) for person in people]
    assert [hold.case_id for hold in in_order if hold] == [ids[age] for age in sorted(ages, reverse=True)]
    assert centre.centre.holds.take_next(LAN) is None


def test_a_shift_has_its_limit_and_the_next_begins_anew(tmp_path: Path) -> None:
    centre = CentreBuilder(tmp_path, review={"cases_a_shift": 2})
    stored = [centre.queued_case() for _ in range(3)]
    for each in stored[:2]:
        centre.centre.review.decide(LAN, each.case_id, NO, expected_version=each.version)
    with pytest.raises(Conflict, match="limit"):
        centre.centre.holds.take_next(LAN)
    assert centre.centre.holds.take_next(HUY) is not None
    centre.clock.advance(8 * 3600)
    assert centre.centre.holds.take_next(LAN) is not None
    centre.close()


def test_it_goes_by_http_too(sqlite_centre: CentreBuilder) -> None:
    stored = sqlite_centre.queued_case()
    lan, huy = (sqlite_centre.signed_in(name, Role.OPERATOR) for name in ("lan", "huy"))
    taken = lan.post("/api/v1/review/next")
    assert (taken.status_code, taken.json()["case_id"], taken.json()["yours"]) == (200, str(stored.case_id), True)
    assert huy.post("/api/v1/review/next").status_code == 204
    hold = f"/api/v1/cases/{stored.case_id}/hold"
    assert huy.put(hold).json()["yours"] is False
    assert lan.delete(hold).status_code == 204
    assert huy.put(hold).json()["yours"] is True
    assert sqlite_centre.signed_in("boss", Role.SUPERVISOR).get("/api/v1/reviewers").json() == []
    assert lan.get("/api/v1/reviewers").status_code == 403
    assert lan.get("/api/v1/floods").json() == []


def test_a_camera_that_sends_ten_times_what_it_does_waits_until_a_supervisor_looked(centre: CentreBuilder) -> None:
    floods, holds = centre.centre.floods, centre.centre.holds
    for number in range(20):
        centre.queued_case(camera_id="cam-wild", began_at=NOON - timedelta(minutes=number))
    quiet = centre.queued_case(camera_id="cam-quiet")
    assert floods.flag() == ["cam-wild"]
    assert floods.flag() == [], "once"
    hold = holds.take_next(LAN)
    assert hold is not None
    assert hold.case_id == quiet.case_id
    assert holds.take_next(HUY) is None
    assert [row.camera_id for row in floods.list(LAN)] == ["cam-wild"]
    with pytest.raises(NotAllowed):
        floods.lift(LAN, "cam-wild", note="looked")
    floods.lift(BOSS, "cam-wild", note="a parade")
    with pytest.raises(NotFound):
        floods.lift(BOSS, "cam-wild", note="again")
    assert holds.take_next(HUY) is not None
    assert floods.flag() == [], "not again on the same day"
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_full_queue_drops_by_its_written_rule_and_says_by_which(tmp_path: Path, database_url: str) -> None:
    centre = CentreBuilder(tmp_path, database_url=database_url, review={"queue_limit": 3})
    high = centre.queued_case(code="RED_LIGHT", began_at=NOON - timedelta(hours=9))
    dear = centre.queued_case(vehicle_kind="car", began_at=NOON - timedelta(hours=8))
    cheap = [centre.queued_case(began_at=NOON - timedelta(hours=hours)) for hours in (2, 5)]
    held = centre.queued_case(began_at=NOON - timedelta(hours=7))
    assert centre.centre.review_queue.drop() == 0, "nobody had 48 hours to look"
    centre.clock.advance(48 * 3600)
    centre.centre.holds.take(LAN, held.case_id)
    assert centre.centre.review_queue.drop() == 2
    assert [centre.stored(each.case_id).state for each in (high, dear, held)] == [CaseState.QUEUED] * 3
    assert [centre.stored(each.case_id).state for each in cheap] == [CaseState.AUTO_DISCARDED] * 2
    told = next(e for e in centre.centre.cases.history(BOSS, cheap[0].case_id) if e.action == "discard")
    assert (told.actor, told.action, told.body["rule"], told.body["queued"]) == ("system", "discard", DROP_RULE, 5)
    assert centre.centre.review_queue.drop() == 0
    assert centre.centre.audit.verify(SYSTEM).intact
    centre.close()


def test_the_lowest_fines_are_dropped_first_however_many_wait(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_queue, "AT_ONCE", 2)
    centre = CentreBuilder(tmp_path, database_url=database_url, review={"queue_limit": 3})
    high = [centre.queued_case(code="RED_LIGHT") for _ in range(2)]
    dear = [centre.queued_case(vehicle_kind="car") for _ in range(2)]
    cheap = [centre.queued_case() for _ in range(3)]
    centre.clock.advance(48 * 3600)
    assert centre.centre.review_queue.drop() == 4, "the oldest two, which may not be dropped, keep back no other"
    left = [each for each in (*high, *dear, *cheap) if centre.stored(each.case_id).state == CaseState.QUEUED]
    assert [each.case_id for each in left[:2]] == [each.case_id for each in high]
    assert left[2].vehicle_kind == "car"
    assert centre.centre.audit.verify(SYSTEM).intact
    centre.close()


def test_after_a_year_a_case_ends_and_nothing_is_open(centre: CentreBuilder) -> None:
    stored, ready = centre.queued_case(), centre.ready_case()
    centre.clock.advance(364.5 * 86_400)
    assert centre.centre.review_queue.expire() == 0
    centre.clock.advance(86_400)
    with pytest.raises(Conflict, match="year"):
        centre.centre.review.decide(LAN, stored.case_id, NO, expected_version=stored.version)
    assert centre.centre.review_queue.expire() == 2
    assert {centre.stored(each.case_id).state for each in (stored, ready)} == {CaseState.EXPIRED}
    assert centre.centre.audit.verify(SYSTEM).intact


def test_clocks_are_told_before_and_block_after_and_the_backlog_is_forecast(sqlite_centre: CentreBuilder) -> None:
    stored = sqlite_centre.queued_case()
    client = sqlite_centre.signed_in("lan", Role.OPERATOR)
    told = client.get(f"/api/v1/cases/{stored.case_id}").json()["clocks"]
    assert [clock["kind"] for clock in told] == ["look", "target", "notice", "limitation"]
    assert told[2]["ends_at"] == "2026-01-15T05:00:00.000Z"
    backlog = client.get("/api/v1/backlog").json()
    assert (backlog["waiting"], backlog["reviewed_an_hour"]) == (1, 0.0)
    assert backlog["misses_at"] == "2026-01-08T05:00:00.000Z"
    sqlite_centre.clock.advance(10 * 86_400)
    with pytest.raises(Conflict, match="ten days"):
        sqlite_centre.centre.review.decide(
            HUY, stored.case_id, Decision(decision="confirm"), expected_version=stored.version
        )
    rejected = sqlite_centre.centre.review.decide(LAN, stored.case_id, NO, expected_version=stored.version)
    assert rejected.state == CaseState.REJECTED
