"""The line to the broker, on a real one: cases, the centre's answers, heartbeat, last words."""

import random
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.local.servers import NatsBroker, box_user, free_port
from domain.cases.evidence import CaseAcknowledgement, CaseMessage
from domain.errors import ConfigurationError
from domain.health import HealthEvent, Heartbeat, StreamState
from domain.topics import edge_ack
from edge.box.problems import ProblemBoard
from edge.delivery.mqtt_link import Broker, MqttLink, Pace, Tls
from edge.outbox.outbox import Outbox
from plumbing.system_clock import SystemClock
from tests.builders.cases import NOON, build_case, build_message
from tests.builders.centre_peer import MqttPeer, PeerStore

pytestmark = pytest.mark.server

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
BOX = "box-1"
PACE = Pace(heartbeat_s=0.3, resend_first_s=0.3, resend_longest_s=0.6, reconnect_first_s=0.05, reconnect_longest_s=0.2)


def wait_for(condition: Callable[[], bool], limit_s: float = 15.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"nothing within {limit_s} s"
        time.sleep(0.01)


class Bench:
    """A box's outbox and its lines."""

    def __init__(self, folder: Path) -> None:
        self.problems = ProblemBoard()
        self.outbox = Outbox.open(
            folder, clock=SystemClock(), problems=self.problems, min_free_bytes=0, reserve_bytes=4096
        )
        self.links: list[MqttLink] = []

    def link(self, broker: NatsBroker, *, port: int | None = None, password: str = "box-1-password") -> MqttLink:  # noqa: S107
        link = MqttLink(
            box_id=BOX,
            broker=Broker(host="127.0.0.1", port=port or broker.port, username=BOX, password=password),
            outbox=self.outbox,
            heartbeat=lambda: Heartbeat(box_id=BOX, status="online", unsent_cases=self.outbox.status().unsent_cases),
            clock=SystemClock(),
            randomness=random.Random(1),
            problems=self.problems,
            pace=PACE,
        )
        self.links.append(link)
        link.start()
        return link

    def add_case(self, number: int = 1) -> CaseMessage:
        case = build_case(subject_key=f"track:{number}")
        message = build_message(case, KEY)
        self.outbox.record(case)
        self.outbox.make_ready(message)
        return message

    def close(self) -> None:
        for link in self.links:
            link.close()
        self.outbox.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "data")
    yield bench
    bench.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[NatsBroker]:
    users = {"centre": "centre-password", BOX: box_user(BOX, "box-1-password")}
    with NatsBroker(tmp_path / "nats", users=users) as broker:
        yield broker


@pytest.fixture
def centre(broker: NatsBroker) -> Iterator[MqttPeer]:
    peer = MqttPeer(PeerStore(), host=broker.host, port=broker.port, username="centre", password="centre-password")
    yield peer
    peer.close()


def beats(centre: MqttPeer) -> list[Heartbeat]:
    return [Heartbeat.model_validate_json(payload) for kind, payload, _ in centre.heard if kind == "heartbeat"]


def test_a_case_is_sent_until_the_centre_itself_answers(bench: Bench, broker: NatsBroker, centre: MqttPeer) -> None:
    centre.answers = False
    link = bench.link(broker)
    wait_for(lambda: link.connected)
    message = bench.add_case()
    seen: list[bytes] = []
    take = centre.store.take

    def deaf(payload: bytes) -> CaseAcknowledgement | None:
        seen.append(payload)
        return take(payload) if len(seen) >= 3 else None

    centre.store.take = deaf  # type: ignore[method-assign]
    centre.answers = True
    wait_for(lambda: bool(bench.outbox.acknowledged()))
    assert len(seen) >= 3
    assert {CaseMessage.model_validate_json(payload).sha256() for payload in seen} == {message.sha256()}


def test_an_answer_to_something_else_or_nonsense_changes_nothing(
    bench: Bench, broker: NatsBroker, centre: MqttPeer
) -> None:
    centre.answers = False
    link = bench.link(broker)
    wait_for(lambda: link.connected)
    message, answered = bench.add_case(1), bench.add_case(2)
    other = CaseAcknowledgement(case_id=message.case.case_id, message_sha256="0" * 64, received_at=NOON)
    for payload in (b"nonsense", b"\xff\xfe", other.model_dump_json().encode()):
        centre._client.publish(edge_ack(BOX), payload, qos=1)
    right = CaseAcknowledgement(case_id=answered.case.case_id, message_sha256=answered.sha256(), received_at=NOON)
    centre._client.publish(edge_ack(BOX), right.model_dump_json().encode(), qos=1)  # comes after the wrong ones
    wait_for(lambda: bool(bench.outbox.acknowledged()))
    assert bench.outbox.acknowledged() == (answered.case.case_id,)


