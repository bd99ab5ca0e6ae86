"""The centre's MQTT door on a real broker: health comes in, the doorbell rings, and no case passes."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from api.centre import Centre
from api.errors import StoreUnavailable
from api.fleet_health import FleetHealth, Refused
from api.intake.broker_line import BrokerLine
from api.intake.mqtt_door import MqttDoor
from api.persistence.case_search import CaseFilter
from api.principals import Principal
from api.settings import MqttSettings
from deploy.local.servers import NatsBroker
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.fleet import topics
from domain.fleet.health import HealthEvent, Heartbeat, StreamState
from plumbing.system_clock import SystemClock
from tests.builders.alerts import build_alert
from tests.builders.centre import QUEUE, CentreBuilder
from tests.builders.metronome import Metronome
from tests.builders.reminders import build_reminder
from tests.builders.watching import wait_until

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
        self.client.on_connect = self.client.on_subscribe = self.client.on_message = (
            None  # paho closes its sockets at once
        )

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


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[NatsBroker]:
    with NatsBroker(tmp_path / "nats") as running:
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
    made = Box(broker, *(subscriptions or (topics.edge_config("box-1"),)))
    try:
        yield made
    finally:
        made.close()


def beat(builder: CentreBuilder, unsent_cases: int) -> bytes:
    at = builder.clock.now()
    return canonical_bytes(Heartbeat(box_id="box-1", status="online", at=at, unsent_cases=unsent_cases))


def wait_for_unsent(builder: CentreBuilder, unsent_cases: int) -> None:
    """Until the heartbeat with this number is the newest that is stored."""
    deadline = time.monotonic() + WAIT_S
    while [each.unsent_cases for each in builder.centre.health.boxes(AUDITOR)] != [unsent_cases]:
        assert time.monotonic() < deadline, "the heartbeat did not come in"
        time.sleep(0.01)


class Faltering(FleetHealth):
    """A memory of health whose database is away while told so."""

    def __init__(self, real: FleetHealth, away: Callable[[], bool]) -> None:
        self._real = real
        self._away = away

    def heartbeats(self, told: Sequence[tuple[str, bytes]]) -> tuple[Refused, ...]:
        if self._away():
            raise StoreUnavailable("away")
        return self._real.heartbeats(told)


class Noting(Faltering):
    """Notes how many heartbeats came at once; breaks over several while told so."""

    def __init__(self, real: FleetHealth, breaks: Callable[[], bool]) -> None:
        super().__init__(real, lambda: False)
        self._breaks = breaks
        self.sizes: list[int] = []

    def heartbeats(self, told: Sequence[tuple[str, bytes]]) -> tuple[Refused, ...]:
        self.sizes.append(len(told))
        if len(told) > 1 and self._breaks():
            raise RuntimeError("one of them cannot be stored")
        return super().heartbeats(told)


def test_while_the_database_is_away_the_message_waits_and_the_connection_lives(
    broker: NatsBroker, builder: CentreBuilder
) -> None:
    builder.box_key("box-1")
    answers = iter([True, True])
    faltering = replace(builder.centre, health=Faltering(builder.centre.health, lambda: next(answers, False)))
    with door(broker, faltering), box(broker) as sender:
        sender.send(topics.edge_heartbeat("box-1"), beat(builder, 1))
        wait_for_unsent(builder, 1)


@pytest.mark.parametrize("breaks", [False, True])
def test_heartbeats_of_many_boxes_are_stored_together_and_none_stops_another(
    broker: NatsBroker, builder: CentreBuilder, breaks: bool
) -> None:
    names = [f"box-{number}" for number in range(60)]
    for name in names:
        builder.box_key(name)
    with door(broker, builder.centre):
        pass  # the broker keeps for this session what comes now
    at = builder.clock.now()
    with box(broker) as sender:
        sender.send(topics.edge_heartbeat("box-0"), b"not json")
        sender.send(topics.edge_heartbeat("nobody"), canonical_bytes(Heartbeat(box_id="nobody", status="online")))
        for name in names:
            beat_of = Heartbeat(box_id=name, status="online", at=at, unsent_cases=4)
            sender.send(topics.edge_heartbeat(name), canonical_bytes(beat_of))
    noting = Noting(builder.centre.health, lambda: breaks)
    with door(broker, replace(builder.centre, health=noting)):
        wait_until(lambda: len(builder.centre.health.all_boxes()) == len(names), timeout_s=WAIT_S, what="all came")
    assert {each.unsent_cases for each in builder.centre.health.all_boxes()} == {4}
    if breaks:
        assert noting.sizes.count(1) == len(names) + 2
    else:
        assert sum(noting.sizes) == len(names) + 2
        assert len(noting.sizes) < 10


def test_health_that_was_said_while_the_centre_was_away_arrives(broker: NatsBroker, builder: CentreBuilder) -> None:
    builder.box_key("box-1")
    with door(broker, builder.centre):
        pass  # the broker knows the centre's session from now on
    with box(broker) as sender:
        sender.send(topics.edge_heartbeat("box-1"), beat(builder, 2))
    with door(broker, builder.centre):
        wait_for_unsent(builder, 2)


def test_poison_does_not_stop_what_follows_and_a_case_by_mqtt_is_nothing(
    broker: NatsBroker, builder: CentreBuilder
) -> None:
    message = builder.message()
    with door(broker, builder.centre), box(broker) as sender:
        sender.send(f"{topics.ROOT}/edge/box-1/case", canonical_bytes(message))
        sender.send(topics.edge_health("box-1"), b"\xff")
        sender.send(topics.edge_heartbeat("box-1"), b"not json")
        sender.send(topics.edge_heartbeat("box-2"), beat(builder, 7))
        sender.send(topics.edge_heartbeat("box-1"), beat(builder, 3))
        wait_for_unsent(builder, 3)
    assert builder.centre.cases.list(AUDITOR, CaseFilter(), limit=200).items == ()
    assert [each.arriving_cases for each in builder.centre.health.boxes(AUDITOR)] == [0]


def test_an_alert_of_a_box_is_there_for_operators_within_a_second(
    broker: NatsBroker, builder: CentreBuilder, metronome: Metronome
) -> None:
    builder.box_key("box-1")
    alert = build_alert()
    with door(broker, builder.centre), box(broker) as sender:
        sender.send(topics.edge_alert("box-1"), b"poison")
        sent_s = time.monotonic()
        sender.send(topics.edge_alert("box-1"), canonical_bytes(alert))
        while not builder.centre.alerts.standing():
            assert time.monotonic() - sent_s < WAIT_S, "the alert did not come in"
            time.sleep(0.01)
        assert metronome.since(sent_s) < 1.0
        sender.send(topics.edge_alert("box-2"), canonical_bytes(build_alert(box_id="box-2")))  # not registered
        sender.send(topics.edge_heartbeat("box-1"), beat(builder, 1))
        wait_for_unsent(builder, 1)
    assert [each.alert_id for each in builder.centre.alerts.standing()] == [alert.alert_id]


def test_a_reminder_rings_for_its_ward_once_somebody_is_wanted(broker: NatsBroker, builder: CentreBuilder) -> None:
    builder.box_key("box-1")
    bell = topics.ward_ready("phu-xuan")
    client = builder.key_client(Role.EDGE, box_id="box-1")
    with door(broker, builder.centre), box(broker, bell) as listener:
        for told in (build_reminder(), build_reminder()):  # the second time it is no news
            assert client.post("/api/v1/reminders", content=canonical_bytes(told)).status_code == 200
        (rung,) = listener.wait_for(1)
        listener.send(topics.edge_heartbeat("box-1"), beat(builder, 1))
        wait_for_unsent(builder, 1)
    assert (rung.topic, rung.payload) == (bell, b'{"ready":true}')


def test_health_is_kept_and_the_doorbell_rings(broker: NatsBroker, builder: CentreBuilder) -> None:
    builder.box_key("box-1")
    bell = topics.police_ready(QUEUE)
    event = HealthEvent(
        camera_id="cam-1", state=StreamState.STALLED, at=builder.clock.now(), reason="no packets for 10 s"
    )
    with door(broker, builder.centre), box(broker, bell) as listener:
        listener.send(topics.edge_health("box-1"), canonical_bytes(event))
        listener.send(topics.edge_heartbeat("box-1"), beat(builder, 3))
        wait_for_unsent(builder, 3)  # in order: then the health event is stored too
        builder.ready_case()
        (rung,) = listener.wait_for(1)
    assert (rung.topic, rung.payload) == (bell, b'{"ready":true}')
    assert [(each.camera_id, each.state) for each in builder.centre.health.cameras(AUDITOR)] == [
        ("cam-1", StreamState.STALLED)
    ]
