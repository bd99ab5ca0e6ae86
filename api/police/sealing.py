"""The centre's seal of a package: made once for each release to the police, kept, and the same bytes ever after."""

import base64
import hashlib
import io
import uuid
import zipfile
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select

from api.audit.record_tree import RecordTree
from api.cases.case_rows import StoredCase
from api.cases.redaction_misses import not_hidden
from api.errors import EvidenceLost
from api.evidence_store.port import EvidenceStore
from api.persistence.ledger import ChainHead, body_of, chain_head
from api.persistence.store import Store
from api.persistence.tables import events
from api.police.summary_pdf import summary_pdf
from api.police.time_stamp_request import TimeStampAuthority
from api.principals import SYSTEM
from domain.canonical import canonical_bytes
from domain.cases.states import Action
from domain.errors import TransportError
from domain.instants import to_text
from plumbing import merkle
from plumbing.checkpoints import make_statement, sign_checkpoint
from plumbing.package_archive import entry
from plumbing.seals import (
    CHECKPOINT_FILE,
    CUSTODY_FILE,
    NO_AUTHORITY,
    SEAL_FILE,
    SEAL_SIGNATURE_FILE,
    SUMMARY_FILE,
    TIME_STAMP_FILE,
    Custody,
    CustodyEntry,
    Seal,
    SealedFile,
    SealSignature,
    SealStatement,
)
from plumbing.signing import key_id_of

_ACTION = "seal"


