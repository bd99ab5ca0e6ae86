"""What the police tell of their cases: every step by the table, many at once, and seen by their organisation alone."""

import hashlib
import uuid
from collections.abc import Sequence

import pytest

from api.police.steps import PROGRESS, Told
from api.principals import SYSTEM, Principal
from domain.cases.roles import Role
from domain.cases.states import Action, CaseState
from domain.cases.transitions import TRANSITIONS
from domain.errors import Conflict, Invalid, NotFound
from domain.grants import Scope
from tests.builders.asgi_client import AsgiClient
from tests.builders.centre import QUEUE, CentreBuilder

A = Action
PAID = (A.VERIFY, A.IDENTIFY_OWNER, A.SEND_NOTICE, A.OWNER_RESPONDS, A.CONTEST, A.UPHOLD, A.NAME_DRIVER, A.MAKE_RECORD)
PAID += (A.ISSUE_DECISION, A.RECORD_PAYMENT, A.SETTLE)


def received(centre: CentreBuilder, officer: Principal) -> uuid.UUID:
    """A case that an officer has taken over."""
    case_id, police = centre.ready_case().case_id, centre.centre.police
    lease = police.pull(officer, QUEUE, n=1, lease_s=600, idempotency_key=uuid.uuid4().hex)
    assert lease.lease_id is not None
    sha256 = hashlib.sha256(b"".join(police.package(officer, case_id))).hexdigest()
    police.acknowledge(officer, case_id, lease_id=lease.lease_id, package_sha256=sha256)
    return case_id


def walk(centre: CentreBuilder, officer: Principal, case_id: uuid.UUID, steps: Sequence[Action]) -> list[CaseState]:
    take = centre.centre.police_steps.take
    return [take(officer, case_id, Told(step=step, note="as it was")).state for step in steps]


def test_a_case_goes_all_the_way_to_settled_and_the_record_is_whole(centre: CentreBuilder) -> None:
    officer = centre.officer()
    case_id = received(centre, officer)
    assert walk(centre, officer, case_id, PAID) == [TRANSITIONS[step].target for step in PAID]
    assert centre.stored(case_id).state is CaseState.SETTLED
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_step_told_twice_is_one_step(centre: CentreBuilder) -> None:
    officer = centre.officer()
    case_id = received(centre, officer)
    take = centre.centre.police_steps.take
    first = take(officer, case_id, Told(step=A.VERIFY))
    centre.clock.advance(5)
    assert take(officer, case_id, Told(step=A.VERIFY)) == first
    gone = Told(step=A.POLICE_REJECT, reason_code="PLATE_UNREADABLE")
    assert take(officer, case_id, gone) == take(officer, case_id, gone)
    with pytest.raises(Conflict, match="another reason"):
        take(officer, case_id, Told(step=A.POLICE_REJECT, reason_code="DUPLICATE"))


def test_a_step_has_its_turn_its_reason_and_its_note(centre: CentreBuilder) -> None:
    officer = centre.officer()
    case_id = received(centre, officer)
    take = centre.centre.police_steps.take
    with pytest.raises(Conflict, match="cannot take the step"):
        take(officer, case_id, Told(step=A.RECORD_PAYMENT))
    with pytest.raises(Invalid, match="note"):
        take(officer, case_id, Told(step=A.EXTEND_VERIFICATION))
    with pytest.raises(Invalid, match="reason"):
        take(officer, case_id, Told(step=A.POLICE_CANCEL))
    for step in set(Action) - set(PROGRESS):
        with pytest.raises(Invalid, match="no step of this door"):
            take(officer, case_id, Told(step=step))


def test_the_notice_must_be_old_enough_before_anything_is_published(centre: CentreBuilder) -> None:
    officer = centre.officer()
    case_id = received(centre, officer)
    walk(centre, officer, case_id, (A.VERIFY, A.IDENTIFY_OWNER, A.SEND_NOTICE))
    with pytest.raises(Conflict, match="twenty days"):
        walk(centre, officer, case_id, (A.PUBLISH,))
    centre.clock.advance(20 * 86_400)
    assert walk(centre, officer, case_id, (A.PUBLISH,)) == [CaseState.PUBLISHED]


