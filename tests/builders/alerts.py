"""Alerts with sane defaults."""

from datetime import datetime, timedelta
from typing import Any

from domain.alert import Alert, AlertEnd, alert_id
from domain.camera import Mode
from tests.builders.cases import NOON


def build_alert(
    *,
    box_id: str = "box-1",
    camera_id: str = "cam-1",
    rule: str = "PERSON_ON_CARRIAGEWAY",
    place_id: str = "lane-1",
    began_at: datetime = NOON,
    mode: Mode = Mode.WARN,
    end: AlertEnd | None = None,
    **changes: Any,
) -> Alert:
    """Somebody on a carriageway; whatever differs is named."""
    fields: dict[str, Any] = {
        "alert_id": alert_id(box_id=box_id, camera_id=camera_id, rule=rule, place_id=place_id, began_at=began_at),
        "box_id": box_id,
        "camera_id": camera_id,
        "camera_name": "Cầu Trường Tiền",
        "road": "Trường Tiền",
        "rule": rule,
        "rule_version": "1.0",
        "mode": mode,
        "place_id": place_id,
        "label": "person",
        "measurements": {"lasted_s": 3.2 if end is None else 9.5},
        "began_at": began_at,
        "seen_until": began_at + timedelta(seconds=3 if end is None else 9),
        "clock_error_ms": 12.0,
        "end": end,
    }
    return Alert(**{**fields, **changes})
