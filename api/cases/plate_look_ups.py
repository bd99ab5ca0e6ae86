"""Looking a plate up among cases: with a purpose, on record before anything is shown, and told where it grows odd."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select

from api.cases.blind import LOOKED_UP
from api.cases.case_reader import as_reviewer, cursor_behind, read_cursor
from api.cases.case_rows import ListedCase
from api.cases.shared_lists import shown
from api.persistence.case_search import CaseFilter, plates_like
from api.persistence.store import Store, Work
from api.persistence.tables import look_up_alarms, plate_look_ups, reviewer_counts
from api.persistence.upsert import insert_if_absent
from api.principals import SYSTEM, Permission, Principal
from domain.cases.plate_search import ALARM_RULE, NEEDS_NOTE, PURPOSES, USUAL_DAYS, PlatePattern, is_odd
from domain.cases.roles import Role
from domain.cases.shifts import shift_of
from domain.errors import Invalid

logger = logging.getLogger(__name__)
LOOK_UPS = "plate_look_ups"
MAX_SHOWN = 50
_LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCase:
    """A case whose plate fits."""

    case: ListedCase
    plate_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCases:
    """One page of them, newest arrival first."""

    items: tuple[FoundCase, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """One look-up as auditors see it."""

    number: int
    at: datetime
    actor: str
    pattern: str
    near: bool
    purpose: str
    note: str
    cases: int  # shown; sightings, where a case is named
    case_id: str | None  # whose vehicle's sightings were asked for; None: cases were searched


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpAlarm:
    """Somebody looked up far more plates in a shift than is usual."""

    actor: str
    shift: str
    raised_at: datetime
    look_ups: int  # when it was raised
    own_usual: float
    others_usual: float


class PlateLookUps:
    """Finds cases by plate.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(
        self, actor: Principal, pattern: PlatePattern, *, purpose: str, note: str, cursor: str | None = None
    ) -> FoundCases:
        """Cases of the caller's scope with such a plate; police see only what their organisation holds.

        Raises:
            NotAllowed: the role may not.
            Invalid: no purpose that there is, a purpose from outside without its number, or a foreign cursor.
        """
        actor.require(Permission.PLATES_LOOK_UP)
        check_purpose(purpose, note)
        after = read_cursor(cursor) if cursor is not None else None
        holder = actor.holder if actor.role is Role.POLICE else None
        wanted = as_reviewer(actor, CaseFilter())
        with self._store.write() as work:
            asked = plates_like(pattern, actor.scope, holder, after, MAX_SHOWN + 1)
            rows = work.connection.execute(asked).all()
            found = [row.case_id for row in rows[:MAX_SHOWN]]
            body = {"pattern": pattern.text, "near": pattern.near, "purpose": purpose, "note": note, "cases": found}
            note_look_up(work, actor, body, shown=len(found))
            listed = shown(work.connection, rows[:MAX_SHOWN], wanted)
        plates = (row.plate_key for row in rows)
        items = tuple(FoundCase(case=case, plate_text=plate) for case, plate in zip(listed, plates, strict=False))
        more = len(rows) > MAX_SHOWN
        return FoundCases(items=items, next_cursor=cursor_behind(items[-1].case, wanted) if more else None)

    def list(self, actor: Principal) -> tuple[LookUp, ...]:
        """The newest look-ups of everybody.

        Raises:
            NotAllowed: the role may not read the record.
        """
        actor.require(Permission.AUDIT_READ)
        newest = select(plate_look_ups).order_by(plate_look_ups.c.number.desc()).limit(_LISTED)
        with self._store.read() as connection:
            rows = connection.execute(newest).all()
        return tuple(LookUp(**{name: getattr(row, name) for name in LookUp.__slots__}) for row in rows)

    def alarms(self, actor: Principal, *, since: datetime | None = None) -> tuple[LookUpAlarm, ...]:
        """Alarms, the newest first.

        Raises:
            NotAllowed: the role may not read the record.
        """
        actor.require(Permission.AUDIT_READ)
        newest = select(look_up_alarms).order_by(look_up_alarms.c.raised_at.desc()).limit(_LISTED)
        if since is not None:
            newest = newest.where(look_up_alarms.c.raised_at >= since)
        with self._store.read() as connection:
            return tuple(LookUpAlarm(**row._asdict()) for row in connection.execute(newest))


def check_purpose(purpose: str, note: str) -> None:
    """Refuse to look a plate up for no reason.

    Raises:
        Invalid: no purpose that there is, or one from outside without its number.
    """
    if purpose not in PURPOSES:
        raise Invalid(f"expected a purpose of {', '.join(sorted(PURPOSES))}")
    if purpose in NEEDS_NOTE and not note.strip():
        raise Invalid("give the number of the letter, complaint or request as a note")


def note_look_up(work: Work, actor: Principal, body: dict[str, Any], *, shown: int, case_id: str | None = None) -> None:
    """Put it on record, list it, count it; and tell the auditors where the written rule says so.

    Args:
        work: the transaction that reads.
        actor: who looks up.
        body: of the event; with pattern, near, purpose and note.
        shown: how many cases or sightings.
        case_id: whose vehicle's sightings are asked for; None: cases are searched.
    """
    work.record(actor, LOOKED_UP, body=body, case_id=case_id)
    shift = shift_of(work.now)
    listed = {name: body[name] for name in ("pattern", "near", "purpose", "note")}
    listed |= {"cases": shown, "case_id": case_id, "at": work.now, "actor": actor.actor, "shift": shift}
    work.connection.execute(insert(plate_look_ups).values(**listed))
    work.tally(actor.actor, LOOK_UPS)
    counts = _counts(work.connection, since=work.now - timedelta(days=USUAL_DAYS))
    now = 1 + sum(row.number for row in counts if (row.actor, row.shift) == (actor.actor, shift))
    own = _mean([row.number for row in counts if row.actor == actor.actor and row.shift != shift])
    time_of_day = shift.rpartition("/")[2]
    others = _mean([row.number for row in counts if row.actor != actor.actor and row.shift.endswith(time_of_day)])
    if not is_odd(now, own_usual=own, others_usual=others):
        return
    numbers = {"look_ups": now, "own_usual": round(own, 3), "others_usual": round(others, 3)}
    alarm = {"actor": actor.actor, "shift": shift, "raised_at": work.now} | numbers
    if insert_if_absent(work.connection, look_up_alarms, alarm):
        said = {"who": actor.actor, "shift": shift, "rule": ALARM_RULE} | numbers
        work.record(SYSTEM, "look_up_alarm", body=said)
        logger.warning("Somebody looks up more plates than usual", extra={"action": "look_up_alarm"} | said)


def _counts(connection: Connection, *, since: datetime) -> Sequence[Any]:
    """How many plates each person looked up in each shift since."""
    counts = reviewer_counts.c
    asked = select(counts.actor, counts.shift, func.sum(counts.number).label("number"))
    asked = asked.where(counts.what == LOOK_UPS, counts.shift >= shift_of(since))
    return connection.execute(asked.group_by(counts.actor, counts.shift)).all()


def _mean(numbers: Sequence[int]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0