class Sealing:
    """Seals packages.

    Args:
        store: the centre's memory.
        files: where the seals lie, beside the evidence.
        key: of the centre, the one that signs checkpoints.
        authority: of time stamps; None: none is configured.
    """

    def __init__(
        self, store: Store, *, files: EvidenceStore, key: Ed25519PrivateKey, authority: TimeStampAuthority | None
    ) -> None:
        self._store = store
        self._files = files
        self._key = key
        self._authority = authority
        self._tree = RecordTree()

    def seal(self, stored: StoredCase) -> dict[str, bytes]:
        """The centre's files of a package, by name in order; made where this release of the case has none yet.

        Raises:
            EvidenceLost: the seal that is on record is not in the store.
            StoreUnavailable: database or store cannot be reached.
        """
        case_id = str(stored.case_id)
        with self._store.database.exclusive(f"seal:{case_id}"):
            known = self._known(case_id)
            return self._read(case_id, known) if known else self._make(stored)

    def _known(self, case_id: str) -> dict[str, Any] | None:
        """What the record says of the seal of the newest release."""
        wanted = events.c.action.in_([_ACTION, Action.RELEASE.value])
        statement = select(events).where(events.c.case_id == case_id, wanted).order_by(events.c.seq.desc()).limit(1)
        with self._store.read() as connection:
            row = connection.execute(statement).one_or_none()
        return body_of(row) if row is not None and row.action == _ACTION else None

    def _read(self, case_id: str, known: Mapping[str, Any]) -> dict[str, bytes]:
        name, size_bytes = known["archive"], known["size_bytes"]
        content = b"".join(self._files.read(case_id, name, start_byte=0, end_byte=size_bytes))
        if hashlib.sha256(content).hexdigest() != known["sha256"]:
            raise EvidenceLost(f"{name} of the case {case_id} is not the seal that was made")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {line: archive.read(line) for line in archive.namelist()}

    def _make(self, stored: StoredCase) -> dict[str, bytes]:
        case_id, now = str(stored.case_id), self._store.clock.now()
        with self._store.database.snapshot() as connection:
            head, custody, root = self._recorded(connection, stored.case_id)
            readable = not_hidden(connection, stored)
        self._store.database.settle()
        statement = make_statement(seq=head.seq, hash_of_event=head.hash, root=root, at=now)
        made = {
            CUSTODY_FILE: canonical_bytes(custody),
            CHECKPOINT_FILE: canonical_bytes(sign_checkpoint(statement, self._key)),
            SUMMARY_FILE: summary_pdf(
                stored, custody, sealed_at=now, picture=self._picture_of(stored), not_hidden=readable
            ),
        }
        seal = Seal(
            case_id=stored.case_id,
            sealed_at=now,
            events=head.seq,
            custody_entries=len(custody.entries),
            files=_listed(stored, made),
        )
        made[SEAL_FILE] = canonical_bytes(seal)
        stamp, why_not = self._stamp(made[SEAL_FILE])
        made[SEAL_SIGNATURE_FILE] = canonical_bytes(self._sign(made[SEAL_FILE], stamp, why_not))
        if stamp is not None:
            made[TIME_STAMP_FILE] = stamp
        self._keep(case_id, f"seal-{head.seq}.zip", _packed(made))
        return made

    def _recorded(self, connection: Connection, case_id: uuid.UUID) -> tuple[ChainHead, Custody, bytes]:
        head = chain_head(connection)
        if head is None:
            raise EvidenceLost(f"the record knows nothing of the case {case_id}")
        tree = self._tree.at(connection, head.seq)
        rows = connection.execute(select(events).where(events.c.case_id == str(case_id)).order_by(events.c.seq)).all()
        entries = tuple(
            CustodyEntry(
                seq=row.seq,
                at=to_text(row.at),
                actor=row.actor,
                action=row.action,
                body=row.body,
                prev_hash=row.prev_hash,
                hash=row.hash,
                inclusion=tuple(each.hex() for each in merkle.inclusion_proof(tree, row.seq - 1, head.seq)),
            )
            for row in rows
        )
        return head, Custody(case_id=case_id, entries=entries), merkle.root(tree, head.seq)

    def _stamp(self, content: bytes) -> tuple[bytes | None, str | None]:
        """A time stamp, or why there is none: an authority that is down must not keep a case from the police."""
        if self._authority is None:
            return None, NO_AUTHORITY
        try:
            return self._authority.stamp(content), None
        except TransportError as error:
            return None, str(error)[:300]

    def _sign(self, seal: bytes, stamp: bytes | None, why_not: str | None) -> SealSignature:
        statement = SealStatement(
            seal_sha256=hashlib.sha256(seal).hexdigest(),
            time_stamp_sha256=None if stamp is None else hashlib.sha256(stamp).hexdigest(),
            no_time_stamp_because=why_not,
        )
        signature = base64.b64encode(self._key.sign(canonical_bytes(statement))).decode()
        return SealSignature(statement=statement, key_id=key_id_of(self._key.public_key()), signature_b64=signature)

    def _keep(self, case_id: str, name: str, content: bytes) -> None:
        self._files.discard(case_id, [name])  # of a try that broke off
        self._files.append(case_id, name, offset_bytes=0, content=content)
        self._files.publish(case_id, [name])
        body = {"archive": name, "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        with self._store.write() as work:
            work.record(SYSTEM, _ACTION, case_id=case_id, body=body)

    def _picture_of(self, stored: StoredCase) -> Any:
        def read(name: str) -> bytes:
            size = next(file.size_bytes for file in stored.manifest.files if file.name == name)
            return b"".join(self._files.read(str(stored.case_id), name, start_byte=0, end_byte=size))

        return read


def _listed(stored: StoredCase, made: Mapping[str, bytes]) -> tuple[SealedFile, ...]:
    documents = {"case.json": stored.case, "manifest.json": stored.manifest, "signature.json": stored.signature}
    contents = {name: canonical_bytes(document) for name, document in documents.items()} | dict(made)
    files = [
        SealedFile(name=name, size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in contents.items()
    ]
    files += [
        SealedFile(name=file.name, size_bytes=file.size_bytes, sha256=file.sha256) for file in stored.manifest.files
    ]
    return tuple(sorted(files, key=lambda file: file.name))


def _packed(made: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression=zipfile.ZIP_STORED) as archive:
        for name, content in made.items():
            archive.writestr(entry(name, len(content)), content)
    return packed.getvalue()
