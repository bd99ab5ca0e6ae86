"""How much the centre takes: ``python -m benchmarks.centre`` prints the table of centre.md on two real databases."""

import argparse
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from api.cases.review import Decision
from api.persistence.case_search import CaseFilter
from api.principals import SYSTEM, Principal
from deploy.local.servers import Postgres
from domain.cases.roles import Role
from tests.builders.centre import QUEUE, CentreBuilder

PULLERS = 20


def timed(work: Callable[[], object]) -> float:
    """Seconds that some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(name: str, folder: Path, url: str | None, cases: int) -> None:
    """Print one row for a database."""
    centre = CentreBuilder(folder, database_url=url)
    messages = [centre.message() for _ in range(cases)]
    intake_s = timed(lambda: [centre.take_in(message) for message in messages])
    reviewer = centre.user("lan", Role.OPERATOR)
    page_s = timed(lambda: centre.centre.cases.list(reviewer, CaseFilter(), limit=50))
    confirm_s = timed(lambda: _confirm(centre, reviewer, [message.case.case_id for message in messages]))
    officers = [centre.officer(f"officer-{number}") for number in range(PULLERS)]

    def pull_all(number: int) -> int:
        taken = 0
        while pulled := centre.centre.police.pull(
            officers[number], QUEUE, n=1, lease_s=600, idempotency_key=uuid.uuid4().hex
        ).cases:
            taken += len(pulled)
        return taken

    def race() -> None:
        with ThreadPoolExecutor(PULLERS) as pool:
            if sum(pool.map(pull_all, range(PULLERS))) != cases:
                raise SystemExit("a case was lost or leased twice")

    pull_s = timed(race)
    events = centre.centre.audit.verify(SYSTEM).events
    verify_s = timed(lambda: centre.centre.audit.verify(SYSTEM))
    figures = (cases / intake_s, cases / confirm_s, cases / pull_s, events / verify_s)
    print(f"| {name} | " + " | ".join(f"{figure:,.0f}" for figure in figures) + f" | {page_s * 1000:.0f} |", flush=True)
    centre.close()


def _confirm(centre: CentreBuilder, reviewer: Principal, case_ids: Iterable[uuid.UUID]) -> None:
    for case_id in case_ids:
        stored = centre.centre.cases.get(reviewer, case_id)[0]
        centre.centre.review.decide(reviewer, case_id, Decision(decision="confirm"), expected_version=stored.version)


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=400)
    cases: int = parser.parse_args().cases
    load = os.getloadavg()[0]
    print(f"{cases} cases, {PULLERS} pullers at once taking one case a pull; load before {load:.1f}; a second each:\n")
    columns = ("cases in, each with its files", "decisions, opened first", "cases pulled", "events checked")
    print(f"| database | {' | '.join(columns)} | list of 50, ms |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        measure("SQLite (every commit synced)", Path(folder), None, cases)
    with tempfile.TemporaryDirectory() as folder, Postgres(Path(folder)) as server:
        measure("PostgreSQL (fsync off, as in tests)", Path(folder), server.new_database("bench"), cases)


if __name__ == "__main__":
    main()
