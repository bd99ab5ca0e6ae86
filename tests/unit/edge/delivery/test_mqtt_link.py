"""The line to the broker, on a real one: health, heartbeat, last words, and nothing of a case."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.servers import NatsBroker, box_user, free_port
from domain.alert import Alert, AlertEnd
from domain.errors import ConfigurationError
from domain.fleet.health import HealthEvent, Heartbeat, StreamState
from edge.delivery.broker import Broker, Tls
from edge.delivery.mqtt_link import MqttLink, Pace
from edge.health.problems import ProblemBoard
from plumbing.system_clock import SystemClock
from tests.builders.alerts import build_alert
from tests.builders.cases import NOON
from tests.builders.centre_peer import MqttPeer

pytestmark = pytest.mark.server

BOX = "box-1"
PACE = Pace(heartbeat_s=0.3, reconnect_first_s=0.05, reconnect_longest_s=0.2, answer_within_s=2.0)


def wait_for(condition: Callable[[], bool], limit_s: float = 60.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"nothing within {limit_s} s"
        time.sleep(0.01)


class Bench:
    """A box's lines."""

    def __init__(self) -> None:
        self.problems = ProblemBoard()
        self.links: list[MqttLink] = []

    def link(self, broker: NatsBroker, *, port: int | None = None, password: str = "box-1-password") -> MqttLink:  # noqa: S107
        link = MqttLink(
            box_id=BOX,
            broker=Broker(host="127.0.0.1", port=port or broker.port, username=BOX, password=password),
            heartbeat=lambda: Heartbeat(box_id=BOX, status="online", unsent_cases=3),
            clock=SystemClock(),
            randomness=random.Random(1),
            problems=self.problems,
            pace=PACE,
        )
        self.links.append(link)
        link.start()
        return link

    def close(self) -> None:
        for link in self.links:
            link.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[NatsBroker]:
    users = {"centre": "centre-password", BOX: box_user(BOX, "box-1-password")}
    with NatsBroker(tmp_path / "nats", users=users) as broker:
        yield broker


@pytest.fixture
def centre(broker: NatsBroker) -> Iterator[MqttPeer]:
    peer = MqttPeer(host=broker.host, port=broker.port, username="centre", password="centre-password")
    yield peer
    peer.close()


def beats(centre: MqttPeer) -> list[Heartbeat]:
    return [Heartbeat.model_validate_json(payload) for kind, payload, _ in centre.heard if kind == "heartbeat"]


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


def test_an_alert_is_there_within_a_second_and_one_that_came_early_waits(
    bench: Bench, broker: NatsBroker, centre: MqttPeer
) -> None:
    def heard() -> list[Alert]:
        return [Alert.model_validate_json(payload) for kind, payload, _ in centre.heard if kind == "alert"]

    link = bench.link(broker)
    begun, ended = build_alert(), build_alert(end=AlertEnd.OVER)
    link.send_alert(begun)  # before the line stands
    wait_for(lambda: heard() == [begun])
    link.send_alert(ended)
    wait_for(lambda: heard() == [begun, ended], limit_s=1.0)


def test_a_broker_that_dies_and_returns_is_a_problem_that_ends(
    bench: Bench, broker: NatsBroker, centre: MqttPeer
) -> None:
    link = bench.link(broker)
    wait_for(lambda: bool(beats(centre)))
    broker.kill()
    wait_for(lambda: not link.connected)
    assert any("broker" in text for text in bench.problems.texts())
    before = len(centre.heard)
    broker.start()
    wait_for(lambda: len(centre.heard) > before, 30.0)
    wait_for(lambda: not bench.problems.texts())


def test_a_broker_that_stands_still_and_holds_the_line_is_a_problem_that_ends(
    bench: Bench, broker: NatsBroker, centre: MqttPeer
) -> None:
    link = bench.link(broker)
    wait_for(lambda: bool(beats(centre)))
    broker.pause()
    wait_for(lambda: any("broker" in text for text in bench.problems.texts()))
    broker.resume()
    wait_for(lambda: not bench.problems.texts(), 30.0)
    wait_for(lambda: link.connected)


def test_nothing_of_a_case_passes_the_broker(bench: Bench, broker: NatsBroker, centre: MqttPeer) -> None:
    bench.link(broker)
    wait_for(lambda: len(beats(centre)) >= 2)
    assert {kind for kind, _, _ in centre.heard} <= {"health", "heartbeat"}


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


def test_a_broker_that_acknowledges_nothing_costs_no_memory_without_end(bench: Bench, broker: NatsBroker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:

        def take() -> None:
            line, _ = mute.accept()
            with line:
                line.recv(4096)
                line.sendall(b"\x20\x02\x00\x00")  # CONNACK, and never a PUBACK
                while line.recv(65_536):
                    pass

        server = threading.Thread(target=take, daemon=True)
        server.start()
        link = bench.link(broker, port=mute.getsockname()[1])
        wait_for(lambda: link.connected)
        for number in range(3000):
            link.send_health(HealthEvent(camera_id=f"c{number}", state=StreamState.LIVE, at=NOON, reason="x"))
        wait_for(lambda: len(link._client._out_messages) == 1000)
        beats_later = link._heartbeat_due_s + 0.1
        wait_for(lambda: link._heartbeat_due_s > beats_later)
        assert len(link._client._out_messages) == 1000
        assert len(link._health) <= 1000
        bench.close()
        server.join(5.0)


def test_tls_files_that_cannot_be_used_are_the_installers_fault(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="TLS files"):
        MqttLink(
            box_id=BOX,
            broker=Broker(host="h", port=1, tls=Tls(ca_file=tmp_path / "missing.pem")),
            heartbeat=lambda: Heartbeat(box_id=BOX, status="online"),
            clock=SystemClock(),
            randomness=random.Random(1),
            problems=bench.problems,
        )
