"""The notice of a case: its step, and the number and code by which the person it names opens the page of his case."""

import secrets
import uuid
from typing import Any

from sqlalchemy import Row, delete, select

from api.cases.case_rows import lock_case
from api.cases.moves import move
from api.cases.notifier import CaseNotifier
from api.people.secrets_of_accounts import new_code, sha256_text
from api.persistence.store import Store, Work
from api.persistence.tables import notice_visits, notices
from api.persistence.upsert import upsert
from api.police.documents import IssuedNotice
from api.principals import Permission, Principal
from domain.cases.states import NOTICED_STATES, Action, CaseState
from domain.errors import Conflict, NotFound
from domain.instants import HUE_TIME

_TRIES = 20
_DIGITS = 8


def hash_of_code(number: str, code: str) -> str:
    """What is kept of a code; the same code under another number has another hash."""
    return sha256_text(f"{number}:{code}")


class Notices:
    """Gives numbers and codes.

    Args:
        store: the centre's memory.
        notifier: passes on every change.
    """

    def __init__(self, store: Store, notifier: CaseNotifier) -> None:
        self._store = store
        self._notifier = notifier

    def issue(self, actor: Principal, case_id: uuid.UUID) -> IssuedNotice:
        """Take the step of the notice where it was not taken yet, and make a code, which is shown this once.

        Asked again, the number is the same and the code another: the one before opens nothing any more.

        Raises:
            NotFound: the case is not with the caller's organisation.
            Conflict: its owner is not known yet, or it has ended.
        """
        actor.require(Permission.QUEUE_USE)
        with self._store.write() as work:
            row = lock_case(work, case_id, actor)
            if row.lease_holder != actor.holder or CaseState(row.state) not in NOTICED_STATES | {
                CaseState.OWNER_IDENTIFIED
            }:
                _refuse(row, actor, case_id)
            known = work.connection.execute(select(notices).where(notices.c.case_id == row.case_id)).one_or_none()
            number = known.number if known else _free_number(work)
            if row.state == CaseState.OWNER_IDENTIFIED:
                row = move(work, row, Action.SEND_NOTICE, actor, notifier=self._notifier)
            code = new_code()
            code_sha256 = hash_of_code(number, code)
            values = {"case_id": row.case_id, "number": number, "code_sha256": code_sha256, "issued_at": work.now}
            upsert(work.connection, notices, values)
            work.connection.execute(delete(notice_visits).where(notice_visits.c.case_id == row.case_id))
            body = {"number": number, "code_check": sha256_text(code_sha256)}
            work.record(actor, "notice_issued", case_id=row.case_id, body=body)
        return IssuedNotice(case_id=case_id, state=CaseState(row.state), number=number, code=code, issued_at=work.now)


def _refuse(row: Row[Any], actor: Principal, case_id: uuid.UUID) -> None:
    if row.lease_holder != actor.holder:
        raise NotFound(f"the case {case_id} is not with you")
    raise Conflict(f"a case that is {row.state} has no notice: the owner is identified first, and it has not ended")


def _free_number(work: Work) -> str:
    """The year and eight random digits, so that no number tells how many there are or what the next one is."""
    year = work.now.astimezone(HUE_TIME).year % 100
    for _ in range(_TRIES):
        number = f"{year:02d}{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
        taken = select(notices.c.case_id).where(notices.c.number == number)
        if work.connection.execute(taken).first() is None:
            return number
    raise Conflict("no free number was found; try again")
