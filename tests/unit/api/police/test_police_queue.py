import hashlib
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.errors import HashMismatch
from api.police.documents import Lease
from api.principals import SYSTEM, Principal
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.errors import Conflict, Invalid, NotAllowed, NotFound
from domain.plates.reading import PlateReading
from tests.builders.centre import QUEUE, CentreBuilder

PULLERS = 20


def pull(centre: CentreBuilder, officer: Principal, *, n: int = 10, lease_s: float = 60, key: str = "") -> Lease:
    idempotency_key = key or uuid.uuid4().hex
    return centre.centre.police.pull(officer, QUEUE, n=n, lease_s=lease_s, idempotency_key=idempotency_key)


def fetch(centre: CentreBuilder, officer: Principal, case_id: uuid.UUID) -> str:
    return hashlib.sha256(b"".join(centre.centre.police.package(officer, case_id))).hexdigest()


def leased(lease: Lease) -> uuid.UUID:
    assert lease.lease_id is not None
    return lease.lease_id


def test_no_case_is_ever_with_two_of_twenty_officers(centre: CentreBuilder) -> None:
    expected = {centre.ready_case().case_id for _ in range(30)}
    officers = [centre.officer(f"officer-{number}") for number in range(PULLERS)]
    together = threading.Barrier(PULLERS)

    def take_all(officer: Principal) -> list[uuid.UUID]:
        taken: list[uuid.UUID] = []
        together.wait(20)
        while lease := pull(centre, officer, n=2).cases:
            taken += [case.case_id for case in lease]
        return taken

    with ThreadPoolExecutor(PULLERS) as pool:
        taken = list(pool.map(take_all, officers))
    holders = Counter(case_id for each in taken for case_id in each)
    assert set(holders) == expected
    assert set(holders.values()) == {1}
    for officer, theirs in zip(officers, taken, strict=True):
        for case_id in theirs:
            assert centre.stored(case_id).lease_holder == officer.actor
    assert centre.centre.audit.verify(SYSTEM).intact


def test_expired_leases_go_round_under_twenty_pullers_and_only_one_can_acknowledge(centre: CentreBuilder) -> None:
    case_id = centre.ready_case().case_id
    first = centre.officer("first")
    old = pull(centre, first)
    package = fetch(centre, first, case_id)
    centre.clock.advance(61)
    officers = [centre.officer(f"officer-{number}") for number in range(PULLERS)]
    with ThreadPoolExecutor(PULLERS) as pool:
        leases = list(pool.map(lambda officer: pull(centre, officer), officers))
    winners = [(officer, lease) for officer, lease in zip(officers, leases, strict=True) if lease.cases]
    assert len(winners) == 1
    with pytest.raises(Conflict):
        centre.centre.police.acknowledge(first, case_id, lease_id=leased(old), package_sha256=package)
    with pytest.raises(NotFound):
        fetch(centre, first, case_id)
    winner, lease = winners[0]
    receipt = centre.centre.police.acknowledge(
        winner, case_id, lease_id=leased(lease), package_sha256=fetch(centre, winner, case_id)
    )
    assert receipt.case_id == case_id


def test_the_same_key_gives_the_same_answer_even_at_the_same_time(centre: CentreBuilder) -> None:
    for _ in range(12):
        centre.ready_case()
    officer = centre.officer()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: pull(centre, officer, n=3, key="once"), range(8)))
    assert len({answer.model_dump_json() for answer in answers}) == 1
    assert len(answers[0].cases) == 3
    with pytest.raises(Conflict, match="another request"):
        pull(centre, officer, n=4, key="once")
    other = pull(centre, centre.officer("other"), n=3, key="once")
    assert not {case.case_id for case in other.cases} & {case.case_id for case in answers[0].cases}


def test_the_longest_waiting_case_comes_first(centre: CentreBuilder) -> None:
    order = []
    for _ in range(3):
        order.append(centre.ready_case().case_id)
        centre.clock.advance(5)
    assert [case.case_id for case in pull(centre, centre.officer(), n=2).cases] == order[:2]


def test_the_police_are_told_what_is_known_of_the_plate(centre: CentreBuilder) -> None:
    plate = PlateReading(status="unread", reason="no two reads agree", kind="car_business", colour="yellow")
    centre.ready_case(plate=plate)
    (case,) = pull(centre, centre.officer()).cases
    assert (case.plate_read, case.plate_by_hand, case.plate_colour) == (None, True, "yellow")


def test_a_lease_can_be_extended_while_it_runs_and_never_shortened(centre: CentreBuilder) -> None:
    case_id = centre.ready_case().case_id
    officer = centre.officer()
    lease = pull(centre, officer, lease_s=60)
    centre.clock.advance(50)
    longer = centre.centre.police.extend(officer, leased(lease), lease_s=60)
    assert [case.case_id for case in longer.cases] == [case_id]
    assert centre.centre.police.extend(officer, leased(lease), lease_s=1).expires_at == longer.expires_at
    centre.clock.advance(50)
    assert pull(centre, centre.officer("other")).cases == ()
    centre.clock.advance(11)
    with pytest.raises(Conflict):
        centre.centre.police.extend(officer, leased(lease), lease_s=60)
    with pytest.raises(NotFound):
        centre.centre.police.extend(centre.officer("other"), leased(lease), lease_s=60)


