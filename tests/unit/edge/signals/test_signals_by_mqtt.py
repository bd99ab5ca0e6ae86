"""A controller publishes signals to a real broker: the box believes what is right and live, and nothing else."""

import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from deploy.local.servers import MqttUser, NatsBroker, box_user
from domain.fleet.health import Heartbeat, ProblemCode
from domain.fleet.topics import edge_signals
from domain.instants import to_text
from domain.seen.timeline import SignalState, SignalTimeline
from edge.configuration.settings import MqttSettings
from edge.delivery.broker import Broker
from edge.delivery.mqtt_link import MqttLink, Pace
from edge.health.problems import ProblemBoard
from edge.signals.mqtt_inbox import SignalInbox
from edge.signals.pushed_reports import MAX_BYTES, PushedReports
from plumbing.system_clock import SystemClock
from tests.builders.box_fakes import ManualClock

pytestmark = pytest.mark.server
BOX = "box-1"
CONTROLLER = "signals-box-1"
MAX_AGE_S = 3.0


def wait_for(condition: Callable[[], bool], limit_s: float = 30.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"nothing within {limit_s} s"
        time.sleep(0.01)


class Junction:
    """A box's link that hears signals, and one signal's timeline."""

    def __init__(self, broker: NatsBroker) -> None:
        self.clock = ManualClock()
        self.problems = ProblemBoard(self.clock)
        self.timeline = SignalTimeline(signal_id="S1", max_age_s=MAX_AGE_S)
        self.reports = PushedReports(
            timeline=lambda camera, signal: self.timeline if (camera, signal) == ("cam-1", "S1") else None,
            problems=self.problems,
            clock=self.clock,
        )
        self.heard: list[bytes] = []
        self.inbox = SignalInbox(reports=self.reports, problems=self.problems)
        self.link = MqttLink(
            box_id=BOX,
            broker=Broker(host=broker.host, port=broker.port, username=BOX, password="box-1-password"),
            heartbeat=lambda: Heartbeat(box_id=BOX, status="online"),
            clock=SystemClock(),
            randomness=random.Random(1),
            problems=self.problems,
            take_signals=self.take,
            pace=Pace(heartbeat_s=0.3, reconnect_first_s=0.05, reconnect_longest_s=0.2, answer_within_s=10.0),
        )

    def take(self, payload: bytes, retained: bool) -> None:
        self.inbox.take(payload, retained)
        self.heard.append(payload)

    def push(self, state: str, *, ago_s: float = 0.0, ahead_s: float = 0.0) -> bytes:
        now = self.clock.now()
        report = {"camera": "cam-1", "signal": "S1", "t": to_text(now - timedelta(seconds=ago_s)), "state": state}
        return json.dumps({"sent_at": to_text(now + timedelta(seconds=ahead_s)), "signals": [report]}).encode()

    def hears(self, controller: Client, payload: bytes) -> None:
        """Publish, and wait until the box has taken it; one sender's messages come in order."""
        controller.publish(edge_signals(BOX), payload, qos=1)
        wait_for(lambda: payload in self.heard)
        self.reports.hand_over()

    def begin(self, controller: Client) -> None:
        """Start, and wait until a green of the controller is shown."""
        self.link.start()
        wait_for(lambda: self.green_comes(controller))

    def green_comes(self, controller: Client) -> bool:
        """Publish once more; what was said before the box had subscribed is not heard."""
        controller.publish(edge_signals(BOX), self.push("green"), qos=1)
        self.reports.hand_over()
        return self.shown() is SignalState.GREEN

    def shown(self) -> SignalState:
        return self.timeline.at(self.clock.now()).state


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[NatsBroker]:
    users = {
        BOX: box_user(BOX, "box-1-password"),
        "controller": MqttUser(password="controller-password", publish=(edge_signals(BOX),), subscribe=()),
        "box-2": box_user("box-2", "box-2-password"),
    }
    with NatsBroker(tmp_path / "nats", users=users) as running:
        yield running


@pytest.fixture
def controller(broker: NatsBroker) -> Iterator[Client]:
    client = client_of(broker, "controller")
    yield client
    close(client)


@pytest.fixture
def junction(broker: NatsBroker) -> Iterator[Junction]:
    made = Junction(broker)
    yield made
    made.link.close()


def client_of(broker: NatsBroker, user: str) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=user, clean_session=True)
    client.username_pw_set(user, f"{user}-password")
    client.reconnect_delay_set(1, 1)
    client.connect(broker.host, broker.port)
    client.loop_start()
    wait_for(client.is_connected)
    return client


def close(client: Client) -> None:
    client.disconnect()
    client.loop_stop()


