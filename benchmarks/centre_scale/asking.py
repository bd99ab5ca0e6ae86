"""What operators ask a centre of half a million cases and five million sightings, and how long they wait."""

import itertools
import os
import random
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import text

from api.cases.case_reader import CaseReader
from api.cases.notifier import CaseNotifier
from api.cases.plate_look_ups import PlateLookUps
from api.cases.view_log import ViewLog
from api.persistence.case_search import CaseFilter
from api.persistence.database import Database
from api.persistence.store import Store
from api.sightings.keys import SightingKeys
from api.sightings.look_up import SightingLookUps
from benchmarks.centre_scale.city import OFFENCES, WARDS, City
from benchmarks.centre_scale.database import KEPT, SECRET
from benchmarks.console.processes import cpu_s
from benchmarks.filled_record import OPERATOR
from domain.cases.clocks import DueSoon
from domain.cases.plate_search import PlatePattern
from domain.cases.states import CaseState
from domain.instants import from_text
from domain.reminder_outcome import ward_key
from tests.builders.centre import SteppedClock

TIMES = 100
PAGES = 20  # of a list that is read on and on


def ask(database: Database, times: int = TIMES) -> Iterator[str]:
    """Rows of the table: what is asked, how long half, 95 and 99 of a hundred take at most, and the processors' time.

    The time on the clock grows with whatever else the machine does; that of the processors (the centre's and the
    database's, a call in the mean) hardly does.
    """
    asker = Asker(database)
    with database.read() as connection:  # nobody else asks, so this one connection serves all
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    yield "| asked | times | p50 ms | p95 ms | p99 ms | longest ms | CPU ms | load |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, question in asker.questions().items():
        question()
        before_s = time.process_time() + cpu_s(backend)
        taken = [timed_ms(question) for _ in range(times)]
        used_ms = (time.process_time() + cpu_s(backend) - before_s) / times * 1000
        cuts = statistics.quantiles(taken, n=100, method="inclusive")
        shown = " | ".join(f"{each:.1f}" for each in (cuts[49], cuts[94], cuts[98], max(taken), used_ms))
        yield f"| {name} | {times} | {shown} | {os.getloadavg()[0]:.0f} |"


def timed_ms(work: Callable[[], object]) -> float:
    """Milliseconds that some work takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


class Asker:
    """The centre's own services, asked with what is drawn from the city's cases.

    Args:
        database: filled.
    """

    def __init__(self, database: Database) -> None:
        with database.read() as connection:
            newest = connection.execute(text("SELECT max(received_at) FROM cases")).scalar_one()
            drawn = "SELECT case_id, plate_key FROM cases TABLESAMPLE SYSTEM (1) REPEATABLE (7)"
            drawn += " WHERE plate_key IS NOT NULL AND NOT shadow AND state <> 'queued' LIMIT 2000"
            self._known: list[tuple[str, str]] = [
                (row.case_id, row.plate_key) for row in connection.execute(text(drawn))
            ]
        self.now: datetime = from_text(newest)
        store = Store(database, SteppedClock(self.now))
        self.desk = CaseReader(store, ViewLog(store, SteppedClock(self.now)), CaseNotifier())
        self.plates = PlateLookUps(store)
        self.sightings = SightingLookUps(store, SightingKeys(SECRET), kept=KEPT, basis="1/QD, 2026-01-02")
        self._dice = random.Random(3)  # noqa: S311 - seeded
        self._city = City(5)

    def questions(self) -> dict[str, Callable[[], object]]:
        """By name; each call draws anew."""
        queued = CaseFilter(states=(CaseState.QUEUED,), oldest_act_first=True)
        pages = itertools.cycle(self._pages(queued))
        every = itertools.cycle(self._pages(CaseFilter()))
        return {
            "queue, the first 100": lambda: self.desk.list(OPERATOR, queued, limit=100),
            f"queue, on to page {PAGES}": lambda: next(pages)(),  # noqa: PLW0108 - the next one each time
            "all cases, on and on": lambda: next(every)(),  # noqa: PLW0108
            "counts by state": lambda: self.desk.counts(OPERATOR),
            "queue of a ward": lambda: self._list(states=(CaseState.QUEUED,), wards=(self._ward(),)),
            "clock near its end": lambda: self._list(due=DueSoon.TARGET_NEAR, oldest_act_first=True),
            "clock over": lambda: self._list(due=DueSoon.TARGET_OVER, oldest_act_first=True),
            "by camera": lambda: self._list(cameras=(f"cam-{self._city.camera()}",)),
            "by camera, state and offence": lambda: self._list(
                cameras=(f"cam-{self._city.camera()}",), states=(CaseState.READY,), codes=(self._code(),)
            ),
            "by offence and a day": lambda: self._list(codes=(self._code(),), **self._span(1)),
            "by ward and a week": lambda: self._list(wards=(self._ward(),), **self._span(7)),
            "by who answered": lambda: self._list(answered_by=OPERATOR.actor),
            "shadow cases of an offence": lambda: self._list(codes=(self._code(),), shadow=True),
            "plate, whole": lambda: self._look_up(self._plate()),
            "plate, one wrong character": lambda: self._look_up(self._misread(), near=True),
            "plate, *12345": lambda: self._look_up("*" + self._plate()[-5:]),
            "plate, 75F1*": lambda: self._look_up(self._plate()[:4] + "*"),
            "plate, ? twice": lambda: self._look_up(self._hidden(2)),
            "plate, every second character": lambda: self._look_up(self._every_second()),
            "sightings of a case's vehicle": lambda: self._sightings(near=False),
            "sightings, one wrong character": lambda: self._sightings(near=True),
        }

    def _list(self, **wanted: object) -> object:
        return self.desk.list(OPERATOR, CaseFilter(**wanted), limit=100)  # type: ignore[arg-type]

    def _pages(self, wanted: CaseFilter) -> list[Callable[[], object]]:
        """The pages of a list, each as a question; the way there is walked once."""
        found: list[Callable[[], object]] = []
        cursor: str | None = None
        for _ in range(PAGES):
            found.append(lambda at=cursor: self.desk.list(OPERATOR, wanted, cursor=at, limit=100))  # type: ignore[misc]
            cursor = self.desk.list(OPERATOR, wanted, cursor=cursor, limit=100).next_cursor
        return found

    def _span(self, days: int) -> dict[str, datetime]:
        begins = self.now - timedelta(days=self._dice.randrange(days, 100))
        return {"began_from": begins, "began_to": begins + timedelta(days=days)}

    def _ward(self) -> str:
        return ward_key(self._dice.choice(WARDS))

    def _code(self) -> str:
        return self._dice.choice(OFFENCES)[0]

    def _plate(self) -> str:
        return self._dice.choice(self._known)[1]

    def _misread(self) -> str:
        plate = self._plate()
        place = self._dice.randrange(len(plate))
        return plate[:place] + self._dice.choice("0123456789") + plate[place + 1 :]

    def _hidden(self, number: int) -> str:
        plate = list(self._plate())
        for place in self._dice.sample(range(len(plate)), number):
            plate[place] = "?"
        return "".join(plate)

    def _every_second(self) -> str:
        return "".join(each if place % 2 else "?" for place, each in enumerate(self._plate()))

    def _look_up(self, asked: str, *, near: bool = False) -> object:
        return self.plates.find(OPERATOR, PlatePattern.of(asked, near=near), purpose="VERIFY", note="")

    def _sightings(self, *, near: bool) -> object:
        case_id = uuid.UUID(self._dice.choice(self._known)[0])
        return self.sightings.find(OPERATOR, case_id, purpose="VERIFY", note="", near=near)
