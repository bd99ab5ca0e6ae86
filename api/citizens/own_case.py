"""The citizen's page of one case: opened by the notice's number and code, showing what is his, taking his objection."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select

from api.cases.case_rows import StoredCase, load_case, load_files, lock_case
from api.cases.moves import move
from api.cases.notifier import CaseNotifier
from api.cases.objection_words import SHA256, Objection, keep_words, objections_of
from api.cases.redaction_misses import not_hidden
from api.cases.view_log import ViewLog
from api.errors import Unauthenticated
from api.evidence_store.port import EvidenceStore
from api.people.secrets_of_accounts import CODE_LENGTH, new_session_token, same_secret, sha256_text, typed_code
from api.people.throttle import Throttle
from api.persistence.case_queries import newest_of, noticed_case
from api.persistence.store import Store
from api.persistence.tables import events, notice_visits, notices
from api.principals import Principal
from domain.cases.evidence import BLURRED_ROLES, EvidenceFile
from domain.cases.roles import Role
from domain.cases.states import NOTICED_STATES, Action, CaseState
from domain.cases.transitions import TRANSITIONS, check_reason
from domain.errors import NotFound

VISIT = timedelta(minutes=30)
MAX_WORDS = 2000
SHOWN_STATES = NOTICED_STATES | {CaseState.CANCELLED, CaseState.EXPIRED, CaseState.PROCESSED}
"""Where a number and its code open the page; of what was cancelled or expired it tells so, without pictures."""
_NOBODY_SHA256 = sha256_text("no code has this hash")
_CONFIRMS = (Action.CONFIRM, Action.SECOND_CONFIRM, Action.ADJUDICATE_CONFIRM)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCase:
    """What a citizen sees of his case."""

    number: str
    stored: StoredCase
    files: tuple[EvidenceFile, ...]  # whole, blurred; none where it has ended without a decision
    media_gone: bool  # there were pictures, and their time is over
    confirmed_at: tuple[datetime, ...]  # by one person each, oldest first
    noticed_at: datetime | None
    objected_at: datetime | None
    objection: Objection | None  # his own on this page; None: there is none, or the police told of it
    may_object: bool


class CitizenDoor:
    """Lets in who shows a number with its code.

    Args:
        store: the centre's memory.
        notifier: passes on every change.
        files: where the pictures lie.
        views: notes what was looked at.
        throttle: bounds the tries.
    """

    def __init__(
        self, store: Store, notifier: CaseNotifier, *, files: EvidenceStore, views: ViewLog, throttle: Throttle
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._files = files
        self._views = views
        self._throttle = throttle

    def open(self, number: str, code: str, *, address: str) -> str:
        """Begin a visit.

        Args:
            number: of the notice, as typed.
            code: printed beside it, as typed.
            address: where the request comes from, for bounding tries.

        Returns:
            The token of the visit, for half an hour.

        Raises:
            Unauthenticated: no notice has this number and this code; which of them is wrong is not told, by no
                word and by no time: each way asks the same questions.
            TooManyAttempts: the number or the address was tried too often.
        """
        number = "".join(digit for digit in number if digit in "0123456789")[:10]
        code = typed_code(code[:64])[:CODE_LENGTH]
        this = self._throttle.begin(f"notice:{number}", address)
        with self._store.read() as connection:
            row = connection.execute(noticed_case(number)).one_or_none()
        fits = same_secret(f"{number}:{code}", row.code_sha256 if row is not None else _NOBODY_SHA256)
        if row is None or not fits or row.state not in SHOWN_STATES:
            raise Unauthenticated("no notice has this number and this code")
        token = new_session_token()
        token_sha256 = sha256_text(token)
        with self._store.write() as work:
            values = {"token_sha256": token_sha256, "case_id": row.case_id, "began_at": work.now}
            work.connection.execute(insert(notice_visits).values(**values))
            body = {"visit": sha256_text(token_sha256), "case_id": row.case_id}
            work.record(_citizen(number), "notice_opened", body=body)
        self._throttle.succeeded(this)
        return token

    def close(self, token: str) -> None:
        """End a visit; unknown ones are ignored."""
        with self._store.write() as work:
            ended = delete(notice_visits).where(notice_visits.c.token_sha256 == sha256_text(token))
            work.connection.execute(ended)

    def forget_ended(self) -> None:
        """Remove visits whose time is over."""
        with self._store.write() as work:
            work.connection.execute(delete(notice_visits).where(notice_visits.c.began_at <= work.now - VISIT))

    def look(self, token: str) -> OwnCase:
        """The case of a visit; looking is noted in the record.

        Raises:
            Unauthenticated: the visit is unknown or over.
        """
        visit = self._visit(token)
        who = _citizen(visit.number)
        steps = select(events).where(
            events.c.case_id == visit.case_id, events.c.action.in_((*_CONFIRMS, Action.OBJECT, Action.CONTEST))
        )
        with self._store.read() as connection:
            stored = load_case(connection, uuid.UUID(visit.case_id), who)
            held = load_files(connection, stored)
            taken = connection.execute(steps.order_by(events.c.seq)).all()
            noticed = connection.execute(newest_of(visit.case_id, [Action.SEND_NOTICE])).scalar_one_or_none()
            own = objections_of(connection, visit.case_id)
            readable = not_hidden(connection, stored)
        self._views.note(who, visit.case_id, "case")
        blurred = [each for each in held if each.file.role in BLURRED_ROLES]
        open_now = stored.state in NOTICED_STATES
        objections = [event for event in taken if event.action in (Action.OBJECT, Action.CONTEST)]
        return OwnCase(
            number=visit.number,
            stored=stored,
            files=tuple(each.file for each in blurred if each.complete and open_now and each.name not in readable),
            media_gone=bool(blurred) and not any(each.complete for each in blurred),
            confirmed_at=tuple(event.at for event in taken if event.action in _CONFIRMS),
            noticed_at=noticed,
            objected_at=objections[-1].at if objections else None,
            objection=own[0] if own else None,
            may_object=stored.state in TRANSITIONS[Action.OBJECT].sources,
        )

    def file(self, token: str, name: str) -> tuple[uuid.UUID, EvidenceFile]:
        """A blurred picture or clip of the case of a visit; seeing it is noted in the record.

        Raises:
            Unauthenticated: the visit is unknown or over.
            NotFound: the page shows no such file; originals are never shown.
        """
        seen = self.look(token)
        found = next((each for each in seen.files if each.name == name), None)
        if found is None:
            raise NotFound(f"this page shows no file {name}")
        self._views.note(_citizen(seen.number), str(seen.stored.case_id), found.name)
        return seen.stored.case_id, found

    def pieces(self, case_id: uuid.UUID, name: str, *, start_byte: int, end_byte: int) -> Iterator[bytes]:
        """Bytes of a file that ``file`` has let through; raises as the evidence store."""
        return self._files.read(str(case_id), name, start_byte=start_byte, end_byte=end_byte)

    def object(self, token: str, words: str) -> CaseState:
        """Object to the case: it is contested from now on, and its clock runs.

        Raises:
            Unauthenticated: the visit is unknown or over.
            Invalid: there are no words in it.
            Conflict: an objection is there already, or the case is decided or has ended.
        """
        visit = self._visit(token)
        who, note = _citizen(visit.number), _plain(words)[:MAX_WORDS]
        check_reason(Action.OBJECT, reason_code=None, note=note, reasons={})
        with self._store.write() as work:
            row = lock_case(work, uuid.UUID(visit.case_id), who)
            body = {SHA256: keep_words(work, row.case_id, note)}
            moved = move(work, row, Action.OBJECT, who, notifier=self._notifier, body=body)
        return CaseState(moved.state)

    def _visit(self, token: str) -> Row[Any]:
        asked = select(notices, notice_visits.c.began_at).join(
            notice_visits, notice_visits.c.case_id == notices.c.case_id
        )
        with self._store.read() as connection:
            row = connection.execute(asked.where(notice_visits.c.token_sha256 == sha256_text(token))).one_or_none()
        if row is None or self._store.clock.now() - row.began_at >= VISIT:
            raise Unauthenticated("the visit is unknown or over; give number and code again")
        return row


def _citizen(number: str) -> Principal:
    return Principal(actor=f"citizen:{number}", name=number, role=Role.CITIZEN)


def _plain(words: str) -> str:
    """What somebody typed, with one kind of line end and nothing that a screen or database cannot hold."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").strip()
    return "".join(letter for letter in lines if letter == "\n" or letter.isprintable())
