"""Centre, broker and signal controller as the box's settings name them, with their secrets."""

from collections.abc import Mapping
from pathlib import Path

from domain.errors import ConfigurationError
from edge.configuration.settings import BoxSettings, CentreSettings, SignalIntakeSettings
from edge.delivery.broker import Broker, Tls
from edge.delivery.centre import Centre
from plumbing.secret_values import read_secret

_SHORTEST_KEY = 32


def centre_of(centre: CentreSettings, folder: Path, environ: Mapping[str, str]) -> Centre:
    """The centre, with the key of who speaks with it.

    Args:
        centre: its part of the settings.
        folder: where relative paths count from.
        environ: where secrets may stand.

    Raises:
        ConfigurationError: there is no key.
    """
    api_key = read_secret(
        "centre: API key", env=centre.api_key_env, file=centre.api_key_file, folder=folder, environ=environ
    )
    if api_key is None:
        raise ConfigurationError("centre: give api_key_env or api_key_file")
    ca_file = None if centre.ca_file is None else folder / centre.ca_file
    return Centre(url=centre.url, api_key=api_key, ca_file=ca_file, timeout_s=centre.timeout_s)


def broker_of(settings: BoxSettings, folder: Path, environ: Mapping[str, str]) -> Broker:
    """The broker, with the box's login.

    Args:
        settings: of the box.
        folder: where relative paths count from.
        environ: where secrets may stand.

    Raises:
        ConfigurationError: the password is named and cannot be found.
    """
    mqtt = settings.mqtt
    return Broker(
        host=mqtt.host,
        port=mqtt.port,
        username=mqtt.username,
        password=read_secret(
            "mqtt: password", env=mqtt.password_env, file=mqtt.password_file, folder=folder, environ=environ
        ),
        tls=Tls(ca_file=None if mqtt.ca_file is None else folder / mqtt.ca_file) if mqtt.tls else None,
        keepalive_s=mqtt.keepalive_s,
    )


def signal_key_of(intake: SignalIntakeSettings, folder: Path, environ: Mapping[str, str]) -> str:
    """The key that a signal controller shows; arguments as above.

    Raises:
        ConfigurationError: there is none, or one that is guessed soon.
    """
    key = read_secret("signal_intake: key", env=intake.key_env, file=intake.key_file, folder=folder, environ=environ)
    if key is None or len(key) < _SHORTEST_KEY:
        raise ConfigurationError(f"signal_intake: the key needs {_SHORTEST_KEY} characters: openssl rand -hex 32")
    return key


def signal_certificate_of(intake: SignalIntakeSettings, folder: Path) -> tuple[Path, Path] | None:
    """Chain and private key; None on the loopback."""
    if intake.certificate_file is None or intake.private_key_file is None:
        return None
    return folder / intake.certificate_file, folder / intake.private_key_file
