"""Reminders for people: of their ward, newest first; what a person makes of one is on the record."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, insert, update

from api.errors import StaleVersion
from api.persistence.case_queries import case_row
from api.persistence.store import Store
from api.persistence.tables import reminder_answers, reminders
from api.principals import Permission, Principal
from api.reminders.rows import (
    ListedReminder,
    OpenReminder,
    answer,
    answers_to,
    earlier_than,
    listed,
    of_case,
    pictures_of,
    reminder_list,
    reminder_row,
    waiting_list,
)
from domain.errors import Conflict, Invalid, NotFound
from domain.grants import Scope
from domain.reminder import Reminder
from domain.reminder_outcome import ReminderOutcome

MAX_PAGE = 200
MOST_SHOWN = 100
MOST_EARLIER = 20
MOST_ANSWERS = 50  # to one reminder
MAX_NOTE = 2000
WAITS_AT_MOST = timedelta(hours=24)  # since its newest step: one of yesterday reminds nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderPage:
    """Reminders, newest arrival first, and where the next page begins."""

    items: tuple[ListedReminder, ...]
    next_cursor: str | None


class Reminders:
    """Lists, shows and answers reminders; a ward's people see those of their ward, and no trace of others.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, actor: Principal, *, cursor: str | None = None, limit: int = 50) -> ReminderPage:
        """All that the person may see, newest arrival first, also of rules in shadow mode.

        Raises:
            NotAllowed: the role may not see reminders.
            Invalid: the cursor is not one of ours.
        """
        actor.require(Permission.REMINDERS_READ)
        limit = min(max(limit, 1), MAX_PAGE)
        if cursor is not None and (not cursor.isdecimal() or len(cursor) > len(str(2**31))):
            raise Invalid("the cursor is not one that this list gave")
        before = None if cursor is None else int(cursor)
        with self._store.read() as connection:
            rows = connection.execute(reminder_list(actor.scope, before, limit + 1)).all()
        items = tuple(listed(row) for row in rows[:limit])
        return ReminderPage(items=items, next_cursor=str(items[-1].number) if len(rows) > limit else None)

    def waiting(self, scope: Scope) -> tuple[ListedReminder, ...]:
        """What waits for a person, the newest change first.

        Who calls has seen to it that the person may see reminders of this scope.
        """
        since = self._store.clock.now() - WAITS_AT_MOST
        with self._store.read() as connection:
            return tuple(listed(row) for row in connection.execute(waiting_list(scope, since, MOST_SHOWN)).all())

    def open(self, actor: Principal, reminder_id: uuid.UUID) -> OpenReminder:
        """One reminder, what people made of it, and earlier ones of the same place.

        Raises:
            NotAllowed: the role may not see reminders.
            NotFound: there is none, or it is of another ward.
        """
        actor.require(Permission.REMINDERS_READ)
        with self._store.read() as connection:
            row = connection.execute(reminder_row(reminder_id)).one_or_none()
            if row is None or not actor.sees_ward(row.ward_key):
                raise NotFound("there is no such reminder")
            found = listed(row)
            return OpenReminder(
                listed=found,
                message=Reminder.model_validate_json(row.message),
                answers=tuple(answer(each) for each in connection.execute(answers_to(reminder_id)).all()),
                earlier=_earlier(connection, actor, found),
                pictures={
                    row.step: row.removed_at is None for row in connection.execute(pictures_of(reminder_id)).all()
                },
            )

    def of_case(self, actor: Principal, case_id: uuid.UUID) -> OpenReminder | None:
        """The reminder that a case came of, by the word of the case's own box; None where it came of none.

        Raises:
            NotAllowed: the role may not see cases or reminders.
            NotFound: there is no such case.
        """
        actor.require(Permission.CASES_READ)
        with self._store.read() as connection:
            case = connection.execute(case_row(str(case_id))).one_or_none()
            if case is None or not actor.sees_case(case):
                raise NotFound("there is no such case")
            row = connection.execute(of_case(case_id, case.box_id)).one_or_none()
        return None if row is None else self.open(actor, uuid.UUID(row.reminder_id))

    def answer(
        self, actor: Principal, reminder_id: uuid.UUID, outcome: ReminderOutcome, *, note: str, expected_version: int
    ) -> OpenReminder:
        """Put on record what a person made of a reminder.

        Raises:
            NotAllowed: the role may not answer.
            NotFound: there is none, or it is of another ward.
            StaleVersion: it has changed since the person looked.
            Invalid: the reason is missing, or the note too long.
            Conflict: it has too many answers.
        """
        actor.require(Permission.REMINDERS_ANSWER)
        note = note.strip()
        if outcome is ReminderOutcome.NOT_SO and not note:
            raise Invalid("say why it is not so")
        if len(note) > MAX_NOTE or "\0" in note:
            raise Invalid(f"a note has at most {MAX_NOTE} characters")
        with self._store.write() as work:
            row = work.connection.execute(reminder_row(reminder_id).with_for_update()).one_or_none()
            if row is None or not actor.sees_ward(row.ward_key):
                raise NotFound("there is no such reminder")
            if row.version != expected_version:
                raise StaleVersion("the reminder has changed since you looked at it")
            number = len(work.connection.execute(answers_to(reminder_id)).all()) + 1
            if number > MOST_ANSWERS:
                raise Conflict(f"a reminder has at most {MOST_ANSWERS} answers")
            said = {"outcome": outcome.value, "note": note, "state": row.state}
            key = {"reminder_id": row.reminder_id, "number": number}
            work.connection.execute(insert(reminder_answers).values(**key, **said, actor=actor.actor, at=work.now))
            values = {"outcome": outcome.value, "outcome_at": work.now, "waiting": False, "version": row.version + 1}
            work.connection.execute(update(reminders).where(reminders.c.id == row.id).values(**values))
            body = key | said | {"box_id": row.box_id, "camera_id": row.camera_id, "rule": row.rule, "ward": row.ward}
            body |= {"message_sha256": Reminder.model_validate_json(row.message).sha256(), "case_id": row.case_id}
            work.record(actor, "reminder_answered", body=body)
        return self.open(actor, reminder_id)


def _earlier(connection: Connection, actor: Principal, of: ListedReminder) -> tuple[ListedReminder, ...]:
    rows = connection.execute(earlier_than(of.number, of.camera_id, of.zone_id, MOST_EARLIER)).all()
    return tuple(listed(row) for row in rows if actor.sees_ward(row.ward_key))
