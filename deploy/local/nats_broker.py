"""An MQTT 3.1.1 broker with JetStream: nats-server."""

import json
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from deploy.local.process import LOOPBACK, LocalServer, ServerNotReady, accepts, free_port

_CONNACK = b"\x20\x02\x00"  # then one byte: the return code


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttUser:
    """A broker account; topic filters in MQTT form (``a/+/b``, ``a/#``), None means every topic."""

    password: str
    publish: tuple[str, ...] | None = None
    subscribe: tuple[str, ...] | None = None


def box_user(box_id: str, password: str) -> MqttUser:
    """The account of one edge box: under its own name alone it sends how it is, and hears what is for it."""
    return MqttUser(
        password=password,
        publish=tuple(f"matthan/v1/edge/{box_id}/{kind}" for kind in ("alert", "health", "heartbeat")),
        subscribe=tuple(f"matthan/v1/edge/{box_id}/{kind}" for kind in ("config", "signals")),
    )


def installed_program(name: str) -> str:
    """Full path of a program that pip put beside this interpreter.

    Raises:
        ServerNotReady: it is not installed.
    """
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else which(name)
    if found is None:
        raise ServerNotReady(f"the program {name} is missing; install the demo or dev extra: pip install -e '.[dev]'")
    return found


def mqtt_filter_to_subject(topic_filter: str) -> str:
    """How nats-server names an MQTT topic or filter inside.

    Examples:
        >>> mqtt_filter_to_subject("matthan/v1/edge/+/health"), mqtt_filter_to_subject("matthan/#")
        ('matthan.v1.edge.*.health', 'matthan.>')
    """
    return topic_filter.replace("/", ".").replace("+", "*").replace("#", ">")


class NatsBroker(LocalServer):
    """nats-server with MQTT on `port`, plain NATS on `nats_port`, both on the loopback.

    Args:
        data_dir: where JetStream keeps messages and sessions; survives kill and restart.
        users: account by user name, a bare string being a password with every permission; empty: no login needed.
    """

    def __init__(self, data_dir: Path, users: Mapping[str, str | MqttUser] | None = None) -> None:
        super().__init__("nats-server", data_dir=data_dir)
        self.users = {
            name: MqttUser(password=user) if isinstance(user, str) else user for name, user in (users or {}).items()
        }
        self.port = 0
        self.nats_port = 0

    def _choose_ports(self) -> None:
        self.port, self.nats_port = free_port(), free_port()

    def _command(self) -> list[str]:
        return [installed_program("nats-server"), "-c", str(self._config_path)]

    @property
    def _config_path(self) -> Path:
        return self.data_dir / "nats.json"

    def _prepare(self) -> None:
        config: dict[str, object] = {
            "server_name": "local",
            "host": LOOPBACK,
            "port": self.nats_port,
            "jetstream": {"store_dir": str(self.data_dir / "jetstream"), "max_memory_store": 0},
            "mqtt": {"host": LOOPBACK, "port": self.port},
        }
        if self.users:
            config["authorization"] = {"users": [self._account(name, user) for name, user in self.users.items()]}
        self._config_path.touch(mode=0o600)
        self._config_path.write_text(json.dumps(config, indent=1))

    def _account(self, name: str, user: MqttUser) -> dict[str, object]:
        permissions: dict[str, object] = {}
        if user.publish is not None:
            permissions["publish"] = {"allow": [mqtt_filter_to_subject(topic) for topic in user.publish]}
        if user.subscribe is not None:
            subjects = [mqtt_filter_to_subject(topic) for topic in user.subscribe]
            permissions["subscribe"] = {"allow": [*subjects, "$MQTT.sub.>"]}  # how the broker delivers QoS 1
        account: dict[str, object] = {"user": name, "password": user.password}
        return {**account, "permissions": permissions} if permissions else account

    def _is_ready(self) -> bool:
        return accepts(self.nats_port) and self._answers_mqtt()

    def _answers_mqtt(self) -> bool:
        """Whether an MQTT CONNECT without a login is answered, be it by a refusal."""
        body = b"\x00\x04MQTT\x04\x02\x00\x05" + b"\x00\x05ready"
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as link:
                link.sendall(b"\x10" + bytes([len(body)]) + body)
                return link.recv(4).startswith(_CONNACK[:2])
        except OSError:
            return False
