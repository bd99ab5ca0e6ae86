"""What the police return is sent again or closed; and no order of commands goes around a guard."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.cases.case_rows import StoredCase
from api.cases.review import Decision
from api.principals import SYSTEM, Principal
from domain.camera import Mode
from domain.cases.roles import Role
from domain.cases.states import POLICE_STATES, CaseState
from domain.errors import CentreError, Conflict, Invalid, NotFound
from tests.builders.centre import QUEUE, CentreBuilder

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
MINH = Principal(actor="user:minh", name="Minh", role=Role.SUPERVISOR)
AGAIN = Decision(decision="requeue", note="the clip shows the plate at 12:00:05")
CLOSE = Decision(decision="close", reason_code="DUPLICATE")


def decide(centre: CentreBuilder, case_id: uuid.UUID, decision: Decision, who: Principal = LAN) -> StoredCase:
    version = centre.stored(case_id).version
    return centre.centre.review.decide(who, case_id, decision, expected_version=version)


def give_back(centre: CentreBuilder, case_id: uuid.UUID, officer: Principal) -> None:
    lease = centre.centre.police.pull(officer, QUEUE, n=50, lease_s=60, idempotency_key=uuid.uuid4().hex)
    assert lease.lease_id is not None
    centre.centre.police.give_back(
        officer, case_id, lease_id=lease.lease_id, reason_code="PLATE_UNREADABLE", note="blurred"
    )


def test_no_receipt_is_given_for_the_package_of_an_earlier_release(centre: CentreBuilder) -> None:
    case_id, officer, police = centre.ready_case().case_id, centre.officer(), centre.centre.police
    lease = police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key="first")
    assert lease.lease_id is not None
    older = hashlib.sha256(b"".join(police.package(officer, case_id))).hexdigest()
    police.give_back(officer, case_id, lease_id=lease.lease_id, reason_code="PLATE_UNREADABLE", note="")
    decide(centre, case_id, AGAIN)
    decide(centre, case_id, Decision(decision="confirm"), MINH)
    lease = police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key="second")
    assert lease.lease_id is not None
    with pytest.raises(Conflict, match="not taken yet"):
        police.acknowledge(officer, case_id, lease_id=lease.lease_id, package_sha256=older)
    assert centre.centre.audit.verify(SYSTEM).intact
    newer = hashlib.sha256(b"".join(police.package(officer, case_id))).hexdigest()
    police.acknowledge(officer, case_id, lease_id=lease.lease_id, package_sha256=newer)
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_returned_case_is_reviewed_sent_and_received_again(centre: CentreBuilder) -> None:
    case_id, officer = centre.ready_case().case_id, centre.officer()
    give_back(centre, case_id, officer)
    with pytest.raises(Invalid):
        decide(centre, case_id, Decision(decision="requeue"))
    stored = decide(centre, case_id, AGAIN)
    assert (stored.state, stored.lease_id, stored.lease_holder) == (CaseState.QUEUED, None, None)
    with pytest.raises(NotFound):
        next(centre.centre.police.package(officer, case_id))
    assert decide(centre, case_id, Decision(decision="confirm"), MINH).state is CaseState.READY
    police = centre.centre.police
    lease = police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key="again")
    assert lease.lease_id is not None
    package = hashlib.sha256(b"".join(police.package(officer, case_id))).hexdigest()
    police.acknowledge(officer, case_id, lease_id=lease.lease_id, package_sha256=package)
    assert centre.stored(case_id).state is CaseState.RECEIVED
    notes = [event.body["note"] for event in centre.centre.cases.history(LAN, case_id) if event.action == "requeue"]
    assert notes == [AGAIN.note]
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_return_that_is_repeated_gets_the_first_answer_whatever_became_of_the_case(centre: CentreBuilder) -> None:
    """The client lost the answer; meanwhile the case was put back to review, confirmed and leased anew."""
    case_id, officer, other = centre.ready_case().case_id, centre.officer(), centre.officer("other")
    police = centre.centre.police
    lease = police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key="first").lease_id
    assert lease is not None

    def again(who: Principal = officer, lease_id: uuid.UUID = lease, reason: str = "PLATE_UNREADABLE") -> datetime:
        return police.give_back(who, case_id, lease_id=lease_id, reason_code=reason, note="blurred").at

    first = again()
    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: decide(centre, case_id, AGAIN),
        lambda: decide(centre, case_id, Decision(decision="confirm"), MINH),
        lambda: police.pull(officer, QUEUE, n=1, lease_s=3600, idempotency_key="second"),
    ]
    for step in steps:
        step()
        centre.clock.advance(120)
        before = centre.stored(case_id)
        assert again() == first
        assert centre.stored(case_id) == before, "the old lease does nothing to the new one"
        with pytest.raises(Conflict, match="another reason"):
            again(reason="DUPLICATE")
    for who, lease_id in ((other, lease), (officer, uuid.UUID(int=1))):
        with pytest.raises(CentreError):
            again(who, lease_id)
    returns = [event for event in centre.centre.cases.history(LAN, case_id) if event.action == "return"]
    assert len(returns) == 1
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_returned_case_is_closed_with_a_reason_and_stays_so(centre: CentreBuilder) -> None:
    case_id, officer = centre.ready_case().case_id, centre.officer()
    give_back(centre, case_id, officer)
    with pytest.raises(Invalid):
        decide(centre, case_id, Decision(decision="close"))
    assert decide(centre, case_id, CLOSE).state is CaseState.CLOSED
    for more in (AGAIN, CLOSE, Decision(decision="confirm")):
        with pytest.raises(Conflict):
            decide(centre, case_id, more)
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize("decision", [AGAIN, CLOSE])
def test_what_the_police_have_not_returned_is_neither_mended_nor_closed(
    sqlite_centre: CentreBuilder, decision: Decision
) -> None:
    for stored in (sqlite_centre.queued_case(), sqlite_centre.ready_case()):
        with pytest.raises(Conflict):
            decide(sqlite_centre, stored.case_id, decision)


COMMANDS = [
    *("confirm", "reject", "withdraw", "requeue", "close", "judge_right", "judge_wrong"),
    *("pull", "package", "acknowledge", "return", "processed", "wait"),
]


@given(st.lists(st.sampled_from(COMMANDS), max_size=25), st.sampled_from([Mode.ENFORCE, Mode.SHADOW]))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_order_of_commands_keeps_guards_and_record_and_replays_to_the_same_state(
    commands: list[str], mode: Mode
) -> None:
    first, done = play(commands, mode)
    second, again = play(done, mode)
    assert (first, done) == (second, again)
    if mode is Mode.SHADOW:
        assert first not in POLICE_STATES | {CaseState.READY, CaseState.CONFIRMED}
    elif first in POLICE_STATES | {CaseState.READY}:
        assert "confirm" in done


def play(commands: list[str], mode: Mode) -> tuple[CaseState, list[str]]:
    """Ask for each command on one new case; returns where it stands and what was accepted."""
    with TemporaryDirectory() as folder:
        centre = CentreBuilder(Path(folder))
        try:
            return _play(centre, commands, mode)
        finally:
            centre.close()


def _play(centre: CentreBuilder, commands: list[str], mode: Mode) -> tuple[CaseState, list[str]]:
    case_id, officer = centre.queued_case(mode=mode).case_id, centre.officer()
    done: list[str] = []
    for command in commands:
        before = centre.stored(case_id).state
        try:
            _ask(centre, case_id, officer, command)
        except CentreError:
            assert centre.stored(case_id).state is before
        else:
            done.append(command)
    assert centre.centre.audit.verify(SYSTEM).intact
    return centre.stored(case_id).state, done


def _ask(centre: CentreBuilder, case_id: uuid.UUID, officer: Principal, command: str) -> None:
    police, stored = centre.centre.police, centre.stored(case_id)
    lease_id = stored.lease_id or uuid.UUID(int=1)
    match command:
        case "pull":
            police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key=uuid.uuid4().hex)
        case "package":
            b"".join(police.package(officer, case_id))
        case "acknowledge":
            police.acknowledge(officer, case_id, lease_id=lease_id, package_sha256=stored.package_sha256 or "")
        case "return":
            police.give_back(officer, case_id, lease_id=lease_id, reason_code="PLATE_UNREADABLE", note="")
        case "processed":
            police.processed(officer, case_id, outcome="warned", note="")
        case "wait":
            centre.clock.advance(61)
            police.expire_leases()
        case _:
            decide(centre, case_id, _decision(command), MINH)


def _decision(command: str) -> Decision:
    needs_reason = command in {"reject", "withdraw", "close", "judge_wrong"}
    reason = "DUPLICATE" if needs_reason else None
    return Decision(decision=command, reason_code=reason, note="said")  # type: ignore[arg-type] - one of COMMANDS
