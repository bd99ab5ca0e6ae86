"""Reminders with sane defaults."""

import struct
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import cv2
import numpy as np

from domain.camera import Mode, Position
from domain.cases.case import ViolationRef
from domain.cases.violations import violation_of
from domain.law.catalogue import built_in_catalogue
from domain.reminder import NoPicture, Reminder, ReminderState, ReminderStep, reminder_id
from edge.reminders.place_pictures import TakenPicture
from tests.builders.cases import NOON

GRACE = timedelta(minutes=15)


def build_reminder(
    *states: ReminderState,
    box_id: str = "box-1",
    camera_id: str = "cam-1",
    rule: str = "PAVEMENT_TRADE",
    place: str = "pavement-1:0.4200,0.6100",
    began_at: datetime = NOON,
    mode: Mode = Mode.WARN,
    **changes: Any,
) -> Reminder:
    """A stall on a pavement, a quarter of an hour between its states; whatever differs is named."""
    subject_key = f"place:{place}:{began_at.isoformat(timespec='milliseconds')}"
    steps = steps_of(states or (ReminderState.OBSERVED,), began_at)
    fields: dict[str, Any] = {
        "reminder_id": reminder_id(
            box_id=box_id, camera_id=camera_id, rule=rule, subject_key=subject_key, began_at=began_at
        ),
        "box_id": box_id,
        "camera_id": camera_id,
        "camera_name": "Chợ Đông Ba",
        "road": "Trần Hưng Đạo",
        "ward": "Phú Xuân",
        "position": Position(latitude_deg=16.4731, longitude_deg=107.5885),
        "rule": rule,
        "rule_version": "1.0",
        "mode": mode,
        "violation": violation(rule, began_at),
        "camera_config_version": 3,
        "zone_id": place.split(":", 1)[0],
        "instruments": ("QĐ 12/2026 UBND phường Phú Xuân, 02.01.2026",),
        "subject_key": subject_key,
        "place_xyxy_px": (700.0, 500.0, 920.0, 690.0),
        "resolution_wh": (1920, 1080),
        "seen": ("chair", "table", "umbrella"),
        "measurements": {"share_of_zone": 0.12},
        "began_at": began_at,
        "seen_until": steps[-1].at,
        "clear_by": began_at + GRACE,
        "clock_error_ms": 12.0,
        "steps": steps,
        **changes,
    }
    return Reminder(**fields)


def steps_of(states: Sequence[ReminderState], began_at: datetime) -> tuple[ReminderStep, ...]:
    """States in order, the first a minute after the beginning, then one every quarter of an hour."""
    first = began_at + timedelta(minutes=1)
    return tuple(ReminderStep(state=state, at=first + number * GRACE) for number, state in enumerate(states))


def violation(code: str, on: datetime) -> ViolationRef:
    """What the catalogue says of an offence of the pavement."""
    catalogue = built_in_catalogue()
    return violation_of(catalogue.row_for(code, "person/organisation", on), catalogue)


def place_picture(seed: int = 1) -> bytes:
    """A JPEG as a box would bring it."""
    image = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    large = cv2.resize(image, (320, 240), interpolation=cv2.INTER_CUBIC)
    return bytes(cv2.imencode(".jpg", large, (cv2.IMWRITE_JPEG_QUALITY, 80))[1])


def lying_picture() -> bytes:
    """A JPEG of few bytes that tells of more pixels than a browser can hold."""
    return place_picture().replace(struct.pack(">HH", 240, 320), struct.pack(">HH", 65_500, 65_500))


def with_pictures(reminder: Reminder, by_step: Mapping[int, bytes | NoPicture]) -> Reminder:
    """A reminder that names pictures of its steps, or why there are none."""
    taken = {
        step: TakenPicture(at=reminder.steps[step].at, missing=one)
        if isinstance(one, NoPicture)
        else TakenPicture(at=reminder.steps[step].at, content=one)
        for step, one in by_step.items()
    }
    return reminder.model_copy(update={"pictures": tuple(taken[step].named(step) for step in sorted(taken))})
