"""What redaction missed: somebody could be known, or another's plate read, on a copy that should hide both.

Whoever sees it says so; from then on that copy is shown and let out no more, and the misses of each camera are counted.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

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
from domain.errors import NotFound

MISSED: Final = "redaction_missed"
"""The event: a person saw on a copy what it should hide."""
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


class RedactionMisses:
    """Takes in and counts what redaction missed.

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
            is_new = (name, what.value) not in _said(work.connection, row.case_id)
            if is_new:
                work.record(actor, MISSED, case_id=row.case_id, body={"file": name, "readable": what.value})
        return is_new

    def by_camera(self, actor: Principal) -> Sequence[CameraMisses]:
        """What was said in the last thirty days, the camera with most copies first.

        Raises:
            NotAllowed: the role may not read numbers.
        """
        actor.require(Permission.COUNTS_READ)
        with self._store.read() as connection:
            rows = connection.execute(redaction_misses(self._store.clock.now() - COUNTED)).all()
        said: Counter[tuple[str, str]] = Counter((row.camera_id, body_of(row)["readable"]) for row in rows)
        copies: dict[str, set[tuple[str, str]]] = {}
        newest: dict[str, datetime] = {}
        for row in rows:
            copies.setdefault(row.camera_id, set()).add((row.case_id, body_of(row)["file"]))
            newest[row.camera_id] = row.at
        found = [
            CameraMisses(
                camera_id=camera_id,
                copies=len(of_camera),
                faces=said[camera_id, Readable.FACE],
                plates=said[camera_id, Readable.PLATE],
                newest_at=newest[camera_id],
            )
            for camera_id, of_camera in copies.items()
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
    return frozenset(name for name, _ in _said(connection, own, first, *alike))


def _said(connection: Connection, *case_ids: str) -> frozenset[tuple[str, str]]:
    of_cases = select(events).where(events.c.case_id.in_(case_ids), events.c.action == MISSED)
    bodies = [body_of(row) for row in connection.execute(of_cases)]
    return frozenset((body["file"], body["readable"]) for body in bodies)
