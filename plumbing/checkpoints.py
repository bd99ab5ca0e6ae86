"""Signed checkpoints: the centre's word on its record at one moment, to be kept where the centre cannot reach it."""

import base64
import binascii
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.canonical import canonical_bytes
from domain.cases.evidence import Sha256Hex
from domain.errors import IntegrityError, Invalid
from domain.instants import Instant
from plumbing.merkle import are_consistent
from plumbing.signing import key_id_of


class Statement(BaseModel):
    """What is signed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["matthan-checkpoint-1", "matthan-checkpoint-2"] = "matthan-checkpoint-2"  # 1: knows no tree
    seq: Annotated[int, Field(ge=1)]  # also how many events the tree has
    hash: Sha256Hex  # of that event, and so of all before it
    root_sha256: Annotated[Sha256Hex | None, Field(exclude_if=lambda value: value is None)] = None  # RFC 9162
    at: Instant  # when the checkpoint was made

    @model_validator(mode="after")
    def _has_a_root(self) -> Self:
        if (self.root_sha256 is None) == (self.format == "matthan-checkpoint-2"):
            raise ValueError("a checkpoint of form 2 has the root of the record's tree, one of form 1 has none")
        return self


class Checkpoint(BaseModel):
    """A statement with the centre's signature (Ed25519, RFC 8032) over its canonical bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    statement: Statement
    key_id: Sha256Hex  # SHA-256 of the raw public key
    signature_b64: Annotated[str, Field(min_length=88, max_length=88)]

    @property
    def file_name(self) -> str:
        """Names in order of the record."""
        return f"checkpoint-{self.statement.seq:012d}.json"

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether the signature is of this key over this statement."""
        return is_signature_of(key, self.signature_b64, canonical_bytes(self.statement))


class Consistency(BaseModel):
    """That one checkpoint's record is the beginning of another's (RFC 9162, 2.1.4)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["matthan-consistency-1"] = "matthan-consistency-1"
    older: Checkpoint
    newer: Checkpoint
    proof: tuple[Sha256Hex, ...]

    def holds(self, key: Ed25519PublicKey) -> bool:
        """Whether both are signed by the key and the record between them only grew."""
        older, newer = self.older.statement, self.newer.statement
        if not (self.older.is_signed_by(key) and self.newer.is_signed_by(key)):
            return False
        if older.root_sha256 is None or newer.root_sha256 is None:
            return False
        roots = bytes.fromhex(older.root_sha256), bytes.fromhex(newer.root_sha256)
        proof = [bytes.fromhex(each) for each in self.proof]
        return are_consistent(older.seq, roots[0], newer.seq, roots[1], proof)


def sign_checkpoint(statement: Statement, key: Ed25519PrivateKey) -> Checkpoint:
    """Sign where the record stands."""
    signature = base64.b64encode(key.sign(canonical_bytes(statement))).decode()
    return Checkpoint(statement=statement, key_id=key_id_of(key.public_key()), signature_b64=signature)


def make_statement(*, seq: int, hash_of_event: str, root: bytes, at: datetime) -> Statement:
    """What a checkpoint of today says."""
    return Statement(seq=seq, hash=hash_of_event, root_sha256=root.hex(), at=at)


def read_checkpoint(path: Path, key: Ed25519PublicKey) -> Checkpoint:
    """Read a checkpoint and check its signature.

    Raises:
        Invalid: it cannot be read or is none.
        IntegrityError: the signature is not of this key over this statement.
    """
    try:
        checkpoint = Checkpoint.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise Invalid(f"{path} is no checkpoint that can be read") from error
    if not checkpoint.is_signed_by(key):
        raise IntegrityError(f"{path} is not signed by the centre's key {key_id_of(key)}")
    return checkpoint


def is_signature_of(key: Ed25519PublicKey, signature_b64: str, content: bytes) -> bool:
    """Whether a key signed these very bytes."""
    try:
        key.verify(base64.b64decode(signature_b64, validate=True), content)
    except (InvalidSignature, binascii.Error):
        return False
    return True
