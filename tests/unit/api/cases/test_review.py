import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.cases.review import Decision
from api.errors import StaleVersion
from api.principals import SYSTEM, Principal
from domain.cases.roles import Role
from domain.cases.states import Blocker, CaseState
from domain.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.builders.centre import QUEUE, CentreBuilder

REVIEWER = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
CONFIRM = Decision(decision="confirm")
REJECT = Decision(decision="reject", reason_code="FALSE_DETECTION")


def test_of_eight_reviewers_at_once_one_decides(centre: CentreBuilder) -> None:
    stored = centre.queued_case()

    def decide(number: int) -> str | None:
        reviewer = Principal(actor=f"user:r{number}", name="R", role=Role.OPERATOR)
        decision = CONFIRM if number % 2 else REJECT
        try:
            centre.centre.review.decide(reviewer, stored.case_id, decision, expected_version=stored.version)
        except StaleVersion:
            return None
        return reviewer.actor

    with ThreadPoolExecutor(8) as pool:
        deciders = [actor for actor in pool.map(decide, range(8)) if actor]
    assert len(deciders) == 1
    steps = [e for e in centre.centre.cases.history(REVIEWER, stored.case_id) if e.action in {"confirm", "reject"}]
    assert [step.actor for step in steps] == deciders


def test_a_confirmed_case_is_ready_and_the_record_says_by_whom(centre: CentreBuilder) -> None:
    stored = centre.ready_case()
    assert stored.state == CaseState.READY
    steps = [
        (event.action, event.actor, event.body.get("state"))
        for event in centre.centre.cases.history(REVIEWER, stored.case_id)
        if "state" in event.body
    ]
    assert steps == [
        ("detect", "box:box-1", "queued"),
        ("confirm", "user:reviewer", "confirmed"),
        ("release", "system", "ready"),
    ]


def test_a_case_whose_evidence_was_lost_on_the_box_can_be_rejected_but_not_confirmed(centre: CentreBuilder) -> None:
    message = centre.message()
    centre.take_in(message, {})
    stored = centre.stored(message.case.case_id)
    assert stored.blocked_by == (Blocker.EVIDENCE_MISSING,)
    decide = centre.centre.review.decide
    with pytest.raises(Conflict):
        decide(REVIEWER, stored.case_id, CONFIRM, expected_version=stored.version)
    rejected = decide(REVIEWER, stored.case_id, REJECT, expected_version=stored.version)
    assert rejected.state == CaseState.REJECTED
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.OPERATOR, Role.SUPERVISOR}])
def test_nobody_else_decides(sqlite_centre: CentreBuilder, role: Role) -> None:
    stored = sqlite_centre.queued_case()
    who = Principal(actor="user:x", name="x", role=role)
    with pytest.raises(NotAllowed):
        sqlite_centre.centre.review.decide(who, stored.case_id, CONFIRM, expected_version=stored.version)


def test_a_refused_decision_leaves_no_trace(sqlite_centre: CentreBuilder) -> None:
    stored = sqlite_centre.queued_case()
    decide = sqlite_centre.centre.review.decide
    before = sqlite_centre.centre.audit.verify(SYSTEM).events
    with pytest.raises(Invalid):
        decide(REVIEWER, stored.case_id, Decision(decision="reject"), expected_version=stored.version)
    with pytest.raises(Invalid):
        decide(
            REVIEWER,
            stored.case_id,
            Decision(decision="reject", reason_code="EXPIRED"),
            expected_version=stored.version,
        )
    with pytest.raises(StaleVersion):
        decide(REVIEWER, stored.case_id, REJECT, expected_version=stored.version - 1)
    with pytest.raises(NotFound):
        decide(REVIEWER, type(stored.case_id)(int=1), REJECT, expected_version=1)
    assert sqlite_centre.centre.audit.verify(SYSTEM).events == before
    assert sqlite_centre.stored(stored.case_id).version == stored.version


def test_a_supervisor_withdraws_even_from_a_running_lease_and_nobody_else_does(centre: CentreBuilder) -> None:
    stored = centre.ready_case()
    officer = centre.officer()
    lease = centre.centre.police.pull(officer, QUEUE, n=1, lease_s=600, idempotency_key="k")
    assert lease.lease_id is not None
    package = hashlib.sha256(b"".join(centre.centre.police.package(officer, stored.case_id))).hexdigest()
    decide = centre.centre.review.decide
    withdraw = Decision(decision="withdraw", reason_code="PRIORITY_VEHICLE")
    version = centre.stored(stored.case_id).version
    with pytest.raises(NotAllowed):
        decide(REVIEWER, stored.case_id, withdraw, expected_version=version)
    supervisor = Principal(actor="user:minh", name="Minh", role=Role.SUPERVISOR)
    with pytest.raises(Invalid):
        decide(supervisor, stored.case_id, Decision(decision="withdraw"), expected_version=version)
    withdrawn = decide(supervisor, stored.case_id, withdraw, expected_version=version)
    assert (withdrawn.state, withdrawn.lease_holder) == (CaseState.WITHDRAWN, None)
    with pytest.raises(NotFound):
        centre.centre.police.acknowledge(officer, stored.case_id, lease_id=lease.lease_id, package_sha256=package)
    with pytest.raises(NotFound):
        next(centre.centre.police.package(officer, stored.case_id))
    assert centre.centre.audit.verify(SYSTEM).intact


def test_what_the_police_have_acknowledged_is_theirs(centre: CentreBuilder) -> None:
    stored = centre.ready_case()
    officer = centre.officer()
    lease = centre.centre.police.pull(officer, QUEUE, n=1, lease_s=600, idempotency_key="k")
    assert lease.lease_id is not None
    package = hashlib.sha256(b"".join(centre.centre.police.package(officer, stored.case_id))).hexdigest()
    centre.centre.police.acknowledge(officer, stored.case_id, lease_id=lease.lease_id, package_sha256=package)
    supervisor = Principal(actor="user:minh", name="Minh", role=Role.SUPERVISOR)
    with pytest.raises(Conflict):
        centre.centre.review.decide(
            supervisor,
            stored.case_id,
            Decision(decision="withdraw", reason_code="PRIORITY_VEHICLE"),
            expected_version=centre.stored(stored.case_id).version,
        )
