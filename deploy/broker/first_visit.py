"""The first visit to an account: nats-server makes the place for its retained messages only when somebody logs in."""

import ssl
import time
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from deploy.broker.plan import BrokerPlan
from domain.errors import ConfigurationError

_LIMIT_S = 10.0
_ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on


def visit(plan: BrokerPlan, user: str, password: str) -> None:
    """Log in once over MQTT and leave; from then on the broker keeps what is retained for this account.

    Args:
        plan: of the running broker on this machine, which has read it; its certificate is the one that is trusted.
        user: whose account it is.
        password: of the user.

    Raises:
        ConfigurationError: the broker cannot be reached, or does not let the user in.
    """
    host = "127.0.0.1" if plan.host in _ANYWHERE else plan.host
    answers: list[str] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"first-visit-{user}", clean_session=True)
    client.tls_set_context(_trusting(plan))
    client.username_pw_set(user, password)

    def on_connect(_client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        answers.append("" if not reason.is_failure else str(reason))

    client.on_connect = on_connect
    try:
        client.connect(host, plan.port, keepalive=10)
        until_s = time.monotonic() + _LIMIT_S
        while not answers and time.monotonic() < until_s:
            if client.loop(0.2) is not MQTTErrorCode.MQTT_ERR_SUCCESS:
                break
        client.disconnect()
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the broker on {host}:{plan.port} cannot be reached: {error}") from error
    if not answers or answers[0]:
        why = answers[0] if answers else "it hung up or did not answer"
        raise ConfigurationError(f"the broker does not let {user} in ({why}); has it been reloaded?")


def _trusting(plan: BrokerPlan) -> ssl.SSLContext:
    """This very certificate, whatever host it names: we speak to the machine we are on."""
    context = ssl.create_default_context(cafile=str(plan.cert_file))
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
