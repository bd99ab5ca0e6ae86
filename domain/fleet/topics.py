"""MQTT topics (3.1.1, QoS 1) of boxes, centre, police and signal controllers: what may be late or lost, and no case."""

ROOT = "matthan/v1"


def edge_health(box_id: str) -> str:
    """Box -> centre: a HealthEvent."""
    return f"{ROOT}/edge/{box_id}/health"


def edge_alert(box_id: str) -> str:
    """Box -> centre: an Alert, when it begins and when it ends."""
    return f"{ROOT}/edge/{box_id}/alert"


def edge_heartbeat(box_id: str) -> str:
    """Box -> centre, retained, with last will: a Heartbeat."""
    return f"{ROOT}/edge/{box_id}/heartbeat"


def edge_config(box_id: str) -> str:
    """Centre -> box, retained: the desired state."""
    return f"{ROOT}/edge/{box_id}/config"


def edge_signals(box_id: str) -> str:
    """Signal controller -> box, never retained: a push of signals (docs/push-signals.md)."""
    return f"{ROOT}/edge/{box_id}/signals"


def police_ready(queue: str) -> str:
    """Centre -> police: the doorbell; says only that something is there."""
    return f"{ROOT}/police/{queue}/ready"


def ward_ready(ward: str) -> str:
    """Centre -> a ward: the doorbell of its reminders; says only that somebody is wanted."""
    return f"{ROOT}/ward/{ward}/ready"
