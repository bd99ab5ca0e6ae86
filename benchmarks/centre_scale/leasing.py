"""Police pull: how many cases a second fifty pullers lease at once, and that none is leased twice."""

import math
import multiprocessing
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from api.cases.notifier import CaseNotifier
from api.evidence_store.directory import DirectoryEvidenceStore
from api.persistence.database import Database
from api.persistence.store import Store
from api.police.queue_of_cases import PoliceQueue, QueueLimits
from api.principals import Principal
from benchmarks.console.processes import cpu_of_family_s, parent_of
from domain.cases.roles import Role
from domain.grants import Scope
from domain.law.rejection import rejection_reasons
from plumbing.system_clock import SystemClock
from tests.builders.centre import QUEUE

PULLERS = 50
PROCESSES = 2
SECONDS = 10.0
_HELD = "SELECT count(*) FROM cases WHERE lease_holder LIKE 'key:puller-%'"


@dataclass(slots=True, kw_only=True)
class Pulled:
    """What some pullers did."""

    ids: list[str] = field(default_factory=list)  # of the cases that they leased
    took_ms: list[float] = field(default_factory=list)  # each pull
    began_s: float = math.inf  # the first pull; of one clock in all processes
    ended_s: float = -math.inf  # the last one
    cpu_s: float = 0.0  # of the centre's processes, while they pulled

    def add(self, other: "Pulled") -> None:
        """Count others in."""
        self.ids += other.ids
        self.took_ms += other.took_ms
        self.began_s, self.ended_s = min(self.began_s, other.began_s), max(self.ended_s, other.ended_s)
        self.cpu_s += other.cpu_s


def lease(database: Database) -> Iterator[str]:
    """Rows of the table: one case a pull, then ten; a row ends earlier where nothing waits any more."""
    url = database.engine.url.render_as_string(hide_password=False)
    with database.read() as connection:
        postmaster = parent_of(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
    yield "| cases a pull | s | leases a second | pulls a second | p50 ms | p95 ms | p99 ms | CPU ms a pull | load |"
    yield "|---|---|---|---|---|---|---|---|---|"
    _queue(database).expire_leases()
    for n in (1, 10):
        held, database_began_s = _held(database), cpu_of_family_s(postmaster)
        pulled = pull_at_once(url, n, SECONDS)
        used_s = pulled.cpu_s + cpu_of_family_s(postmaster) - database_began_s
        if not _held(database) - held == len(set(pulled.ids)) == len(pulled.ids):
            raise SystemExit(f"{_held(database) - held} cases are leased, and {len(pulled.ids)} were handed out")
        took_s, pulls = pulled.ended_s - pulled.began_s, len(pulled.took_ms)
        cuts = statistics.quantiles(pulled.took_ms, n=100, method="inclusive")
        shown = " | ".join(f"{each:.0f}" for each in (cuts[49], cuts[94], cuts[98]))
        rates = f"{len(pulled.ids) / took_s:.0f} | {pulls / took_s:.0f}"
        yield f"| {n} | {took_s:.0f} | {rates} | {shown} | {used_s / pulls * 1000:.1f} | {os.getloadavg()[0]:.1f} |"


def _held(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text(_HELD)).scalar_one())


def _queue(database: Database) -> PoliceQueue:
    return PoliceQueue(
        Store(database, SystemClock()),
        files=DirectoryEvidenceStore(Path(tempfile.gettempdir())),  # no package is taken
        notifier=CaseNotifier(),
        reasons=rejection_reasons(),
        limits=QueueLimits(),
    )


def pull_at_once(url: str, n: int, seconds: float) -> Pulled:
    """Fifty pullers in two processes, as two processes of the role ``web`` would have them."""
    context, found = multiprocessing.get_context("spawn"), Pulled()
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        for each in [pool.submit(_pull_in_process, url, part, n, seconds) for part in range(PROCESSES)]:
            found.add(each.result())
    return found


def _pull_in_process(url: str, part: int, n: int, seconds: float) -> Pulled:
    database, found = Database(url), Pulled()
    police, pullers, cpu_began_s = _queue(database), PULLERS // PROCESSES, time.process_time()

    def pull(number: int) -> Pulled:
        name = f"puller-{part}-{number}"
        who = Principal(actor=f"key:{name}", name=name, role=Role.POLICE, scope=Scope(queues=frozenset({QUEUE})))
        own = Pulled(began_s=time.monotonic())
        while time.monotonic() < own.began_s + seconds:
            start = time.perf_counter()
            cases = police.pull(who, QUEUE, n=n, lease_s=3600, idempotency_key=uuid.uuid4().hex).cases
            own.took_ms.append((time.perf_counter() - start) * 1000)
            own.ids += [str(each.case_id) for each in cases]
            if not cases:
                break
        own.ended_s = time.monotonic()
        return own

    with ThreadPoolExecutor(pullers) as pool:
        for each in pool.map(pull, range(pullers)):
            found.add(each)
    found.cpu_s = time.process_time() - cpu_began_s
    database.close()
    return found
