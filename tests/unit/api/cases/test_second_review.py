"""Another person looks without knowing that anybody did; known negatives measure reviewers and go nowhere."""

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from api.cases import shared_lists
from api.cases.case_reader import as_reviewer
from api.cases.case_rows import StoredCase
from api.cases.review import Decision, DecisionName
from api.persistence.case_search import CaseFilter
from api.principals import SYSTEM, Principal
from domain.cases.reviewers import ReviewerFigures
from domain.cases.roles import Role
from domain.cases.second_look import drawn, is_high, second_look
from domain.cases.states import CaseState
from domain.errors import CentreError, Conflict, NotAllowed
from domain.law.catalogue import built_in_catalogue
from tests.builders.cases import NOON
from tests.builders.centre import QUEUE, CentreBuilder

LAN, HUY, MAI = (Principal(actor=f"user:{name}", name=name, role=Role.OPERATOR) for name in ("lan", "huy", "mai"))
BOSS = Principal(actor="user:boss", name="Boss", role=Role.SUPERVISOR)
AUDITOR = Principal(actor="user:auditor", name="Auditor", role=Role.AUDITOR)
YES = Decision(decision="confirm")
NO = Decision(decision="reject", reason_code="FALSE_DETECTION", note="nothing there")


@pytest.fixture
def twice(tmp_path: Path, database_url: str) -> Iterator[CentreBuilder]:
    """A centre where every case gets a second look."""
    built = CentreBuilder(tmp_path, database_url=database_url, review={"second_look_share": 1.0})
    yield built
    built.close()


def say(centre: CentreBuilder, who: Principal, case_id: uuid.UUID, decision: Decision) -> StoredCase:
    seen = centre.centre.cases.get(who, case_id)[0]
    return centre.centre.review.decide(who, case_id, decision, expected_version=seen.version)


@pytest.mark.parametrize(
    ("first", "second", "then"),
    [(YES, YES, CaseState.READY), (NO, NO, CaseState.REJECTED), (YES, NO, None), (NO, YES, None)],
)
def test_two_who_agree_decide_and_two_who_differ_go_to_a_supervisor(
    twice: CentreBuilder, first: Decision, second: Decision, then: CaseState | None
) -> None:
    case_id = twice.queued_case().case_id
    assert say(twice, LAN, case_id, first).state == CaseState.SECOND_REVIEW
    assert say(twice, HUY, case_id, second).state == (then or CaseState.ADJUDICATION)
    if then is None:
        for other in (LAN, HUY, MAI):
            with pytest.raises((Conflict, NotAllowed)):
                say(twice, other, case_id, YES)
        assert say(twice, BOSS, case_id, YES).state == CaseState.READY
        figures = twice.centre.reviewers.figures(BOSS)
        upheld, overruled = (LAN, HUY) if first == YES else (HUY, LAN)
        assert figures[upheld.actor] == ReviewerFigures(differed=1, upheld=1)
        assert figures[overruled.actor] == ReviewerFigures(differed=1, overruled=1)
    assert twice.centre.audit.verify(SYSTEM).intact


def test_nobody_looks_twice_nor_settles_his_own_difference(twice: CentreBuilder) -> None:
    case_id = twice.queued_case().case_id
    say(twice, BOSS, case_id, YES)
    with pytest.raises(Conflict, match="another person"):
        say(twice, BOSS, case_id, YES)
    say(twice, HUY, case_id, NO)
    with pytest.raises(Conflict, match="another person"):
        say(twice, BOSS, case_id, YES)


