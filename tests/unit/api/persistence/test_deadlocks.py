"""What waits in a circle on PostgreSQL: one of the two is undone and taken once more; batches come in one order."""

import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from sqlalchemy import text

from api.cases.review import Decision
from api.errors import Deadlocked, StoreUnavailable
from api.persistence.sightings import keep_sightings
from api.persistence.store import Store, Work, once_more_if_deadlocked
from api.police.steps import Told
from api.principals import Principal
from domain.cases.duplicates import Judgement
from domain.cases.roles import Role
from domain.cases.states import Action
from tests.builders.box_process import wait_for
from tests.builders.cases import NOON
from tests.builders.centre import QUEUE, CentreBuilder

pytestmark = pytest.mark.server
WITHDRAW = Decision(decision="withdraw", reason_code="OTHER", note="so")
AUDITOR = Principal(actor="user:kiem", name="Kiem", role=Role.AUDITOR)
BOSS = Principal(actor="user:boss", name="Boss", role=Role.SUPERVISOR)


@pytest.fixture
def centre(postgres: Any, make_centre: Callable[..., CentreBuilder]) -> CentreBuilder:
    return make_centre(database_url=postgres.new_database(f"t{uuid.uuid4().hex}"))


def test_of_two_that_wait_for_each_other_one_is_undone_and_says_so(centre: CentreBuilder) -> None:
    rows = [str(centre.ready_case().case_id) for _ in range(2)]
    both_hold_one, found = threading.Barrier(2), list[str]()

    def lock(mine: str, then: str) -> None:
        take = text("SELECT case_id FROM cases WHERE case_id = :id FOR UPDATE")
        try:
            with centre.database.write() as connection:
                connection.execute(take, {"id": mine})
                both_hold_one.wait()
                connection.execute(take, {"id": then})
            found.append("kept")
        except Deadlocked:
            found.append("undone")

    threads = [threading.Thread(target=lock, args=pair) for pair in (rows, rows[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["kept", "undone"]


def test_two_batches_of_the_same_sightings_never_wait_in_a_circle(centre: CentreBuilder) -> None:
    def seen(plate_hash: str) -> dict[str, Any]:
        return {"plate_hash": plate_hash, "seen_at": NOON, "camera_id": "cam-1", "box_id": "box-1"}

    first, last = seen("a" * 16), seen("b" * 16)
    kept = list[int]()

    def tell_backwards() -> None:
        with centre.database.write() as connection:
            kept.append(keep_sightings(connection, [last, first]))

    def waits() -> bool:
        asked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        with centre.database.read() as other:
            return bool(other.execute(asked).scalar_one())

    with centre.database.write() as connection:
        keep_sightings(connection, [seen("0" * 16)])  # makes room for the month
    teller = threading.Thread(target=tell_backwards)
    with centre.database.write() as connection:
        keep_sightings(connection, [first])
        teller.start()
        wait_for(waits, "the other batch")
        assert keep_sightings(connection, [last]) == 1
    teller.join()
    assert kept == [0]


def test_what_was_undone_is_taken_once_more_and_no_more() -> None:
    for failures, outcome in ((0, 1), (1, 2), (2, Deadlocked)):
        calls = list[int]()

        @once_more_if_deadlocked
        def step(failures: int = failures, calls: list[int] = calls) -> int:
            calls.append(1)
            if len(calls) <= failures:
                raise Deadlocked("a circle")
            return len(calls)

        if outcome is Deadlocked:
            with pytest.raises(StoreUnavailable):
                step()
            assert len(calls) == 2
        else:
            assert step() == outcome


@pytest.mark.parametrize("step", ["judge", "split", "decide"])
def test_what_people_do_with_cases_is_taken_once_more(
    centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    case, undone, services = centre.ready_case(), list[int](), centre.centre
    steps: dict[str, Callable[[], object]] = {
        "judge": lambda: services.duplicates.judge(
            BOSS, case.case_id, uuid.UUID(int=1), Judgement.SAME, expected_version=case.version
        ),
        "split": lambda: services.duplicates.split(BOSS, case.case_id, note="two", expected_version=case.version),
        "decide": lambda: services.review.decide(BOSS, case.case_id, WITHDRAW, expected_version=case.version),
    }

    def circle(*_: object, **__: object) -> None:
        undone.append(1)
        raise Deadlocked("a circle")

    for place in ("api.cases.duplicates.lock_case", "api.cases.duplicates.case_row", "api.cases.review.lock_case"):
        monkeypatch.setattr(place, circle)
    with pytest.raises(Deadlocked):
        steps[step]()
    assert len(undone) == 2


def undone_once(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have the next transaction undone at its end; what is given is filled then."""
    undone, write = list[int](), Store.write

    @contextmanager
    def once(store: Store) -> Iterator[Work]:
        with write(store) as work:
            yield work
            if not undone:
                undone.append(1)
                raise Deadlocked("a circle")

    monkeypatch.setattr(Store, "write", once)
    return undone


def test_every_step_of_the_police_is_taken_once_more_and_stands_once(
    centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (centre.ready_case().case_id for _ in range(2))
    police, officer = centre.centre.police, centre.officer()
    leases = list[uuid.UUID]()

    def pull() -> None:
        lease = police.pull(officer, QUEUE, n=2, lease_s=900, idempotency_key="once")
        assert {each.case_id for each in lease.cases} == {first, second}
        leases.append(cast("uuid.UUID", lease.lease_id))

    def receipt() -> None:
        police.acknowledge(officer, first, lease_id=leases[0], package_sha256=package)

    steps: dict[str, Callable[[], object]] = {
        "transfer": pull,
        "extend_lease": lambda: police.extend(officer, leases[0], lease_s=1200),
        "return": lambda: police.give_back(
            officer, second, lease_id=leases[0], reason_code="PLATE_UNREADABLE", note=""
        ),
        "acknowledge": receipt,
        "verify": lambda: centre.centre.police_steps.take(officer, first, Told(step=Action.VERIFY)),
    }
    for action, step in steps.items():
        if action == "acknowledge":
            package = hashlib.sha256(b"".join(police.package(officer, first))).hexdigest()
        with monkeypatch.context() as patch:
            undone = undone_once(patch)
            step()
            assert undone, action
        noted = [event for event in centre.centre.audit.page(AUDITOR, limit=500) if event.action == action]
        assert len(noted) == (2 if action in {"transfer", "extend_lease"} else 1), "one for each case"
    assert centre.centre.audit.verify(AUDITOR).intact
