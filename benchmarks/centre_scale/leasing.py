"""Police pull: how many cases a second fifty pullers lease at once, and that none is leased twice."""

import multiprocessing
import os
import statistics
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from sqlalchemy import text

from api.cases.notifier import CaseNotifier
from api.persistence.database import Database
from api.persistence.store import Store
from api.police.queue_of_cases import PoliceQueue, QueueLimits
from api.principals import Principal
from domain.cases.roles import Role
from domain.grants import Scope
from domain.law.rejection import rejection_reasons
from plumbing.system_clock import SystemClock
from tests.builders.centre import QUEUE

PULLERS = 50
PROCESSES = 2
SECONDS = 10.0
_HELD = "SELECT count(*) FROM cases WHERE lease_holder LIKE 'key:puller-%'"
Pulled = tuple[list[str], list[float]]
"""Ids of the cases that somebody leased, and milliseconds that each pull took."""


def lease(database: Database) -> Iterator[str]:
    """Rows of the table: one case a pull, then ten."""
    url = database.engine.url.render_as_string(hide_password=False)
    yield "| cases a pull | s | leases a second | pulls a second | p50 ms | p95 ms | p99 ms | leased twice | load |"
    yield "|---|---|---|---|---|---|---|---|---|"
    _queue(database).expire_leases()
    for n in (1, 10):
        held = _held(database)
        began_s = time.monotonic()
        ids, taken = pull_at_once(url, n, SECONDS)
        took_s = time.monotonic() - began_s
        if _held(database) - held != len(set(ids)):
            raise SystemExit(f"{_held(database) - held} cases are leased, and {len(set(ids))} were handed out")
        cuts = statistics.quantiles(taken, n=100, method="inclusive")
        shown = " | ".join(f"{each:.0f}" for each in (cuts[49], cuts[94], cuts[98]))
        rates = f"{len(ids) / took_s:.0f} | {len(taken) / took_s:.0f}"
        yield f"| {n} | {took_s:.0f} | {rates} | {shown} | {len(ids) - len(set(ids))} | {os.getloadavg()[0]:.1f} |"


def _held(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text(_HELD)).scalar_one())


def _queue(database: Database) -> PoliceQueue:
    return PoliceQueue(
        Store(database, SystemClock()),
        files=None,  # type: ignore[arg-type] - no package is taken
        notifier=CaseNotifier(),
        reasons=rejection_reasons(),
        limits=QueueLimits(),
    )


def pull_at_once(url: str, n: int, seconds: float) -> Pulled:
    """Fifty pullers in two processes, as two processes of the role ``web`` would have them."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        running = [pool.submit(_pull_in_process, url, part, n, seconds) for part in range(PROCESSES)]
        found = [each.result() for each in running]
    return [each for ids, _ in found for each in ids], [each for _, taken in found for each in taken]


def _pull_in_process(url: str, part: int, n: int, seconds: float) -> Pulled:
    database = Database(url)
    police = _queue(database)
    pullers = PULLERS // PROCESSES

    def pull(number: int) -> Pulled:
        name = f"puller-{part}-{number}"
        who = Principal(actor=f"key:{name}", name=name, role=Role.POLICE, scope=Scope(queues=frozenset({QUEUE})))
        ids: list[str] = []
        taken: list[float] = []
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            start = time.perf_counter()
            cases = police.pull(who, QUEUE, n=n, lease_s=3600, idempotency_key=uuid.uuid4().hex).cases
            taken.append((time.perf_counter() - start) * 1000)
            if not cases:
                raise SystemExit("the queue ran empty: fill the database anew")
            ids += [str(each.case_id) for each in cases]
        return ids, taken

    with ThreadPoolExecutor(pullers) as pool:
        found = list(pool.map(pull, range(pullers)))
    database.close()
    return [each for ids, _ in found for each in ids], [each for _, taken in found for each in taken]
