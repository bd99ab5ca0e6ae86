"""Packages come in: the message, then the files that are missing, then the record (docs/case-door.md).

Until a package is whole it stands among the arriving ones only.
"""

import logging
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, delete, func, select

from api.errors import MessageRefused, TooLarge, TooMuch
from api.evidence_store.port import EvidenceStore
from api.intake.admission import Admission
from api.intake.limits import IntakeLimits
from api.intake.refusals import Refusals
from api.intake.verification import check_form
from api.persistence.case_queries import case_row, forgotten_packages
from api.persistence.store import Store, Work
from api.persistence.tables import arriving_cases, box_intake
from api.persistence.upsert import upsert
from api.principals import Permission, Principal
from domain.canonical import canonical_bytes
from domain.cases.evidence import MAX_MESSAGE_BYTES, CaseAnswer, CaseMessage, EvidenceFile, MissingFile
from domain.cases.pieces import Piece
from domain.errors import Invalid, NotFound

logger = logging.getLogger(__name__)
MAX_PIECE_BYTES = 4 * 1024 * 1024
_TOUCH_EVERY = timedelta(days=1)
_FORGET_COUNTS_AFTER = timedelta(days=60)
_ROOM_AGAIN_S = 60
_NEXT_DAY_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadState:
    """How much of a file is here."""

    offset_bytes: int
    size_bytes: int

    @property
    def complete(self) -> bool:
        """Whether every byte is here; whether they are the right ones is seen when the package is whole."""
        return self.offset_bytes == self.size_bytes


