"""The MQTT door: a message is acknowledged to the broker only after the database has it.

One thread speaks with the broker, another takes messages in. While the database is away, messages stay unacknowledged
and the broker keeps them; it sends them again after a while (nats-server: 30 s) or a reconnect, and taking one in twice
changes nothing.
"""

import logging
import queue
import ssl
import threading
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from api.centre import Centre
from api.errors import StoreUnavailable
from api.intake.broker_line import BrokerLine
from api.services.intake import Refusal
from api.services.notifier import CaseChanged
from api.settings import MqttSettings
from domain import topics
from domain.cases.states import CaseState
from domain.errors import ConfigurationError, Invalid
from plumbing.backoff import Backoff

logger = logging.getLogger(__name__)
QOS = 1
FIRST_RETRY_S = 0.2
LONGEST_RETRY_S = 30.0
CLOSE_WITHIN_S = 10.0
MAX_HELD_BYTES = 64 * 1024 * 1024
MAX_UNSENT = 10_000  # acknowledgements and bells that wait for the broker; a box asks again for a lost one
_PARTS = 5  # matthan/v1/edge/BOX/KIND


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    message: mqtt.MQTTMessage
    connection: int  # the connection that it came on; an acknowledgement belongs to that one only


class MqttDoor:
    """Takes in cases, health and heartbeats; rings the police's doorbell.

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
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._connection = 0
        self._held: dict[int, int] = {}  # bytes of the messages of this connection that wait, by message id
        self.connected = threading.Event()
        self._client = self._new_client()
        self._worker = threading.Thread(target=self._work, name="mqtt-intake", daemon=True)
        self._unsubscribe = centre.notifier.subscribe(self._ring)

    @property
    def waiting(self) -> int:
        """Messages that wait to be taken in."""
        return self._waiting.qsize()

    def start(self) -> None:
        """Connect in the background, for ever."""
        self._worker.start()
        self._client.connect_async(self._settings.host, self._settings.port, keepalive=30)
        self._client.loop_start()

    def close(self) -> None:
        """Leave; the broker keeps the session and what comes meanwhile."""
        self._unsubscribe()
        self._stop.set()
        self._waiting.put(None)
        self._worker.join(CLOSE_WITHIN_S)
        self._client.disconnect()
        self._client.loop_stop()

    def _new_client(self) -> mqtt.Client:
        settings = self._settings
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            clean_session=False,
            protocol=mqtt.MQTTv311,
            manual_ack=True,
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
        client.subscribe([(f"{topics.ROOT}/edge/+/{kind}", QOS) for kind in ("case", "health", "heartbeat")])

    def _on_subscribe(self, _client: mqtt.Client, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            logger.error("The broker refused a subscription of the centre", extra={"action": "mqtt_refused"})
            self._line.refused_subscription()
            return
        self._line.granted()
        self.connected.set()
        logger.info("Connected to the broker", extra={"action": "mqtt_connected"})

    def _on_disconnect(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        with self._lock:
            self._connection += 1
            self._held.clear()
        self._line.broke()
        self.connected.clear()
        if not self._stop.is_set():
            logger.warning("The broker is away", extra={"action": "mqtt_lost", "reason": str(reason)})

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        size_bytes = len(message.payload)
        with self._lock:
            if message.mid in self._held or sum(self._held.values()) + size_bytes > MAX_HELD_BYTES:
                return  # it waits already, or too much does; unacknowledged, it will be sent again
            self._held[message.mid] = size_bytes
            self._waiting.put(_Waiting(message=message, connection=self._connection))

    def _work(self) -> None:
        while True:
            waiting = self._waiting.get()
            if waiting is None or self._stop.is_set():
                return
            if self._take_in(waiting):
                self._acknowledge(waiting)

    def _take_in(self, waiting: _Waiting) -> bool:
        """Take a message in; False when it must stay unacknowledged because the connection or the centre ends."""
        pauses = Backoff(first_s=FIRST_RETRY_S, longest_s=LONGEST_RETRY_S)
        while waiting.connection == self._connection:
            try:
                self._handle(waiting.message)
            except StoreUnavailable:
                logger.warning("A message waits for the database", exc_info=True, extra={"action": "intake_waits"})
                if self._stop.wait(pauses.next_s()):
                    return False
            except Exception:
                # A fault of ours must not stop the intake: the box keeps the case until the centre's own word.
                logger.exception("A message could not be taken in", extra={"action": "intake_failed"})
                return True
            else:
                return True
        return False

    def _handle(self, message: mqtt.MQTTMessage) -> None:
        parts = message.topic.split("/")
        if len(parts) != _PARTS:
            return
        box_id, kind = parts[3], parts[4]
        if kind == "case":
            answer = self._centre.intake.receive(box_id, bytes(message.payload))
            if not isinstance(answer, Refusal):
                self._client.publish(topics.edge_ack(box_id), answer.model_dump_json(), qos=QOS)
            return
        if not message.payload:
            return  # a retained heartbeat that was cleared
        take = self._centre.health.heartbeat if kind == "heartbeat" else self._centre.health.health_event
        try:
            take(box_id, bytes(message.payload))
        except Invalid as error:
            logger.warning(
                "A health message was refused",
                extra={"action": "health_refused", "box_id": box_id, "reason": str(error)},
            )

    def _acknowledge(self, waiting: _Waiting) -> None:
        with self._lock:
            if waiting.connection == self._connection:
                self._held.pop(waiting.message.mid, None)
                self._client.ack(waiting.message.mid, waiting.message.qos)

    def _ring(self, change: CaseChanged) -> None:
        if change.state == CaseState.READY and change.queue is not None:
            self._client.publish(topics.police_ready(change.queue), b'{"ready":true}', qos=QOS)


def _trust(client: mqtt.Client, settings: MqttSettings) -> None:
    try:
        client.tls_set(ca_certs=str(settings.ca_file) if settings.ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"the broker's certificate authority {settings.ca_file} cannot be used") from error
