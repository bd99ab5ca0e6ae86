"""The centre's MQTT door on a real broker: nothing lost, nothing doubled, nothing acknowledged before it is stored."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from api.centre import Centre
from api.errors import StoreUnavailable
from api.intake.broker_line import BrokerLine
from api.intake.mqtt_door import MqttDoor
from api.persistence.case_queries import CaseFilter
from api.principals import Principal
from api.services.intake import Intake, Refusal
from api.settings import MqttSettings
from deploy.local.servers import NatsBroker
from domain import topics
from domain.canonical import canonical_bytes
from domain.cases.evidence import CaseAcknowledgement, CaseMessage
from domain.cases.roles import Role
from domain.health import HealthEvent, Heartbeat, StreamState
from plumbing.system_clock import SystemClock
from tests.builders.centre import QUEUE, CentreBuilder

pytestmark = pytest.mark.server
WAIT_S = 30.0
AUDITOR = Principal(actor="user:auditor", name="Auditor", role=Role.AUDITOR)


class Box:
    """A box as the broker sees it: publishes, and collects what the centre says."""

    def __init__(self, broker: NatsBroker, *subscriptions: str) -> None:
        self.heard: list[mqtt.MQTTMessage] = []
        self._changed = threading.Condition()
        self._subscribed = threading.Event()
        self._subscriptions = subscriptions
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="box-1", clean_session=False)
        self.client.on_connect = lambda client, *_: client.subscribe([(topic, 1) for topic in subscriptions])
        self.client.on_subscribe = lambda *_: self._subscribed.set()
        self.client.on_message = self._on_message
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()
        assert self._subscribed.wait(WAIT_S)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def send(self, topic: str, payload: bytes) -> None:
        self.client.publish(topic, payload, qos=1).wait_for_publish(WAIT_S)

    def wait_for(self, count: int) -> list[mqtt.MQTTMessage]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.heard) >= count, WAIT_S), f"heard only {len(self.heard)}"
            return list(self.heard)

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        with self._changed:
            self.heard.append(message)
            self._changed.notify_all()


class QuickBroker(NatsBroker):
    """Sends an unacknowledged message again after one second; nats-server waits thirty by default."""

    def _prepare(self) -> None:
        super()._prepare()
        config = json.loads(self._config_path.read_text())
        config["mqtt"]["ack_wait"] = "1s"
        self._config_path.write_text(json.dumps(config))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[NatsBroker]:
    with QuickBroker(tmp_path / "nats") as running:
        yield running


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[CentreBuilder]:
    made = CentreBuilder(tmp_path)
    yield made
    made.close()


@contextmanager
def door(broker: NatsBroker, centre: Centre) -> Iterator[MqttDoor]:
    opened = MqttDoor(MqttSettings(host=broker.host, port=broker.port), centre, BrokerLine(SystemClock()))
    opened.start()
    try:
        assert opened.connected.wait(WAIT_S)
        yield opened
    finally:
        opened.close()


@contextmanager
def box(broker: NatsBroker, *subscriptions: str) -> Iterator[Box]:
    made = Box(broker, *(subscriptions or (topics.edge_ack("box-1"),)))
    try:
        yield made
    finally:
        made.close()


def send(sender: Box, message: CaseMessage) -> None:
    sender.send(topics.edge_case("box-1"), canonical_bytes(message))


def stored(builder: CentreBuilder) -> int:
    return len(builder.centre.desk.list(AUDITOR, CaseFilter(), limit=200).items)


class Faltering(Intake):
    """An intake whose database is away while told so."""

    def __init__(self, real: Intake, away: Callable[[], bool]) -> None:
        self._real = real
        self._away = away

    def receive(self, box_id: str, payload: bytes) -> CaseAcknowledgement | Refusal:
        if self._away():
            raise StoreUnavailable("away")
        return self._real.receive(box_id, payload)


def test_cases_are_acknowledged_with_their_hash_and_repetitions_alike(
    broker: NatsBroker, builder: CentreBuilder
) -> None:
    messages = [builder.message() for _ in range(5)]
    with door(broker, builder.centre), box(broker) as sender:
        for message in [*messages, messages[0]]:
            send(sender, message)
        heard = [CaseAcknowledgement.model_validate_json(each.payload) for each in sender.wait_for(6)]
    assert [ack.message_sha256 for ack in heard[:5]] == [message.sha256() for message in messages]
    assert heard[5] == heard[0]
    assert stored(builder) == 5


def test_while_the_database_is_away_the_message_waits_and_the_connection_lives(
    broker: NatsBroker, builder: CentreBuilder
) -> None:
    answers = iter([True, True, True])
    faltering = replace(builder.centre, intake=Faltering(builder.centre.intake, lambda: next(answers, False)))
    message = builder.message()
    with door(broker, faltering), box(broker) as sender:
        send(sender, message)
        assert CaseAcknowledgement.model_validate_json(sender.wait_for(1)[0].payload).message_sha256 == message.sha256()
    assert stored(builder) == 1


def test_what_the_broker_sends_again_while_the_database_is_away_does_not_pile_up(
    broker: NatsBroker, builder: CentreBuilder
) -> None:
    away = threading.Event()
    away.set()
    faltering = replace(builder.centre, intake=Faltering(builder.centre.intake, away.is_set))
    messages = [builder.message() for _ in range(3)]
    with door(broker, faltering) as opened, box(broker) as sender:
        for message in messages:
            send(sender, message)
        threading.Event().wait(3.5)  # three times the broker's patience: it has sent all of them again
        assert opened.waiting <= len(messages)
        away.clear()
        sender.wait_for(3)
    assert stored(builder) == 3


def test_a_centre_that_ends_before_the_commit_gets_the_message_again(
    broker: NatsBroker, builder: CentreBuilder
) -> None:
    tried = threading.Event()

    def away() -> bool:
        tried.set()
        return True

    message = builder.message()
    with box(broker) as sender:
        with door(broker, replace(builder.centre, intake=Faltering(builder.centre.intake, away))):
            send(sender, message)
            assert tried.wait(WAIT_S)
        assert stored(builder) == 0
        with door(broker, builder.centre):
            sender.wait_for(1)
    assert stored(builder) == 1


def test_messages_sent_while_the_centre_and_the_broker_were_away_arrive(
    broker: NatsBroker, builder: CentreBuilder
) -> None:
    with door(broker, builder.centre):
        pass  # the broker knows the centre's session from now on
    messages = [builder.message() for _ in range(10)]
    with box(broker) as sender:
        for message in messages:
            send(sender, message)
    broker.kill()
    broker.start()
    with box(broker) as sender, door(broker, builder.centre):
        heard = sender.wait_for(10)
    assert {CaseAcknowledgement.model_validate_json(each.payload).case_id for each in heard} == {
        message.case.case_id for message in messages
    }


def test_poison_does_not_stop_what_follows(broker: NatsBroker, builder: CentreBuilder) -> None:
    message = builder.message()
    with door(broker, builder.centre), box(broker) as sender:
        sender.send(topics.edge_case("box-1"), b"not json")
        sender.send(topics.edge_case("box-2"), canonical_bytes(message))
        sender.send(topics.edge_health("box-1"), b"\xff")
        send(sender, message)
        assert len(sender.wait_for(1)) == 1
    refused = [event for event in builder.centre.audit.page(AUDITOR) if event.action == "message_refused"]
    assert [event.body["box_id"] for event in refused] == ["box-1", "box-2"]


def test_health_is_kept_and_the_doorbell_rings(broker: NatsBroker, builder: CentreBuilder) -> None:
    builder.box_key("box-1")
    at = builder.clock.now()
    bell = topics.police_ready(QUEUE)
    event = HealthEvent(camera_id="cam-1", state=StreamState.STALLED, at=at, reason="no packets for 10 s")
    beat = Heartbeat(box_id="box-1", status="online", at=at, unsent_cases=3, problems=("disk nearly full",))
    with door(broker, builder.centre), box(broker, bell, topics.edge_ack("box-1")) as listener:
        listener.send(topics.edge_health("box-1"), canonical_bytes(event))
        listener.send(topics.edge_heartbeat("box-1"), canonical_bytes(beat))
        send(listener, builder.message())  # in order: when it is acknowledged, the others are stored
        listener.wait_for(1)
        builder.ready_case()
        rung = listener.wait_for(2)[1]
    assert rung.topic == bell
    assert [(each.camera_id, each.state) for each in builder.centre.health.cameras(AUDITOR)] == [
        ("cam-1", StreamState.STALLED)
    ]
    (kept,) = builder.centre.health.boxes(AUDITOR)
    assert (kept.status, kept.unsent_cases, [each.text for each in kept.problems]) == (
        "online",
        3,
        ["disk nearly full"],
    )
