"""Cases whose documents the centre writes and signs itself, because a person saw the act and no box found it.

Their files are those of a report or of another case, byte for byte. The signature says that the centre put them
together, not what they show.
"""

import base64
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.evidence_store.port import EvidenceStore
from api.intake.admission import Admission
from api.persistence.store import Work
from api.principals import Principal
from domain.canonical import canonical_bytes, sha256_of
from domain.cases.case import Case
from domain.cases.entries import CENTRE
from domain.cases.evidence import CaseMessage, EvidenceFile, Manifest, Signature
from domain.errors import Conflict
from domain.instants import Clock
from plumbing.signing import key_id_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """A file of a case, and what it is in the store: another's, which the case shares, or new."""

    file: EvidenceFile
    source: tuple[str, str] | None  # whose, and its name there; None: ``content`` is new
    content: bytes = b""


class CentreCases:
    """Signs such cases and puts them on record.

    Args:
        files: where the bytes lie.
        admission: puts cases on record.
        key: of the centre; None: this centre has none, and makes no cases.
        clock: when they are made.
    """

    def __init__(
        self, files: EvidenceStore, admission: Admission, *, key: Ed25519PrivateKey | None, clock: Clock
    ) -> None:
        self._files = files
        self._admission = admission
        self._key = key
        self._clock = clock

    def require_key(self) -> Ed25519PrivateKey:
        """The centre's key; asked for before anything is done.

        Raises:
            Conflict: the centre has none.
        """
        if self._key is None:
            raise Conflict("this centre has no key to sign a case with (record.key_file)")
        return self._key

    def share(self, case_id: uuid.UUID, shared: Sequence[SharedFile]) -> None:
        """Let a case that is about to be made have its files; may be done again.

        Raises:
            EvidenceLost: one is gone.
            StoreUnavailable: the store cannot be reached or is full.
        """
        held = [each for each in shared if each.file.size_bytes]
        for each in held:
            name = each.file.name
            if each.source is not None:
                self._files.share(each.source[0], each.source[1], with_id=str(case_id), as_name=name)
            else:
                self._files.discard(str(case_id), [name])
                self._files.append(str(case_id), name, offset_bytes=0, content=each.content)
        self._files.publish(str(case_id), [each.file.name for each in held])

    def forget(self, case_id: uuid.UUID, names: Collection[str]) -> None:
        """Take the files of a case back that was not made."""
        self._files.discard(str(case_id), names)

    def put(
        self,
        work: Work,
        case: Case,
        files: Sequence[EvidenceFile],
        *,
        actor: Principal,
        remarks: tuple[str, ...] = (),
        but: str | None = None,
    ) -> CaseMessage:
        """Sign a case and put it on record; its files are shared.

        Args:
            work: the transaction.
            case: its document.
            files: of its package.
            actor: the person whose word it rests on.
            remarks: what whoever looks should know of the files.
            but: a case that the person says is another act.

        Raises:
            Conflict: the centre has no key.
            NotAllowed: the actor brings no case in.
        """
        key = self.require_key()
        manifest = Manifest(
            case_id=case.case_id,
            case_sha256=sha256_of(case),
            box_id=CENTRE,
            created_at=self._clock.now(),
            files=tuple(files),
            remarks=remarks,
        )
        public = key.public_key()
        key_id = key_id_of(public)
        signed = base64.b64encode(key.sign(canonical_bytes(manifest))).decode()
        message = CaseMessage(case=case, manifest=manifest, signature=Signature(key_id=key_id, signature_b64=signed))
        public_key_b64 = base64.b64encode(public.public_bytes_raw()).decode()
        signed_by = {"key_id": key_id, "public_key_b64": public_key_b64}
        self._admission.put(work, message, actor, signed_by=signed_by, but=but)
        return message
