"""A referred case goes on to the next unit's queue: pulled, received and worked on there, and with nobody meanwhile."""

import pytest

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


def test_a_lease_that_ends_puts_it_back_into_the_next_units_queue(centre: CentreBuilder) -> None:
    case_id = centre.ready_case().case_id
    city, ward = centre.officer(), unit("ward", "commune_police")
    received_by(centre, city, QUEUE)
    for step in (Action.VERIFY, Action.REFER_COMMUNE):
        centre.centre.police_steps.take(city, case_id, Told(step=step))
    pull = centre.centre.police.pull
    assert pull(ward, "commune_police", n=1, lease_s=60, idempotency_key="1").cases
    centre.clock.advance(61)
    assert not pull(city, QUEUE, n=1, lease_s=60, idempotency_key="2").cases
    assert pull(ward, "commune_police", n=1, lease_s=60, idempotency_key="3").cases
    assert centre.centre.audit.verify(SYSTEM).intact


def test_where_no_ward_is_known_nobody_is_referred_to(centre: CentreBuilder) -> None:
    site = centre.message().case.site.model_copy(update={"ward": "…"})
    case_id = centre.ready_case(site=site).case_id
    city = centre.officer()
    received_by(centre, city, QUEUE)
    centre.centre.police_steps.take(city, case_id, Told(step=Action.VERIFY))
    with pytest.raises(Conflict, match="ward"):
        centre.centre.police_steps.take(city, case_id, Told(step=Action.REFER_COMMUNE))
