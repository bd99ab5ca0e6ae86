"""Signed checkpoints: the centre's word on its record at one moment, to be kept where the centre cannot reach it."""

import base64
import binascii
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.audit.audit import Audit
from api.errors import StoreUnavailable
from api.persistence.ledger import ChainHead
from api.principals import SYSTEM
from api.settings import RecordSettings
from domain.canonical import canonical_bytes
from domain.cases.evidence import Sha256Hex
from domain.errors import IntegrityError, Invalid
from domain.instants import Clock, Instant
from plumbing.signing import key_id_of, load_private_key

KEY_FILE = "centre.key"
PUBLIC_FILE = "centre.pub"


class Statement(BaseModel):
    """What is signed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["matthan-checkpoint-1"] = "matthan-checkpoint-1"
    seq: Annotated[int, Field(ge=1)]
    hash: Sha256Hex  # of that event, and so of all before it
    at: Instant  # when the checkpoint was made


class Checkpoint(BaseModel):
    """A statement with the centre's signature (Ed25519, RFC 8032) over its canonical bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    statement: Statement
    key_id: Sha256Hex  # SHA-256 of the raw public key
    signature_b64: Annotated[str, Field(min_length=88, max_length=88)]

    @property
    def head(self) -> ChainHead:
        """The event that it names."""
        return ChainHead(seq=self.statement.seq, hash=self.statement.hash)

    @property
    def file_name(self) -> str:
        """Names in order of the record."""
        return f"checkpoint-{self.statement.seq:012d}.json"


def make_checkpoint(head: ChainHead, at: datetime, key: Ed25519PrivateKey) -> Checkpoint:
    """Sign where the record stands."""
    statement = Statement(seq=head.seq, hash=head.hash, at=at)
    signature = base64.b64encode(key.sign(canonical_bytes(statement))).decode()
    return Checkpoint(statement=statement, key_id=key_id_of(key.public_key()), signature_b64=signature)


def write_checkpoint(directory: Path, checkpoint: Checkpoint) -> Path:
    """Put a checkpoint into a directory, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / checkpoint.file_name
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(canonical_bytes(checkpoint) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path


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
    try:
        signature = base64.b64decode(checkpoint.signature_b64, validate=True)
        key.verify(signature, canonical_bytes(checkpoint.statement))
    except (InvalidSignature, binascii.Error) as error:
        raise IntegrityError(f"{path} is not signed by the centre's key {key_id_of(key)}") from error
    return checkpoint


class CheckpointWriter:
    """Writes checkpoints of the record as the settings say.

    Args:
        audit: reads where the record stands.
        clock: the instant of a checkpoint.
        key: of the centre.
        directory: where they are written.
    """

    def __init__(self, audit: Audit, clock: Clock, *, key: Ed25519PrivateKey, directory: Path) -> None:
        self._audit = audit
        self._clock = clock
        self._key = key
        self._directory = directory

    def write(self) -> Path | None:
        """Sign where the record stands now.

        Returns:
            The file; None while the record is empty.

        Raises:
            StoreUnavailable: the database cannot be reached, or the file cannot be written.
        """
        head = self._audit.head(SYSTEM)
        if head is None:
            return None
        try:
            return write_checkpoint(self._directory, make_checkpoint(head, self._clock.now(), self._key))
        except OSError as error:
            raise StoreUnavailable(f"the checkpoint cannot be written ({error.strerror})") from error


def checkpoint_writer(settings: RecordSettings, audit: Audit, clock: Clock) -> CheckpointWriter:
    """The writer of the settings.

    Raises:
        ConfigurationError: the key is missing, can be read by others or is none.
    """
    return CheckpointWriter(audit, clock, key=centre_key(settings), directory=settings.checkpoints)


def centre_key(settings: RecordSettings) -> Ed25519PrivateKey:
    """The centre's private key.

    Raises:
        ConfigurationError: it is missing, can be read by others or is none.
    """
    return load_private_key(
        settings.key_file, what="centre's key", remedy="make one with `matthan centre keygen --out DIR`"
    )
