"""An organisation owns what was handed over; keys and officers come and go."""

import asyncio
import hashlib
import threading
import uuid
from dataclasses import replace

import httpx
import pytest

from api.police.documents import Lease
from api.police.long_poll import LongPolls
from api.principals import SYSTEM, Principal
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotFound
from tests.builders.centre import ADMIN, QUEUE, CentreBuilder


def key(centre: CentreBuilder, organisation: str = "csgt-hue") -> tuple[str, str]:
    info, secret = centre.centre.machines.create_key(
        SYSTEM, name="pull", role=Role.POLICE, queues=(QUEUE,), organisation=centre.police(organisation)
    )
    return info.key_id, secret


def who(centre: CentreBuilder, secret: str) -> Principal:
    return centre.centre.sign_in.by_api_key(secret)


def test_what_a_key_pulled_and_received_goes_on_under_its_successor(centre: CentreBuilder) -> None:
    services = centre.centre
    leased_id, received_id = centre.ready_case().case_id, centre.ready_case().case_id
    key_id, secret = key(centre)
    old = who(centre, secret)
    lease = services.police.pull(old, QUEUE, n=2, lease_s=600, idempotency_key="once")
    assert lease.lease_id is not None
    sha256 = hashlib.sha256(b"".join(services.police.package(old, received_id))).hexdigest()
    receipt = services.police.acknowledge(old, received_id, lease_id=lease.lease_id, package_sha256=sha256)

    info, successor = services.machines.succeed_key(SYSTEM, key_id)
    assert (info.scope, info.organisation) == (old.scope, "csgt-hue")
    services.machines.revoke_key(SYSTEM, key_id)
    new = who(centre, successor)
    assert new.actor != old.actor
    again = services.police.acknowledge(new, received_id, lease_id=lease.lease_id, package_sha256=sha256)
    assert again == receipt
    assert services.police.pull(new, QUEUE, n=2, lease_s=600, idempotency_key="once") == lease
    assert services.police.extend(new, lease.lease_id, lease_s=900).cases[0].case_id == leased_id
    sha256 = hashlib.sha256(b"".join(services.police.package(new, leased_id))).hexdigest()
    services.police.acknowledge(new, leased_id, lease_id=lease.lease_id, package_sha256=sha256)
    services.police.give_back(new, leased_id, lease_id=lease.lease_id, reason_code="PLATE_UNREADABLE", note="")
    back = services.police.give_back(new, leased_id, lease_id=lease.lease_id, reason_code="PLATE_UNREADABLE", note="")
    assert back.state == "returned"
    actors = {event.actor for event in services.cases.history(AUDITOR, leased_id) if event.action == "return"}
    assert actors == {new.actor}, "the record says which key did it"
    assert services.audit.verify(SYSTEM).intact
    with pytest.raises(Conflict, match="revoked"):
        services.machines.succeed_key(SYSTEM, key_id)


AUDITOR = Principal(actor="user:test-auditor", name="Auditor", role=Role.AUDITOR)


def test_another_organisation_of_the_same_queue_has_no_part_in_it(centre: CentreBuilder) -> None:
    services = centre.centre
    case_id = centre.ready_case().case_id
    mine, theirs = who(centre, key(centre)[1]), who(centre, key(centre, "ca-phu-xuan")[1])
    lease = services.police.pull(mine, QUEUE, n=1, lease_s=600, idempotency_key="a")
    assert lease.lease_id is not None
    with pytest.raises(NotFound):
        next(services.police.package(theirs, case_id))
    with pytest.raises(NotFound):
        services.police.extend(theirs, lease.lease_id, lease_s=600)
    with pytest.raises(Conflict):
        services.police.give_back(theirs, case_id, lease_id=lease.lease_id, reason_code="DUPLICATE", note="")


def test_police_name_their_organisation_and_nobody_else_has_one(centre: CentreBuilder) -> None:
    machines = centre.centre.machines
    with pytest.raises(Invalid, match="organisation"):
        machines.create_key(SYSTEM, name="m", role=Role.POLICE, queues=(QUEUE,))
    with pytest.raises(Invalid, match="organisation"):
        machines.create_key(SYSTEM, name="m", role=Role.AUDITOR, organisation=centre.police())
    with pytest.raises(NotFound):
        machines.create_key(SYSTEM, name="m", role=Role.POLICE, queues=(QUEUE,), organisation="nobody")
    with pytest.raises(Conflict):
        centre.centre.organisations.create(SYSTEM, organisation_id=centre.police(), name="again")
    for wrong in ("", "key:abc", "A", "a b"):
        with pytest.raises(Invalid):
            centre.centre.organisations.create(SYSTEM, organisation_id=wrong, name="x")


def test_webhooks_are_set_seen_and_dropped_on_record(centre: CentreBuilder) -> None:
    services = centre.centre
    owner = centre.police()
    services.organisations.set_webhook(SYSTEM, owner, url="https://csgt.example/ring", queues=(QUEUE,))
    (found,) = services.organisations.list(ADMIN)
    assert found.webhook is not None
    assert (found.webhook.url, found.webhook.queues) == ("https://csgt.example/ring", (QUEUE,))
    assert services.audit.verify(SYSTEM).intact
    with centre.database.write() as connection:
        connection.exec_driver_sql("UPDATE webhooks SET url = 'https://evil.example/'")
    assert not services.audit.verify(SYSTEM).intact
    services.organisations.drop_webhook(SYSTEM, owner)
    assert services.audit.verify(SYSTEM).intact
    with pytest.raises(NotFound):
        services.organisations.drop_webhook(SYSTEM, owner)


