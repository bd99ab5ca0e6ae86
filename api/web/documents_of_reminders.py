"""What the API answers about reminders, as documents."""

import uuid

from api.reminders.rows import Answer, ListedReminder, OpenReminder
from api.web.documents import Document
from domain.instants import Instant
from domain.reminder import Reminder, ReminderState
from domain.reminder_outcome import ReminderOutcome


class ReminderSummary(Document):
    """One reminder in a list; times are by the box's clock, but for when it came in, changed and was answered."""

    reminder_id: uuid.UUID
    box_id: str
    camera_id: str
    camera_name: str
    road: str
    ward: str
    zone_id: str
    rule: str
    shadow: bool
    state: ReminderState
    began_at: Instant
    seen_until: Instant
    clear_by: Instant
    case_id: uuid.UUID | None
    received_at: Instant
    changed_at: Instant
    waiting: bool  # for a person of the ward
    outcome: ReminderOutcome | None  # what a person said last
    outcome_at: Instant | None
    version: int

    @classmethod
    def of(cls, listed: ListedReminder) -> "ReminderSummary":
        """The summary of a reminder."""
        return cls(**{name: getattr(listed, name) for name in cls.model_fields})


class ReminderList(Document):
    """One page of reminders, newest arrival first."""

    items: tuple[ReminderSummary, ...]
    next_cursor: str | None


class AnswerDocument(Document):
    """What a person made of a reminder."""

    outcome: ReminderOutcome
    note: str
    state: ReminderState  # of the reminder, as the person saw it
    actor: str
    at: Instant

    @classmethod
    def of(cls, answer: Answer) -> "AnswerDocument":
        """The document of an answer."""
        return cls(**{name: getattr(answer, name) for name in cls.model_fields})


class ReminderDetail(Document):
    """One reminder with everything that belongs to it."""

    summary: ReminderSummary
    reminder: Reminder
    answers: tuple[AnswerDocument, ...]  # oldest first
    earlier: tuple[ReminderSummary, ...]  # of the same zone, newest first
    pictures_here: tuple[int, ...]  # the steps whose picture can be had

    @classmethod
    def of(cls, opened: OpenReminder) -> "ReminderDetail":
        """The document of a reminder."""
        return cls(
            summary=ReminderSummary.of(opened.listed),
            reminder=opened.message,
            answers=tuple(AnswerDocument.of(each) for each in opened.answers),
            earlier=tuple(ReminderSummary.of(each) for each in opened.earlier),
            pictures_here=tuple(sorted(step for step, is_here in opened.pictures.items() if is_here)),
        )
