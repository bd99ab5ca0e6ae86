"""A case that leads and ends without a fine gives its duplicates back: they are looked at, on record and in view."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from api.cases.case_rows import StoredCase
from api.cases.review import Decision
from api.errors import StaleVersion
from api.persistence.tables import cases
from api.police.steps import Told
from api.principals import SYSTEM, Principal
from domain.cases.duplicates import ENDED_WITHOUT_SANCTION, Judgement
from domain.cases.roles import Role
from domain.cases.states import JUDGED_STATES, Action, CaseState
from domain.errors import CentreError, Conflict
from domain.grants import Scope
from tests.builders.cases import NOON
from tests.builders.centre import QUEUE, CentreBuilder

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
HUY = Principal(actor="user:huy", name="Huy", role=Role.OPERATOR)
BOSS = Principal(actor="user:boss", name="Boss", role=Role.SUPERVISOR)
REJECT = Decision(decision="reject", reason_code="FALSE_DETECTION")
CANCEL = Decision(decision="cancel", reason_code="OTHER", note="so")


def merged(centre: CentreBuilder, **case: object) -> tuple[StoredCase, StoredCase]:
    """(the case that leads, the one that closed): one act that two cameras of a junction saw."""
    lead = centre.queued_case(**case)
    plate = lead.case.plate
    later = centre.queued_case(**{**case, "plate": plate, "camera_id": "cam-2"})
    closed = centre.centre.duplicates.judge(
        LAN, later.case_id, lead.case_id, Judgement.SAME, expected_version=later.version, lead_id=lead.case_id
    )
    assert closed.lead_id == lead.case_id
    return lead, closed


def say(centre: CentreBuilder, who: Principal, case_id: uuid.UUID, decision: Decision) -> StoredCase:
    seen = centre.centre.cases.get(who, case_id)[0]
    return centre.centre.review.decide(who, case_id, decision, expected_version=seen.version)


def pulled(centre: CentreBuilder, lead: StoredCase) -> uuid.UUID:
    centre.confirm(centre.stored(lead.case_id))
    lease = centre.centre.police.pull(centre.officer(), QUEUE, n=1, lease_s=600, idempotency_key="k")
    assert lease.lease_id is not None
    return lease.lease_id


def received(centre: CentreBuilder, lead: StoredCase) -> None:
    lease_id = pulled(centre, lead)
    b"".join(centre.centre.police.package(centre.officer(), lead.case_id))
    sha256 = centre.stored(lead.case_id).package_sha256 or ""
    centre.centre.police.acknowledge(centre.officer(), lead.case_id, lease_id=lease_id, package_sha256=sha256)


def rejected(centre: CentreBuilder, lead: StoredCase) -> None:
    say(centre, LAN, lead.case_id, REJECT)


def cancelled(centre: CentreBuilder, lead: StoredCase) -> None:
    say(centre, BOSS, lead.case_id, CANCEL)


def withdrawn(centre: CentreBuilder, lead: StoredCase) -> None:
    centre.confirm(centre.stored(lead.case_id))
    say(centre, BOSS, lead.case_id, Decision(decision="withdraw", reason_code="OTHER", note="so"))


def closed_after_return(centre: CentreBuilder, lead: StoredCase) -> None:
    lease_id = pulled(centre, lead)
    give_back = centre.centre.police.give_back
    give_back(centre.officer(), lead.case_id, lease_id=lease_id, reason_code="PLATE_UNREADABLE", note="")
    assert centre.stored(lead.case_id).state == CaseState.RETURNED
    say(centre, LAN, lead.case_id, Decision(decision="close", reason_code="PLATE_UNREADABLE"))


def rejected_by_police(centre: CentreBuilder, lead: StoredCase) -> None:
    received(centre, lead)
    steps = centre.centre.police_steps
    steps.take(centre.officer(), lead.case_id, Told(step=Action.VERIFY))
    told = Told(step=Action.POLICE_REJECT, reason_code="PLATE_UNREADABLE")
    steps.take(centre.officer(), lead.case_id, told)


def cancelled_by_police(centre: CentreBuilder, lead: StoredCase) -> None:
    received(centre, lead)
    told = Told(step=Action.POLICE_CANCEL, reason_code="PLATE_UNREADABLE")
    centre.centre.police_steps.take(centre.officer(), lead.case_id, told)


ENDS: dict[CaseState, list[Callable[[CentreBuilder, StoredCase], None]]] = {
    CaseState.REJECTED: [rejected],
    CaseState.CANCELLED: [cancelled, cancelled_by_police],
    CaseState.WITHDRAWN: [withdrawn],
    CaseState.CLOSED: [closed_after_return],
    CaseState.POLICE_REJECTED: [rejected_by_police],
}
ELSEWHERE = {CaseState.AUTO_DISCARDED, CaseState.EXPIRED, CaseState.SEEDED, CaseState.DETECTED}


def test_every_end_without_a_fine_is_tried_here() -> None:
    """Those of ``ELSEWHERE`` by the machine, below; what is measured leads nothing."""
    assert set(ENDS) | ELSEWHERE | JUDGED_STATES == ENDED_WITHOUT_SANCTION


@pytest.mark.parametrize(("state", "end"), [(state, end) for state, ends in ENDS.items() for end in ends])
def test_its_duplicate_waits_for_its_first_look_again(
    centre: CentreBuilder, state: CaseState, end: Callable[[CentreBuilder, StoredCase], None]
) -> None:
    lead, duplicate = merged(centre)
    centre.clock.advance(60)
    end(centre, lead)
    assert centre.stored(lead.case_id).state == state
    back = centre.stored(duplicate.case_id)
    assert (back.state, back.lead_id, back.blocked_by) == (CaseState.QUEUED, None, ())
    assert back.entered_at == centre.clock.now()
    said = centre.centre.cases.history(BOSS, duplicate.case_id)[-1]
    assert (said.action, said.actor) == (Action.LEAD_ENDED, SYSTEM.actor)
    assert said.body["lead_id"] == str(lead.case_id)
    assert said.body["lead_state"] == state
    assert [each.case_id for each in centre.centre.workload.given_back(BOSS)] == [duplicate.case_id]
    assert centre.confirm(back).state == CaseState.READY
    assert centre.centre.workload.given_back(BOSS) == ()
    assert centre.centre.audit.verify(SYSTEM).intact


def test_who_sees_only_another_ward_is_not_shown_them(centre: CentreBuilder) -> None:
    lead, _ = merged(centre)
    rejected(centre, lead)
    elsewhere = Principal(actor="user:xa", name="Xa", role=Role.SUPERVISOR, scope=Scope(wards=frozenset({"phu-bai"})))
    assert centre.centre.workload.given_back(elsewhere) == ()


def test_a_rejection_that_another_person_looks_at_ends_nothing_yet(
    tmp_path_factory: pytest.TempPathFactory, database_url: str
) -> None:
    folder = tmp_path_factory.mktemp("twice")
    centre = CentreBuilder(folder, database_url=database_url, review={"second_look_share": 1.0})
    lead, duplicate = merged(centre)
    say(centre, LAN, lead.case_id, REJECT)
    assert centre.stored(duplicate.case_id).state == CaseState.DUPLICATE
    say(centre, HUY, lead.case_id, REJECT)
    assert centre.stored(lead.case_id).state == CaseState.REJECTED
    assert centre.stored(duplicate.case_id).state == CaseState.QUEUED
    assert centre.centre.audit.verify(SYSTEM).intact
    centre.close()


def test_all_that_one_case_led_come_back_and_those_of_others_stay(centre: CentreBuilder) -> None:
    lead, duplicate = merged(centre)
    third = centre.queued_case(plate=lead.case.plate, camera_id="cam-3")
    centre.centre.duplicates.judge(
        LAN, third.case_id, lead.case_id, Judgement.SAME, expected_version=third.version, lead_id=lead.case_id
    )
    _, stays = merged(centre, began_at=NOON - timedelta(hours=2))
    rejected(centre, lead)
    states = [centre.stored(each.case_id).state for each in (duplicate, third, stays)]
    assert states == [CaseState.QUEUED, CaseState.QUEUED, CaseState.DUPLICATE]
    assert centre.centre.audit.verify(SYSTEM).intact


def test_what_the_full_queue_drops_gives_back_and_is_not_dropped_with_it(
    tmp_path_factory: pytest.TempPathFactory, database_url: str
) -> None:
    folder = tmp_path_factory.mktemp("full")
    centre = CentreBuilder(folder, database_url=database_url, review={"queue_limit": 1})
    lead, duplicate = merged(centre, code="PARK_PAVEMENT", began_at=NOON - timedelta(hours=2))
    centre.queued_case()
    centre.clock.advance(50 * 3600)
    assert centre.centre.review_queue.drop() >= 1
    assert centre.stored(lead.case_id).state == CaseState.AUTO_DISCARDED
    assert centre.stored(duplicate.case_id).state == CaseState.QUEUED
    assert centre.centre.audit.verify(SYSTEM).intact
    centre.close()


def test_a_duplicate_whose_own_year_is_over_expires_with_its_lead(centre: CentreBuilder) -> None:
    lead, duplicate = merged(centre)
    centre.clock.advance(366 * 86400)
    assert centre.centre.review_queue.expire() == 2
    assert {centre.stored(each.case_id).state for each in (lead, duplicate)} == {CaseState.EXPIRED}
    assert centre.centre.review_queue.give_back_led() == 0
    assert centre.centre.audit.verify(SYSTEM).intact


def test_what_was_left_closed_before_is_found(centre: CentreBuilder) -> None:
    """As an earlier version left it: the lead ended, its duplicate stayed closed behind it."""
    lead, duplicate = merged(centre)
    with centre.database.write() as connection:
        alone = update(cases).where(cases.c.case_id == str(duplicate.case_id))
        connection.execute(alone.values(lead_id=None))
    rejected(centre, lead)
    with centre.database.write() as connection:
        connection.execute(alone.values(lead_id=str(lead.case_id)))
    assert centre.stored(duplicate.case_id).state == CaseState.DUPLICATE
    assert centre.centre.review_queue.give_back_led() == 1
    assert centre.stored(duplicate.case_id).state == CaseState.QUEUED
    assert centre.centre.review_queue.give_back_led() == 0
    assert centre.centre.audit.verify(SYSTEM).intact


def split_off(centre: CentreBuilder, closed: StoredCase) -> None:
    centre.centre.duplicates.split(HUY, closed.case_id, note="two", expected_version=closed.version)


def at_once(*tasks: Callable[[], object]) -> list[CentreError]:
    """Run tasks together; the refusals that they met."""
    refused: list[CentreError] = []
    start = threading.Barrier(len(tasks))

    def work(task: Callable[[], object]) -> None:
        start.wait()
        try:
            task()
        except CentreError as error:
            refused.append(error)

    threads = [threading.Thread(target=work, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def test_a_lead_ends_while_its_duplicate_is_split_off(centre: CentreBuilder) -> None:
    """Each takes both rows; whoever comes first, nobody waits for ever and the duplicate is looked at."""
    for number in range(6):
        lead, duplicate = merged(centre, began_at=NOON - timedelta(hours=number))
        refused = at_once(partial(split_off, centre, duplicate), partial(rejected, centre, lead))
        assert centre.stored(lead.case_id).state == CaseState.REJECTED
        assert centre.stored(duplicate.case_id).state == CaseState.QUEUED
        assert not [error for error in refused if not isinstance(error, StaleVersion | Conflict)]
    assert centre.centre.audit.verify(SYSTEM).intact