def test_what_a_controller_publishes_is_shown_and_its_silence_is_unknown(
    junction: Junction, controller: Client
) -> None:
    junction.begin(controller)
    junction.clock.pass_s(1.0)
    junction.hears(controller, junction.push("red"))
    assert junction.shown() is SignalState.RED
    junction.clock.pass_s(MAX_AGE_S + 0.1)
    assert junction.shown() is SignalState.UNKNOWN


def test_a_late_one_and_one_of_a_wrong_clock_make_the_signal_unknown(junction: Junction, controller: Client) -> None:
    junction.begin(controller)
    for late_s, ahead_s in ((1.5, 0.0), (0.0, -2.0)):
        junction.clock.pass_s(1.0)
        junction.hears(controller, junction.push("red", ago_s=late_s, ahead_s=ahead_s))
        assert junction.shown() is SignalState.UNKNOWN
        assert junction.problems.stands(ProblemCode.SIGNALS_REFUSED)
        junction.clock.pass_s(1.0)
        junction.hears(controller, junction.push("green"))
        assert junction.shown() is SignalState.GREEN
        assert not junction.problems.stands(ProblemCode.SIGNALS_REFUSED)


@pytest.mark.parametrize(
    "payload", [b"", b"\xff", b"[]", b"x" * (MAX_BYTES + 1)], ids=["none", "no text", "no push", "long"]
)
def test_what_is_no_push_is_a_problem_until_the_next_good_one_and_cuts_no_line(
    junction: Junction, controller: Client, payload: bytes
) -> None:
    junction.begin(controller)
    junction.hears(controller, payload)
    assert junction.problems.stands(ProblemCode.SIGNALS_REFUSED)
    junction.clock.pass_s(0.5)
    junction.hears(controller, junction.push("red"))
    assert junction.shown() is SignalState.RED
    assert not junction.problems.stands(ProblemCode.SIGNALS_REFUSED)


def test_a_retained_red_is_not_believed_even_if_it_is_fresh(junction: Junction, controller: Client) -> None:
    controller.publish(edge_signals(BOX), junction.push("red"), qos=1, retain=True).wait_for_publish(30.0)
    junction.link.start()
    wait_for(lambda: bool(junction.heard))
    junction.reports.hand_over()
    assert junction.shown() is SignalState.UNKNOWN
    assert any("retain" in text for text in junction.problems.texts())


def test_another_account_is_not_heard(junction: Junction, broker: NatsBroker, controller: Client) -> None:
    junction.begin(controller)
    stranger = client_of(broker, "box-2")
    junction.clock.pass_s(0.5)
    forged = junction.push("red")
    stranger.publish(edge_signals(BOX), forged, qos=1).wait_for_publish(30.0)  # acknowledged, and dropped
    junction.clock.pass_s(0.5)
    junction.hears(controller, junction.push("yellow"))
    close(stranger)
    assert junction.shown() is SignalState.YELLOW
    assert forged not in junction.heard


def test_while_the_broker_is_away_the_signal_turns_unknown_and_what_is_said_meanwhile_is_not_believed(
    junction: Junction, broker: NatsBroker, controller: Client
) -> None:
    junction.begin(controller)
    broker.kill()
    wait_for(lambda: not junction.link.connected)
    controller.publish(edge_signals(BOX), junction.push("red"), qos=1)  # paho keeps it until the broker is back
    junction.clock.pass_s(MAX_AGE_S + 0.1)
    junction.reports.hand_over()
    assert junction.shown() is SignalState.UNKNOWN
    broker.start()
    wait_for(lambda: junction.green_comes(controller))
    instants = [junction.clock.now() - timedelta(seconds=ago_s) for ago_s in (0.0, 0.05, 1.0, 2.0, 3.0)]
    states = [junction.timeline.at(instant).state for instant in instants]
    assert states == [SignalState.GREEN, SignalState.UNKNOWN, *[SignalState.GREEN] * 3]


def test_a_broker_that_does_not_let_the_box_hear_its_signals_is_a_problem(tmp_path: Path) -> None:
    users = {BOX: MqttUser(password="box-1-password", subscribe=(f"matthan/v1/edge/{BOX}/config",))}
    with NatsBroker(tmp_path / "nats", users=users) as broker:
        junction = Junction(broker)
        junction.link.start()
        wait_for(lambda: any("add-controller" in text for text in junction.problems.texts()))
        junction.link.close()


def test_signals_are_heard_over_tls_only_beyond_the_loopback() -> None:
    with pytest.raises(ValueError, match="tls"):
        MqttSettings(host="broker.example", tls=False, hears_signals=True)
    assert MqttSettings(host="127.0.0.1", tls=False, hears_signals=True).hears_signals
