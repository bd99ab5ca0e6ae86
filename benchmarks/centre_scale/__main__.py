"""The centre of a city, on this machine; every command prints a table of centre_scale.md.

``python -m benchmarks.centre_scale fill FOLDER`` makes the database that the others need (some minutes, 5 GB).
"""

import argparse
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.centre_scale.asking import ask
from benchmarks.centre_scale.database import city_database, fill_city
from benchmarks.centre_scale.leasing import lease
from benchmarks.centre_scale.plates import plates
from benchmarks.centre_scale.sizes import sizes
from benchmarks.centre_scale.steps import steps
from benchmarks.centre_scale.traffic import traffic


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("fill", "sizes", "ask", "lease", "traffic", "steps", "plates"))
    parser.add_argument("folder", type=Path, help="of the database, e.g. /tmp/city; plates makes its own and drops it")
    parser.add_argument("--cases", type=int, default=500_000)
    parser.add_argument("--sightings", type=int, default=5_000_000)
    parser.add_argument("--seconds", type=float, default=600.0, help="of traffic")
    given = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
    if given.what == "plates":
        for row in plates(given.cases):
            print(row, flush=True)
        print(f"load after: {os.getloadavg()[0]:.1f}")
        return
    if given.what == "fill":
        fill_city(given.folder, cases=given.cases, sightings=given.sightings)
        return
    with city_database(given.folder) as database:
        rows: dict[str, Callable[[], Iterable[str]]] = {
            "sizes": lambda: sizes(database),
            "ask": lambda: ask(database),
            "lease": lambda: lease(database),
            "steps": lambda: steps(database, given.folder),
            "traffic": lambda: traffic(database, given.folder, seconds=given.seconds),
        }
        for row in rows[given.what]():
            print(row, flush=True)
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
