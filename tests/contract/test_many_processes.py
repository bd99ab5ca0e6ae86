"""What several processes on one database share, on SQLite and on PostgreSQL: changes, and who does the jobs."""

import queue
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from api.cases.change_feed import ChangeFeed
from api.cases.notifier import CaseChanged
from api.persistence.database import Database
from api.principals import SYSTEM
from domain.cases.states import CaseState
from tests.builders.centre import CentreBuilder

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 60
OPERATOR_ELSEWHERE = """
import sys, uuid
from datetime import UTC, datetime
from api.persistence.database import Database
from api.persistence.store import Store
from api.principals import Principal
from api.cases.notifier import CaseNotifier
from api.cases.review import Decision, Draws, Review
from domain.cases.roles import Role
from domain.law.rejection import rejection_reasons
from plumbing.system_clock import SystemClock
url, case_id, version = sys.argv[1:]
class Clock(SystemClock):
    def now(self): return datetime(2026, 1, 5, 7, tzinfo=UTC)  # of the cases of these tests
draws = Draws(key=b"k", second_look_share=0.0, seed_share=0.0)
review = Review(Store(Database(url), Clock()), CaseNotifier(), rejection_reasons(), draws)
who = Principal(actor="user:elsewhere", name="Elsewhere", role=Role.OPERATOR)
review.decide(who, uuid.UUID(case_id), Decision(decision="confirm"), expected_version=int(version))
"""
HOLDER_ELSEWHERE = """
import sys
import threading
from api.persistence.database import Database
holder = Database(sys.argv[1]).sole_holder("jobs")
print(holder.holds(), flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.server)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'centre.sqlite3'}"
    made: str = request.getfixturevalue("postgres").new_database(f"t{uuid.uuid4().hex}")
    return made


@pytest.fixture
def centre(url: str, tmp_path: Path) -> Iterator[CentreBuilder]:
    builder = CentreBuilder(tmp_path, database_url=url)
    yield builder
    builder.close()


@pytest.fixture
def heard(centre: CentreBuilder) -> Iterator["queue.Queue[CaseChanged]"]:
    """What subscribers of a process hear."""
    found: queue.Queue[CaseChanged] = queue.Queue()
    notifier = centre.centre.notifier
    notifier.subscribe(found.put)
    feed = ChangeFeed(centre.centre.store, notifier)
    feed.start()
    yield found
    feed.close()


def run_elsewhere(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_changes_of_another_process_and_ones_own_are_heard_once_each(
    centre: CentreBuilder, url: str, heard: "queue.Queue[CaseChanged]"
) -> None:
    for _ in range(2):
        stored = centre.queued_case()
        own = heard.get(timeout=WITHIN_S)
        assert (own.case_id, own.state, own.is_new) == (stored.case_id, CaseState.QUEUED, True)
        run_elsewhere(OPERATOR_ELSEWHERE, url, str(stored.case_id), str(stored.version))
        change = heard.get(timeout=WITHIN_S)
        assert (change.case_id, change.state) == (stored.case_id, CaseState.READY), "its own did not come twice"
        assert centre.stored(stored.case_id).state == CaseState.READY
    assert centre.centre.audit.verify(SYSTEM).intact


def test_what_was_changed_while_nobody_could_hear_it_comes_afterwards(
    centre: CentreBuilder, url: str, heard: "queue.Queue[CaseChanged]"
) -> None:
    first, second = centre.queued_case(), centre.queued_case()
    assert {heard.get(timeout=WITHIN_S).case_id for _ in range(2)} == {first.case_id, second.case_id}
    run_elsewhere(OPERATOR_ELSEWHERE, url, str(first.case_id), str(first.version))
    assert heard.get(timeout=WITHIN_S).case_id == first.case_id
    if not centre.database.is_sqlite:
        with centre.database.write() as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            connection.execute(text(f"{others} AND query LIKE 'LISTEN%'"))
    run_elsewhere(OPERATOR_ELSEWHERE, url, str(second.case_id), str(second.version))
    assert heard.get(timeout=WITHIN_S).case_id == second.case_id


def test_of_two_processes_one_does_the_jobs_and_the_other_takes_over_when_it_dies(
    centre: CentreBuilder, url: str
) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", HOLDER_ELSEWHERE, url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdin is not None
    assert first.stdout is not None
    try:
        assert first.stdout.readline().strip() == "True"
        mine = centre.database.sole_holder("jobs")
        assert not mine.holds()
        another = centre.database.sole_holder("something else")
        assert another.holds()
        another.release()
    finally:
        first.kill()
        first.wait(30)
        first.stdin.close()
        first.stdout.close()
    until(mine.holds)
    assert mine.holds()
    other = Database(url)
    assert not other.sole_holder("jobs").holds()
    mine.release()
    last = other.sole_holder("jobs")
    until(last.holds)
    last.release()
    other.close()


def until(condition: Callable[[], bool]) -> None:

    for _ in range(WITHIN_S * 20):
        if condition():
            return
        threading.Event().wait(0.05)
    pytest.fail("it did not come true")
