"""What waits in a circle on PostgreSQL: one of the two is undone and taken once more; batches come in one order."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from api.cases.review import Decision
from api.errors import Deadlocked, StoreUnavailable
from api.persistence.sightings import keep_sightings
from api.persistence.store import once_more_if_deadlocked
from api.principals import Principal
from domain.cases.duplicates import Judgement
from domain.cases.roles import Role
from tests.builders.box_process import wait_for
from tests.builders.cases import NOON
from tests.builders.centre import CentreBuilder

pytestmark = pytest.mark.server
WITHDRAW = Decision(decision="withdraw", reason_code="OTHER", note="so")
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
