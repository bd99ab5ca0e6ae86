"""What the centre's intake takes: ``python -m benchmarks.intake`` prints the tables of intake.md.

PostgreSQL with fsync on, the intake as its own process behind the real server, boxes as threads of other processes;
everything on this machine.
"""

import argparse
import multiprocessing
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.app import create_app
from api.principals import SYSTEM
from api.roles import CentreRole
from api.settings import CentreSettings
from api.web.server import serve
from deploy.local.servers import LOOPBACK, Postgres, free_port
from domain.canonical import canonical_bytes
from domain.cases.evidence import CaseMessage
from domain.cases.pieces import Piece
from domain.cases.roles import Role
from edge.delivery.centre import Centre, CentreBusy, CentreDoor
from edge.outbox.values import FileState, OutboxFile
from plumbing.system_clock import SystemClock
from tests.builders.cases import build_case, build_manifest, build_message
from tests.builders.centre import CentreBuilder

FILES, FILE_BYTES = 8, 250_000
SECONDS = 20.0
PACED_SECONDS = 90.0  # of the row that a centre must hold for long
FLOOD_THREADS = 8


class SyncedPostgres(Postgres):
    """Every commit on the disk, as in production."""

    def _command(self) -> list[str]:
        return [*super()._command(), "-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "full_page_writes=on"]


def run_intake(settings: CentreSettings, port: int) -> None:
    """The intake as its own process."""
    serve(create_app(settings, clock=SystemClock(), roles={CentreRole.INTAKE}), host=LOOPBACK, port=port)


def cases_of(box_id: str, lane: int, phase: str) -> Iterator[tuple[CaseMessage, dict[str, bytes]]]:
    """Endless cases of 8 files, 2 MB each."""
    randomness, key = random.Random(f"{phase}/{box_id}/{lane}"), Ed25519PrivateKey.generate()  # noqa: S311
    number = 0
    while True:
        number += 1
        case = build_case(box_id=box_id, subject_key=f"{phase}/{lane}/{number}")
        contents = {f"clip-{each}.mp4": randomness.randbytes(FILE_BYTES) for each in range(FILES)}
        yield build_message(case, key, build_manifest(case, contents)), contents


def deliver(door: CentreDoor, message: CaseMessage, contents: dict[str, bytes]) -> None:
    """Bring one case as a box does."""
    payload, case_id = canonical_bytes(message), message.case.case_id
    while True:
        try:
            answer = door.offer(case_id, payload, ())
            if answer.on_record:
                return
            small = [
                Piece(name=each.name, offset_bytes=each.offset_bytes, content=contents[each.name][each.offset_bytes :])
                for each in answer.missing
            ]
            if len(small) > 1 and sum(len(each.content) for each in small) <= door.pieces_bytes:
                door.send_pieces(case_id, small)
                continue
            for missing in answer.missing:
                content = contents[missing.name]
                file = OutboxFile(
                    case_id=case_id,
                    name=missing.name,
                    path=Path(missing.name),
                    size_bytes=len(content),
                    sha256="",
                    state=FileState.WAITING,
                )
                door.send(file, missing.offset_bytes, content[missing.offset_bytes :])
        except CentreBusy as e:
            time.sleep(e.retry_after_s)


def live_as_box(  # noqa: PLR0917
    url: str, box_id: str, api_key: str, lanes: int, every_s: float, phase: str, seconds: float
) -> list[float]:
    """Deliver for some seconds; seconds that each case took."""
    took: list[float] = []

    def lane(number: int) -> None:
        door = CentreDoor(Centre(url=url, api_key=api_key))
        made = cases_of(box_id, number, phase)
        due_s = time.monotonic() + every_s * number / lanes
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            message, contents = next(made)
            time.sleep(max(0.0, due_s - time.monotonic()))
            due_s += every_s
            began_s = time.monotonic()
            deliver(door, message, contents)
            took.append(time.monotonic() - began_s)
        door.close()

    threads = [threading.Thread(target=lane, args=(number,)) for number in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def measure(
    url: str, boxes: dict[str, str], plan: dict[str, tuple[int, float]], seconds: float = SECONDS
) -> dict[str, list[float]]:
    """Let boxes live side by side: lanes and seconds between cases for each."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(plan), mp_context=context) as pool:
        running = {
            box_id: pool.submit(live_as_box, url, box_id, boxes[box_id], lanes, every_s, str(plan), seconds)
            for box_id, (lanes, every_s) in plan.items()
        }
        return {box_id: each.result() for box_id, each in running.items()}


def row(name: str, took: list[float], seconds: float = SECONDS) -> None:
    """Print one row."""
    print(
        f"| {name} | {seconds:.0f} | {len(took) / seconds:.1f} | {statistics.median(took) * 1000:.0f}"
        f" | {statistics.quantiles(took, n=20)[-1] * 1000:.0f} | {max(took) * 1000:.0f} | {os.getloadavg()[0]:.1f} |",
        flush=True,
    )


def main() -> None:
    """Measure on this machine."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load before {load:.1f}; {FILES} files of {FILE_BYTES:,} bytes each\n")
    with tempfile.TemporaryDirectory() as name, SyncedPostgres(Path(name) / "pg") as server:
        folder = Path(name)
        builder = CentreBuilder(
            folder,
            database_url=server.new_database("bench"),
            intake={"max_cases_a_day": 1_000_000, "max_arriving_cases": 1000},
        )
        boxes = {}
        for number in range(4):
            box_id = f"box-{number}"
            _, boxes[box_id] = builder.centre.machines.create_key(SYSTEM, name=box_id, role=Role.EDGE, box_id=box_id)
        port = free_port()
        intake = multiprocessing.get_context("spawn").Process(target=run_intake, args=(builder.settings, port))
        intake.start()
        try:
            url = f"http://{LOOPBACK}:{port}"
            time.sleep(5)
            print("| boxes | s | cases a second | ms, median | p95 | longest | load |\n|---|---|---|---|---|---|---|")
            alone = measure(url, boxes, {"box-3": (1, 1.0)})
            row("one box, a case a second", alone["box-3"])
            paced = measure(url, boxes, dict.fromkeys(boxes, (2, 0.8)), PACED_SECONDS)
            row("four boxes, 10 a second wanted", [each for took in paced.values() for each in took], PACED_SECONDS)
            full = measure(url, boxes, dict.fromkeys(boxes, (2, 0.0)))
            row("four boxes, as fast as it goes", [each for took in full.values() for each in took])
            flood = measure(url, boxes, {"box-0": (FLOOD_THREADS, 0.0), "box-3": (1, 1.0)})
            row(f"a box that floods ({FLOOD_THREADS} senders)", flood["box-0"])
            row("beside it: one box, a case a second", flood["box-3"])
            found = builder.centre.audit.verify(SYSTEM)
            print(f"\n{found.events} events on record, intact: {found.intact}")
        finally:
            intake.terminate()
            intake.join()
            builder.close()


if __name__ == "__main__":
    main()