@pytest.mark.parametrize("first", [YES, NO])
def test_who_looks_second_reads_nothing_of_the_first_answer_anywhere(twice: CentreBuilder, first: Decision) -> None:
    fresh = twice.queued_case(subject_key="track:fresh")
    answered = twice.queued_case(subject_key="track:answered")
    auditor = twice.signed_in("auditor", Role.AUDITOR)
    twice.user("lan", Role.OPERATOR)
    say(twice, LAN, answered.case_id, first)
    second = twice.signed_in("huy", Role.OPERATOR)

    def told(case_id: uuid.UUID) -> str:
        """Everything that any route tells of one case, with what differs between any two cases made equal."""
        urls = [f"/api/v1/cases/{case_id}", f"/api/v1/cases/{case_id}/history", f"/api/v1/cases/{case_id}/reminder"]
        answers = [second.get(url) for url in urls]
        detail, history, _ = answers
        summary = detail.json()["summary"]
        lists = [
            [
                each
                for each in second.get("/api/v1/cases", params=query).json()["items"]
                if each["case_id"] == str(case_id)
            ]
            for query in (
                {},
                {"state": "queued"},
                {"state": "second_review"},
                {"state": "confirmed"},
                {"state": "rejected"},
            )
        ]
        events = [(event["action"], event["body"].get("state")) for event in history.json()["items"]]
        plain = [detail.headers["ETag"], events, [answer.status_code for answer in answers], lists, summary]
        return json.dumps(plain, sort_keys=True).replace(str(case_id), "ID")

    assert told(answered.case_id) == told(fresh.case_id)
    assert "lan" not in told(answered.case_id)
    assert twice.centre.cases.counts(HUY)[CaseState.QUEUED] == 2
    assert twice.centre.cases.counts(HUY)[CaseState.SECOND_REVIEW] == 0
    scoped = (HUY.scope, CaseFilter(states=(CaseState.QUEUED,), reviewer=HUY.actor))
    lists = twice.centre.cases.lists([scoped], limit=10)[scoped]
    assert {(each.state, each.version) for each in lists.items} == {(CaseState.QUEUED, 1)}
    assert len(lists.items) == 2
    assert lists.counts[CaseState.SECOND_REVIEW] == 0
    whole = auditor.get(f"/api/v1/cases/{answered.case_id}").json()["summary"]
    assert whole["state"] == "second_review", "who audits is told"
    assert second.get(f"/api/v1/audit?case={answered.case_id}").status_code == 403
    own = twice.centre.cases.get(LAN, answered.case_id)[0]
    assert own.state == CaseState.SECOND_REVIEW, "who answered knows his answer"
    asked = CaseFilter(states=(CaseState.QUEUED,))
    assert answered.case_id not in {each.case_id for each in twice.centre.cases.list(LAN, asked).items}
    after = say(twice, HUY, answered.case_id, NO)
    assert after.state in {CaseState.REJECTED, CaseState.ADJUDICATION}
    history = [event.action for event in twice.centre.cases.history(HUY, answered.case_id)]
    assert ("confirm" if first == YES else "reject") in history, "after his answer he may know"


def test_the_clocks_of_a_case_that_came_back_tell_nothing_either(twice: CentreBuilder) -> None:
    ids = [twice.queued_case().case_id for _ in range(2)]
    for case_id in ids:
        say(twice, LAN, case_id, Decision(decision="ask_evidence", note="which sign?"))
    twice.clock.advance(3600)
    for case_id in ids:
        say(twice, BOSS, case_id, Decision(decision="evidence_added", note="photo 3"))
    twice.clock.advance(60)
    assert say(twice, LAN, ids[0], YES).state == CaseState.SECOND_REVIEW
    again, fresh = (twice.centre.cases.get(HUY, case_id)[0] for case_id in ids)
    assert (again.entered_at, again.version, again.state) == (fresh.entered_at, fresh.version, fresh.state)
    assert [clock.ends_at for clock in again.clocks] == [clock.ends_at for clock in fresh.clocks]


def test_a_score_is_shown_after_the_answer_only(twice: CentreBuilder) -> None:
    stored = twice.queued_case(measurements={"dwell_s": 60.0, "least_confidence": 0.93})
    assert "least_confidence" not in twice.centre.cases.get(HUY, stored.case_id)[0].case.measurements
    say(twice, HUY, stored.case_id, NO)
    assert "least_confidence" in twice.centre.cases.get(HUY, stored.case_id)[0].case.measurements
    assert "least_confidence" not in twice.centre.cases.get(MAI, stored.case_id)[0].case.measurements
    assert "least_confidence" in twice.centre.cases.get(AUDITOR, stored.case_id)[0].case.measurements


