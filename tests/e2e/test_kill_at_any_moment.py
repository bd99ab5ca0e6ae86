"""kill -9 at thirty random points, of the box, of the broker and of the centre: nothing is lost, nothing is doubled."""

import hashlib
import multiprocessing
import random
import time
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest
from sqlalchemy import Row, select

from api.persistence.tables import box_status, case_documents, cases, events, evidence_files, refused_messages
from api.principals import SYSTEM
from deploy.local.servers import LOOPBACK, NatsBroker, box_user, free_port
from domain.cases.case import Case
from domain.cases.evidence import Manifest, Signature
from domain.cases.roles import Role
from edge.delivery.centre import Centre
from edge.delivery.mqtt_link import Broker
from edge.evidence.recovery import RESTART_GAP
from plumbing.signing import BoxSigner, check_signature, generate_key, public_key_text
from tests.builders.centre import CentreBuilder
from tests.e2e.killed_processes import Task, all_cases, contents_of, live_as_box, live_as_centre, with_plate

pytestmark = pytest.mark.server

CASES = 100
KILLS = 30
BROKER_DIES_AT = {9, 19}
CENTRE_DIES_AT = {4, 14, 24}
SEED = 20260105


class Town:
    """A broker, a centre and a box, each of which may die at any moment."""

    def __init__(self, folder: Path, broker: NatsBroker, forks: ForkServerContext) -> None:
        self.folder = folder
        self.signer: BoxSigner = generate_key(folder / "key")
        self._forks = forks
        (folder / "centre.password").write_text("centre-password")
        self.centre = CentreBuilder(
            folder,
            listen={"host": LOOPBACK, "port": free_port()},
            mqtt={
                "host": broker.host,
                "port": broker.port,
                "username": "centre",
                "password": {"file": folder / "centre.password"},
            },
        )
        _, api_key = self.centre.centre.machines.create_key(SYSTEM, name="box-1", role=Role.EDGE, box_id="box-1")
        self.centre.centre.machines.register_box(
            SYSTEM, box_id="box-1", name="box-1", public_key_b64=public_key_text(self.signer.public_key)
        )
        listen = self.centre.settings.listen
        self._task = Task(
            data_dir=folder / "box",
            key_file=folder / "key" / "box.key",
            broker=Broker(host=broker.host, port=broker.port, username="box-1", password="box-1-password"),
            centre=Centre(url=f"http://{listen.host}:{listen.port}", api_key=api_key, timeout_s=5.0),
            sign_of_life=folder / "alive",
        )

    def start_box(self, cases: int, *, last: bool = False) -> ForkServerProcess:
        self._task.sign_of_life.unlink(missing_ok=True)
        box = self._forks.Process(target=live_as_box, args=(self._task, cases), kwargs={"last": last})
        box.start()
        return box

    def wait_for_life(self, box: ForkServerProcess) -> None:
        deadline = time.monotonic() + 30
        while not self._task.sign_of_life.exists():
            assert box.is_alive(), "the box died by itself"
            assert time.monotonic() < deadline, "the box did not start"
            time.sleep(0.005)

    def start_centre(self) -> ForkServerProcess:
        centre = self._forks.Process(target=live_as_centre, args=(self.centre.settings,))
        centre.start()
        return centre


def test_a_box_killed_thirty_times_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    randomness = random.Random(SEED)
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["pytest", "tests.e2e.killed_processes"])
    users = {"centre": "centre-password", "box-1": box_user("box-1", "box-1-password")}
    with NatsBroker(tmp_path / "nats", users=users) as broker:
        town = Town(tmp_path, broker, forks)
        centre = town.start_centre()
        for life in range(KILLS):
            box = town.start_box(CASES * (life + 1) // KILLS)
            if life in BROKER_DIES_AT:
                broker.kill()
                broker.start()
            if life in CENTRE_DIES_AT:
                centre.kill()
                centre.join()
                centre = town.start_centre()
            if life % 6:  # the others may die while they start
                town.wait_for_life(box)
            box.join(randomness.uniform(0.0, 0.7))
            assert box.exitcode is None, "every kill meets a living process"
            box.kill()
            box.join()
        last = town.start_box(CASES, last=True)
        last.join(60)
        assert last.exitcode == 0, "the last box must have brought everything to the centre"
        centre.kill()
        centre.join()

    wanted = {str(case.case_id): (number, case) for number, case in enumerate(all_cases(CASES))}
    with town.centre.centre.store.read() as connection:
        rows = connection.execute(select(cases, case_documents).join(case_documents)).all()
        detected = connection.execute(select(events.c.case_id).where(events.c.action == "detect")).scalars().all()
        files = connection.execute(select(evidence_files)).all()
        refused = connection.execute(select(refused_messages)).all()
        seen = connection.execute(select(box_status)).one()
    assert {row.case_id for row in rows} == set(wanted), "nothing lost, nothing invented"
    assert sorted(detected) == sorted(wanted), "every case came in once"
    assert refused == [], "no case ever came in two forms"
    assert all(file.complete for file in files)
    for row in rows:
        check_case(row, *wanted[row.case_id], town)
    assert town.centre.centre.audit.verify(SYSTEM).fault is None
    assert seen.status == "offline", "the last box said goodbye"
    assert list((tmp_path / "box" / "packages").iterdir()) == []
    town.centre.close()


def check_case(row: Row, number: int, case: Case, town: Town) -> None:
    """The centre holds what the box found, signed, with the very bytes of its files."""
    found = Case.model_validate_json(row.case_json)
    assert found.model_copy(update={"plate": case.plate}) == case
    assert row.integrity == "valid"
    signature = Signature.model_validate_json(row.signature_json)
    check_signature(row.manifest_json.encode(), signature, {town.signer.key_id: town.signer.public_key})
    manifest = Manifest.model_validate_json(row.manifest_json)
    assert bool(manifest.gaps) != (found == with_plate(case)), "what was sealed with its plate is sent as it is"
    if manifest.gaps:  # the box died while the evidence was being collected, and says so
        assert all(gap.endswith(RESTART_GAP) for gap in manifest.gaps)
        assert manifest.files == ()
        return
    contents = {content.name: content.content for content in contents_of(number)}
    assert {file.name for file in manifest.files} == set(contents)
    for file in manifest.files:
        stored = (town.folder / "evidence" / row.case_id / file.name).read_bytes()
        assert stored == contents[file.name]
        assert hashlib.sha256(stored).hexdigest() == file.sha256