def test_the_sweep_puts_expired_cases_back(centre: CentreBuilder) -> None:
    case_id = centre.ready_case().case_id
    pull(centre, centre.officer(), lease_s=60)
    assert centre.centre.police.expire_leases() == 0
    centre.clock.advance(60)
    assert centre.centre.police.expire_leases() == 1
    stored = centre.stored(case_id)
    assert (stored.state, stored.lease_holder) == (CaseState.READY, None)


def test_acknowledging_needs_the_very_package(centre: CentreBuilder) -> None:
    case_id = centre.ready_case().case_id
    officer = centre.officer()
    lease_id = leased(pull(centre, officer))
    with pytest.raises(Conflict, match="not taken"):
        centre.centre.police.acknowledge(officer, case_id, lease_id=lease_id, package_sha256="0" * 64)
    package = fetch(centre, officer, case_id)
    assert fetch(centre, officer, case_id) == package
    with pytest.raises(HashMismatch):
        centre.centre.police.acknowledge(officer, case_id, lease_id=lease_id, package_sha256="0" * 64)
    with pytest.raises(Conflict):
        centre.centre.police.acknowledge(officer, case_id, lease_id=uuid.uuid4(), package_sha256=package)
    with pytest.raises(Conflict):
        centre.centre.police.acknowledge(centre.officer("other"), case_id, lease_id=lease_id, package_sha256=package)
    receipt = centre.centre.police.acknowledge(officer, case_id, lease_id=lease_id, package_sha256=package)
    centre.clock.advance(10_000)
    again = centre.centre.police.acknowledge(officer, case_id, lease_id=lease_id, package_sha256=package)
    assert again == receipt
    assert centre.stored(case_id).state == CaseState.RECEIVED
    assert fetch(centre, officer, case_id) == package


def test_police_reasons_only_and_returned_is_the_end(centre: CentreBuilder) -> None:
    case_id = centre.ready_case().case_id
    officer = centre.officer()
    lease_id = leased(pull(centre, officer))
    give_back = centre.centre.police.give_back
    with pytest.raises(Invalid):
        give_back(officer, case_id, lease_id=lease_id, reason_code="ROADWORKS", note="")
    with pytest.raises(Invalid):
        give_back(officer, case_id, lease_id=lease_id, reason_code="OTHER", note="")
    first = give_back(officer, case_id, lease_id=lease_id, reason_code="PLATE_UNREADABLE", note="mờ")
    assert give_back(officer, case_id, lease_id=lease_id, reason_code="PLATE_UNREADABLE", note="mờ") == first
    assert centre.stored(case_id).state == CaseState.RETURNED
    with pytest.raises(NotFound):
        fetch(centre, officer, case_id)
    assert pull(centre, officer).cases == ()


def test_a_received_case_can_be_returned_or_processed_once(centre: CentreBuilder) -> None:
    officer = centre.officer()
    cases = [centre.ready_case().case_id for _ in range(2)]
    lease_id = leased(pull(centre, officer))
    for case_id in cases:
        package = fetch(centre, officer, case_id)
        centre.centre.police.acknowledge(officer, case_id, lease_id=lease_id, package_sha256=package)
    centre.centre.police.give_back(officer, cases[0], lease_id=lease_id, reason_code="LEGAL_ERROR", note="")
    done = centre.centre.police.processed(officer, cases[1], outcome="warned", note="")
    assert centre.centre.police.processed(officer, cases[1], outcome="warned", note="") == done
    with pytest.raises(Conflict):
        centre.centre.police.processed(officer, cases[1], outcome="referred", note="")
    with pytest.raises(Conflict):
        centre.centre.police.processed(officer, cases[0], outcome="warned", note="")
    with pytest.raises(Conflict):
        centre.centre.police.processed(centre.officer("other"), cases[1], outcome="warned", note="")


def test_queues_are_kept_apart(centre: CentreBuilder) -> None:
    case_id = centre.ready_case().case_id
    ward = centre.officer("ward", ("commune_police",))
    with pytest.raises(NotAllowed):
        pull(centre, ward)
    lease_id = leased(pull(centre, centre.officer()))
    with pytest.raises(NotFound):
        centre.centre.police.acknowledge(ward, case_id, lease_id=lease_id, package_sha256="0" * 64)
    with pytest.raises(NotAllowed):
        pull(centre, Principal(actor="user:lan", name="Lan", role=Role.OPERATOR))


def test_cases_that_nobody_confirmed_do_not_exist_for_the_police(centre: CentreBuilder) -> None:
    case_id = centre.queued_case().case_id
    officer = centre.officer()
    assert pull(centre, officer) == Lease(lease_id=None, expires_at=None, cases=())
    with pytest.raises(NotFound):
        centre.centre.police.processed(officer, case_id, outcome="warned", note="")
    with pytest.raises(NotFound):
        fetch(centre, officer, case_id)