def test_a_pull_waits_for_the_case_that_comes(sqlite_centre: CentreBuilder) -> None:
    client = sqlite_centre.key_client(Role.POLICE, queues=(QUEUE,))
    queued = sqlite_centre.queued_case()
    waits, notifier = threading.Event(), sqlite_centre.centre.notifier
    subscribe = notifier.subscribe

    def noted(callback: object) -> object:
        waits.set()
        return subscribe(callback)  # type: ignore[arg-type]

    notifier.subscribe = noted  # type: ignore[method-assign,assignment]
    answers: list[httpx.Response] = []
    path, body = f"/api/v1/police/queues/{QUEUE}/pull", {"n": 1, "wait_s": 25}

    def pull() -> None:
        answers.append(client.post(path, json=body, headers={"Idempotency-Key": "k"}))

    thread = threading.Thread(target=pull)
    thread.start()
    assert waits.wait(20)
    sqlite_centre.confirm(queued)
    thread.join(20)
    assert [case["case_id"] for case in answers[0].json()["cases"]] == [str(queued.case_id)]
    again = client.post(path, json=body, headers={"Idempotency-Key": "k"})
    assert again.json() == answers[0].json()


def test_a_key_that_is_revoked_while_its_pull_waits_gets_no_case(sqlite_centre: CentreBuilder) -> None:
    key_id, secret = key(sqlite_centre)
    client = sqlite_centre.client(Authorization=f"Bearer {secret}")
    queued = sqlite_centre.queued_case()
    waits, notifier = threading.Event(), sqlite_centre.centre.notifier
    subscribe = notifier.subscribe

    def noted(callback: object) -> object:
        waits.set()
        return subscribe(callback)  # type: ignore[arg-type]

    notifier.subscribe = noted  # type: ignore[method-assign,assignment]
    asked = threading.Event()
    pull_of, answers = sqlite_centre.centre.police.pull, []

    def pulled(*positional: object, **named: object) -> Lease:
        lease = pull_of(*positional, **named)  # type: ignore[arg-type]
        asked.set()
        return lease

    sqlite_centre.centre.police.pull = pulled  # type: ignore[method-assign,assignment]

    def pull() -> None:
        path, body = f"/api/v1/police/queues/{QUEUE}/pull", {"n": 1, "wait_s": 25}
        answers.append(client.post(path, json=body, headers={"Idempotency-Key": "k"}))

    thread = threading.Thread(target=pull)
    thread.start()
    assert waits.wait(20)
    assert asked.wait(20)
    sqlite_centre.centre.machines.revoke_key(SYSTEM, key_id)
    sqlite_centre.confirm(queued)
    thread.join(30)
    assert [each.status_code for each in answers] == [401]
    assert sqlite_centre.stored(queued.case_id).state == "ready"


def test_a_colleagues_answer_shows_nobody_the_cases_of_other_wards(centre: CentreBuilder) -> None:
    services = centre.centre
    case_id = centre.ready_case().case_id
    everywhere = who(centre, key(centre)[1])
    elsewhere = replace(everywhere, actor="key:elsewhere", scope=replace(everywhere.scope, wards=frozenset({"an-cuu"})))
    lease = services.police.pull(everywhere, QUEUE, n=1, lease_s=600, idempotency_key="1")
    assert [each.case_id for each in lease.cases] == [case_id]
    assert services.police.pull(elsewhere, QUEUE, n=1, lease_s=600, idempotency_key="1").cases == ()
    assert services.police.pull(everywhere, QUEUE, n=1, lease_s=600, idempotency_key="1") == lease


def test_who_left_is_leased_nothing_and_too_many_do_not_wait(sqlite_centre: CentreBuilder) -> None:
    polls = LongPolls(sqlite_centre.centre.notifier, most=1)
    asked: list[str] = []
    begun = asyncio.Event()
    nothing = Lease(lease_id=None, expires_at=None, cases=())

    def asker(name: str) -> object:
        async def ask() -> Lease:
            asked.append(name)
            begun.set()
            return nothing

        return ask

    async def gone() -> bool:
        return True

    async def both() -> None:
        first = asyncio.create_task(polls.pull(QUEUE, wait_s=25, ask=asker("first"), gone=gone))  # type: ignore[arg-type]
        await begun.wait()
        await asyncio.sleep(0)
        assert await polls.pull(QUEUE, wait_s=25, ask=asker("second"), gone=gone) == nothing  # type: ignore[arg-type]
        assert not first.done()
        await asyncio.to_thread(sqlite_centre.ready_case)
        assert await first == nothing

    asyncio.run(both())
    assert asked == ["first", "second"]


def test_an_empty_answer_is_not_kept(centre: CentreBuilder) -> None:
    officer = centre.officer()
    number = uuid.uuid4().hex
    assert centre.centre.police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key=number).cases == ()
    centre.ready_case()
    assert len(centre.centre.police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key=number).cases) == 1
