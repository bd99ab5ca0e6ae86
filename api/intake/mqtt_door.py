"""The MQTT door: alerts, what boxes say of their health, doorbells of police and wards; all may be late or lost.

No case and no plate passes the broker (docs/adr/0060). One thread speaks with the broker, another takes messages in,
so that a slow database holds up neither the connection nor the doorbell.
"""

import logging
import math
import queue
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from api.cases.notifier import CaseChanged
from api.centre import Centre
from api.errors import StoreUnavailable
from api.intake.broker_line import BrokerLine
from api.settings import MqttSettings
from domain.cases.states import AWAITING_POLICE
from domain.errors import ConfigurationError, Invalid
from domain.fleet import topics

logger = logging.getLogger(__name__)
QOS = 1
RETRY_S = 1.0
CLOSE_WITHIN_S = 10.0
MAX_WAITING = 1000  # messages that wait for the database; what is more is lost, and the next heartbeat comes soon
MAX_UNSENT = 10_000  # bells that wait for the broker
MOST_AT_ONCE = 200  # heartbeats of one transaction
GATHERED_FOR_S = 0.5
_HEARTBEAT = "heartbeat"
_KINDS = ("alert", "health", _HEARTBEAT)
_PARTS = 5  # matthan/v1/edge/BOX/KIND


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a box says."""

    box_id: str
    kind: str
    payload: bytes


class MqttDoor:
    """Takes in alerts, health and heartbeats; rings the doorbells of police and wards.

    Args:
        settings: of the broker.
        centre: the services.
        line: hears what becomes of the line.

    Raises:
        ConfigurationError: the password or the certificate authority cannot be read.
    """

    def __init__(self, settings: MqttSettings, centre: Centre, line: BrokerLine) -> None:
        self._settings = settings
        self._line = line
        self._centre = centre
        self._waiting: queue.Queue[mqtt.MQTTMessage | None] = queue.Queue(MAX_WAITING)
        self._stop = threading.Event()
        self.connected = threading.Event()
        self._client = self._new_client()
        self._worker = threading.Thread(target=self._work, name="mqtt-intake", daemon=True)
        self._unsubscribe = centre.notifier.subscribe(self._ring)
        centre.reminder_intake.on_waiting(self._ring_ward)

    def start(self) -> None:
        """Connect in the background, for ever."""
        self._worker.start()
        self._client.connect_async(self._settings.host, self._settings.port, keepalive=30)
        self._client.loop_start()

    def close(self) -> None:
        """Leave; the broker keeps the session and what comes meanwhile."""
        self._unsubscribe()
        self._stop.set()
        self._client.disconnect()
        self._client.loop_stop()
        client = self._client  # without its circle of references paho closes its sockets at once
        client.on_connect = client.on_subscribe = client.on_disconnect = client.on_message = None
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            logger.info("Messages that waited for the database are left", extra={"action": "mqtt_closed"})
        self._worker.join(CLOSE_WITHIN_S)

    def _new_client(self) -> mqtt.Client:
        settings = self._settings
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            clean_session=False,
            protocol=mqtt.MQTTv311,
        )
        if settings.username is not None:
            client.username_pw_set(settings.username, settings.password.read() if settings.password else None)
        if settings.ca_file is not None or settings.tls:
            _trust(client, settings)
        client.max_queued_messages_set(MAX_UNSENT)
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            logger.error("The broker refused the centre", extra={"action": "mqtt_refused", "reason": str(reason)})
            self._line.refused_login()
            return
        self._line.stood()
        client.subscribe([(f"{topics.ROOT}/edge/+/{kind}", QOS) for kind in _KINDS])

    def _on_subscribe(self, _client: mqtt.Client, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            logger.error("The broker refused a subscription of the centre", extra={"action": "mqtt_refused"})
            self._line.refused_subscription()
            return
        self._line.granted()
        self.connected.set()
        logger.info("Connected to the broker", extra={"action": "mqtt_connected"})

    def _on_disconnect(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._line.broke()
        self.connected.clear()
        if not self._stop.is_set():
            logger.warning("The broker is away", extra={"action": "mqtt_lost", "reason": str(reason)})

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            logger.warning("A message of a box is lost: too many wait", extra={"action": "message_lost"})

    def _work(self) -> None:
        while not self._stop.is_set() and (told := self._gathered()):
            beats = [each for each in told if each.kind == _HEARTBEAT]
            together = len(beats) > 1 and self._take_in(partial(self._take_beats, beats))
            for each in told:
                if not (together and each.kind == _HEARTBEAT):  # one that cannot be stored stops no other
                    self._take_in(partial(self._take_one, each))

    def _gathered(self) -> list[_Told]:
        """What waits: heartbeats, which are gathered for a moment, and the message after them; empty: the door closes.

        Between heartbeats and other messages no order matters.
        """
        gathered: list[_Told] = []
        due_s = math.inf
        while True:
            try:
                message = self._waiting.get(timeout=None if not gathered else max(0.0, due_s - time.monotonic()))
            except queue.Empty:
                return gathered
            if message is None:
                return []
            told = _told(message)
            if told is None:
                continue
            gathered.append(told)
            if told.kind != _HEARTBEAT or len(gathered) == MOST_AT_ONCE:
                return gathered
            due_s = min(due_s, time.monotonic() + GATHERED_FOR_S)

    def _take_in(self, take: Callable[[], None]) -> bool:
        """Take messages in, once the database is there; whether that went well."""
        while not self._stop.is_set():
            try:
                take()
            except StoreUnavailable:
                logger.warning("A message waits for the database", exc_info=True, extra={"action": "intake_waits"})
                self._stop.wait(RETRY_S)
            except Exception:
                # a fault of ours must not stop what comes after it
                logger.exception("A message could not be taken in", extra={"action": "intake_failed"})
                return False
            else:
                return True
        return False

    def _take_beats(self, beats: Sequence[_Told]) -> None:
        for each in self._centre.health.heartbeats([(each.box_id, each.payload) for each in beats]):
            _log_refused(_HEARTBEAT, each.box_id, each.error)

    def _take_one(self, told: _Told) -> None:
        takers = {
            "alert": self._centre.alerts.take,
            "health": self._centre.health.health_event,
            _HEARTBEAT: self._centre.health.heartbeat,
        }
        try:
            takers[told.kind](told.box_id, told.payload)
        except Invalid as error:
            _log_refused(told.kind, told.box_id, error)

    def _ring(self, change: CaseChanged) -> None:
        if change.state in AWAITING_POLICE and change.queue is not None:
            self._client.publish(topics.police_ready(change.queue), b'{"ready":true}', qos=QOS)

    def _ring_ward(self, ward: str) -> None:
        self._client.publish(topics.ward_ready(ward), b'{"ready":true}', qos=QOS)


def _told(message: mqtt.MQTTMessage) -> _Told | None:
    parts = message.topic.split("/")
    if len(parts) != _PARTS or not message.payload:  # a retained heartbeat that was cleared is empty
        return None
    return _Told(box_id=parts[3], kind=parts[4], payload=bytes(message.payload))


def _log_refused(kind: str, box_id: str, error: Invalid) -> None:
    said = {"action": f"{kind}_refused", "box_id": box_id, "reason": str(error)}
    logger.warning("A message of a box was refused", extra=said)


def _trust(client: mqtt.Client, settings: MqttSettings) -> None:
    try:
        client.tls_set(ca_certs=str(settings.ca_file) if settings.ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"the broker's certificate authority {settings.ca_file} cannot be used") from error
