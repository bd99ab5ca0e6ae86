"""The production broker's own configuration on the loopback, and MQTT clients that try its doors."""

import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from deploy.broker.folder import BrokerFolder
from deploy.local.nats_broker import installed_program
from deploy.local.process import LOOPBACK, LocalServer, free_port
from tests.builders.certificates import make_certificates

WAIT_S = 30.0


class ProductionBroker(LocalServer):
    """nats-server with what ``python -m deploy.broker`` makes; only host and ports are the test's.

    Args:
        root: gets the broker's folder, certificates and log.
        boxes: accounts from the start.
        queues: police accounts from the start.
        wards: their accounts from the start.
        controllers: boxes whose signal controllers have accounts from the start.
    """

    def __init__(
        self,
        root: Path,
        *,
        boxes: tuple[str, ...],
        queues: tuple[str, ...] = (),
        wards: tuple[str, ...] = (),
        controllers: tuple[str, ...] = (),
    ) -> None:
        super().__init__("nats-server", data_dir=root)
        self.folder = BrokerFolder(root / "broker")
        self.certificates = make_certificates(root / "tls")
        self.port, self.nats_port = free_port(), free_port()
        self.folder.create(
            cert_file=self.certificates.cert_file,
            key_file=self.certificates.key_file,
            store_dir=root / "broker" / "data",
            host=LOOPBACK,
            port=self.port,
            nats_port=self.nats_port,
        )
        for box_id in boxes:
            self.folder.add_box(box_id)
        for queue in queues:
            self.folder.add_queue(queue)
        for ward in wards:
            self.folder.add_ward(ward)
        for box_id in controllers:
            self.folder.add_controller(box_id)

    def password(self, user: str) -> str:
        """Of a user, from where its peer would carry it away."""
        return self.folder.password_file(user).read_text().strip()

    def reload(self) -> None:
        """Let the running broker read its file again, as ``systemctl reload`` does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def _choose_ports(self) -> None:
        """They stand in the folder already."""

    def _command(self) -> list[str]:
        return [installed_program("nats-server"), "-c", str(self.folder.config_file)]

    def _is_ready(self) -> bool:
        try:
            with Peer(self, "centre", client_id="ready", clean=True) as peer:
                return peer.accepted
        except (OSError, AssertionError):
            return False


class Peer:
    """An MQTT client with a session that outlives it, connected when it stands.

    Args:
        broker: where to.
        user: logs in with the password that the broker's folder holds for it; None: without a login.
        client_id: None: the user's name.
        password: instead of the right one.
        subscribe: filters, QoS 1.
        clean: without a lasting session.
        will: topic and payload that the broker is to say when the line breaks.
    """

    def __init__(
        self,
        broker: ProductionBroker,
        user: str | None,
        *,
        client_id: str | None = None,
        password: str | None = None,
        subscribe: tuple[str, ...] = (),
        clean: bool = False,
        will: tuple[str, bytes] | None = None,
        qos: int = 1,
    ) -> None:
        self.heard: list[tuple[str, bytes, bool]] = []
        self.granted: list[bool] = []
        self.losses = 0
        self.answered: str | None = None
        self.session_was_there = False
        self._changed = threading.Condition()
        self._done: set[int] = set()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id or user or "", clean_session=clean)
        self.client.tls_set(ca_certs=str(broker.certificates.ca_file))
        if user is not None:
            self.client.username_pw_set(user, password if password is not None else broker.password(user))
        if will is not None:
            self.client.will_set(will[0], will[1], qos=1, retain=True)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_message = self._on_message
        self.client.on_subscribe = self._on_subscribe
        self.client.on_publish = self._on_publish
        try:
            self.client.connect(broker.host, broker.port, keepalive=10)
            self.client.loop_start()
            self.wait_until(lambda: self.answered is not None or self.losses > 0, "no answer to the login")
            if self.accepted and subscribe:
                self.subscribe(*subscribe, qos=qos)
        except (AssertionError, OSError):
            self.close()
            raise

    @property
    def accepted(self) -> bool:
        """Whether the broker let it in."""
        return self.answered == "Success"

    def subscribe(self, *filters: str, qos: int = 1) -> list[bool]:
        """Ask; which of them were granted."""
        before = len(self.granted)
        self.client.subscribe([(each, qos) for each in filters])
        self.wait_until(lambda: len(self.granted) >= before + len(filters), "no answer to the subscription")
        return self.granted[before:]

    def send(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        """Publish and wait for the broker's acknowledgement."""
        mid = self.client.publish(topic, payload, qos=qos, retain=retain).mid
        self.wait_until(lambda: mid in self._done, f"no acknowledgement of {topic}")

    def try_to_send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish without waiting; the broker may cut the line."""
        self.client.publish(topic, payload, qos=1, retain=retain)

    def wait_for(self, count: int) -> list[tuple[str, bytes, bool]]:
        """The first messages heard: topic, payload, whether retained."""
        self.wait_until(lambda: len(self.heard) >= count, f"heard fewer than {count}")
        return list(self.heard)

    def wait_until(self, condition: Callable[[], bool], what: str, limit_s: float = WAIT_S) -> None:
        """Wait for a change that a callback makes."""
        with self._changed:
            assert self._changed.wait_for(condition, limit_s), f"{what}; heard {self.heard}"

    def drop(self) -> None:
        """Break the line without a goodbye, as a power cut does."""
        sock = self.client.socket()
        assert sock is not None
        self._end()
        sock.shutdown(socket.SHUT_RDWR)
        sock.close()

    def close(self) -> None:
        self.client.disconnect()
        self._end()

    def _end(self) -> None:
        self.client.loop_stop()
        client = self.client  # without its circle of references paho closes its sockets at once
        client.on_connect = client.on_disconnect = client.on_message = client.on_subscribe = client.on_publish = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _note(self, change: Callable[[], Any]) -> None:
        with self._changed:
            change()
            self._changed.notify_all()

    def _on_connect(self, _client: mqtt.Client, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        self.session_was_there = bool(flags.session_present)
        self._note(lambda: setattr(self, "answered", str(reason)))

    def _on_disconnect(self, *_: Any) -> None:
        self._note(lambda: setattr(self, "losses", self.losses + 1))

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._note(lambda: self.heard.append((message.topic, message.payload, message.retain)))

    def _on_subscribe(self, _client: mqtt.Client, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        self._note(lambda: self.granted.extend(not reason.is_failure for reason in reasons))

    def _on_publish(self, _client: mqtt.Client, _data: Any, mid: int, *_: Any) -> None:
        self._note(lambda: self._done.add(mid))
