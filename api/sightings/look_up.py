"""Where else a case's vehicle was seen: for a purpose, on record before anything is shown."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from api.cases.plate_look_ups import check_purpose, note_look_up
from api.persistence.case_queries import case_row
from api.persistence.sightings import sightings_of
from api.persistence.store import Store
from api.police.rows import is_with
from api.principals import Permission, Principal
from api.sightings.keys import SightingKeys
from domain.cases.duplicates import LEADING
from domain.cases.roles import Role
from domain.cases.states import AWAITING_REVIEW, CaseState
from domain.errors import Conflict, NotFound
from domain.plates.sightings import month_of, near_plates, plate_hash

MOST_SHOWN = 200
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSighting:
    """The vehicle, or one whose plate is like its, passed a camera."""

    seen_at: datetime
    camera_id: str
    box_id: str


class SightingLookUps:
    """Finds sightings of the vehicle of one case, and of no other: hashes are asked for, plates are not kept.

    Args:
        store: the centre's memory.
        keys: of the months; None: this centre has no sightings.
        kept: how long one stays.
        basis: number and date of the decision that allows them; empty: there is none, and nothing is found.
    """

    def __init__(self, store: Store, keys: SightingKeys | None, *, kept: timedelta, basis: str) -> None:
        self.basis = basis
        self._store = store
        self._keys = keys
        self._kept = kept

    def find(
        self, actor: Principal, case_id: uuid.UUID, *, purpose: str, note: str, near: bool
    ) -> tuple[FoundSighting, ...]:
        """The newest sightings of a case's vehicle.

        Args:
            actor: who asks; police for a case that their organisation holds.
            case_id: whose vehicle.
            purpose: of ``PURPOSES``.
            note: the number of the letter, for a purpose from outside.
            near: also plates with one other character, as it may have been misread.

        Raises:
            NotAllowed: the role may not.
            NotFound: there is no such case for the caller.
            Conflict: this centre has no sightings, the case accuses nobody (any more), or its plate is not known.
            Invalid: no purpose that there is, or a purpose from outside without its number.
        """
        actor.require(Permission.PLATES_LOOK_UP)
        check_purpose(purpose, note)
        with self._store.write() as work:
            row = work.connection.execute(case_row(str(case_id))).one_or_none()
            if row is None or not actor.sees_case(row) or not _is_the_callers(row, actor, work.now):
                raise NotFound(f"there is no case {case_id}")
            if self._keys is None:
                raise Conflict("this centre has no sightings")
            plate = _plate_of(row)
            plates = near_plates(plate) if near else (plate,)
            accused = row.state != CaseState.SEEDED
            found = self._found(work.connection, self._keys, plates, work.now) if accused else []
            body = {"pattern": plate, "near": near, "purpose": purpose, "note": note}
            note_look_up(work, actor, body | {"sightings": len(found)}, shown=len(found), case_id=row.case_id)
        return tuple(found)

    def _found(
        self, connection: Connection, keys: SightingKeys, plates: tuple[str, ...], now: datetime
    ) -> list[FoundSighting]:
        """Month by month, each with its own key, the newest first."""
        oldest, until = now - self._kept, now + _DAY
        found: list[FoundSighting] = []
        while until > oldest and len(found) < MOST_SHOWN:
            month = month_of(until - timedelta(milliseconds=1))
            begins = max(oldest, datetime.fromisoformat(f"{month}-01T00:00:00+00:00"))
            key = keys.known(connection, month)
            if key is not None:
                hashes = [plate_hash(plate, key) for plate in plates]
                asked = sightings_of(hashes, begins, until, MOST_SHOWN - len(found))
                found += [FoundSighting(**each._asdict()) for each in connection.execute(asked)]
            until = begins
        return found


def _is_the_callers(row: Any, actor: Principal, now: datetime) -> bool:
    return actor.role is not Role.POLICE or is_with(row, actor, now)


def _plate_of(row: Any) -> str:
    """The plate as it is known to everybody who may see the case.

    A case that measures its reviewer accuses nobody, and looks to him as one that waits: it is answered with nothing.

    Raises:
        Conflict: nobody is accused with it, or it is not known.
    """
    if row.shadow or CaseState(row.state) not in LEADING | {CaseState.SEEDED}:
        raise Conflict("sightings are looked up only for a case that accuses somebody")
    one_read_it = row.plate_by_hand is not None and CaseState(row.state) in AWAITING_REVIEW
    plate: str | None = row.plate_text if one_read_it else row.plate_key
    if not plate:
        raise Conflict("the plate of this case is not known")
    return plate