def test_high_fines_and_points_always_get_a_second_look(centre: CentreBuilder) -> None:
    case_id = centre.queued_case(code="RED_LIGHT", vehicle_kind="car").case_id
    assert say(centre, LAN, case_id, YES).state == CaseState.SECOND_REVIEW
    assert say(centre, LAN, centre.queued_case().case_id, YES).state == CaseState.READY
    assert say(centre, LAN, centre.queued_case(code="RED_LIGHT").case_id, NO).state == CaseState.REJECTED
    high = {
        (row.code, row.vehicle)
        for row in built_in_catalogue().rows
        if (row.fine_max_vnd or 0) >= 10_000_000
        or (row.licence_points or 0) >= 4
        or row.code in {"RED_LIGHT", "WRONG_WAY", "DRIVE_PAVEMENT", "PHONE", "PLATE_OBSCURED", "NO_PLATE"}
    }
    assert {(row.code, row.vehicle) for row in built_in_catalogue().rows if is_high(row)} == high
    assert {("RED_LIGHT", "motorbike"), ("PHONE", "motorbike"), ("PLATE_OBSCURED", "car")} <= high
    assert {("WRONG_WAY", "motorbike"), ("DRIVE_PAVEMENT", "motorbike")} <= high, "named, though it costs 2 points"
    assert ("PARK_PAVEMENT", "motorbike") not in high


def test_the_draw_is_the_same_under_one_key_and_takes_the_share() -> None:
    row = built_in_catalogue().row_for("PARK_PAVEMENT", "motorbike", NOON)
    ids = [uuid.UUID(int=number) for number in range(4000)]
    found = [second_look(each, confirmed=True, row=row, key=b"key", share=0.10) is not None for each in ids]
    assert 330 < sum(found) < 470
    again = [second_look(each, confirmed=False, row=row, key=b"key", share=0.10) is not None for each in ids]
    assert found == again, "whatever the answer was"
    assert found != [drawn(each, purpose="second", key=b"other", share=0.10) for each in ids]
    assert found != [drawn(each, purpose="seed", key=b"key", share=0.10) for each in ids]


@pytest.fixture
def seeding(tmp_path: Path, database_url: str) -> Iterator[CentreBuilder]:
    """A centre where two people reject every known negative, and each first answer seeds one."""
    built = CentreBuilder(tmp_path, database_url=database_url, review={"second_look_share": 1.0, "seed_share": 0.2})
    built.centre.review._draws = type(built.centre.review._draws)(key=b"k", second_look_share=1.0, seed_share=1.0)
    yield built
    built.close()


@pytest.mark.parametrize(("answer", "figure"), [(NO, "seeds_caught"), (YES, "seeds_missed")])
def test_a_known_negative_measures_whoever_answers_it_and_ends_rejected(
    seeding: CentreBuilder, answer: Decision, figure: str
) -> None:
    negative = seeding.queued_case().case_id
    say(seeding, LAN, negative, NO)
    say(seeding, HUY, negative, NO)
    say(seeding, LAN, seeding.queued_case().case_id, YES)
    assert seeding.stored(negative).state == CaseState.SEEDED
    seen, _, history = seeding.centre.cases.open(MAI, negative)
    assert (seen.state, seen.version, {event.action for event in history}) == (CaseState.QUEUED, 1, {"detect", "view"})
    with pytest.raises(Conflict, match="another person"):
        say(seeding, LAN, negative, YES)
    assert say(seeding, MAI, negative, answer).state == CaseState.REJECTED
    assert getattr(seeding.centre.reviewers.figures(BOSS)[MAI.actor], figure) == 1
    officer = seeding.officer()
    assert negative not in {
        each.case_id for each in seeding.centre.police.pull(officer, QUEUE, n=50, lease_s=60, idempotency_key="k").cases
    }
    say(seeding, LAN, seeding.queued_case().case_id, YES)
    assert seeding.stored(negative).state == CaseState.REJECTED, "each measures once"
    assert seeding.centre.audit.verify(SYSTEM).intact


REFUSED = get_args(DecisionName)


def refusal(centre: CentreBuilder, who: Principal, case_id: uuid.UUID, step: DecisionName) -> str:
    """What somebody is told who tries a step with a case, whose name is taken out; nothing where it is taken."""
    reasons = {"reject": "FALSE_DETECTION", "withdraw": "DUPLICATE", "close": "DUPLICATE", "cancel": "DUPLICATE"}
    reason = {**reasons, "judge_wrong": "FALSE_DETECTION"}.get(step)
    try:
        say(centre, who, case_id, Decision(decision=step, reason_code=reason, note="please"))
    except CentreError as error:
        return f"{type(error).__name__}: {error}".replace(str(case_id), "ID")
    return ""


