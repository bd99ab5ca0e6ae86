"""The box's line to the broker: health, heartbeat, alerts and signals, which may be late or lost; no case passes it.

Why: docs/adr/0060 and 0102. One thread does everything (MQTT 3.1.1, QoS 1).
"""

import logging
import random
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import BaseModel

from domain.alert import Alert
from domain.fleet.health import HealthEvent, Heartbeat, ProblemCode
from domain.fleet.topics import edge_alert, edge_health, edge_heartbeat, edge_signals
from domain.instants import Clock
from edge.delivery.broker import Broker, client_of
from edge.delivery.waker import Waker
from edge.health.problems import ProblemBoard
from plumbing.backoff import Backoff
from plumbing.short_lines import ShortLines

logger = logging.getLogger(__name__)

_Message = TypeVar("_Message", bound=BaseModel)

_LONGEST_WAIT_S = 1.0  # what wakes nobody (keepalive, limits) is looked at so often
_LAST_WORDS_WAIT_S = 0.1
_MAX_HEALTH_EVENTS = 1000
_MAX_ALERTS = 1000
_MAX_UNACKNOWLEDGED = 1000
_LAST_WORDS_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How soon and how long things are repeated."""

    heartbeat_s: float = 15.0
    reconnect_first_s: float = 1.0
    reconnect_longest_s: float = 60.0
    answer_within_s: float = 10.0  # a broker that takes longer over a connection or a heartbeat is away


class MqttLink:
    """Sends alerts, health and heartbeats, and hears signals.

    Args:
        box_id: names the topics and the session.
        broker: where to.
        heartbeat: makes the box's heartbeat; called from the link's thread.
        clock: monotonic seconds.
        randomness: jitters pauses.
        problems: hears when the broker does not answer.
        take_signals: takes what comes on the box's topic of signals, and whether it is retained; None: not heard.
        pace: pauses.
    """

    def __init__(
        self,
        *,
        box_id: str,
        broker: Broker,
        heartbeat: Callable[[], Heartbeat],
        clock: Clock,
        randomness: random.Random,
        problems: ProblemBoard,
        take_signals: Callable[[bytes, bool], None] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._box_id = box_id
        self._broker = broker
        self._heartbeat = heartbeat
        self._clock = clock
        self._problems = problems
        self._take_signals = take_signals
        self._pace = pace or Pace()
        self._reconnect = Backoff(
            first_s=self._pace.reconnect_first_s, longest_s=self._pace.reconnect_longest_s, randomness=randomness
        )
        self._health: deque[HealthEvent] = deque(maxlen=_MAX_HEALTH_EVENTS)
        self._alerts: deque[Alert] = deque(maxlen=_MAX_ALERTS)
        self._heartbeat_due_s = 0.0
        self._unanswered: int | None = None  # the oldest heartbeat that the broker has not acknowledged
        self._answer_due_s = 0.0
        self._connected = False
        self._short_lines = ShortLines()
        self._stop = threading.Event()
        self._published: set[int] = set()
        self._client = self._make_client()
        self._waker = Waker()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the broker has let us in and the line stands."""
        return self._connected

    def start(self) -> None:
        """Begin; a broker that is away is tried for ever."""
        self._thread.start()

    def send_health(self, event: HealthEvent) -> None:
        """Send a change of a camera's state; while the broker is away the newest thousand are kept."""
        self._health.append(event if event.box_id else event.model_copy(update={"box_id": self._box_id}))
        self._waker.wake()

    def send_alert(self, alert: Alert) -> None:
        """Send an alert at once; while the broker is away the newest thousand are kept."""
        self._alerts.append(alert)
        self._waker.wake()

    def close(self, timeout_s: float = 5.0) -> None:
        """Say goodbye and end; what was not sent is lost."""
        self._stop.set()
        self._waker.wake()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self._waker.close()

    # set up

    def _make_client(self) -> Client:
        client = client_of(self._broker, client_id=f"matthan-edge-{self._box_id}")
        client.max_queued_messages_set(_MAX_UNACKNOWLEDGED)  # by a broker that takes and never acknowledges
        gone = Heartbeat(box_id=self._box_id, status="offline")
        client.will_set(edge_heartbeat(self._box_id), _payload(gone), qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        return client

    # the thread

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._hold_line()
            except OSError as e:
                self._problems.report(
                    ProblemCode.BROKER_AWAY, f"the broker {self._broker.host}:{self._broker.port} is away: {e}"
                )
            except Exception:
                logger.exception("The line to the broker failed", extra={"action": "mqtt_failed"})
            self._connected = False
            self._stop.wait(self._reconnect.next_s())
        self._send_last_words()

    def _hold_line(self) -> None:
        """Connect and serve until the line breaks or the box stops."""
        self._client.connect(self._broker.host, self._broker.port, keepalive=self._broker.keepalive_s)
        self._unanswered = None
        give_up_s = self._clock.monotonic_s() + self._pace.answer_within_s
        while not self._stop.is_set():
            if not self._serve(self._wait_s()):
                break
            if self._connected:
                if not self._answers():
                    text = "the broker holds the line but does not answer"
                    self._problems.report(ProblemCode.BROKER_AWAY, text)
                    break
                self._send_due()
            elif self._clock.monotonic_s() > give_up_s:
                self._problems.report(ProblemCode.BROKER_AWAY, "the broker takes the connection but does not answer")
                break

    def _wait_s(self) -> float:
        """How long nothing is to be done unless the broker or another thread says something."""
        if not self._connected:
            return _LONGEST_WAIT_S
        now_s = self._clock.monotonic_s()
        return max(0.0, min(self._heartbeat_due_s - now_s, _LONGEST_WAIT_S))

    def _serve(self, wait_s: float) -> bool:
        """Wait for the broker's next word, or to be woken, and read and write what there is; False: the line broke."""
        sock = self._client.socket()
        if sock is None:
            return False
        decrypted = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0  # read already, so no wait would see it
        can_read = self._waker.wait(sock, for_write=self._client.want_write(), timeout_s=0.0 if decrypted else wait_s)
        done = MQTTErrorCode.MQTT_ERR_SUCCESS
        if can_read or decrypted:
            done = self._client.loop_read()
        if done is MQTTErrorCode.MQTT_ERR_SUCCESS and self._client.want_write():
            done = self._client.loop_write()
        return done is MQTTErrorCode.MQTT_ERR_SUCCESS and self._client.loop_misc() is MQTTErrorCode.MQTT_ERR_SUCCESS

    def _answers(self) -> bool:
        """Whether the broker acknowledges heartbeats; a frozen one keeps its sockets open."""
        return self._unanswered is None or self._clock.monotonic_s() <= self._answer_due_s

    def _send_due(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s >= self._heartbeat_due_s:
            self._heartbeat_due_s = now_s + self._pace.heartbeat_s
            self._report_takeovers()
            beat = self._client.publish(edge_heartbeat(self._box_id), _payload(self._heartbeat()), qos=1, retain=True)
            if self._unanswered is None:
                self._unanswered, self._answer_due_s = beat.mid, now_s + self._pace.answer_within_s
        self._send_all(self._alerts, edge_alert(self._box_id))
        self._send_all(self._health, edge_health(self._box_id))

    def _send_all(self, messages: deque[_Message], topic: str) -> None:
        while messages:
            message = messages.popleft()
            sent = self._client.publish(topic, _payload(message), qos=1)
            if sent.rc is MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
                messages.appendleft(message)
                break

    def _send_last_words(self) -> None:
        """Leave word that the box is off, if the line still stands."""
        if not self._client.is_connected():
            return
        try:
            gone = Heartbeat(box_id=self._box_id, status="offline", at=self._clock.now())
            mid = self._client.publish(edge_heartbeat(self._box_id), _payload(gone), qos=1, retain=True).mid
            until_s = self._clock.monotonic_s() + _LAST_WORDS_S
            self._published.discard(mid)
            while mid not in self._published and self._clock.monotonic_s() < until_s:
                if not self._serve(_LAST_WORDS_WAIT_S):
                    break
            self._client.disconnect()
        except OSError:
            logger.info("The broker was gone before we were", extra={"action": "mqtt_closed"})

    # paho calls these inside loop()

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._problems.report(ProblemCode.BROKER_AWAY, f"the broker refuses the box: {reason}")
            return
        self._connected = True
        self._heartbeat_due_s = 0.0
        self._short_lines.stood(self._clock.monotonic_s())
        if not self._short_lines.many_now(self._clock.monotonic_s()):  # else two clients would race each other
            self._reconnect.reset()
        self._problems.clear(ProblemCode.BROKER_AWAY)
        if self._take_signals is not None:
            self._client.subscribe(edge_signals(self._box_id), qos=1)
        logger.info("Connected to the broker", extra={"action": "mqtt_connected", "box_id": self._box_id})

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, reason: ReasonCode, _props: Properties | None
    ) -> None:
        if self._connected and not self._stop.is_set():
            self._problems.report(ProblemCode.BROKER_AWAY, f"the line to the broker broke: {reason}")
            self._short_lines.broke(self._clock.monotonic_s())
            self._report_takeovers()
        self._connected = False

    def _report_takeovers(self) -> None:
        if self._short_lines.many_now(self._clock.monotonic_s()):
            text = "the line to the broker keeps breaking just after it stood: another client uses this box's name"
            self._problems.report(ProblemCode.BROKER_LINE_TAKEN_OVER, text)
        else:
            self._problems.clear(ProblemCode.BROKER_LINE_TAKEN_OVER)

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            text = f"the broker refuses the box {edge_signals(self._box_id)}: has add-controller been run?"
            self._problems.report(ProblemCode.BROKER_AWAY, text)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if self._take_signals is not None:
            self._take_signals(bytes(message.payload), message.retain)

    def _on_publish(
        self, _client: Client, _data: object, mid: int, _reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if mid == self._unanswered:
            self._unanswered = None
        if self._stop.is_set():
            self._published.add(mid)


def _payload(document: BaseModel) -> bytes:
    return document.model_dump_json().encode()
