"""Who may send and hear what on the broker; nats-server's configuration as one document.

Every box, the signal controllers of a box, every police queue and ward, and the centre, has an account of its own.
Accounts share nothing but what one exports and another imports, so sessions, client ids, queued and retained messages
of one cannot be seen, taken over or ended by another (docs/adr/0050). All users may log in by MQTT only.
"""

from collections.abc import Iterable
from typing import Any

from deploy.broker.plan import BrokerPlan

CENTRE = "centre"
QUEUE_PREFIX = "police-"
WARD_PREFIX = "ward-"
CONTROLLER_PREFIX = "signals-"
BOX_SENDS = ("heartbeat", "health", "alert")
MAX_PAYLOAD_BYTES = 64 * 1024
_CENTRE_ACCOUNT = "CENTRE"
_LOOPBACK = "127.0.0.1"
_MIB = 1024 * 1024
_SMALL_STORE_BYTES = 8 * _MIB  # notices and doorbells that wait for a peer that is away
_CENTRE_STORE_BYTES = 4096 * _MIB  # what waits for a centre that is away for days
_STORE_BYTES = 32 * 1024 * _MIB  # of all accounts; one number for ever, as a running broker refuses a smaller one
_STREAMS = 8  # nats-server makes five for MQTT in each account
_SMALL_CONSUMERS = 16
_CONNECTIONS_EACH = 4  # a line that breaks often leaves half-open ones behind for some seconds
_STRANGERS = 256  # connections that have not logged in yet
# An MQTT message of QoS 1 and a retained one pass from account to account in the form in which the broker stores them;
# the bare subject carries QoS 0.
_LIVE_FORMS = ("", "$MQTT.msgs.")
_FORMS = (*_LIVE_FORMS, "$MQTT.rmsgs.")


def box_account(box_id: str) -> str:
    """The account's name inside the broker."""
    return f"BOX-{box_id}"


def queue_account(queue: str) -> str:
    """The account's name inside the broker."""
    return f"QUEUE-{queue}"


def ward_account(ward: str) -> str:
    """The account's name inside the broker."""
    return f"WARD-{ward}"


def controller_account(box_id: str) -> str:
    """The account's name inside the broker."""
    return f"SIGNALS-{box_id}"


def nats_config(plan: BrokerPlan) -> dict[str, Any]:
    """nats-server's configuration for a plan (JSON is a form of it)."""
    peers = len(plan.boxes) + len(plan.queues) + len(plan.wards) + len(plan.controllers)
    return {
        "server_name": plan.server_name,
        "host": _LOOPBACK,  # the port of NATS' own protocol: cannot be switched off; nobody's user may log in there
        "port": plan.nats_port,
        "max_payload": MAX_PAYLOAD_BYTES,
        "max_connections": _CONNECTIONS_EACH * (peers + 1) + _STRANGERS,
        "max_control_line": 4096,
        "jetstream": {
            "store_dir": str(plan.store_dir),
            "max_memory_store": 0,
            "max_file_store": _STORE_BYTES,
            "sync_interval": "always",  # an acknowledged message is on the disk
        },
        "mqtt": {
            "host": plan.host,
            "port": plan.port,
            "reject_qos2_publish": True,
            "tls": {
                "cert_file": str(plan.cert_file),
                "key_file": str(plan.key_file),
                "min_version": "1.2",
                "timeout": 5,
            },
        },
        "system_account": "SYSTEM",  # without a user: nobody reads the broker's own events
        "accounts": {
            "SYSTEM": {},
            **{box_account(box_id): _box(plan, box_id) for box_id in plan.boxes},
            **{controller_account(box_id): _controller(box_id, each) for box_id, each in plan.controllers.items()},
            **{queue_account(queue): _queue(queue, password) for queue, password in plan.queues.items()},
            **{ward_account(ward): _ward(ward, password) for ward, password in plan.wards.items()},
            _CENTRE_ACCOUNT: _centre(plan),
        },
    }


def _box(plan: BrokerPlan, box_id: str) -> dict[str, Any]:
    sends = [_edge(box_id, kind) for kind in BOX_SENDS]
    hears = [_edge(box_id, "config")]
    account = _peer(box_id, plan.boxes[box_id], sends=sends, hears=hears)
    if box_id in plan.controllers:
        signals = [_edge(box_id, "signals")]
        account["imports"] += _imports(controller_account(box_id), signals, forms=_LIVE_FORMS)
        account["users"] = [_user(box_id, plan.boxes[box_id], sends=sends, hears=[*hears, *signals])]
    return account


