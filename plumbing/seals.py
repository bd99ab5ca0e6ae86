"""The centre's seal of a case's package: every file by hash, the case's steps with their place in the record's tree.

Beside what the box signed, a sealed package holds ``custody.json``, ``checkpoint.json``, ``summary.pdf``,
``seal.json``, ``seal-signature.json`` and, where a time stamp authority answered, ``seal-timestamp.tsr``.
"""

import uuid
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.cases.evidence import Sha256Hex
from domain.instants import Instant
from domain.record_entry import entry_hash

CUSTODY_FILE: Final = "custody.json"
CHECKPOINT_FILE: Final = "checkpoint.json"
SUMMARY_FILE: Final = "summary.pdf"
SEAL_FILE: Final = "seal.json"
SEAL_SIGNATURE_FILE: Final = "seal-signature.json"
TIME_STAMP_FILE: Final = "seal-timestamp.tsr"
SEALED_BY_CENTRE: Final = (CUSTODY_FILE, CHECKPOINT_FILE, SUMMARY_FILE)
CENTRE_FILES: Final = (*SEALED_BY_CENTRE, SEAL_FILE, SEAL_SIGNATURE_FILE, TIME_STAMP_FILE)
NO_AUTHORITY: Final = "no time stamp authority is configured"


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CustodyEntry(_Document):
    """One event of the case, as the record holds it, and that it stands in the tree of the checkpoint."""

    seq: Annotated[int, Field(ge=1)]
    at: Annotated[str, Field(max_length=30)]
    actor: Annotated[str, Field(max_length=80)]
    action: Annotated[str, Field(max_length=40)]
    body: Annotated[str, Field(max_length=1_000_000)]  # canonical JSON, the very text that was hashed
    prev_hash: Sha256Hex
    hash: Sha256Hex
    inclusion: Annotated[tuple[Sha256Hex, ...], Field(max_length=64)]  # RFC 9162, lowest first

    def is_itself(self, case_id: uuid.UUID) -> bool:
        """Whether the hash is that of the fields."""
        fields = self.model_dump(include={"seq", "at", "actor", "action", "body", "prev_hash"})
        return entry_hash(**fields, case_id=str(case_id)) == self.hash


class Custody(_Document):
    """Every step of the case up to the seal, in order."""

    format: Literal["matthan-custody-1"] = "matthan-custody-1"
    case_id: uuid.UUID
    entries: Annotated[tuple[CustodyEntry, ...], Field(min_length=1, max_length=100_000)]


class SealedFile(_Document):
    """One file of the package."""

    name: Annotated[str, Field(max_length=70)]
    size_bytes: Annotated[int, Field(ge=0)]
    sha256: Sha256Hex


class Seal(_Document):
    """All that the package holds, but for seal, signature and time stamp themselves."""

    format: Literal["matthan-seal-1"] = "matthan-seal-1"
    case_id: uuid.UUID
    sealed_at: Instant
    events: Annotated[int, Field(ge=1)]  # of the record; the checkpoint's tree has as many
    custody_entries: Annotated[int, Field(ge=1)]
    files: tuple[SealedFile, ...]


class SealStatement(_Document):
    """What the centre signs."""

    format: Literal["matthan-seal-signature-1"] = "matthan-seal-signature-1"
    seal_sha256: Sha256Hex
    time_stamp_sha256: Sha256Hex | None  # of seal-timestamp.tsr
    no_time_stamp_because: Annotated[str | None, Field(max_length=300)]


class SealSignature(_Document):
    """The centre's Ed25519 signature (RFC 8032) over the statement's canonical bytes."""

    statement: SealStatement
    key_id: Sha256Hex
    signature_b64: Annotated[str, Field(min_length=88, max_length=88)]
