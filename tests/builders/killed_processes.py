"""The processes that seam tests kill and freeze: a box that makes and sends cases, and the centre."""

import json
import random
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import uvicorn

from api.app import create_app
from api.settings import CentreSettings
from domain.cases.case import Case
from domain.cases.evidence import FileRole
from domain.errors import FileError, OutboxError
from domain.fleet.health import Heartbeat, ProblemCode
from domain.instants import Clock, to_text
from domain.plates.reading import PlateReading
from edge.delivery.broker import Broker
from edge.delivery.centre import Centre, CentreDoor
from edge.delivery.mqtt_link import MqttLink, Pace
from edge.delivery.uploader import Uploader
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.package import Content, seal, write_package
from edge.evidence.recovery import Recovery
from edge.evidence.stages import JobThread
from edge.evidence.video.cutting import STORE_FULL
from edge.health.figures import CameraFigures
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from edge.outbox.values import Recorded
from edge.run.hand_over import HandOver
from plumbing.signing import BoxSigner
from plumbing.system_clock import SystemClock
from tests.builders.box_fakes import RememberingEvidence
from tests.builders.cases import NOON, build_case

CHUNK_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What every life of the box is told."""

    data_dir: Path
    key_file: Path
    broker: Broker
    centre: Centre
    sign_of_life: Path  # written when the outbox is open
    planted: Path  # a line for each act that a rule reports, with the instant
    stored: Path  # a line for each of them whose case is on the disk: a later life does not report it again
    problems: Path  # a line for each change of what stands on the problem board
    heartbeat_s: float = 15.0
    answer_within_s: float = 10.0  # of the broker
    longest_pause_s: float = 0.02  # between two acts
    min_free_bytes: int = 0
    reserve_bytes: int = 4096


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


class Packer(RememberingEvidence):
    """Evidence whose files are there at once: records a case, seals it and writes it, again where the disk is full."""

    def __init__(self, outbox: Outbox, *, signer: BoxSigner, clock: Clock, problems: ProblemBoard) -> None:
        super().__init__()
        self._unsure: set[uuid.UUID] = set()
        self._outbox = outbox
        self._signer = signer
        self._clock = clock
        self._problems = problems
        self.when_stored: Callable[[Case], None] = lambda _case: None
        self.again = JobThread("packing", clock=clock, again_s=0.2)

    def collect(self, case: Case) -> None:
        try:
            is_ours = self._outbox.record(case) is Recorded.NEW
        except OutboxError:
            self._unsure.add(case.case_id)  # a disk may fail after it has written
            raise
        if case.case_id in self._unsure:
            self._unsure.discard(case.case_id)
            is_ours = self._outbox.is_collecting(case.case_id)
        self.when_stored(case)
        if is_ours and not self._pack(case):
            self.again.submit(lambda: self._pack(case))

    def _pack(self, case: Case) -> bool:
        contents = contents_of(int(case.subject.key.removeprefix("track:")))
        try:
            has_room = self._outbox.has_room_for(sum(len(content.content) for content in contents))
            kept = contents if has_room else []
            gaps = [] if len(kept) == len(contents) else [STORE_FULL]
            message = seal(with_plate(case), kept, gaps, created_at=self._clock.now(), signer=self._signer)
            write_package(self._outbox.package_folder(case.case_id), message, kept)
            self._outbox.make_ready(message)
        except (FileError, OutboxError) as e:
            self._problems.report(ProblemCode.PACKAGE_FAILED, f"an evidence package cannot be written: {e}")
            return False
        self._problems.clear(ProblemCode.PACKAGE_FAILED)
        return True


class Witness:
    """Writes down what stands on the problem board whenever that changes, where a full disk cannot hinder it."""

    def __init__(self, board: ProblemBoard, path: Path, clock: Clock) -> None:
        self._board, self._path, self._clock = board, path, clock
        self._codes: list[str] | None = None

    def look(self) -> None:
        codes = sorted({problem.code for problem in self._board.problems()})
        if codes != self._codes:
            self._codes = codes
            append_line(self._path, {"at": to_text(self._clock.now()), "codes": codes})


def append_line(path: Path, document: object) -> None:
    """Add a line of JSON in one write."""
    with path.open("ab", buffering=0) as file:
        file.write(json.dumps(document).encode() + b"\n")


def read_lines(path: Path) -> list[Any]:
    """What such lines say; one that is being written is left out."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def live_as_box(task: Task, cases: int, *, last: bool) -> None:
    """One life: recover, send, make what is missing of the first ``cases`` cases.

    Only the last life ends, when everything has left the outbox; the others go on until they are killed.
    """
    clock, problems, signer = SystemClock(), ProblemBoard(), BoxSigner.load(task.key_file)
    outbox = Outbox.open(
        task.data_dir,
        clock=clock,
        problems=problems,
        min_free_bytes=task.min_free_bytes,
        reserve_bytes=task.reserve_bytes,
    )
    witness = Witness(problems, task.problems, clock)
    witness.look()
    task.sign_of_life.touch()
    line = EvidenceLine.of(outbox, signer=signer, clock=clock, problems=problems)
    Recovery(line, signer).begin()
    line.stages.start()
    link = MqttLink(
        box_id="box-1",
        broker=task.broker,
        heartbeat=lambda: Heartbeat(box_id="box-1", status="online"),
        clock=clock,
        randomness=random.Random(),
        problems=problems,
        pace=Pace(
            heartbeat_s=task.heartbeat_s,
            reconnect_first_s=0.1,
            reconnect_longest_s=0.5,
            answer_within_s=task.answer_within_s,
        ),
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
    packer = Packer(outbox, signer=signer, clock=clock, problems=problems)
    packer.when_stored = lambda case: append_line(task.stored, {"case_id": str(case.case_id)})
    hand_over = HandOver(
        camera_id="cam-1",
        figures=CameraFigures(),
        problems=problems,
        clock=clock,
        on_alert=lambda _: None,
        on_reminder=lambda _reminder, _picture: None,
    )
    link.start()
    uploader.start()
    packer.again.start()
    known = {line["case_id"] for line in read_lines(task.planted)}
    stored = {line["case_id"] for line in read_lines(task.stored)}
    for case in all_cases(cases):
        if str(case.case_id) in stored:
            continue
        rest_until_s = clock.monotonic_s()
        if str(case.case_id) not in known:
            append_line(task.planted, {"case_id": str(case.case_id), "at": to_text(clock.now())})
            rest_until_s += random.uniform(0.0, task.longest_pause_s)
        hand_over.put(packer, [case])
        witness.look()
        while (left_s := rest_until_s - clock.monotonic_s()) > 0:
            time.sleep(min(left_s, 0.02))
            hand_over.advance()
            witness.look()
    while not last or hand_over.waiting or outbox.status().unsent_cases:
        time.sleep(0.02)
        hand_over.advance()
        witness.look()
    link.close()
    uploader.close()
    packer.again.close(5.0)
    line.stages.close()
    outbox.close()
    witness.look()


def live_as_centre(settings: CentreSettings) -> None:
    """One life of the centre."""
    app = create_app(settings, clock=SystemClock())
    uvicorn.run(app, host=settings.listen.host, port=settings.listen.port, log_level="error")
