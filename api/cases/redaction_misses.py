"""What redaction missed: somebody could be known, or another's plate read, on a copy that should hide both.

Whoever sees it says so; from then on that copy is shown and let out no more, and the misses of each camera are counted.
What was said by mistake is taken back, with a reason, by who said it or by who lets copies out.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, select

from api.cases.blind import CLONED
from api.cases.case_rows import StoredCase, load_case, load_files, lock_case
from api.cases.clones import SAME_SUBJECT
from api.persistence.case_queries import redaction_misses
from api.persistence.ledger import body_of
from api.persistence.store import Store
from api.persistence.tables import events
from api.principals import Permission, Principal
from domain.cases.entries import Entry
from domain.cases.evidence import BLURRED_ROLES
from domain.cases.exporting import MAX_NOTE, plain_line
from domain.errors import Invalid, NotFound

MISSED: Final = "redaction_missed"
"""The event: a person saw on a copy what it should hide."""
TAKEN_BACK: Final = "redaction_miss_withdrawn"
"""The event: that was a mistake, as a person says who gives the reason."""
COUNTED: Final = timedelta(days=30)
_OF_FIRST_VEHICLE: Final = f":{SAME_SUBJECT}"


class Readable(StrEnum):
    """What can be known on a copy."""

    FACE = "face"
    PLATE = "plate"  # of another vehicle than the subject's


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraMisses:
    """What was missed in the copies of one camera."""

    camera_id: str
    copies: int  # on which something could be known
    faces: int
    plates: int
    newest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """What was said of a copy, and still stands."""

    case_id: str
    file: str
    readable: Readable
    actor: str  # who said so
    at: datetime


class RedactionMisses:
    """Takes in, takes back and counts what redaction missed.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def report(self, actor: Principal, case_id: uuid.UUID, name: str, what: Readable) -> bool:
        """Note that something can be known on a copy.

        Args:
            actor: who sees it.
            case_id: whose copy it is.
            name: of the copy.
            what: can be known.

        Returns:
            Whether nobody had said so before; else nothing changes.

        Raises:
            NotAllowed: the role sees no evidence.
            NotFound: there is no such case for the caller, or no such copy here.
        """
        actor.require(Permission.CASES_READ)
        with self._store.write() as work:
            row = lock_case(work, case_id, actor)
            stored = load_case(work.connection, case_id, actor)
            copies = {each.name for each in load_files(work.connection, stored) if each.complete}
            copies &= {file.name for file in stored.manifest.files if file.role in BLURRED_ROLES}
            if name not in copies:
                raise NotFound(f"the case {case_id} has no blurred copy {name}")
            is_new = _said(work.connection, row.case_id, name, what) is None
            if is_new:
                work.record(actor, MISSED, case_id=row.case_id, body={"file": name, "readable": what.value})
        return is_new

    def take_back(self, actor: Principal, case_id: uuid.UUID, name: str, what: Readable, *, note: str) -> None:
        """Note that it was a mistake: nothing of the kind can be known on the copy, which is shown again.

        Args:
            actor: who said so, or who lets copies out.
            case_id: of which it was said.
            name: of the copy.
            what: was said to be known.
            note: why it was a mistake.

        Raises:
            NotAllowed: the role sees no evidence, or another person said so.
            NotFound: there is no such case for the caller, or nobody has said so of this copy.
            Invalid: no reason is given.
        """
        actor.require(Permission.CASES_READ)
        note = plain_line(note, MAX_NOTE)
        if not any(letter.isalnum() for letter in note):
            raise Invalid("say why it was a mistake")
        with self._store.write() as work:
            row = lock_case(work, case_id, actor)
            said = _said(work.connection, row.case_id, name, what)
            if said is None:
                raise NotFound(f"nobody has said of {name} that it shows this")
            if said.actor != actor.actor:
                actor.require(Permission.EXPORTS_ANSWER)
            body = {"file": name, "readable": what.value, "note": note}
            work.record(actor, TAKEN_BACK, case_id=row.case_id, body=body)

    def by_camera(self, actor: Principal) -> Sequence[CameraMisses]:
        """What was said in the last thirty days and still stands, the camera with most copies first.

        Raises:
            NotAllowed: the role may not read numbers.
        """
        actor.require(Permission.COUNTS_READ)
        since = self._store.clock.now() - COUNTED
        with self._store.read() as connection:
            camera_of = {row.case_id: row.camera_id for row in connection.execute(redaction_misses(since))}
            standing = _standing(connection, *camera_of)
        misses: dict[str, list[Miss]] = {}
        for miss in standing:
            if miss.at >= since:
                misses.setdefault(camera_of[miss.case_id], []).append(miss)
        found = [
            CameraMisses(
                camera_id=camera_id,
                copies=len({(each.case_id, each.file) for each in said}),
                faces=sum(each.readable is Readable.FACE for each in said),
                plates=sum(each.readable is Readable.PLATE for each in said),
                newest_at=max(each.at for each in said),
            )
            for camera_id, said in misses.items()
        ]
        return sorted(found, key=lambda each: (-each.copies, each.camera_id))


def not_hidden(connection: Connection, stored: StoredCase) -> frozenset[str]:
    """Names of the copies of a case on which somebody could know a person or read another's plate.

    It may have been said of the case that it was cloned from, whose copies it shares or which were drawn on again; or
    of another clone of the same vehicle, which shares them too.
    """
    origin, own = stored.case.origin, str(stored.case_id)
    is_clone = origin is not None and origin.entry == Entry.CLONE.value
    first = str(origin.source_id) if origin is not None and is_clone else own
    said = select(events).where(events.c.case_id == first, events.c.action == CLONED)
    clones = [body_of(row) for row in connection.execute(said)]
    alike = {each["clone_id"] for each in clones if str(each["subject"]).endswith(_OF_FIRST_VEHICLE)}
    return frozenset(miss.file for miss in _standing(connection, own, first, *alike))


def _standing(connection: Connection, *case_ids: str) -> tuple[Miss, ...]:
    """Of each copy of some cases the last word on what can be known there, where that is that it can."""
    of_cases = select(events).where(events.c.case_id.in_(case_ids), events.c.action.in_([MISSED, TAKEN_BACK]))
    rows = connection.execute(of_cases.order_by(events.c.seq))
    return still_said((row.case_id, row.action, row.actor, row.at, body_of(row)) for row in rows)


def _said(connection: Connection, case_id: str, name: str, what: Readable) -> Miss | None:
    """What stands of one copy."""
    standing = _standing(connection, case_id)
    return next((miss for miss in standing if (miss.file, miss.readable) == (name, what)), None)


def still_said(steps: Iterable[tuple[str, str, str, datetime, Mapping[str, Any]]]) -> tuple[Miss, ...]:
    """What of the steps of some cases stands.

    Args:
        steps: in order, each its case, action, person, instant and body; others than these two actions say nothing.
    """
    found: dict[tuple[str, str, Readable], Miss] = {}
    for case_id, action, actor, at, body in steps:
        if action not in {MISSED, TAKEN_BACK}:
            continue
        key = case_id, str(body["file"]), Readable(body["readable"])
        found.pop(key, None)
        if action == MISSED:
            found[key] = Miss(case_id=case_id, file=key[1], readable=key[2], actor=actor, at=at)
    return tuple(found.values())
