"""One act seen twice is proposed when it comes in, judged by a person, and can be taken apart again."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from api.cases.case_rows import StoredCase
from api.cases.review import Decision
from api.errors import StaleVersion
from api.principals import SYSTEM, Principal
from domain.camera import Mode
from domain.cases.duplicates import Judgement
from domain.cases.grounds import Ground
from domain.cases.roles import Role
from domain.cases.states import Action, Blocker, CaseState
from domain.errors import CentreError, Conflict, Invalid, NotAllowed, NotFound
from domain.grants import Scope
from domain.plates.reading import NOT_READ, PlateReading
from tests.builders.cases import NOON
from tests.builders.centre import QUEUE, CentreBuilder

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
HUY = Principal(actor="user:huy", name="Huy", role=Role.OPERATOR)
BOSS = Principal(actor="user:boss", name="Boss", role=Role.SUPERVISOR)
AUDITOR = Principal(actor="user:auditor", name="Auditor", role=Role.AUDITOR)
NO_PLATE: dict[str, Any] = {"plate": NOT_READ}
SEEN = PlateReading(status="agreed", text="75F112345", character_confidences=(0.99,) * 9)
REJECT = Decision(decision="reject", reason_code="FALSE_DETECTION")


def seen_twice(centre: CentreBuilder) -> tuple[StoredCase, StoredCase]:
    """One act that two cameras of a junction saw, plates unread."""
    first = centre.queued_case(**NO_PLATE)
    return first, centre.queued_case(**NO_PLATE, camera_id="cam-2", began_at=NOON + timedelta(seconds=2))


def judge(
    centre: CentreBuilder, one: StoredCase, other: StoredCase, said: Judgement, who: Principal = LAN, **more: uuid.UUID
) -> StoredCase:
    seen = centre.centre.cases.get(who, one.case_id)[0]
    return centre.centre.duplicates.judge(who, one.case_id, other.case_id, said, expected_version=seen.version, **more)


def intact(centre: CentreBuilder) -> bool:
    found = centre.centre.audit.verify(SYSTEM)
    assert found.intact, found
    return True


def test_what_may_be_one_act_waits_for_a_person(centre: CentreBuilder) -> None:
    first, second = seen_twice(centre)
    assert first.blocked_by == (Blocker.PLATE_MISSING,)
    assert second.blocked_by == (Blocker.DUPLICATE_OPEN, Blocker.PLATE_MISSING)
    (shown,) = centre.centre.duplicates.of(LAN, second.case_id)
    assert shown.stored.case_id == first.case_id
    assert shown.is_open
    assert shown.grounds == (Ground.PLATE_UNREAD, Ground.SAME_TIME, Ground.SAME_PLACE, Ground.SAME_LOOK)
    assert {file.name for file in shown.files if file.complete} >= {"still-0.jpg", "clip.mp4"}
    (back,) = centre.centre.duplicates.of(LAN, first.case_id)
    assert back.stored.case_id == second.case_id
    with pytest.raises(Conflict, match="duplicate_open"):
        centre.confirm(second)
    seen = centre.centre.cases.history(AUDITOR, first.case_id)
    assert [event.actor for event in seen if event.action == "view"].count(LAN.actor) == 1
    assert intact(centre)


def test_other_acts_shadow_cases_and_what_ended_are_not_proposed(centre: CentreBuilder) -> None:
    first = centre.queued_case(**NO_PLATE)
    others = [
        centre.queued_case(**NO_PLATE),  # the same box and camera: it tells its road users apart itself
        centre.queued_case(**NO_PLATE, camera_id="cam-2", began_at=NOON + timedelta(hours=1)),
        centre.queued_case(**NO_PLATE, camera_id="cam-2", vehicle_kind="car"),
        centre.queued_case(**NO_PLATE, camera_id="cam-2", mode=Mode.SHADOW),
    ]
    assert not any(Blocker.DUPLICATE_OPEN in each.blocked_by for each in others)
    centre.centre.review.decide(LAN, first.case_id, REJECT, expected_version=first.version)
    for each in others[:1]:
        centre.centre.review.decide(LAN, each.case_id, REJECT, expected_version=each.version)
    assert centre.queued_case(**NO_PLATE, camera_id="cam-3").blocked_by == (Blocker.PLATE_MISSING,)
    assert intact(centre)


def test_equal_plates_are_found_farther_away_and_later(centre: CentreBuilder) -> None:
    first = centre.queued_case(plate=SEEN)
    later = centre.queued_case(plate=SEEN, camera_id="cam-2", began_at=NOON + timedelta(seconds=150))
    (shown,) = centre.centre.duplicates.of(LAN, later.case_id)
    assert shown.stored.case_id == first.case_id
    assert shown.grounds[:2] == (Ground.SAME_PLATE, Ground.SOON_AFTER)


def test_different_acts_both_go_on(centre: CentreBuilder) -> None:
    first, second = seen_twice(centre)
    judged = judge(centre, second, first, Judgement.DIFFERENT)
    assert judged.blocked_by == (Blocker.PLATE_MISSING,)
    assert centre.confirm(judged).state == CaseState.READY
    assert centre.confirm(centre.stored(first.case_id)).state == CaseState.READY
    with pytest.raises(Conflict, match="judged"):
        judge(centre, first, second, Judgement.SAME)
    assert intact(centre)


def test_one_act_goes_on_as_one_case_and_its_evidence_stays_in_reach(centre: CentreBuilder) -> None:
    first, second = seen_twice(centre)
    closed = judge(centre, second, first, Judgement.SAME)
    assert closed.state == CaseState.DUPLICATE
    assert closed.lead_id == first.case_id
    assert closed.case.case_id == second.case_id
    (shown,) = centre.centre.duplicates.of(HUY, first.case_id)
    assert shown.merged
    assert centre.centre.evidence.file(HUY, second.case_id, "clip.mp4").name == "clip.mp4"
    lead = centre.stored(first.case_id)
    assert lead.blocked_by == (Blocker.PLATE_MISSING,)
    assert centre.confirm(lead).state == CaseState.READY
    said = [event for event in centre.centre.cases.history(AUDITOR, first.case_id) if event.action == "judge_duplicate"]
    assert [event.body["other_message_sha256"] for event in said] == [second.message_sha256]
    for step in (Decision(decision="confirm"), REJECT, Decision(decision="cancel", reason_code="OTHER", note="so")):
        with pytest.raises(Conflict):
            centre.centre.review.decide(BOSS, second.case_id, step, expected_version=closed.version)
    assert centre.centre.police.pull(centre.officer(), QUEUE, n=9, lease_s=600, idempotency_key="k").cases[
        0
    ].case_id == (first.case_id)
    assert intact(centre)


def test_a_merged_case_is_split_off_and_reviewed_from_the_beginning(centre: CentreBuilder) -> None:
    first, second = seen_twice(centre)
    closed = judge(centre, first, second, Judgement.SAME, lead_id=second.case_id)
    assert closed.state == CaseState.DUPLICATE
    split = centre.centre.duplicates.split
    with pytest.raises(Invalid, match="note"):
        split(HUY, first.case_id, note=" . ", expected_version=closed.version)
    with pytest.raises(StaleVersion):
        split(HUY, first.case_id, note="two bikes", expected_version=closed.version - 1)
    with pytest.raises(Conflict):
        split(HUY, second.case_id, note="two bikes", expected_version=centre.stored(second.case_id).version)
    back = split(HUY, first.case_id, note="two bikes", expected_version=closed.version)
    assert (back.state, back.lead_id, back.blocked_by) == (CaseState.QUEUED, None, (Blocker.PLATE_MISSING,))
    (shown,) = centre.centre.duplicates.of(AUDITOR, first.case_id)
    assert shown.judgement == Judgement.SPLIT
    assert not shown.merged
    assert centre.confirm(back).state == CaseState.READY
    assert centre.confirm(centre.stored(second.case_id)).state == CaseState.READY
    assert intact(centre)


def test_what_the_police_hold_leads_and_never_closes(centre: CentreBuilder) -> None:
    first, second = seen_twice(centre)
    centre.confirm(first)
    centre.centre.police.pull(centre.officer(), QUEUE, n=1, lease_s=600, idempotency_key="k")
    with pytest.raises(Conflict, match="neither can close"):
        judge(centre, second, first, Judgement.SAME, lead_id=second.case_id)
    assert judge(centre, second, first, Judgement.SAME).lead_id == first.case_id
    assert intact(centre)


def test_a_case_that_ended_stays_as_it_ended_and_the_other_goes_on(centre: CentreBuilder) -> None:
    first, second = seen_twice(centre)
    centre.centre.review.decide(LAN, first.case_id, REJECT, expected_version=first.version)
    judged = judge(centre, second, first, Judgement.SAME, who=HUY)
    assert (judged.state, judged.blocked_by) == (CaseState.QUEUED, (Blocker.PLATE_MISSING,))
    assert centre.stored(first.case_id).state == CaseState.REJECTED
    assert centre.confirm(judged).state == CaseState.READY
    assert intact(centre)


def test_three_cameras_make_one_case(centre: CentreBuilder) -> None:
    first, second = seen_twice(centre)
    third = centre.queued_case(**NO_PLATE, camera_id="cam-3", began_at=NOON + timedelta(seconds=3))
    assert len(centre.centre.duplicates.of(LAN, third.case_id)) == 2
    judge(centre, second, first, Judgement.SAME)
    closed = judge(centre, third, second, Judgement.SAME)  # the one that leads the second leads the third
    assert closed.lead_id == first.case_id
    judge(centre, third, first, Judgement.SAME)
    assert {each.stored.case_id for each in centre.centre.duplicates.of(LAN, first.case_id)} == {
        second.case_id,
        third.case_id,
    }
    fourth = centre.queued_case(**NO_PLATE, camera_id="cam-4", began_at=NOON + timedelta(seconds=3))
    assert [each.stored.case_id for each in centre.centre.duplicates.of(LAN, fourth.case_id)] == [first.case_id]
    fifth = centre.queued_case(**NO_PLATE, camera_id="cam-5", began_at=NOON + timedelta(seconds=3))
    with pytest.raises(Conflict, match="split"):
        judge(centre, fifth, first, Judgement.SAME, lead_id=fifth.case_id)
    assert intact(centre)


def test_who_may_and_what_is_asked_wrongly(centre: CentreBuilder) -> None:
    first, second = seen_twice(centre)
    stranger = centre.queued_case(**NO_PLATE, began_at=NOON - timedelta(hours=2))
    with pytest.raises(NotAllowed):
        judge(centre, second, first, Judgement.SAME, who=AUDITOR)
    elsewhere = Principal(actor="user:xa", name="Xa", role=Role.OPERATOR, scope=Scope(wards=frozenset({"phu-bai"})))
    with pytest.raises(NotFound):
        centre.centre.duplicates.judge(elsewhere, second.case_id, first.case_id, Judgement.SAME, expected_version=1)
    with pytest.raises(NotFound):
        centre.centre.duplicates.of(elsewhere, second.case_id)
    with pytest.raises(NotFound, match="nothing says"):
        judge(centre, second, stranger, Judgement.SAME)
    with pytest.raises(Invalid, match="one of the two"):
        judge(centre, second, first, Judgement.SAME, lead_id=stranger.case_id)
    with pytest.raises(Invalid):
        judge(centre, second, first, Judgement.SPLIT)
    centre.centre.holds.take(HUY, first.case_id)
    with pytest.raises(Conflict, match="open"):
        judge(centre, second, first, Judgement.SAME, lead_id=second.case_id)
    with pytest.raises(Conflict, match="open"):
        judge(centre, first, second, Judgement.DIFFERENT)
    assert judge(centre, second, first, Judgement.DIFFERENT).blocked_by == (Blocker.PLATE_MISSING,)
    assert intact(centre)


def test_a_second_reviewer_is_not_told_that_somebody_judged_the_pair(
    tmp_path_factory: pytest.TempPathFactory, database_url: str
) -> None:
    centre = CentreBuilder(
        tmp_path_factory.mktemp("twice"), database_url=database_url, review={"second_look_share": 1.0}
    )
    first, second = seen_twice(centre)
    judged = judge(centre, second, first, Judgement.DIFFERENT)
    for who in (LAN, HUY):
        centre.read_by(who, second.case_id)
    centre.centre.review.decide(LAN, second.case_id, Decision(decision="confirm"), expected_version=judged.version)
    assert centre.centre.duplicates.of(HUY, second.case_id) == ()
    told = [event.action for event in centre.centre.cases.history(HUY, second.case_id)]
    assert not {"judge_duplicate", "propose_duplicates"} & set(told)
    seen = centre.centre.cases.get(HUY, second.case_id)[0]
    assert (seen.state, seen.version) == (CaseState.QUEUED, judged.version)
    decided = centre.centre.review.decide(
        HUY, second.case_id, Decision(decision="confirm"), expected_version=seen.version
    )
    assert decided.state == CaseState.READY
    assert intact(centre)
    centre.close()


def test_media_of_a_duplicate_stay_as_long_as_those_of_its_lead(centre: CentreBuilder) -> None:
    first, second = seen_twice(centre)
    judge(centre, second, first, Judgement.SAME)
    centre.clock.advance(40 * 86400)
    assert centre.centre.retention.run(apply=True)["rejected"].cases == 0
    lead = centre.stored(first.case_id)
    centre.centre.review.decide(LAN, first.case_id, REJECT, expected_version=lead.version)
    centre.clock.advance(31 * 86400)
    assert centre.centre.retention.run(apply=True)["rejected"].cases == 1  # the lead's; the other is looked at again
    back = centre.stored(second.case_id)
    centre.centre.review.decide(LAN, second.case_id, REJECT, expected_version=back.version)
    centre.clock.advance(31 * 86400)
    gone = 1 + sum(centre.centre.retention.run(apply=True)["rejected"].cases for _ in range(2))
    assert gone == 2
    assert intact(centre)


def at_once(*tasks: Callable[[], object]) -> list[object]:
    """Run tasks together; what each gave, or the refusal that it met."""
    found: list[object] = [None] * len(tasks)
    start = threading.Barrier(len(tasks))

    def work(number: int) -> None:
        start.wait()
        try:
            found[number] = tasks[number]()
        except CentreError as refused:
            found[number] = refused

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_people_decide_both_cases_at_once_and_one_act_stays_one_case(centre: CentreBuilder) -> None:
    review, duplicates = centre.centre.review, centre.centre.duplicates
    for number in range(4):
        begins = NOON + timedelta(hours=number)
        first = centre.queued_case(**NO_PLATE, began_at=begins)
        second = centre.queued_case(**NO_PLATE, camera_id="cam-2", began_at=begins)
        centre.read_by(HUY, first.case_id)
        versions = {each.case_id: each.version for each in (first, second)}

        def confirm_first(case_id: uuid.UUID = first.case_id, version: int = versions[first.case_id]) -> StoredCase:
            return review.decide(HUY, case_id, Decision(decision="confirm"), expected_version=version)

        def merge(one: StoredCase, other: StoredCase, who: Principal, lead: StoredCase) -> Callable[[], StoredCase]:
            return lambda: duplicates.judge(
                who,
                one.case_id,
                other.case_id,
                Judgement.SAME,
                expected_version=one.version,
                lead_id=lead.case_id,
            )

        at_once(confirm_first, merge(second, first, LAN, second), merge(first, second, BOSS, first))
        states = sorted(centre.stored(each).state.value for each in versions)
        assert states in (
            [CaseState.DUPLICATE.value, CaseState.QUEUED.value],
            [CaseState.DUPLICATE.value, CaseState.SECOND_REVIEW.value],
            [CaseState.QUEUED.value, CaseState.SECOND_REVIEW.value],
        ), states
        if states == [
            CaseState.QUEUED.value,
            CaseState.SECOND_REVIEW.value,
        ]:  # then nobody could merge, and it still waits
            assert Blocker.DUPLICATE_OPEN in centre.stored(second.case_id).blocked_by
        merges = [
            event
            for each in versions
            for event in centre.centre.cases.history(AUDITOR, each)
            if event.action == Action.MERGE
        ]
        assert len(merges) <= 1
    assert intact(centre)


def test_of_two_that_come_in_at_once_one_is_proposed(centre: CentreBuilder) -> None:
    messages = [centre.message(**NO_PLATE), centre.message(**NO_PLATE, camera_id="cam-2")]
    for message in messages:
        centre.offer(message)
        centre.upload(message)
    answers = at_once(*(lambda message=message: centre.offer(message) for message in messages))
    assert not [each for each in answers if isinstance(each, Exception)]
    blocked = [Blocker.DUPLICATE_OPEN in centre.stored(message.case.case_id).blocked_by for message in messages]
    assert sorted(blocked) == [False, True]
    assert intact(centre)


def test_a_plate_that_is_none_breaks_no_index(centre: CentreBuilder) -> None:
    endless = PlateReading(status="agreed", text="7" * 9000)
    first = centre.queued_case(plate=endless)
    (shown,) = centre.centre.duplicates.of(LAN, centre.queued_case(plate=endless, camera_id="cam-2").case_id)
    assert shown.stored.case_id == first.case_id