def test_an_organisation_sees_what_it_holds_and_nobody_else_does(centre: CentreBuilder) -> None:
    mine, steps = centre.officer(), centre.centre.police_steps
    ids = sorted(str(received(centre, mine)) for _ in range(3))
    first = steps.held(mine, limit=2)
    rest = steps.held(mine, after=first.next_cursor, limit=2)
    assert [str(each.case.case_id) for each in (*first.items, *rest.items)] == ids
    assert rest.next_cursor is None
    assert A.VERIFY in steps.one(mine, uuid.UUID(ids[0])).steps
    auditor = Principal(actor="user:test-auditor", name="Auditor", role=Role.AUDITOR)
    looks = [event for event in centre.centre.cases.history(auditor, uuid.UUID(ids[0])) if event.actor == mine.actor]
    assert looks[-1].action == "view"
    strangers = (
        centre.officer("other"),
        Principal(actor=mine.actor, name="x", role=Role.POLICE, scope=Scope(wards=frozenset({"an-cuu"}))),
    )
    for stranger in strangers:
        assert steps.held(stranger).items == ()
        with pytest.raises(NotFound):
            steps.one(stranger, uuid.UUID(ids[0]))
        with pytest.raises(NotFound):
            steps.take(stranger, uuid.UUID(ids[0]), Told(step=A.VERIFY))
    with pytest.raises(Invalid, match="cursor"):
        steps.held(mine, after="'; DROP TABLE cases; --")


def test_of_a_case_that_the_police_cancelled_nobody_sees_the_originals_any_more(centre: CentreBuilder) -> None:
    officer, steps = centre.officer(), centre.centre.police_steps
    case_id = received(centre, officer)
    assert steps.file(officer, case_id, "clip.mp4").name == "clip.mp4"
    steps.take(officer, case_id, Told(step=A.POLICE_CANCEL, reason_code="DUPLICATE"))
    assert steps.one(officer, case_id).state is CaseState.CANCELLED
    assert steps.files(officer, case_id) == ()
    with pytest.raises(NotFound, match="no whole file"):
        steps.file(officer, case_id, "clip.mp4")


def pulled(client: AsgiClient, n: int) -> list[dict[str, str]]:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    lease = client.post(f"/api/v1/police/queues/{QUEUE}/pull", json={"n": n}, headers=headers).json()
    asked = []
    for case in lease["cases"]:
        content = client.get(case["package_path"]).content
        asked.append(
            {
                "case_id": case["case_id"],
                "step": "acknowledge",
                "lease_id": lease["lease_id"],
                "package_sha256": hashlib.sha256(content).hexdigest(),
            }
        )
    return asked


def test_many_at_once_each_by_itself(centre: CentreBuilder) -> None:
    for _ in range(4):
        centre.ready_case()
    client = centre.key_client(Role.POLICE, queues=(QUEUE,))
    asked = pulled(client, 4)
    asked[1]["package_sha256"] = "0" * 64
    lease = {"lease_id": asked[2]["lease_id"]}
    asked[2] = {"case_id": asked[2]["case_id"], "step": "return", "reason_code": "DUPLICATE"} | lease
    asked.append({"case_id": asked[3]["case_id"], "step": "verify"})
    asked.append({"case_id": asked[0]["case_id"], "step": "process", "outcome": "warned"})
    asked.append({"case_id": str(uuid.UUID(int=7)), "step": "verify"})
    answer = client.post("/api/v1/police/steps", json={"steps": asked})
    items = answer.json()["items"]
    assert [each["case_id"] for each in items] == [each["case_id"] for each in asked]
    told = [
        each["state"]["state"] if each["state"] else each["problem"] and each["problem"]["status"] for each in items
    ]
    assert told == [None, 422, "returned", None, "verifying", "processed", 404]
    assert [bool(each["receipt"]) for each in items] == [True, False, False, True, False, False, False]
    again = client.post("/api/v1/police/steps", json={"steps": asked}).json()["items"]
    assert again[0] == items[0], "told again, the same answer"
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": "acknowledge"},
        {"step": "return", "lease_id": str(uuid.UUID(int=1))},
        {"step": "process"},
        {"step": "verify", "lease_id": str(uuid.UUID(int=1))},
        {"step": "transfer"},
        {"step": "withdraw"},
    ],
)
def test_a_step_without_what_it_needs_is_refused_as_a_whole(
    sqlite_centre: CentreBuilder, wrong: dict[str, str]
) -> None:
    client = sqlite_centre.key_client(Role.POLICE, queues=(QUEUE,))
    step = {"case_id": str(uuid.UUID(int=7))} | wrong
    assert client.post("/api/v1/police/steps", json={"steps": [step]}).status_code == 422
    many = [{"case_id": str(uuid.UUID(int=7)), "step": "verify"}] * 101
    assert client.post("/api/v1/police/steps", json={"steps": many}).status_code == 422
