"""Rows of reminders and their answers, and every question about them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from api.persistence.scopes import in_scope
from api.persistence.tables import reminder_answers, reminder_pictures, reminders
from domain.grants import Scope
from domain.reminder import Reminder, ReminderState
from domain.reminder_outcome import ReminderOutcome

OPEN_STATES = frozenset({ReminderState.OBSERVED, ReminderState.STILL_THERE, ReminderState.CAME_BACK})
"""Something stands there, and there is no case of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedReminder:
    """One reminder in a list."""

    number: int  # in order of arrival
    reminder_id: uuid.UUID
    box_id: str
    camera_id: str
    camera_name: str
    road: str
    ward: str
    ward_key: str
    zone_id: str
    rule: str
    shadow: bool
    state: ReminderState
    began_at: datetime  # by the box's clock, like all but the last five
    seen_until: datetime
    clear_by: datetime
    case_id: uuid.UUID | None
    received_at: datetime
    changed_at: datetime
    waiting: bool  # for a person of the ward
    outcome: ReminderOutcome | None  # what a person said last
    outcome_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person made of a reminder."""

    outcome: ReminderOutcome
    note: str
    state: ReminderState  # of the reminder, as the person saw it
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReminder:
    """One reminder with everything that belongs to it."""

    listed: ListedReminder
    message: Reminder
    answers: tuple[Answer, ...]  # oldest first
    earlier: tuple[ListedReminder, ...]  # of the same place, newest first
    pictures: Mapping[int, bool]  # by step, those that came: whether the file is still here


def reminder_list(scope: Scope, before: int | None, limit: int) -> Select[Any]:
    """Reminders that fit, newest arrival first."""
    wanted = _of(scope).order_by(reminders.c.id.desc()).limit(limit)
    return wanted if before is None else wanted.where(reminders.c.id < before)


def waiting_list(scope: Scope, since: datetime, limit: int) -> Select[Any]:
    """Reminders that wait for a person, the newest change first; what changed earlier waits no longer."""
    waiting = reminders.c.waiting.is_(True) & (reminders.c.changed_at > since)
    return _of(scope).where(waiting).order_by(reminders.c.changed_at.desc()).limit(limit)


def reminder_row(reminder_id: uuid.UUID) -> Select[Any]:
    """One reminder."""
    return select(reminders).where(reminders.c.reminder_id == str(reminder_id))


def answers_to(reminder_id: uuid.UUID) -> Select[Any]:
    """What people made of it, in order."""
    its = reminder_answers.c.reminder_id == str(reminder_id)
    return select(reminder_answers).where(its).order_by(reminder_answers.c.number)


def pictures_of(reminder_id: uuid.UUID) -> Select[Any]:
    """Which pictures of it came."""
    return select(reminder_pictures).where(reminder_pictures.c.reminder_id == str(reminder_id))


def earlier_than(number: int, camera_id: str, zone_id: str, limit: int) -> Select[Any]:
    """Earlier reminders of the same zone, newest first."""
    table = reminders.c
    same = (table.camera_id == camera_id) & (table.zone_id == zone_id) & (table.id < number)
    return select(reminders).where(same).order_by(table.id.desc()).limit(limit)


def of_case(case_id: uuid.UUID, box_id: str) -> Select[Any]:
    """The reminder that a case came of, as the box of the case says."""
    its = (reminders.c.case_id == str(case_id)) & (reminders.c.box_id == box_id)
    return select(reminders).where(its).order_by(reminders.c.id).limit(1)


def listed(row: Row[Any]) -> ListedReminder:
    """A row as it is listed."""
    return ListedReminder(
        number=row.id,
        reminder_id=uuid.UUID(row.reminder_id),
        box_id=row.box_id,
        camera_id=row.camera_id,
        camera_name=row.camera_name,
        road=row.road,
        ward=row.ward,
        ward_key=row.ward_key,
        zone_id=row.zone_id,
        rule=row.rule,
        shadow=row.shadow,
        state=ReminderState(row.state),
        began_at=row.began_at,
        seen_until=row.seen_until,
        clear_by=row.clear_by,
        case_id=None if row.case_id is None else uuid.UUID(row.case_id),
        received_at=row.received_at,
        changed_at=row.changed_at,
        waiting=row.waiting,
        outcome=None if row.outcome is None else ReminderOutcome(row.outcome),
        outcome_at=row.outcome_at,
        version=row.version,
    )


def answer(row: Row[Any]) -> Answer:
    """A row of an answer."""
    return Answer(
        outcome=ReminderOutcome(row.outcome),
        note=row.note,
        state=ReminderState(row.state),
        actor=row.actor,
        at=row.at,
    )


def _of(scope: Scope) -> Select[Any]:
    return select(reminders).where(in_scope(scope, ward_key=reminders.c.ward_key))