class Intake:
    """Takes in packages of boxes.

    Args:
        store: the centre's memory.
        files: where the bytes lie.
        admission: puts whole packages on record.
        refusals: keep what was not taken in.
        limits: of one box.
    """

    def __init__(
        self,
        store: Store,
        *,
        files: EvidenceStore,
        admission: Admission,
        refusals: Refusals,
        limits: IntakeLimits,
    ) -> None:
        self._store = store
        self._files = files
        self._admission = admission
        self._refusals = refusals
        self._limits = limits

    def offer(self, actor: Principal, case_id: uuid.UUID, payload: bytes, lost: Collection[str] = ()) -> CaseAnswer:
        """A box offers a case: what is missing of its package, or the word that it is on record.

        Offering it again changes nothing but that a package that has become whole goes on record.

        Args:
            actor: the box.
            case_id: of the request.
            payload: the message as it came.
            lost: files of the manifest that are damaged on the box and will never come.

        Raises:
            NotAllowed: the caller is no box.
            MessageRefused: the message cannot be taken in, now or later, which is on record.
            TooMuch: the box has too much here already.
            StoreUnavailable: nothing was changed; offer it again later.
        """
        box_id = _box_of(actor)
        try:
            message = parse(payload)
            check_form(message, box_id=box_id, case_id=case_id)
        except Invalid as error:
            raise self.refuse(actor, payload, str(error)) from error
        digest = message.sha256()
        with self._store.read() as connection:
            # in this order: who is taken in between the two is known then, never taken for new
            arriving = connection.execute(_arriving(case_id)).one_or_none()
            known = connection.execute(case_row(str(case_id))).one_or_none()
        if known is not None and known.message_sha256 != digest:
            reason = "another case of this id is on record already; the first stays"
            raise MessageRefused(self._refusals.put(box_id, payload, reason, case_id=str(case_id)))
        if known is not None and arriving is None:
            return _on_record(known)
        if arriving is None or arriving.message_sha256 != digest or self._is_old(arriving):
            self._stage(message, digest)
        missing = self._missing(message)
        if wanted := tuple(file for file in missing if file.name not in lost):
            return CaseAnswer(case_id=case_id, message_sha256=digest, missing=wanted)
        given_up = {file.name for file in missing}
        shown = [file.name for file in message.manifest.files if file.size_bytes and file.name not in given_up]
        self._files.publish(str(case_id), shown)
        return _on_record(self._admission.admit(message, given_up))

    def refuse(self, actor: Principal, payload: bytes, reason: str) -> MessageRefused:
        """Put a message on record that cannot be taken in.

        Returns:
            The error to be raised.

        Raises:
            StoreUnavailable: it could not be put on record.
        """
        return MessageRefused(self._refusals.put(_box_of(actor), payload, reason))

    def receive(self, actor: Principal, case_id: uuid.UUID, pieces: Sequence[Piece]) -> tuple[UploadState, ...]:
        """Take in the next bytes of some files.

        Returns:
            How much of each is here.

        Raises:
            NotAllowed: the caller is no box.
            NotFound: no package of this box with this case and files is arriving; offer the case.
            OffsetMismatch: an upload goes on elsewhere; the pieces before it were taken in.
            TooLarge: more bytes than a request or a file has; nothing was taken in.
            StoreUnavailable: not all was taken in.
        """
        files = self._arriving_files(_box_of(actor), case_id)
        if sum(len(piece.content) for piece in pieces) > MAX_PIECE_BYTES:
            raise TooLarge(f"a piece has at most {MAX_PIECE_BYTES} bytes")
        states = []
        for piece in pieces:
            if piece.name not in files:
                raise NotFound(f"no package of the case {case_id} with {piece.name} is arriving")
            end, size_bytes = piece.offset_bytes + len(piece.content), files[piece.name].size_bytes
            if end > size_bytes:
                raise TooLarge(f"the file has only {size_bytes} bytes")
            states.append(UploadState(offset_bytes=end, size_bytes=size_bytes))
        for piece in pieces:
            self._files.append(str(case_id), piece.name, offset_bytes=piece.offset_bytes, content=piece.content)
        return tuple(states)

    def sweep(self) -> int:
        """Give up packages that their box has not offered for long; a case that is on record is never given up.

        Returns:
            How many were given up.
        """
        given_up = 0
        with self._store.write() as work:
            before = work.now - self._limits.keep_arriving
            for row in work.connection.execute(forgotten_packages(before)).all():
                this = arriving_cases.c.case_id == row.case_id
                still = this & (arriving_cases.c.touched_at < before)
                if work.connection.execute(delete(arriving_cases).where(still)).rowcount:
                    # inside the transaction, so that the box cannot offer it anew meanwhile
                    self._files.discard(row.case_id, _names(row))
                    given_up += 1
            last_day = (work.now - _FORGET_COUNTS_AFTER).date().isoformat()
            work.connection.execute(delete(box_intake).where(box_intake.c.day < last_day))
        if given_up:
            logger.warning(
                "Packages that never became whole were given up",
                extra={"action": "packages_given_up", "count": given_up},
            )
        return given_up

    # inside

    def _stage(self, message: CaseMessage, digest: str) -> None:
        case_id, box_id = str(message.case.case_id), message.case.box_id
        size_bytes = sum(file.size_bytes for file in message.manifest.files)
        with self._store.write() as work:
            before = work.connection.execute(_arriving(message.case.case_id)).one_or_none()
            if before is not None and before.box_id != box_id:
                raise NotFound(f"the case {case_id} is not of this box")
            self._require_room(work, message, size_bytes, is_new=before is None)
            values = {
                "case_id": case_id,
                "box_id": box_id,
                "message": canonical_bytes(message).decode(),
                "message_sha256": digest,
                "size_bytes": size_bytes,
                "touched_at": work.now,
            }
            upsert(work.connection, arriving_cases, values)
            if before is not None and before.message_sha256 != digest:
                self._files.discard(case_id, _names(before))

    def _require_room(self, work: Work, message: CaseMessage, size_bytes: int, *, is_new: bool) -> None:
        box_id, limits = message.case.box_id, self._limits
        of_box = (arriving_cases.c.box_id == box_id) & (arriving_cases.c.case_id != str(message.case.case_id))
        counted = select(func.count(), func.coalesce(func.sum(arriving_cases.c.size_bytes), 0)).where(of_box)
        count, used_bytes = work.connection.execute(counted).one()
        if count >= limits.arriving_cases or used_bytes + size_bytes > limits.arriving_bytes:
            raise TooMuch("too many packages of this box are arriving", retry_after_s=_ROOM_AGAIN_S)
        if not is_new:
            return
        key = {"box_id": box_id, "day": work.now.date().isoformat()}
        today = select(box_intake.c.cases).filter_by(**key)
        cases_today = work.connection.execute(today).scalar_one_or_none() or 0
        if cases_today >= limits.cases_a_day:
            raise TooMuch("too many cases of this box came today", retry_after_s=_NEXT_DAY_S)
        upsert(work.connection, box_intake, key | {"cases": cases_today + 1})

    def _is_old(self, arriving: Row[Any]) -> bool:
        return bool(arriving.touched_at < self._store.clock.now() - _TOUCH_EVERY)

    def _missing(self, message: CaseMessage) -> tuple[MissingFile, ...]:
        """The files that are not here byte for byte as the manifest says; wrong bytes are forgotten."""
        case_id = str(message.case.case_id)
        missing: list[MissingFile] = []
        for file in message.manifest.files:
            held_bytes = self._files.held_bytes(case_id, file.name) if file.size_bytes else 0
            if held_bytes == file.size_bytes and (not held_bytes or self._fits(case_id, file)):
                continue
            if held_bytes >= file.size_bytes:
                logger.warning(
                    "The bytes of a file are not the manifest's and are asked for again",
                    extra={"action": "evidence_refused", "case_id": case_id, "file": file.name},
                )
                self._files.discard(case_id, [file.name])
                held_bytes = 0
            missing.append(MissingFile(name=file.name, offset_bytes=held_bytes))
        return tuple(missing)

    def _fits(self, case_id: str, file: EvidenceFile) -> bool:
        return self._files.sha256(case_id, file.name) == file.sha256

    def _arriving_files(self, box_id: str, case_id: uuid.UUID) -> dict[str, EvidenceFile]:
        with self._store.read() as connection:
            row = connection.execute(_arriving(case_id)).one_or_none()
        if row is None or row.box_id != box_id:
            return {}
        return {file.name: file for file in _files_of(row.message)}


def parse(payload: bytes) -> CaseMessage:
    """Read a case message.

    Raises:
        Invalid: with what is wrong.
    """
    if len(payload) > MAX_MESSAGE_BYTES:
        raise TooLarge(f"a case message has at most {MAX_MESSAGE_BYTES} bytes")
    try:
        message = CaseMessage.model_validate_json(payload)
        canonical_bytes(message)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"not a case message: {where}: {first['msg']} ({error.error_count()} faults)") from error
    except (ValueError, RecursionError) as error:
        raise Invalid("not a case message: it has no canonical form") from error
    return message


def _box_of(actor: Principal) -> str:
    actor.require(Permission.EVIDENCE_UPLOAD)
    return str(actor.box_id)


def _arriving(case_id: uuid.UUID) -> Any:
    return select(arriving_cases).where(arriving_cases.c.case_id == str(case_id))


@lru_cache(maxsize=256)  # one after the other its files come, in pieces
def _files_of(message: str) -> tuple[EvidenceFile, ...]:
    return CaseMessage.model_validate_json(message).manifest.files


def _names(row: Row[Any]) -> list[str]:
    return [file.name for file in _files_of(row.message)]


def _on_record(row: Row[Any]) -> CaseAnswer:
    return CaseAnswer(case_id=uuid.UUID(row.case_id), message_sha256=row.message_sha256, received_at=row.received_at)
