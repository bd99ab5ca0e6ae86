"""kill -9 at thirty random points, of the box and of the broker: nothing is lost and nothing is doubled."""

import multiprocessing
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.servers import NatsBroker
from domain.canonical import canonical_bytes
from domain.evidence import CaseMessage
from edge.delivery.centre import Centre
from edge.delivery.mqtt_link import Broker
from edge.evidence.recovery import RESTART_GAP
from edge.signing import check_signature, generate_key
from tests.builders.centre_peer import API_KEY, HttpPeer, MqttPeer, PeerStore
from tests.e2e.killed_sender import Task, all_cases, live

pytestmark = pytest.mark.server

CASES = 150
KILLS = 30
SEED = 20260105
USERS = {"centre": "centre-password", "box-1": "box-1-password"}


def wait_for(condition: Callable[[], bool], limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"nothing within {limit_s} s"
        time.sleep(0.02)


def test_a_box_killed_thirty_times_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    randomness = random.Random(SEED)
    signer = generate_key(tmp_path / "key")
    store = PeerStore()
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["tests.e2e.killed_sender"])
    with (
        NatsBroker(tmp_path / "nats", users=USERS) as broker,
        HttpPeer(store, faults=0.05, randomness=random.Random(SEED)) as http,
    ):
        centre = MqttPeer(store, host=broker.host, port=broker.port, username="centre", password=USERS["centre"])
        task = Task(
            data_dir=tmp_path / "data",
            key_file=tmp_path / "key" / "box.key",
            broker=Broker(host=broker.host, port=broker.port, username="box-1", password=USERS["box-1"]),
            centre=Centre(url=http.url, api_key=API_KEY, timeout_s=5.0),
            cases=CASES,
        )
        cut_short = 0
        for kill in range(KILLS):
            child = forks.Process(target=live, args=(task,))
            child.start()
            if kill in {9, 19}:
                broker.kill()
                broker.start()
            child.join(randomness.uniform(0.02, 0.9))
            cut_short += child.exitcode is None
            child.kill()
            child.join()
        last = forks.Process(target=live, args=(task,))
        last.start()
        last.join(60)
        assert last.exitcode == 0
        centre.close()

    assert cut_short >= KILLS - 3, "most kills must have met a living process"
    wanted = {case.case_id: case for case in all_cases(CASES)}
    assert set(store.messages) == set(wanted), "nothing lost, nothing invented"
    assert store.refused == [], "no case ever came in two forms"
    assert store.mismatches == 0
    assert store.missing() == []
    for case_id, payload in store.messages.items():
        message = CaseMessage.model_validate_json(payload)
        assert message.case == wanted[case_id]
        check_signature(canonical_bytes(message.manifest), message.signature, {signer.key_id: signer.public_key})
        assert message.manifest.gaps in {(), *_restart_gaps(message)}
    assert list((tmp_path / "data" / "packages").iterdir()) == []


def _restart_gaps(message: CaseMessage) -> set[tuple[str, ...]]:
    """A case caught while its evidence was being collected says so."""
    return {message.manifest.gaps} if all(RESTART_GAP in gap for gap in message.manifest.gaps) else set()
