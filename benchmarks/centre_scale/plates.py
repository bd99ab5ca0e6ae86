"""A plate of which every second character is known, among cases that SQL made: by walking the plates, and by places.

Only what these questions read is made, so it takes a minute where the whole city takes many.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, text

from api.persistence.case_search import plates_like
from benchmarks.console.processes import cpu_s
from deploy.local.servers import Postgres
from domain.cases.plate_search import PlatePattern
from domain.grants import EVERYWHERE
from tests.builders.centre import CentreBuilder

_SHOWN: Final = 51
_TIMES: Final = 60
_SERIES: Final = "ABCDEFGHKLMNPSTUVXYZ"
_PLATE: Final = f"""
    (ARRAY['74', '43', '29', '75'])[least(4, 1 + floor(random() * 26.7))::int]
    || substr('{_SERIES}', 1 + floor(random() * {len(_SERIES)})::int, 1)
    || CASE WHEN i % 5 = 0 THEN '' ELSE (1 + floor(random() * 9))::int::text END
    || lpad(floor(random() * 100000)::int::text, 5, '0')
"""
_WALK: Final = """
    WITH plates AS MATERIALIZED (
      SELECT DISTINCT plate_key FROM cases WHERE plate_key LIKE :form AND NOT shadow
    )
    SELECT * FROM cases
    WHERE plate_key IN (SELECT plate_key FROM plates) AND NOT shadow
    ORDER BY received_at DESC, case_id DESC LIMIT 51
"""


def plates(number: int) -> Iterator[str]:
    """Rows of the table: both ways in turns, with the processors' time of the database's own process.

    Args:
        number: of cases.
    """
    with tempfile.TemporaryDirectory() as kept, Postgres(Path(kept) / "postgres") as server:
        centre = CentreBuilder(Path(kept), database_url=server.new_database("plates"))
        centre.queued_case()
        with centre.database.write() as connection:
            _fill(connection, number)
        with centre.database.read() as connection:
            connection.execute(text("SET max_parallel_workers_per_gather = 0"))  # so that all of its time is counted
            yield from _rows(connection)
        centre.close()


def _fill(connection: Connection, number: int) -> None:
    kept = "('ix_cases_plate', 'ix_cases_plate_key', 'ix_cases_plate_places', 'ix_cases_list')"
    others = f"SELECT indexname FROM pg_indexes WHERE tablename = 'cases' AND indexname NOT IN {kept}"  # noqa: S608
    for name in connection.execute(text(others)).scalars().all():
        if name.startswith("ix_"):
            connection.execute(text(f"DROP INDEX {name}"))
    connection.execute(text("SELECT setseed(0.5)"))
    vehicles = f"CREATE TEMP TABLE vehicles AS SELECT i, {_PLATE} AS plate FROM generate_series(0, 399999) AS i"  # noqa: S608
    connection.execute(text(vehicles.replace("::", "\\:\\:")))
    drawn = (
        "CREATE TEMP TABLE drawn AS SELECT i, floor(400000 * power(random(), 2))\\:\\:int AS vehicle"
        " FROM generate_series(1, :number) AS i"
    )
    connection.execute(text(drawn), {"number": number})
    names = list(connection.execute(text("SELECT * FROM cases LIMIT 0")).keys())
    changed = {
        "case_id": "'00000000-0000-0000-0000-0000' || lpad(drawn.i\\:\\:text, 8, '0')",
        "plate_key": "CASE WHEN drawn.i % 4 > 0 THEN plate END",
        "plate_text": "CASE WHEN drawn.i % 4 > 0 THEN plate END",
        "shadow": "drawn.i % 20 = 0",
        "received_at": (
            "to_char(timestamp '2026-01-06' + drawn.i * interval '20 s', 'YYYY-MM-DD\"T\"HH24\\:MI\\:SS.000\"Z\"')"
        ),
    }
    chosen = ", ".join(changed.get(name, f"one.{name}") for name in names)
    connection.execute(
        text(
            f"INSERT INTO cases SELECT {chosen} FROM drawn JOIN vehicles ON vehicles.i = drawn.vehicle,"  # noqa: S608
            " (SELECT * FROM cases LIMIT 1) AS one"
        )
    )
    connection.execute(text("ANALYZE cases"))


def _rows(connection: Connection) -> Iterator[str]:
    backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    known = connection.execute(
        text("SELECT plate_key FROM cases WHERE plate_key IS NOT NULL AND NOT shadow LIMIT 5000")
    )
    asked = random.Random(3).sample(sorted(set(known.scalars())), _TIMES)  # noqa: S311 - seeded
    patterns = ["".join(each if place % 2 else "?" for place, each in enumerate(plate)) for plate in asked]
    ways: dict[str, Callable[[str], Any]] = {
        "plates walked": lambda form: connection.execute(text(_WALK), {"form": form.replace("?", "_")}).all(),
        "by places": lambda form: connection.execute(
            plates_like(PlatePattern.of(form), EVERYWHERE, None, None, _SHOWN)
        ).all(),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    used: dict[str, list[float]] = {name: [] for name in ways}
    for pattern in patterns:
        found = {}
        for name, ask in ways.items():
            began, before = time.perf_counter(), cpu_s(backend)
            found[name] = [row.case_id for row in ask(pattern)]
            taken[name].append((time.perf_counter() - began) * 1000)
            used[name].append((cpu_s(backend) - before) * 1000)
        first, second = found.values()
        if first != second:
            raise SystemExit(f"{pattern}: the two ways do not find the same")
    yield "| way | times | p50 ms | p95 ms | longest ms | CPU ms of the database |"
    yield "|---|---|---|---|---|---|"
    for name, times in taken.items():
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        shown = " | ".join(f"{each:.1f}" for each in (cuts[49], cuts[94], max(times), statistics.mean(used[name])))
        yield f"| {name} | {len(times)} | {shown} |"
