"""A reviewer reads the plate himself: his entry stands beside what the networks read, and goes on if he confirms."""

import uuid
from typing import Any

from sqlalchemy import Connection, Row

from api.cases.blind import ENTERED
from api.cases.case_rows import StoredCase, announce, case_after, lock_case
from api.cases.holds import HELD_STATES, standing_hold
from api.cases.notifier import CaseNotifier
from api.cases.pairs import propose_duplicates
from api.people.persons import has_answered
from api.persistence.case_queries import plates_entered, whole_case
from api.persistence.store import Store
from api.persistence.tables import case_plates
from api.persistence.upsert import upsert
from api.principals import Permission, Principal
from domain.cases.case import Case
from domain.cases.states import CaseState
from domain.errors import Conflict
from domain.instants import HUE_TIME
from domain.plates.by_hand import entered_plate

ENTERED_IN = HELD_STATES | {CaseState.RETURNED}


class EnteredPlates:
    """Takes what reviewers read.

    Args:
        store: the centre's memory.
        notifier: hears of cases that may be one act with what the new plate shows.
    """

    def __init__(self, store: Store, notifier: CaseNotifier) -> None:
        self._store = store
        self._notifier = notifier

    def enter(self, actor: Principal, case_id: uuid.UUID, typed: str) -> StoredCase:
        """Note the plate as the caller reads it, and look for other cases of that plate that may be the same act.

        An earlier entry of his own is replaced; both stand on record. Nobody else's is touched, and who has yet to
        answer sees only his own.

        Raises:
            NotAllowed: the role may not decide.
            NotFound: there is no such case for the caller.
            Invalid: it is no Vietnamese plate of such a vehicle.
            Conflict: nobody reviews the case now, the caller has answered it, or another person has it open.
        """
        actor.require(Permission.CASES_DECIDE)
        with self._store.write() as work:
            row = lock_case(work, case_id, actor)
            answered = has_answered(work.connection, row, actor.actor)
            if row.shadow or answered or CaseState(row.state) not in ENTERED_IN:
                raise Conflict("a plate is entered by who reviews the case, before answering")
            if standing_hold(work, row, but=actor.actor) is not None:
                raise Conflict("another person has this case open")
            text = entered_plate(typed, vehicle=row.vehicle_kind, on=row.began_at.astimezone(HUE_TIME).date())
            entry = {"case_id": row.case_id, "actor": actor.actor, "text": text, "entered_at": work.now}
            upsert(work.connection, case_plates, entry)
            work.record(actor, ENTERED, case_id=row.case_id, body={"text": text, "read": row.plate_text})
            document = work.connection.execute(whole_case(row.case_id)).one().case_json
            now = propose_duplicates(work, row, Case.model_validate_json(document), plate_text=text)
            if now.version != row.version:
                announce(work, now, self._notifier)
            return case_after(work, case_id, actor)


def own_entry(connection: Connection, row: Row[Any], actor: Principal) -> str | None:
    """The plate that somebody entered himself for a case."""
    entered = {entry.actor: entry.text for entry in connection.execute(plates_entered(row.case_id))}
    return entered.get(actor.actor)
