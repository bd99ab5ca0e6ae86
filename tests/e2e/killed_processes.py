"""The processes that tests/e2e/test_kill_at_any_moment.py kills: a box that makes and sends cases, and the centre."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn

from api.app import create_app
from api.settings import CentreSettings
from domain.cases.case import Case
from domain.cases.evidence import FileRole
from domain.health import Heartbeat
from domain.plates.reading import PlateReading
from edge.box.problems import ProblemBoard
from edge.delivery.centre import Centre, CentreDoor
from edge.delivery.mqtt_link import Broker, MqttLink, Pace
from edge.delivery.uploader import Uploader
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.package import Content, seal, write_package
from edge.evidence.recovery import Recovery
from edge.outbox.outbox import Outbox
from edge.outbox.values import Recorded
from plumbing.signing import BoxSigner
from plumbing.system_clock import SystemClock
from tests.builders.cases import NOON, build_case

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What every life of the box is told."""

    data_dir: Path
    key_file: Path
    broker: Broker
    centre: Centre
    sign_of_life: Path  # written when the outbox is open


def all_cases(count: int) -> Iterator[Case]:
    """The same cases in every life."""
    for number in range(count):
        yield build_case(subject_key=f"track:{number}", began_at=NOON + timedelta(seconds=number))


def with_plate(case: Case) -> Case:
    """The case as it is sealed: its plate was looked for since it was recorded."""
    return case.model_copy(update={"plate": PlateReading(status="unread", reason="no two reads agree")})


def contents_of(number: int) -> list[Content]:
    """The same files in every life; some need several requests."""
    randomness = random.Random(number)
    sizes = [randomness.choice([1, 5_000, CHUNK_BYTES, 3 * CHUNK_BYTES + 17]) for _ in range(number % 3)]
    names = ["clip.mp4", "clip-first.mp4"]
    return [
        Content(name=name, role=FileRole.CLIP, content=randomness.randbytes(size))
        for name, size in zip(names, sizes, strict=False)
    ]


def live_as_box(task: Task, cases: int, *, last: bool) -> None:
    """One life: recover, send, make what is missing of the first ``cases`` cases.

    Only the last life ends, when everything has left the outbox; the others go on until they are killed.
    """
    clock, problems, signer = SystemClock(), ProblemBoard(), BoxSigner.load(task.key_file)
    outbox = Outbox.open(task.data_dir, clock=clock, problems=problems, min_free_bytes=0, reserve_bytes=4096)
    evidence = EvidenceLine.of(outbox, signer=signer, clock=clock, problems=problems)
    task.sign_of_life.touch()
    Recovery(evidence, signer).begin()
    evidence.stages.start()
    link = MqttLink(
        box_id="box-1",
        broker=task.broker,
        heartbeat=lambda: Heartbeat(box_id="box-1", status="online"),
        clock=clock,
        randomness=random.Random(),
        problems=problems,
        pace=Pace(reconnect_first_s=0.1, reconnect_longest_s=0.5),
    )
    uploader = Uploader(
        outbox=outbox,
        door=CentreDoor(task.centre),
        clock=clock,
        randomness=random.Random(),
        problems=problems,
        chunk_bytes=CHUNK_BYTES,
        first_pause_s=0.05,
    )
    link.start()
    uploader.start()
    for number, case in enumerate(all_cases(cases)):
        if outbox.record(case) is Recorded.NEW:
            contents = contents_of(number)
            message = seal(with_plate(case), contents, (), created_at=clock.now(), signer=signer)
            write_package(outbox.package_folder(case.case_id), message, contents)
            outbox.make_ready(message)
            time.sleep(random.uniform(0.0, 0.02))
    while not last or outbox.status().unsent_cases:
        time.sleep(0.02)
    link.close()
    uploader.close()
    evidence.stages.close()
    outbox.close()


def live_as_centre(settings: CentreSettings) -> None:
    """One life of the centre."""
    app = create_app(settings, clock=SystemClock())
    uvicorn.run(app, host=settings.listen.host, port=settings.listen.port, log_level="error")
