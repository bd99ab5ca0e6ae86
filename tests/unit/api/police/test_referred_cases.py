"""A referred case goes on to the next unit's queue: pulled, received and worked on there, and with nobody meanwhile."""

import pytest

from api.cases.case_rows import lock_case
from api.cases.moves import move
from api.cases.review import Decision
from api.police.steps import Told
from api.principals import SYSTEM, Principal
from domain.cases.roles import Role
from domain.cases.states import Action, CaseState
from domain.errors import Conflict, NotFound
from domain.grants import Scope
from tests.builders.centre import QUEUE, CentreBuilder

WARD = "thuan-hoa"


def unit(name: str, queue: str, ward: str = "*") -> Principal:
    scope = Scope(queues=frozenset({queue}), wards=frozenset({ward}))
    return Principal(actor=f"key:{name}", name=name, role=Role.POLICE, scope=scope)


def received_by(centre: CentreBuilder, who: Principal, queue: str) -> str:
    lease = centre.centre.police.pull(who, queue, n=1, lease_s=600, idempotency_key=f"{who.actor}{queue}")
    assert lease.lease_id is not None
    case_id = lease.cases[0].case_id
    b"".join(centre.centre.police.package(who, case_id))
    package_sha256 = centre.stored(case_id).package_sha256 or ""
    centre.centre.police.acknowledge(who, case_id, lease_id=lease.lease_id, package_sha256=package_sha256)
    return str(case_id)


@pytest.mark.parametrize(
    ("step", "queue", "then"),
    [
        (Action.REFER_COMMUNE, "commune_police", CaseState.REFERRED_COMMUNE),
        (Action.REFER_WARD_PC, "commune_chair", CaseState.REFERRED_WARD_PC),
    ],
)
def test_the_next_unit_pulls_what_was_referred(
    centre: CentreBuilder, step: Action, queue: str, then: CaseState
) -> None:
    case_id = centre.ready_case().case_id
    city, ward, elsewhere = centre.officer(), unit("ward", queue, WARD), unit("elsewhere", queue, "phu-bai")
    received_by(centre, city, QUEUE)
    steps = centre.centre.police_steps
    steps.take(city, case_id, Told(step=Action.VERIFY))
    told = steps.take(city, case_id, Told(step=step))
    assert told.state == then
    assert steps.take(city, case_id, Told(step=step)) == told  # asked again, the same answer
    with pytest.raises(NotFound):
        steps.one(city, case_id)
    with pytest.raises(NotFound):
        steps.take(city, case_id, Told(step=Action.IDENTIFY_OWNER))
    assert not steps.held(city).items
    assert [(each.queue, each.cases) for each in steps.waiting(ward)] == [(queue, 1)]
    assert [each.cases for each in steps.waiting(elsewhere)] == [0]
    with pytest.raises(NotFound):
        steps.one(ward, case_id)  # nobody has it before pulling it
    assert not centre.centre.police.pull(elsewhere, queue, n=1, lease_s=60, idempotency_key="none").cases
    assert received_by(centre, ward, queue) == str(case_id)
    steps.take(ward, case_id, Told(step=Action.VERIFY))
    assert steps.take(ward, case_id, Told(step=Action.MAKE_RECORD)).state == CaseState.RECORD_MADE
    with pytest.raises(NotFound):
        steps.take(city, case_id, Told(step=step))
    assert centre.centre.audit.verify(SYSTEM).intact


BOSS = Principal(actor="user:boss", name="Boss", role=Role.SUPERVISOR)
WITHDRAW = Decision(decision="withdraw", reason_code="OTHER", note="so")