def _controller(box_id: str, password_bcrypt: str) -> dict[str, Any]:
    """Retained messages stay in it: an old red must not come to the box."""
    signals = [_edge(box_id, "signals")]
    exports = [{"stream": subject, "accounts": [box_account(box_id)]} for subject in _in_forms(signals, _LIVE_FORMS)]
    return _peer(CONTROLLER_PREFIX + box_id, password_bcrypt, sends=signals, hears=[]) | {"exports": exports}


def _queue(queue: str, password_bcrypt: str) -> dict[str, Any]:
    return _peer(QUEUE_PREFIX + queue, password_bcrypt, sends=[], hears=[_bell(queue)])


def _ward(ward: str, password_bcrypt: str) -> dict[str, Any]:
    return _peer(WARD_PREFIX + ward, password_bcrypt, sends=[], hears=[_ward_bell(ward)])


def _peer(user: str, password_bcrypt: str, *, sends: list[str], hears: list[str]) -> dict[str, Any]:
    return {
        "jetstream": _store(_SMALL_STORE_BYTES, consumers=_SMALL_CONSUMERS),
        "limits": {"max_connections": _CONNECTIONS_EACH, "max_payload": MAX_PAYLOAD_BYTES},
        "exports": [{"stream": subject, "accounts": [_CENTRE_ACCOUNT]} for subject in _in_forms(sends)],
        "imports": _imports(_CENTRE_ACCOUNT, hears),
        "users": [_user(user, password_bcrypt, sends=sends, hears=hears)],
    }


def _centre(plan: BrokerPlan) -> dict[str, Any]:
    exports = [
        {"stream": subject, "accounts": [account]}
        for account, sent in [
            *((box_account(box_id), _edge(box_id, "config")) for box_id in plan.boxes),
            *((queue_account(queue), _bell(queue)) for queue in plan.queues),
            *((ward_account(ward), _ward_bell(ward)) for ward in plan.wards),
        ]
        for subject in _in_forms([sent])
    ]
    imports = [
        each
        for box_id in plan.boxes
        for each in _imports(box_account(box_id), [_edge(box_id, kind) for kind in BOX_SENDS])
    ]
    sends = [_edge("*", "config"), _bell("*"), _ward_bell("*")]
    hears = [_edge("*", kind) for kind in BOX_SENDS]
    return {
        "jetstream": {"max_file": _CENTRE_STORE_BYTES, "max_mem": 0, "max_streams": _STREAMS},
        "limits": {"max_connections": 4 * _CONNECTIONS_EACH, "max_payload": MAX_PAYLOAD_BYTES},
        "exports": exports,
        "imports": imports,
        "users": [_user(CENTRE, plan.centre, sends=sends, hears=hears)],
    }


def _user(name: str, password_bcrypt: str, *, sends: list[str], hears: list[str]) -> dict[str, Any]:
    return {
        "user": name,
        "password": password_bcrypt,
        "allowed_connection_types": ["MQTT"],
        "permissions": {
            "publish": {"allow": sends} if sends else {"deny": [">"]},
            "subscribe": {"allow": [*hears, "$MQTT.sub.>"]},  # the second is how the broker delivers QoS 1
        },
    }


def _store(file_bytes: int, *, consumers: int) -> dict[str, int]:
    return {"max_file": file_bytes, "max_mem": 0, "max_streams": _STREAMS, "max_consumers": consumers}


def _imports(account: str, subjects: list[str], forms: Iterable[str] = _FORMS) -> list[dict[str, Any]]:
    return [{"stream": {"account": account, "subject": subject}} for subject in _in_forms(subjects, forms)]


def _in_forms(subjects: Iterable[str], forms: Iterable[str] = _FORMS) -> list[str]:
    return [form + subject for subject in subjects for form in forms]


def _edge(box_id: str, kind: str) -> str:
    return f"matthan.v1.edge.{box_id}.{kind}"  # nats-server's name of the topic matthan/v1/edge/BOX/KIND


def _bell(queue: str) -> str:
    return f"matthan.v1.police.{queue}.ready"


def _ward_bell(ward: str) -> str:
    return f"matthan.v1.ward.{ward}.ready"
