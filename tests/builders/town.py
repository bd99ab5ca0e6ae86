"""A broker, a centre and a box as processes of their own, each of which may die, freeze or lose its disk."""

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from api.persistence.tables import box_status, cases, events
from api.principals import SYSTEM
from deploy.local.servers import LOOPBACK, MqttUser, NatsBroker, box_user, free_port
from domain.cases.roles import Role
from domain.instants import from_text
from edge.delivery.broker import Broker
from edge.delivery.centre import Centre
from plumbing.signing import BoxSigner, generate_key, public_key_text
from tests.builders.box_process import wait_for
from tests.builders.centre import CentreBuilder
from tests.builders.killed_processes import Task, live_as_box, live_as_centre, read_lines

USERS: dict[str, str | MqttUser] = {"centre": "centre-password", "box-1": box_user("box-1", "box-1-password")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the acts that rules reported."""

    planted: int
    lost: int
    doubled: int
    longest_delay_s: float  # from the rule's report to the record
    intact: bool  # the record, as ``matthan audit verify`` checks it


class Town:
    """A broker, a centre and a box.

    Args:
        folder: gets keys, the centre's data and what the box writes for us.
        broker: runs already.
        task: changes of what the box is told.
    """

    def __init__(self, folder: Path, broker: NatsBroker, **task: Any) -> None:
        self.folder = folder
        self.broker = broker
        self.signer: BoxSigner = generate_key(folder / "key")
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
        _, self.api_key = self.centre.centre.machines.create_key(SYSTEM, name="box-1", role=Role.EDGE, box_id="box-1")
        self.centre.centre.machines.register_box(
            SYSTEM, box_id="box-1", name="box-1", public_key_b64=public_key_text(self.signer.public_key)
        )
        listen = self.centre.settings.listen
        self.task = replace(
            Task(
                data_dir=folder / "box",
                key_file=folder / "key" / "box.key",
                broker=Broker(host=broker.host, port=broker.port, username="box-1", password="box-1-password"),
                centre=Centre(url=f"http://{listen.host}:{listen.port}", api_key=self.api_key, timeout_s=5.0),
                sign_of_life=folder / "alive",
                planted=folder / "planted.jsonl",
                stored=folder / "stored.jsonl",
                problems=folder / "problems.jsonl",
            ),
            **task,
        )
        self._forks: ForkServerContext = multiprocessing.get_context("forkserver")
        self._forks.set_forkserver_preload(["pytest", "tests.builders.killed_processes"])

    def start_box(self, cases: int, *, last: bool = False) -> ForkServerProcess:
        """A life of the box; the last one ends when everything has arrived."""
        self.task.sign_of_life.unlink(missing_ok=True)
        box = self._forks.Process(target=live_as_box, args=(self.task, cases), kwargs={"last": last})
        box.start()
        return box

    def start_centre(self) -> ForkServerProcess:
        """A life of the centre."""
        centre = self._forks.Process(target=live_as_centre, args=(self.centre.settings,))
        centre.start()
        return centre

    def wait_for_life(self, box: ForkServerProcess) -> None:
        """Until the box has opened its outbox."""
        wait_for(lambda: self.task.sign_of_life.exists() or not box.is_alive(), "the box starts")
        assert box.is_alive(), "the box died by itself"

    def planted(self) -> dict[str, datetime]:
        """Acts that a rule has reported, and when first."""
        return {line["case_id"]: from_text(line["at"]) for line in reversed(read_lines(self.task.planted))}

    def arrived(self) -> int:
        """Cases on record."""
        with self.centre.centre.store.read() as connection:
            return connection.execute(select(func.count()).select_from(cases)).scalar_one()

    def status(self) -> str:
        """What the centre last heard of the box."""
        with self.centre.centre.store.read() as connection:
            return connection.execute(select(box_status.c.status)).scalar_one()

    def had_no_line(self) -> bool:
        """Whether the last box ended without a line to the broker, and so without a goodbye."""
        return "broker_away" in self.codes()

    def codes(self) -> set[str]:
        """Problems that stand on the box's board now."""
        lines = read_lines(self.task.problems)
        return set(lines[-1]["codes"]) if lines else set()

    def codes_ever(self) -> set[str]:
        """Problems that stood at any time."""
        return {code for line in read_lines(self.task.problems) for code in line["codes"]}

    def outcome(self) -> Outcome:
        """Compare what was reported with what is on record."""
        planted = self.planted()
        with self.centre.centre.store.read() as connection:
            rows = connection.execute(select(cases.c.case_id, cases.c.received_at)).all()
            detected = connection.execute(select(events.c.case_id).where(events.c.action == "detect")).scalars().all()
        received = {row.case_id: row.received_at for row in rows}
        times = Counter(detected)
        doubled = sum(count - 1 for count in times.values()) + len(set(received) - set(planted))
        delays_s = [
            (from_text(at) if isinstance(at, str) else at).timestamp() - planted[case_id].timestamp()
            for case_id, at in received.items()
            if case_id in planted
        ]
        return Outcome(
            planted=len(planted),
            lost=len(set(planted) - (set(received) & set(times))),
            doubled=doubled,
            longest_delay_s=max(delays_s, default=0.0),
            intact=self.centre.centre.audit.verify(SYSTEM).intact,
        )


@contextmanager
def frozen(process: ForkServerProcess | NatsBroker) -> Iterator[None]:
    """A process that stands still and keeps its sockets open, as a hung machine does."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)