def test_the_box_beats_while_it_lives_and_says_goodbye(bench: Bench, broker: NatsBroker, centre: MqttPeer) -> None:
    link = bench.link(broker)
    wait_for(lambda: sum(beat.status == "online" for beat in beats(centre)) >= 2)
    link.close()
    wait_for(lambda: beats(centre)[-1].status == "offline")
    assert beats(centre)[-1].at is not None, "its own last words, not the broker's"


def test_the_broker_tells_that_a_box_has_died(bench: Bench, broker: NatsBroker, centre: MqttPeer) -> None:
    link = bench.link(broker)
    wait_for(lambda: any(beat.status == "online" for beat in beats(centre)))
    sock = link._client.socket()
    assert sock is not None
    sock.shutdown(socket.SHUT_RDWR)  # as if the power had gone: no goodbye
    wait_for(lambda: any(beat.status == "offline" and beat.at is None for beat in beats(centre)))
    wait_for(lambda: beats(centre)[-1].status == "online")


def test_health_events_wait_for_the_broker(bench: Bench, broker: NatsBroker, centre: MqttPeer) -> None:
    link = bench.link(broker, port=None)
    link.send_health(HealthEvent(camera_id="cam-1", state=StreamState.LOST, at=NOON, reason="connection refused"))
    wait_for(lambda: any(kind == "health" for kind, _, _ in centre.heard))
    (event,) = [HealthEvent.model_validate_json(payload) for kind, payload, _ in centre.heard if kind == "health"]
    assert event.box_id == BOX
    assert event.state is StreamState.LOST


def test_a_broker_that_dies_and_returns_delays_and_loses_nothing(
    bench: Bench, broker: NatsBroker, centre: MqttPeer
) -> None:
    link = bench.link(broker)
    wait_for(lambda: link.connected)
    broker.kill()
    wait_for(lambda: not link.connected)
    assert any("broker" in text for text in bench.problems.texts())
    messages = [bench.add_case(number) for number in range(30)]
    broker.start()
    wait_for(lambda: len(bench.outbox.acknowledged()) == len(messages), 30.0)
    assert set(centre.store.messages) == {message.case.case_id for message in messages}
    assert centre.store.refused == []
    assert not any("broker" in text for text in bench.problems.texts())


def test_a_refused_password_is_told_and_shows_up_nowhere(
    bench: Bench, broker: NatsBroker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    link = bench.link(broker, password="wrong-secret")
    wait_for(lambda: any("refuses the box" in text for text in bench.problems.texts()))
    assert not link.connected
    assert "wrong-secret" not in caplog.text
    assert "wrong-secret" not in repr(Broker(host="h", port=1, username="u", password="wrong-secret"))


def test_a_broker_that_is_not_there_is_tried_again_for_ever(bench: Bench, broker: NatsBroker) -> None:
    link = bench.link(broker, port=free_port())
    wait_for(lambda: any("is away" in text for text in bench.problems.texts()))
    wait_for(lambda: link._reconnect.tries >= 3)
    link.close()
    assert not link._thread.is_alive()


def test_cases_of_an_earlier_life_are_sent_first(bench: Bench, broker: NatsBroker, centre: MqttPeer) -> None:
    messages = [bench.add_case(number) for number in range(60)]
    bench.link(broker)
    wait_for(lambda: len(bench.outbox.acknowledged()) == 60)
    assert list(centre.store.messages)[:20] == [message.case.case_id for message in messages[:20]]


def test_tls_files_that_cannot_be_used_are_the_installers_fault(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="TLS files"):
        MqttLink(
            box_id=BOX,
            broker=Broker(host="h", port=1, tls=Tls(ca_file=tmp_path / "missing.pem")),
            outbox=bench.outbox,
            heartbeat=lambda: Heartbeat(box_id=BOX, status="online"),
            clock=SystemClock(),
            randomness=random.Random(1),
            problems=bench.problems,
        )
