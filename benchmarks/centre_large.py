"""A centre with many cases: ``python -m benchmarks.centre_large lists`` (or ``audit``) prints a table of centre.md.

The database is filled by hand (``filled_record``). ``lists`` asks a centre of 200,000 cases what operators and police
ask it; ``audit`` runs ``matthan audit verify``'s own code as a process on records of growing length and reads its CPU
time and memory.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from api.cases.case_reader import CaseReader
from api.cases.notifier import CaseNotifier
from api.cases.view_log import ViewLog
from api.evidence_store.directory import DirectoryEvidenceStore
from api.persistence.case_search import CaseFilter
from api.persistence.store import Store
from api.police.queue_of_cases import PoliceQueue, QueueLimits
from benchmarks.filled_record import COPIES, OFFICER, OPERATOR, database_of, fill, multiply
from domain.cases.states import CaseState
from domain.law.rejection import rejection_reasons
from plumbing.system_clock import SystemClock
from tests.builders.centre import QUEUE

ROOT = Path(__file__).resolve().parents[1]


def p50_ms(work: Callable[[], object], times: int = 30) -> float:
    """Milliseconds that half of the calls stay below."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def lists(kind: str, cases: int) -> None:
    """Print one row: what operators and police ask of many cases."""
    with tempfile.TemporaryDirectory() as folder, database_of(kind, Path(folder)) as database:
        fill(database, cases // COPIES)
        multiply(database)
        store, notifier = Store(database, SystemClock()), CaseNotifier()
        desk = CaseReader(store, ViewLog(store, SystemClock()), notifier)
        police = PoliceQueue(
            store,
            files=DirectoryEvidenceStore(Path(folder)),
            notifier=notifier,
            reasons=rejection_reasons(),
            limits=QueueLimits(),
        )
        start = time.perf_counter()
        ended = police.expire_leases()
        sweep_s = time.perf_counter() - start
        queued = CaseFilter(states=(CaseState.QUEUED,))
        figures = [
            p50_ms(lambda: desk.list(OPERATOR, CaseFilter(), limit=100)),
            p50_ms(lambda: desk.list(OPERATOR, queued, limit=100)),
            p50_ms(lambda: desk.list(OPERATOR, CaseFilter(cameras=("cam-7",), states=(CaseState.READY,)), limit=100)),
            p50_ms(lambda: desk.list(OPERATOR, CaseFilter(shadow=True), limit=100)),
            p50_ms(lambda: desk.counts(OPERATOR)),
            p50_ms(lambda: police.pull(OFFICER, QUEUE, n=50, lease_s=3600, idempotency_key=uuid.uuid4().hex)),
        ]
        print(
            f"| {kind} | {' | '.join(f'{figure:.1f}' for figure in figures)} | {ended:,} in {sweep_s:.1f} s |",
            flush=True,
        )


def audit(kind: str, cases: int) -> None:
    """Print one row: a whole check, and one from a checkpoint near the end, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder, database_of(kind, Path(folder)) as database:
        start = time.perf_counter()
        events = fill(database, cases)
        print(f"{kind}: {events:,} events made in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
        with database.read() as connection:
            near = connection.execute(
                text("SELECT seq, hash FROM events WHERE seq = :seq"), {"seq": events - 10_000}
            ).one()
        url = database.engine.url.render_as_string(hide_password=False)
        whole, since = check(url, None), check(url, f"{near.seq}:{near.hash}")
        cells = [f"{wall_s:.0f} | {cpu_s:.0f} | {rss_mb:.0f}" for wall_s, cpu_s, rss_mb in (whole, since)]
        print(f"| {kind} | {events:,} | {' | '.join(cells)} |", flush=True)


CHECK = """
import re, resource, sys
from api.audit.audit import Audit, kept_event
from api.persistence.database import Database
from api.persistence.store import Store
from api.principals import SYSTEM
from plumbing.system_clock import SystemClock
import matthan.commands.audit, api.centre
since = kept_event(sys.argv[2]) if len(sys.argv) > 2 else None
found = Audit(Store(Database(sys.argv[1]), SystemClock())).verify(SYSTEM, since=since)
assert found.intact, found
usage = resource.getrusage(resource.RUSAGE_SELF)
peak_kb = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]  # ru_maxrss counts the parent's too
print(usage.ru_utime + usage.ru_stime, int(peak_kb) / 1024)
"""


def check(url: str, since: str | None) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak MB of a check by ``matthan audit verify``'s own code."""
    start = time.perf_counter()
    command = [sys.executable, "-c", CHECK, url, *([since] if since else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=os.environ)
    cpu_s, rss_mb = (float(each) for each in done.stdout.split())
    return time.perf_counter() - start, cpu_s, rss_mb


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("lists", "audit"))
    parser.add_argument("--cases", type=int, nargs="+")
    parser.add_argument("--database", choices=("SQLite", "PostgreSQL"), action="append")
    asked = parser.parse_args()
    if asked.what == "lists":
        print("| database | all | queued | camera and state | shadow | counts | pull of 50 | ended leases put back |")
        print("|---|---|---|---|---|---|---|---|")
    else:
        print("| database | events | whole: s | CPU s | MB | 10,000 later events: s | CPU s | MB |")
        print("|---|---|---|---|---|---|---|---|")
    work, sizes = (lists, [200_000]) if asked.what == "lists" else (audit, [34_000, 340_000])
    for kind in asked.database or ("SQLite", "PostgreSQL"):
        for cases in asked.cases or sizes:
            work(kind, cases)


if __name__ == "__main__":
    main()