@pytest.mark.parametrize("who", [MAI, BOSS])
@pytest.mark.parametrize("step", REFUSED)
def test_no_refusal_tells_that_somebody_answered_before(
    seeding: CentreBuilder, step: DecisionName, who: Principal
) -> None:
    seed, again = seeding.queued_case().case_id, seeding.queued_case().case_id
    say(seeding, LAN, seed, NO)
    say(seeding, HUY, seed, NO)
    say(seeding, LAN, again, YES)
    fresh = seeding.queued_case().case_id
    states = [seeding.stored(each).state for each in (fresh, again, seed)]
    assert states == [CaseState.QUEUED, CaseState.SECOND_REVIEW, CaseState.SEEDED]
    told = {refusal(seeding, who, each, step) for each in (seed, again, fresh)}
    assert len(told) == 1, told


def test_a_case_that_nothing_may_confirm_refuses_the_second_reviewer_as_it_did_the_first(twice: CentreBuilder) -> None:
    message = twice.message()
    assert twice.take_in(message, {}).on_record
    fresh, case_id = twice.message(), message.case.case_id
    assert twice.take_in(fresh, {}).on_record
    assert say(twice, LAN, case_id, NO).state == CaseState.SECOND_REVIEW
    told = {refusal(twice, HUY, each, "confirm") for each in (case_id, fresh.case.case_id)}
    assert len(told) == 1
    assert "blocked" in told.pop()
    assert twice.stored(case_id).state == CaseState.SECOND_REVIEW


def test_a_supervisor_who_cancels_a_known_negative_has_caught_it(seeding: CentreBuilder) -> None:
    negative = seeding.queued_case().case_id
    say(seeding, LAN, negative, NO)
    say(seeding, HUY, negative, NO)
    say(seeding, LAN, seeding.queued_case().case_id, YES)
    assert refusal(seeding, BOSS, negative, "cancel") == ""
    assert seeding.stored(negative).state == CaseState.REJECTED
    assert seeding.centre.reviewers.figures(BOSS)[BOSS.actor].seeds_caught == 1
    assert seeding.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize("step", ["withdraw", "requeue", "remind", "close", "evidence_added"])
def test_no_other_step_takes_a_known_negative(seeding: CentreBuilder, step: DecisionName) -> None:
    negative = seeding.queued_case().case_id
    say(seeding, LAN, negative, NO)
    say(seeding, HUY, negative, NO)
    say(seeding, LAN, seeding.queued_case().case_id, YES)
    reason = "DUPLICATE" if step in {"withdraw", "cancel", "close"} else None
    with pytest.raises(Conflict):
        say(seeding, BOSS, negative, Decision(decision=step, reason_code=reason, note="please"))
    assert seeding.stored(negative).state == CaseState.SEEDED


def test_what_was_rejected_for_a_reason_that_pictures_do_not_show_seeds_nothing(seeding: CentreBuilder) -> None:
    negative = seeding.queued_case().case_id
    permit = Decision(decision="reject", reason_code="VALID_PERMIT", note="number 7")
    say(seeding, LAN, negative, permit)
    say(seeding, HUY, negative, permit)
    say(seeding, LAN, seeding.queued_case().case_id, YES)
    assert seeding.stored(negative).state == CaseState.REJECTED


def test_who_asks_for_evidence_starts_the_review_anew_and_the_note_is_on_record(twice: CentreBuilder) -> None:
    case_id = twice.queued_case().case_id
    say(twice, LAN, case_id, YES)
    asked = say(twice, HUY, case_id, Decision(decision="ask_evidence", note="which sign stands there?"))
    assert asked.state == CaseState.NEEDS_EVIDENCE
    assert say(twice, BOSS, case_id, Decision(decision="evidence_added", note="photo 3")).state == CaseState.QUEUED
    assert say(twice, LAN, case_id, YES).state == CaseState.SECOND_REVIEW
    assert say(twice, MAI, case_id, YES).state == CaseState.READY
    assert twice.centre.audit.verify(SYSTEM).intact


