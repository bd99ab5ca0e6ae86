"""Two people let evidence out: one asks, another answers, and the one who asked fetches it once, marked."""

import os
import tempfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final, cast

from sqlalchemy import Row, func, insert, select, update

from api.cases.case_rows import StoredCase, load_case, load_files, lock_case, locked
from api.cases.redaction_misses import not_hidden
from api.errors import TooMuch
from api.evidence_store.port import EvidenceStore
from api.exports.archive import write_archive
from api.exports.rows import ANSWERED, ASKED, PRODUCED, Export, export_of
from api.people.persons import require_two_people
from api.persistence.case_queries import newest_exports
from api.persistence.store import Store, Work
from api.persistence.tables import case_exports
from api.principals import Permission, Principal
from domain.cases.evidence import EvidenceFile
from domain.cases.exporting import (
    ANSWERED_WITHIN,
    CLOSED_IN,
    MAX_NOTE,
    MAX_RECIPIENT,
    TAKEN_WITHIN,
    Answer,
    Content,
    Standing,
    chosen,
    mark_of,
    plain_line,
)
from domain.cases.states import CaseState
from domain.cases.unblurring import REASONS
from domain.errors import Conflict, Invalid, NotFound
from domain.instants import to_text

MOST_LISTED: Final = 50  # on a page
MOST_A_DAY: Final = 30  # that one person asks for
_LATER_S: Final = 3600
_TURN_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPage:
    """Some exports, the newest first."""

    items: tuple[Export, ...]
    next_cursor: str | None  # None: this is the last page


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """An archive to be handed over."""

    export: Export
    archive: BinaryIO  # of no name on disk: gone when it is closed
    size_bytes: int