@pytest.mark.parametrize(
    ("step", "queue", "then"),
    [
        (Action.REFER_COMMUNE, "commune_police", CaseState.REFERRED_COMMUNE),
        (Action.REFER_WARD_PC, "commune_chair", CaseState.REFERRED_WARD_PC),
    ],
)
def test_a_lease_that_ends_puts_it_back_to_whom_it_was_referred_and_not_to_the_centre(
    centre: CentreBuilder, step: Action, queue: str, then: CaseState
) -> None:
    case_id = centre.ready_case().case_id
    city, ward = centre.officer(), unit("ward", queue)
    received_by(centre, city, QUEUE)
    for each in (Action.VERIFY, step):
        centre.centre.police_steps.take(city, case_id, Told(step=each))
    referred_at = centre.clock.now()
    pull, withdraw = centre.centre.police.pull, centre.centre.review.decide
    assert pull(ward, queue, n=1, lease_s=60, idempotency_key="1").cases
    with pytest.raises(Conflict, match="took the case over"):
        withdraw(BOSS, case_id, WITHDRAW, expected_version=centre.stored(case_id).version)
    ready = centre.ready_case()  # of the same sweep, never referred: the centre may still withdraw it
    assert [each.case_id for each in pull(city, QUEUE, n=1, lease_s=60, idempotency_key="c").cases] == [ready.case_id]
    centre.clock.advance(61)
    assert centre.centre.police.expire_leases() == 2
    stored = centre.stored(case_id)
    assert (stored.state, stored.queue, stored.lease_id) == (then, queue, None)
    assert centre.stored(ready.case_id).state == CaseState.READY
    with pytest.raises(Conflict):
        withdraw(BOSS, case_id, WITHDRAW, expected_version=stored.version)
    version = centre.stored(ready.case_id).version
    assert withdraw(BOSS, ready.case_id, WITHDRAW, expected_version=version).state == CaseState.WITHDRAWN
    told = centre.centre.police_steps.take(city, case_id, Told(step=step))  # asked again, the same answer
    assert (told.state, told.at) == (then, referred_at)
    assert not pull(city, QUEUE, n=1, lease_s=60, idempotency_key="2").cases
    assert pull(ward, queue, n=1, lease_s=60, idempotency_key="3").cases
    assert centre.centre.audit.verify(SYSTEM).intact


def test_what_an_older_version_put_back_to_ready_is_still_the_polices(centre: CentreBuilder) -> None:
    case_id = centre.ready_case().case_id
    city, ward = centre.officer(), unit("ward", "commune_police")
    received_by(centre, city, QUEUE)
    for each in (Action.VERIFY, Action.REFER_COMMUNE):
        centre.centre.police_steps.take(city, case_id, Told(step=each))
    pull, services = centre.centre.police.pull, centre.centre
    assert pull(ward, "commune_police", n=1, lease_s=60, idempotency_key="1").cases
    with services.store.write() as work:
        row = lock_case(work, case_id, SYSTEM)
        freed = {"lease_id": None, "lease_holder": None, "lease_expires_at": None}
        body = {"lease_id": row.lease_id, "holder": row.lease_holder}  # it did not say where the case had waited
        move(work, row, Action.EXPIRE_LEASE, SYSTEM, notifier=services.notifier, body=body, values=freed)
    stored = centre.stored(case_id)
    assert stored.state == CaseState.READY
    for step in ("withdraw", "cancel"):
        with pytest.raises(Conflict, match="took the case over"):
            services.review.decide(
                BOSS, case_id, Decision(decision=step, reason_code="OTHER", note="so"), expected_version=stored.version
            )
    assert pull(ward, "commune_police", n=1, lease_s=60, idempotency_key="2").cases
    assert services.audit.verify(SYSTEM).intact


def test_what_was_returned_and_confirmed_anew_is_the_centres_to_withdraw(centre: CentreBuilder) -> None:
    case_id = centre.ready_case().case_id
    city = centre.officer()
    received_by(centre, city, QUEUE)
    lease_id = centre.stored(case_id).lease_id
    assert lease_id is not None
    give_back = centre.centre.police.give_back
    give_back(city, case_id, lease_id=lease_id, reason_code="PLATE_UNREADABLE", note="")
    again = Decision(decision="requeue", note="the plate is clear in the third still")
    mended = centre.centre.review.decide(BOSS, case_id, again, expected_version=centre.stored(case_id).version)
    ready = centre.confirm(mended)
    withdrawn = centre.centre.review.decide(BOSS, case_id, WITHDRAW, expected_version=ready.version)
    assert withdrawn.state == CaseState.WITHDRAWN
    assert centre.centre.audit.verify(SYSTEM).intact


def test_where_no_ward_is_known_nobody_is_referred_to(centre: CentreBuilder) -> None:
    site = centre.message().case.site.model_copy(update={"ward": "…"})
    case_id = centre.ready_case(site=site).case_id
    city = centre.officer()
    received_by(centre, city, QUEUE)
    centre.centre.police_steps.take(city, case_id, Told(step=Action.VERIFY))
    with pytest.raises(Conflict, match="ward"):
        centre.centre.police_steps.take(city, case_id, Told(step=Action.REFER_COMMUNE))