def test_a_case_that_was_answered_before_evidence_was_asked_for_looks_as_one_that_was_not(
    twice: CentreBuilder,
) -> None:
    ask, add = (Decision(decision=step, note="photo 3") for step in ("ask_evidence", "evidence_added"))
    fresh, answered = (twice.queued_case().case_id for _ in range(2))
    say(twice, LAN, answered, YES)
    client = twice.signed_in("mai", Role.OPERATOR)

    def told() -> tuple[str, ...]:
        """What a reviewer is told of both, with what differs between any two cases made equal."""
        found = []
        for case_id in (fresh, answered):
            detail, history = (client.get(f"/api/v1/cases/{case_id}{part}") for part in ("", "/history"))
            events = [(event["action"], event["at"], event["body"].get("from")) for event in history.json()["items"]]
            listed = [each for each in client.get("/api/v1/cases").json()["items"] if each["case_id"] == str(case_id)]
            plain = [detail.headers["ETag"], detail.json()["summary"], events, listed]
            found.append(json.dumps(plain, sort_keys=True).replace(str(case_id), "ID"))
        return tuple(found)

    for step in (ask, add):
        for case_id in (fresh, answered):
            say(twice, HUY, case_id, step)
        one, other = told()
        assert one == other, step.decision
        twice.clock.advance(60)
    whole = twice.centre.cases.get(AUDITOR, answered)[0].version
    assert whole > twice.centre.cases.get(MAI, answered)[0].version, "who audits is told"
    refused = refusal(twice, MAI, answered, "withdraw")
    assert refused == refusal(twice, MAI, fresh, "withdraw")
    for case_id in (fresh, answered):
        say(twice, LAN, case_id, YES)
    one, other = told()
    assert one == other, "and so when it waits for the second look of the new review"


def test_no_known_negative_is_older_than_what_waits(seeding: CentreBuilder) -> None:
    negative = seeding.queued_case().case_id
    say(seeding, LAN, negative, NO)
    say(seeding, HUY, negative, NO)
    seeding.clock.advance(3600)
    later = [seeding.queued_case(began_at=NOON + timedelta(hours=1)).case_id for _ in range(2)]
    say(seeding, LAN, later[0], YES)
    assert seeding.stored(negative).state == CaseState.REJECTED, "handed out first, it would be known by its age"
    assert seeding.queued_case(began_at=NOON - timedelta(minutes=1)).state == CaseState.QUEUED
    say(seeding, LAN, later[1], YES)
    assert seeding.stored(negative).state == CaseState.SEEDED


def test_who_asks_for_evidence_at_a_second_look_is_not_told_the_first_answer(twice: CentreBuilder) -> None:
    case_id = twice.queued_case().case_id
    say(twice, LAN, case_id, YES)
    asked = say(twice, HUY, case_id, Decision(decision="ask_evidence", note="which lamp is it?"))
    assert asked.state == CaseState.NEEDS_EVIDENCE
    for who in (HUY, MAI):
        told = twice.centre.cases.history(who, case_id)
        steps = {event.action: event for event in told if "from" in event.body}
        assert set(steps) == {"ask_evidence"}
        assert steps["ask_evidence"].body["from"] == CaseState.QUEUED
        assert steps["ask_evidence"].body["note"] == "which lamp is it?"
    say(twice, MAI, case_id, Decision(decision="evidence_added", note="the left one"))
    for who in (HUY, MAI, LAN):
        told = twice.centre.cases.history(who, case_id)
        assert [event.action for event in told if "from" in event.body] == ["ask_evidence", "evidence_added"]
        assert LAN.actor not in {event.actor for event in told} - {who.actor}
    assert {"confirm", "look_again"} <= {event.action for event in twice.centre.cases.history(AUDITOR, case_id)}


@pytest.mark.parametrize("spare", [0, 1, 50])
def test_one_reading_shows_each_reviewer_what_his_own_list_would(
    twice: CentreBuilder, monkeypatch: pytest.MonkeyPatch, spare: int
) -> None:
    """What each answered himself is kept from him, however short the reading for all of them was."""
    monkeypatch.setattr(shared_lists, "SPARE", spare)
    cases = [twice.queued_case().case_id for _ in range(8)]
    for who, answered in ((LAN, cases[4:7]), (HUY, cases[6:])):
        for case_id in answered:
            say(twice, who, case_id, YES)
    reader = twice.centre.cases
    filters = (CaseFilter(states=(CaseState.QUEUED,)), CaseFilter())
    for limit in (3, 5, 100):
        wanted = {
            (each.scope, as_reviewer(each, wanted)): (each, wanted)
            for each in (LAN, HUY, MAI, BOSS, AUDITOR)
            for wanted in filters
        }
        for asked, lists in reader.lists(wanted, limit=limit).items():
            who, alone = wanted[asked]
            assert lists.items == reader.list(who, alone, limit=limit).items
