"""How a backlog drains: ``python -m benchmarks.outbox`` prints the table of outbox.md."""

import argparse
import random
import tempfile
import time
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.cases.evidence import CaseAnswer, CaseMessage
from edge.delivery.centre import Centre, CentreDoor
from edge.delivery.uploader import Uploader
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from plumbing.system_clock import SystemClock
from tests.builders.cases import NOON, build_case, build_manifest, build_message

BACKLOGS = (1_000, 3_000, 10_000)


def answer(request: httpx.Request) -> httpx.Response:
    """A centre that costs nothing; it refuses one case in a hundred."""
    message = CaseMessage.model_validate_json(request.content)
    if message.case.subject.key.endswith("00"):
        return httpx.Response(422, json={"detail": "refused"})
    on_record = CaseAnswer(case_id=message.case.case_id, message_sha256=message.sha256(), received_at=NOON)
    return httpx.Response(200, content=on_record.model_dump_json())


def drain(cases: int) -> tuple[float, float]:
    """Fill an outbox and drain it; seconds of each."""
    key = Ed25519PrivateKey.generate()
    with tempfile.TemporaryDirectory() as folder:
        problems = ProblemBoard()
        outbox = Outbox.open(Path(folder), clock=SystemClock(), problems=problems, min_free_bytes=0, reserve_bytes=4096)
        messages = []
        for number in range(cases):
            case = build_case(subject_key=f"track:{number}")
            messages.append(build_message(case, key, build_manifest(case, {})))
        began_s = time.perf_counter()
        for message in messages:
            outbox.record(message.case)
            outbox.make_ready(message)
        filled_s = time.perf_counter() - began_s
        uploader = Uploader(
            outbox=outbox,
            door=CentreDoor(Centre(url="http://centre", api_key="k"), transport=httpx.MockTransport(answer)),
            clock=SystemClock(),
            randomness=random.Random(1),  # noqa: S311
            problems=problems,
        )
        began_s = time.process_time()
        while uploader.upload_next():
            pass
        drained_s = time.process_time() - began_s
        left = outbox.status().unsent_cases
        if left != len([each for each in messages if each.case.subject.key.endswith("00")]):
            raise SystemExit(f"{left} cases are left")
        uploader.close()
        outbox.close()
    return filled_s, drained_s


def main() -> None:
    """Measure each backlog."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=BACKLOGS, help="that wait")
    backlogs = parser.parse_args().cases
    print("| cases waiting | filled, s | drained, CPU s | ms a case |\n|---|---|---|---|")
    for cases in backlogs:
        filled_s, drained_s = drain(cases)
        print(f"| {cases:,} | {filled_s:.1f} | {drained_s:.1f} | {drained_s / cases * 1000:.2f} |", flush=True)


if __name__ == "__main__":
    main()
