"""Where the broker is, how the box logs in there, and a client that can."""

from dataclasses import dataclass, field
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from domain.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How the broker is recognised, and the box if it has a certificate."""

    ca_file: Path | None = None  # None: the system's authorities
    cert_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is and how to log in."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None
    keepalive_s: int = 30


def client_of(broker: Broker, *, client_id: str) -> Client:
    """An MQTT 3.1.1 client of the broker, with a session that ends with the connection; not connected yet.

    Raises:
        ConfigurationError: a TLS file cannot be used.
    """
    client = Client(
        callback_api_version=CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=True,
        protocol=MQTTProtocolVersion.MQTTv311,
    )
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls is not None:
        _use_tls(client, broker.tls)
    return client


def _use_tls(client: Client, tls: Tls) -> None:
    try:
        client.tls_set(
            ca_certs=None if tls.ca_file is None else str(tls.ca_file),
            certfile=None if tls.cert_file is None else str(tls.cert_file),
            keyfile=None if tls.key_file is None else str(tls.key_file),
        )
    except (OSError, ValueError) as e:
        raise ConfigurationError(f"the broker's TLS files cannot be used ({e})") from e
