"""Pages go to the real centre's intake: each change once, in whatever order lines break, disks fail and boxes die."""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.counts.reading import Span
from api.principals import Principal
from domain.cases.roles import Role
from domain.fleet.health import ProblemCode
from edge.delivery.centre import Centre, CentreLine
from edge.delivery.ledger_sender import EVERY_S, LedgerSender
from edge.health.problems import ProblemBoard
from edge.health.quarters import PICTURES, Counted
from edge.ledger.book import LEDGER_FILE, Entry, LedgerBook, Traffic
from tests.builders.box_fakes import NOON, ManualClock
from tests.builders.centre import CentreBuilder
from tests.builders.ledgers import ReachedCentre

READER = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
TODAY = date(2026, 1, 5)
DAY = Span(first=TODAY, last=TODAY)
SEEN = Entry(camera_id="cam-1", rule="UTURN", what="seen")
CARS = Counted(place_id="south", direction="in", lane_id="lane", label="car")


class Bench:
    """A box's ledger and a centre."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock()
        self.problems = ProblemBoard(self.clock)
        self.centre = CentreBuilder(folder)
        self.peer = ReachedCentre(self.centre)
        self.book = LedgerBook(folder / "data")
        self.sender = self.sender_over(self.peer.line())

    def sender_over(self, line: CentreLine) -> LedgerSender:
        return LedgerSender(self.book, line=line, problems=self.problems, clock=self.clock, randomness=random.Random(1))

    def count(self, seen: int, *, cars: int = 0, minute: int = 0) -> None:
        quarter = NOON + timedelta(minutes=minute // 15 * 15)
        traffic = {Traffic(quarter=quarter, camera_id="cam-1", counted=PICTURES): 1}
        traffic |= {Traffic(quarter=quarter, camera_id="cam-1", counted=CARS): cars} if cars else {}
        self.book.add(TODAY, {SEEN: seen}, traffic)

    def send_all(self) -> float:
        while (pause_s := self.sender.turn()) == 0.0:
            pass
        return pause_s

    def seen_at_centre(self) -> int:
        return sum(each.seen or 0 for each in self.centre.centre.counts.recall(READER, DAY))

    def cars_at_centre(self) -> dict[int, int]:
        quarters = self.centre.centre.counts.traffic(READER, DAY, "cam-1")
        return {round((each.quarter - NOON) / timedelta(minutes=1)): sum(each.counts.values()) for each in quarters}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_quarter_goes_when_it_is_over_and_nothing_goes_twice(bench: Bench) -> None:
    bench.count(3, cars=2, minute=1)
    assert bench.send_all() == pytest.approx(EVERY_S, rel=0.1)
    assert (bench.seen_at_centre(), bench.cars_at_centre()) == (3, {}), "the quarter still goes on"
    bench.clock.pass_s(17 * 60.0)
    bench.send_all()
    assert bench.cars_at_centre() == {0: 2}
    requests = len(bench.peer.sent)
    bench.send_all()
    assert len(bench.peer.sent) == requests, "nothing has changed"
    bench.count(0, cars=5, minute=14)
    bench.send_all()
    assert bench.cars_at_centre() == {0: 7}
    assert len(bench.peer.sent) == requests + 1


def test_days_away_come_in_when_the_centre_is_back_the_oldest_first(bench: Bench) -> None:
    bench.peer.cut = "request"
    for day in range(150):
        bench.book.add(TODAY - timedelta(days=150 - day), {SEEN: 1}, {})
    for _ in range(4):
        assert bench.sender.turn() > 0
    (problem,) = bench.problems.problems()
    assert problem.code == ProblemCode.LEDGER_NOT_SENT
    bench.peer.cut = None
    bench.send_all()
    assert not bench.problems.problems()
    days = [page.day for pages in bench.peer.sent for page in pages.days]
    assert len(days) == 150
    assert days == sorted(days)
    assert len(bench.peer.sent) == 2


def test_a_page_that_changed_while_it_was_on_its_way_is_sent_again(bench: Bench) -> None:
    bench.count(1)
    pages = bench.book.unsent(bench.clock.now(), most=9)
    assert pages is not None
    bench.count(1)
    bench.book.note_sent(pages)
    bench.send_all()
    assert bench.seen_at_centre() == 2


def test_a_box_that_lost_its_ledger_does_not_take_back_the_morning(bench: Bench) -> None:
    bench.count(7)
    bench.send_all()
    (bench.folder / "data" / LEDGER_FILE).unlink()
    bench.count(2)
    bench.send_all()
    assert bench.seen_at_centre() == 9


@pytest.mark.parametrize(
    ("status", "at_least_s"), [(422, 3600.0), (403, 3600.0), (404, 3600.0), (503, 70.0), (500, 1.0), (200, 1.0)]
)
def test_whatever_the_centre_answers_the_pages_wait(bench: Bench, status: int, at_least_s: float) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers={"Retry-After": "70"}, content=b"<html>")

    bench.count(4)
    wrong = bench.sender_over(CentreLine(Centre(url="http://c", api_key="k"), transport=httpx.MockTransport(answer)))
    assert [wrong.turn() >= at_least_s for _ in range(3)] == [True] * 3
    assert bench.problems.stands(ProblemCode.LEDGER_NOT_SENT)
    bench.send_all()
    assert bench.seen_at_centre() == 4


def test_an_old_ledger_is_sent_from_its_beginning_once_this_version_has_written_it(bench: Bench) -> None:
    (bench.folder / "data").mkdir()
    with closing(sqlite3.connect(bench.folder / "data" / LEDGER_FILE)) as connection:
        connection.executescript(
            "CREATE TABLE entries (day TEXT, camera_id TEXT, rule TEXT, what TEXT, reason TEXT, count INTEGER,"
            " PRIMARY KEY (day, camera_id, rule, what, reason)) WITHOUT ROWID;"
            "INSERT INTO entries VALUES ('2026-01-05', 'cam-1', 'UTURN', 'seen', '', 4);"
            "PRAGMA application_id = 0x4D544C47; PRAGMA user_version = 2;"
        )
    bench.send_all()
    assert not bench.peer.sent
    bench.count(1)
    bench.send_all()
    assert bench.seen_at_centre() == 5


STEPS = st.lists(
    st.sampled_from(["count", "count", "pass", "send", "lose the request", "lose the answer", "lose the ledger"]),
    max_size=30,
)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None)
def test_the_centre_has_in_the_end_what_was_counted(steps: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Only what was not sent goes with a lost ledger; nothing is counted twice."""
    bench = Bench(tmp_path_factory.mktemp("ledger"))
    counted: Counter[str] = Counter()
    unsent: Counter[str] = Counter()
    minute = 0

    def count() -> None:
        bench.count(1, cars=2, minute=minute)
        unsent.update(seen=1, cars=2)

    def send(cut: str | None) -> None:
        bench.peer.cut = cut
        before = len(bench.peer.sent)
        bench.sender.turn()
        bench.peer.cut = None
        assert cut != "request" or len(bench.peer.sent) == before

    steps_of: dict[str, Callable[[], None]] = {
        "send": lambda: send(None),
        "lose the request": lambda: send("request"),
        "lose the answer": lambda: send("answer"),
    }
    for step in steps:
        if step == "count":
            count()
        elif step == "pass":
            minute += 20
            bench.clock.pass_s(20 * 60.0)
        elif step == "lose the ledger":
            bench.clock.pass_s(20 * 60.0)
            minute += 20
            bench.send_all()
            counted, unsent = counted + unsent, Counter()
            (bench.folder / "data" / LEDGER_FILE).unlink(missing_ok=True)
        else:
            steps_of[step]()
    bench.clock.pass_s(20 * 60.0)
    bench.send_all()
    counted += unsent
    assert bench.seen_at_centre() == counted["seen"]
    assert sum(bench.cars_at_centre().values()) == counted["cars"]
    bench.centre.close()