class Exports:
    """Lets evidence out.

    Args:
        store: the centre's memory.
        files: where the evidence lies.
    """

    def __init__(self, store: Store, files: EvidenceStore) -> None:
        self._store = store
        self._files = files
        self._turn = threading.BoundedSemaphore(1)  # encoding takes the whole machine

    def ask(
        self, actor: Principal, case_id: uuid.UUID, *, content: Content, recipient: str, reason_code: str, note: str
    ) -> Export:
        """Ask for an export.

        Raises:
            NotAllowed: the role may not.
            NotFound: there is no such case in the caller's scope.
            Invalid: the reason is unknown, or the recipient is not named.
            Conflict: the case is being judged, or is none.
            TooMuch: the caller asks for too many.
        """
        actor.require(Permission.EXPORTS_ASK)
        recipient, note = plain_line(recipient, MAX_RECIPIENT), plain_line(note, MAX_NOTE)
        if reason_code not in REASONS:
            raise Invalid(f"expected a reason of {', '.join(sorted(REASONS))}")
        if not any(letter.isalnum() for letter in recipient):
            raise Invalid("an export says who gets it")
        with self._store.database.exclusive(f"exports:{actor.actor}"), self._store.write() as work:
            row = lock_case(work, case_id, actor)
            _require_open(row)
            lately = (case_exports.c.asked_by == actor.actor) & (case_exports.c.asked_at > work.now - timedelta(days=1))
            asked = work.connection.execute(select(func.count()).select_from(case_exports).where(lately)).scalar_one()
            if asked >= MOST_A_DAY:
                raise TooMuch(f"a person asks for at most {MOST_A_DAY} exports a day", retry_after_s=_LATER_S)
            body = {
                "export_id": str(uuid.uuid4()),
                "content": content.value,
                "recipient": recipient,
                "reason_code": reason_code,
                "note": note,
            }
            expires_at = work.now + ANSWERED_WITHIN
            values = body | {"case_id": row.case_id, "asked_by": actor.actor, "asked_at": work.now}
            work.connection.execute(insert(case_exports).values(**values, expires_at=expires_at))
            work.record(actor, ASKED, case_id=row.case_id, body=body | {"expires_at": to_text(expires_at)})
            return self._one(work, body["export_id"])

    def answer(self, actor: Principal, export_id: uuid.UUID, answer: Answer, *, note: str) -> Export:
        """Let an export out, or not; another person than the one who asked.

        Raises:
            NotAllowed: the role may not.
            NotFound: there is no such export in the caller's scope.
            Conflict: the caller asked for it himself, by whichever account, or nobody has stated whose the two are; it
                was answered, its time is over, or the case is judged again.
            Invalid: a refusal without a word.
        """
        actor.require(Permission.EXPORTS_ANSWER)
        note = plain_line(note, MAX_NOTE)
        if answer == Answer.REFUSED and not any(letter.isalnum() for letter in note):
            raise Invalid("a refusal says why")
        with self._store.write() as work:
            row, case = self._locked(work, actor, export_id)
            require_two_people(work.connection, row.asked_by, actor.actor)
            _require(export_of(row, work.now), Standing.ASKED)
            if answer == Answer.APPROVED:
                _require_open(case)
            expires_at = work.now + TAKEN_WITHIN if answer == Answer.APPROVED else row.expires_at
            said = {"answer": answer.value, "answered_by": actor.actor, "answered_at": work.now}
            work.connection.execute(_change(row).values(**said, expires_at=expires_at))
            body = {"export_id": row.export_id, "answer": answer.value, "note": note}
            work.record(actor, ANSWERED, case_id=row.case_id, body=body | {"expires_at": to_text(expires_at)})
            return self._one(work, row.export_id)

    def list(self, actor: Principal, *, cursor: str | None = None) -> ExportPage:
        """Exports of the cases in the caller's scope, the newest first; a cursor goes on where a page ended.

        Raises:
            NotAllowed: the role may not read them.
            Invalid: the cursor is not one of ours.
        """
        actor.require(Permission.EXPORTS_READ)
        with self._store.read() as connection:
            after = None
            if cursor is not None:
                last = select(case_exports.c.asked_at, case_exports.c.export_id)
                row = connection.execute(last.where(case_exports.c.export_id == cursor)).one_or_none()
                if row is None:
                    raise Invalid("the cursor is not one that this list gave")
                after = (row.asked_at, row.export_id)
            rows = connection.execute(newest_exports(actor.scope, MOST_LISTED + 1, after)).all()
        now = self._store.clock.now()
        items = tuple(export_of(row, now) for row in rows[:MOST_LISTED])
        return ExportPage(items=items, next_cursor=str(items[-1].export_id) if len(rows) > MOST_LISTED else None)

    def produce(self, actor: Principal, export_id: uuid.UUID) -> Produced:
        """Make the archive, once, for whoever asked; it is on record before a byte of it is handed over.

        Raises:
            NotAllowed: the role may not.
            NotFound: there is no such export in the caller's scope.
            Conflict: another person asked for it, it is not approved, was made already, or its time is over.
            EvidenceLost: a file is gone or cannot be marked; then nothing was made.
            TooMuch: another one is being made.
        """
        actor.require(Permission.EXPORTS_ASK)
        with self._store.write() as work:  # before waiting: who may not have it holds nobody's thread
            self._fit_to_produce(work, actor, export_id)
        if not self._turn.acquire(timeout=_TURN_S):
            raise TooMuch("another export is being made", retry_after_s=60)
        try:
            with self._store.write() as work:
                export, at = self._fit_to_produce(work, actor, export_id), work.now
                stored = load_case(work.connection, export.case_id, actor)
                here = {each.name for each in load_files(work.connection, stored) if each.complete}
                here -= not_hidden(work.connection, stored)
            files = chosen(stored.manifest.files, export.content, here)
            if not files:
                raise Conflict("the case has no whole file of this kind")
            with ExitStack() as unless_made:
                archive = cast("BinaryIO", unless_made.enter_context(tempfile.TemporaryFile()))
                sha256 = self._write(archive, export, stored, files, at)
                produced = self._note_produced(actor, export_id, stored, files, sha256)
                unless_made.pop_all()  # whoever sends it closes it
            return Produced(export=produced, archive=archive, size_bytes=os.fstat(archive.fileno()).st_size)
        finally:
            self._turn.release()

    def _write(
        self, archive: BinaryIO, export: Export, stored: StoredCase, files: Sequence[EvidenceFile], at: datetime
    ) -> str:
        approved_by = str(export.answered_by)
        sheet: dict[str, Any] = {
            "export_id": str(export.export_id),
            "case_id": str(export.case_id),
            "content": export.content.value,
            "recipient": export.recipient,
            "reason": REASONS[export.reason_code].vi,
            "asked_by": export.asked_by,
            "approved_by": approved_by,
            "made_at": to_text(at),
        }
        mark = mark_of(
            export.number, asked_by=export.asked_by, approved_by=approved_by, at=at, recipient=export.recipient
        )

        def read(file: EvidenceFile) -> Iterator[bytes]:
            return self._files.read(str(stored.case_id), file.name, start_byte=0, end_byte=file.size_bytes)

        return write_archive(archive, files, read=read, mark=mark, sheet=sheet)

    def _note_produced(
        self, actor: Principal, export_id: uuid.UUID, stored: StoredCase, files: Sequence[EvidenceFile], sha256: str
    ) -> Export:
        with self._store.write() as work:
            export = self._fit_to_produce(work, actor, export_id)
            if not_hidden(work.connection, stored).intersection(file.name for file in files):  # said meanwhile
                raise Conflict("somebody can be known on a copy that was to leave: make the export again")
            of_export = case_exports.c.export_id == str(export_id)
            made = {"produced_at": work.now, "archive_sha256": sha256}
            work.connection.execute(update(case_exports).where(of_export).values(**made))
            body = {
                "export_id": str(export_id),
                "archive_sha256": sha256,
                "files": {file.name: file.sha256 for file in files},
            }
            work.record(actor, PRODUCED, case_id=str(export.case_id), body=body)
            return self._one(work, str(export_id))

    def _fit_to_produce(self, work: Work, actor: Principal, export_id: uuid.UUID) -> Export:
        row, case = self._locked(work, actor, export_id)
        if row.asked_by != actor.actor:
            raise Conflict("who asked for it fetches it")
        export = export_of(row, work.now)
        _require(export, Standing.APPROVED)
        _require_open(case)
        return export

    def _locked(self, work: Work, actor: Principal, export_id: uuid.UUID) -> tuple[Row[Any], Row[Any]]:
        """The export and its case, the case locked first, as everywhere."""
        asked = select(case_exports).where(case_exports.c.export_id == str(export_id))
        plain = work.connection.execute(asked).one_or_none()
        if plain is None:
            raise NotFound(f"there is no export {export_id}")
        case = lock_case(work, uuid.UUID(plain.case_id), actor)
        return work.connection.execute(locked(asked, work.connection)).one(), case

    @staticmethod
    def _one(work: Work, export_id: str) -> Export:
        asked = select(case_exports).where(case_exports.c.export_id == export_id)
        return export_of(work.connection.execute(asked).one(), work.now)


def _change(row: Row[Any]) -> Any:
    return update(case_exports).where(case_exports.c.export_id == row.export_id)


def _require(export: Export, wanted: Standing) -> None:
    if export.standing != wanted:
        raise Conflict(f"the export is {export.standing}, not {wanted}")


def _require_open(case: Row[Any]) -> None:
    if CaseState(case.state) in CLOSED_IN:
        raise Conflict("nothing leaves of a case that is judged, is none, or is another case's duplicate")
