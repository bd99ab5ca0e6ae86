"""Cases whose documents the centre writes and signs itself, because a person saw the act and no box found it.

Their files are those of a report or of another case, byte for byte. The signature says that the centre put them
together, not what they show.
"""

import base64
import hashlib
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, select

from api.evidence_store.port import EvidenceStore
from api.intake.admission import Admission
from api.persistence.case_queries import case_row
from api.persistence.store import Store, Work
from api.persistence.tables import arriving_cases
from api.persistence.upsert import upsert
from api.principals import Principal
from domain.canonical import canonical_bytes, sha256_of
from domain.cases.case import Case
from domain.cases.entries import CENTRE
from domain.cases.evidence import RECEIVED_PREFIX, CaseMessage, EvidenceFile, FileRole, Manifest, Signature
from domain.errors import CentreError, Conflict
from plumbing.signing import key_id_of

logger = logging.getLogger(__name__)
MADE_WITHIN: Final = timedelta(hours=1)
"""A case that is not on record so long after it was begun was given up: its process was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """A file of a case, and what it is in the store: another's, which the case shares, or new."""

    file: EvidenceFile
    source: tuple[str, str] | None  # whose, and its name there; None: ``content`` is new
    content: bytes = b""


def new_document(name: str, role: FileRole, document: Any) -> SharedFile:
    """A document of the package that the centre writes.

    Args:
        name: in the package.
        role: what it is.
        document: of which the canonical bytes are the file.
    """
    content = canonical_bytes(document)
    file = EvidenceFile(
        name=name,
        role=role,
        media_type="application/json",
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return SharedFile(file=file, source=None, content=content)


class CentreCases:
    """Signs such cases and puts them on record.

    Args:
        store: the centre's memory.
        files: where the bytes lie.
        admission: puts cases on record.
        key: of the centre; None: this centre has none, and makes no cases.
    """

    def __init__(
        self, store: Store, files: EvidenceStore, admission: Admission, *, key: Ed25519PrivateKey | None
    ) -> None:
        self._store = store
        self._files = files
        self._admission = admission
        self._key = key

    def require_key(self) -> Ed25519PrivateKey:
        """The centre's key; asked for before anything is done.

        Raises:
            Conflict: the centre has none.
        """
        if self._key is None:
            raise Conflict("this centre has no key to sign a case with (record.key_file)")
        return self._key

    @contextmanager
    def making(
        self,
        case: Case,
        shared: Sequence[SharedFile],
        *,
        remarks: tuple[str, ...] = (),
        gaps: tuple[str, ...] = (),
        received: Mapping[str, tuple[str, str]] | None = None,
    ) -> Iterator[CaseMessage]:
        """Sign a case and let it have its files, for as long as it takes to ``put`` it on record.

        If that fails, its files go. If nobody knows whether it failed, as where the database took the commit and its
        answer was lost, they stay, until it is known.

        Args:
            case: its document.
            shared: the files of its package.
            remarks: what whoever looks should know of the files.
            gaps: what should be here and is not.
            received: files that lie beside the package, by the name that they have in it; whose they are, and what
                they are called there.

        Raises:
            Conflict: the centre has no key, or the case is on record already.
            EvidenceLost: a file is gone.
            StoreUnavailable: database or store cannot be reached, or the store is full.
        """
        message = self._signed(case, [each.file for each in shared], gaps=gaps, remarks=remarks)
        self._begin(message)
        try:
            self._share(message, shared, received or {})
            yield message
        except Exception:
            self._end(message)
            raise

    def put(self, work: Work, message: CaseMessage, *, actor: Principal, but: str | None = None) -> None:
        """Put a case that is being made on record.

        Args:
            work: the transaction.
            message: of it.
            actor: the person whose word it rests on.
            but: a case that the person says is another act.

        Raises:
            Conflict: it was given up meanwhile, or is on record already.
            NotAllowed: the actor brings no case in.
        """
        case_id, key = str(message.case.case_id), self.require_key().public_key()
        begun = work.connection.execute(delete(arriving_cases).where(arriving_cases.c.case_id == case_id)).rowcount
        _require_new(work, case_id, begun=bool(begun))
        public_key_b64 = base64.b64encode(key.public_bytes_raw()).decode()
        signed_by = {"key_id": key_id_of(key), "public_key_b64": public_key_b64}
        self._admission.put(work, message, actor, signed_by=signed_by, but=but)

    def forget_abandoned(self) -> int:
        """Remove the files of cases that never got onto record, since their process was killed or lost its database.

        Returns:
            How many.

        Raises:
            StoreUnavailable: the next round goes on.
        """
        before = self._store.clock.now() - MADE_WITHIN
        with self._store.read() as connection:
            of_centre = arriving_cases.c.box_id == CENTRE
            old = select(arriving_cases.c.message).where(of_centre, arriving_cases.c.touched_at < before)
            messages = [CaseMessage.model_validate_json(each) for each in connection.execute(old).scalars()]
        return sum(self._give_up(message) for message in messages)

    def _signed(
        self, case: Case, files: Sequence[EvidenceFile], *, gaps: tuple[str, ...], remarks: tuple[str, ...]
    ) -> CaseMessage:
        key = self.require_key()
        manifest = Manifest(
            case_id=case.case_id,
            case_sha256=sha256_of(case),
            box_id=CENTRE,
            created_at=self._store.clock.now(),
            files=tuple(files),
            gaps=gaps,
            remarks=remarks,
        )
        signed = base64.b64encode(key.sign(canonical_bytes(manifest))).decode()
        signature = Signature(key_id=key_id_of(key.public_key()), signature_b64=signed)
        return CaseMessage(case=case, manifest=manifest, signature=signature)

    def _begin(self, message: CaseMessage) -> None:
        """Note a case before its files: a process that is killed leaves none that nobody knows.

        Raises:
            Conflict: it is on record, as where an earlier try lost its line while the commit was under way; its files
                are written once.
        """
        with self._store.write() as work:
            values = {
                "case_id": str(message.case.case_id),
                "box_id": CENTRE,
                "message": canonical_bytes(message).decode(),
                "message_sha256": message.sha256(),
                "size_bytes": sum(file.size_bytes for file in message.manifest.files),
                "touched_at": work.now,
            }
            upsert(work.connection, arriving_cases, values)
            # after it: whoever puts the case on record meanwhile holds the row until that is done
            _require_new(work, str(message.case.case_id), begun=True)

    def _share(
        self, message: CaseMessage, shared: Sequence[SharedFile], received: Mapping[str, tuple[str, str]]
    ) -> None:
        """Let the case have its files; may be done again."""
        case_id, held = str(message.case.case_id), [each for each in shared if each.file.size_bytes]
        for each in held:
            name = each.file.name
            if each.source is not None:
                self._files.share(*each.source, with_id=case_id, as_name=name)
            else:
                self._files.discard(case_id, [name])
                self._files.append(case_id, name, offset_bytes=0, content=each.content)
        for name, source in received.items():
            self._files.share(*source, with_id=case_id, as_name=f"{RECEIVED_PREFIX}{name}")
        beside = [f"{RECEIVED_PREFIX}{name}" for name in received]
        self._files.publish(case_id, [*(each.file.name for each in held), *beside])

    def _end(self, message: CaseMessage) -> None:
        try:
            self._give_up(message)
        except CentreError:
            logger.warning(
                "It is not known whether a case was made; its files stay until it is",
                exc_info=True,
                extra={"action": "case_unsure", "case_id": str(message.case.case_id)},
            )

    def _give_up(self, message: CaseMessage) -> bool:
        """Remove the files of a case unless it is on record; a transaction that puts it there is waited for."""
        case_id = str(message.case.case_id)
        with self._store.write() as work:
            begun = work.connection.execute(delete(arriving_cases).where(arriving_cases.c.case_id == case_id)).rowcount
            if not begun or work.connection.execute(case_row(case_id)).one_or_none() is not None:
                return False
            # inside the transaction: if it fails, the case is still known as begun
            self._files.discard(case_id, _all_names(message))
        return True


def _require_new(work: Work, case_id: str, *, begun: bool) -> None:
    """Refuse a case that is on record already, or was given up meanwhile.

    Raises:
        Conflict: it is.
    """
    if not begun or work.connection.execute(case_row(case_id)).one_or_none() is not None:
        raise Conflict("somebody else made this case, or it took too long: look again")


def _all_names(message: CaseMessage) -> Collection[str]:
    names = [file.name for file in message.manifest.files]
    return [*names, *(f"{RECEIVED_PREFIX}{name}" for name in names)]
