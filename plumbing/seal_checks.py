"""Checking the centre's seal of an unpacked package, offline."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509 import Certificate
from pydantic import BaseModel, ValidationError

from domain.canonical import canonical_bytes
from domain.errors import EvidenceError, IntegrityError
from plumbing import merkle
from plumbing.checkpoints import Checkpoint, is_signature_of
from plumbing.package_checks import CASE_FILE, MANIFEST_FILE, SIGNATURE_FILE
from plumbing.seals import (
    CHECKPOINT_FILE,
    CUSTODY_FILE,
    SEAL_FILE,
    SEAL_SIGNATURE_FILE,
    SEALED_BY_CENTRE,
    TIME_STAMP_FILE,
    Custody,
    CustodyEntry,
    Seal,
    SealSignature,
)
from plumbing.time_stamps import check_time_stamp

_Document = TypeVar("_Document", bound=BaseModel)


class SealCheck(StrEnum):
    """What is looked at."""

    SIGNATURE = "signature"  # the centre's, over the seal
    FILES = "files"  # every file is the one that was sealed, none is missing or came later
    CUSTODY = "custody"  # the log is whole, each entry is what the record held, and it is of this very case
    CHECKPOINT = "checkpoint"  # the centre's signed word on its record
    INCLUSION = "inclusion"  # every entry stands in the record of that checkpoint
    TIME_STAMP = "time_stamp"  # of another authority, over the seal


class SealVerdict(StrEnum):
    """What came of one check."""

    VALID = "valid"
    ALTERED = "altered"
    UNKNOWN_SIGNER = "unknown_signer"
    ABSENT = "absent"  # the centre said when it sealed that there is none, and why
    NOT_CHECKED = "not_checked"  # it is there, and no certificate was given that it could be checked against


@dataclass(frozen=True, slots=True, kw_only=True)
class SealFinding:
    """One check and what came of it."""

    check: SealCheck
    verdict: SealVerdict
    detail: str = ""  # what is wrong, or what is known


class _Broken(Exception):
    """A document cannot be read, so nothing that stands on it can be checked."""


def is_sealed(folder: Path) -> bool:
    """Whether a package bears any sign of a seal."""
    return any(
        (folder / name).exists() for name in (SEAL_FILE, SEAL_SIGNATURE_FILE, TIME_STAMP_FILE, *SEALED_BY_CENTRE)
    )


def check_seal(
    folder: Path, keys: Mapping[str, Ed25519PublicKey], authorities: Sequence[Certificate] = ()
) -> tuple[SealFinding, ...]:
    """Check everything that the centre sealed.

    Args:
        folder: of the unpacked package.
        keys: of known centres, by key id.
        authorities: root certificates of known time stamp authorities.

    Returns:
        A finding for each check that could be made, all that is wrong among them.
    """
    try:
        return tuple(_findings(folder, keys, authorities))
    except _Broken as broken:
        return (SealFinding(check=SealCheck.FILES, verdict=SealVerdict.ALTERED, detail=str(broken)),)


def _findings(
    folder: Path, keys: Mapping[str, Ed25519PublicKey], authorities: Sequence[Certificate]
) -> Iterator[SealFinding]:
    seal, signature = _document(folder, SEAL_FILE, Seal), _document(folder, SEAL_SIGNATURE_FILE, SealSignature)
    custody, checkpoint = _document(folder, CUSTODY_FILE, Custody), _document(folder, CHECKPOINT_FILE, Checkpoint)
    yield _finding(SealCheck.SIGNATURE, _signed(folder, signature, keys))
    yield _finding(SealCheck.FILES, _files(folder, seal))
    yield _finding(SealCheck.CUSTODY, _custody(folder, seal, custody))
    yield _finding(SealCheck.CHECKPOINT, _checkpoint(seal, checkpoint, signature, keys))
    yield _finding(SealCheck.INCLUSION, _inclusion(custody, checkpoint))
    yield _time_stamp(folder, signature, authorities)


def _finding(check: SealCheck, wrong: str | SealVerdict | None) -> SealFinding:
    if isinstance(wrong, SealVerdict):
        return SealFinding(check=check, verdict=wrong)
    return SealFinding(check=check, verdict=SealVerdict.ALTERED if wrong else SealVerdict.VALID, detail=wrong or "")


def _signed(folder: Path, signature: SealSignature, keys: Mapping[str, Ed25519PublicKey]) -> str | SealVerdict | None:
    if _sha256(folder / SEAL_FILE) != signature.statement.seal_sha256:
        return "seal.json is not the one that was signed"
    if signature.key_id not in keys:
        return SealVerdict.UNKNOWN_SIGNER
    fits = is_signature_of(keys[signature.key_id], signature.signature_b64, canonical_bytes(signature.statement))
    return None if fits else "the signature does not fit"


def _files(folder: Path, seal: Seal) -> str | None:
    here = {path.name for path in folder.iterdir()} - {SEAL_FILE, SEAL_SIGNATURE_FILE, TIME_STAMP_FILE}
    listed = [file.name for file in seal.files]
    if len(set(listed)) != len(listed) or {*SEALED_BY_CENTRE, CASE_FILE, MANIFEST_FILE, SIGNATURE_FILE} - set(listed):
        return "the seal lists a file twice, or not all that it must"
    if missing := sorted(set(listed) - here):
        return f"missing: {', '.join(missing)}"
    if strange := sorted(here - set(listed)):
        return f"not sealed: {', '.join(strange)}"
    wrong = [each.name for each in seal.files if _sha256(folder / each.name) != each.sha256]
    return f"altered: {', '.join(wrong)}" if wrong else None


def _custody(folder: Path, seal: Seal, custody: Custody) -> str | None:
    entries = custody.entries
    if custody.case_id != seal.case_id or len(entries) != seal.custody_entries:
        return "the log is of another case, or entries are missing"
    if any(first.seq >= second.seq for first, second in pairwise(entries)):
        return "the entries are not in order"
    wrong = [str(entry.seq) for entry in entries if not entry.is_itself(custody.case_id)]
    if wrong:
        return f"altered entries: {', '.join(wrong)}"
    message = b'{"case":%s,"manifest":%s,"signature":%s}' % tuple(
        _content(folder / name) for name in (CASE_FILE, MANIFEST_FILE, SIGNATURE_FILE)
    )
    if entries[0].action != "detect" or _message_of(entries[0]) != hashlib.sha256(message).hexdigest():
        return "the record knows this case with other documents"
    return None


def _message_of(entry: CustodyEntry) -> object:
    """What an entry says of the message that came; None: it is none that the centre wrote."""
    try:
        told = json.loads(entry.body)
    except (ValueError, RecursionError):  # whoever forged it also computed its hash anew
        return None
    return told.get("message_sha256") if isinstance(told, dict) else None


def _checkpoint(
    seal: Seal, checkpoint: Checkpoint, signature: SealSignature, keys: Mapping[str, Ed25519PublicKey]
) -> str | SealVerdict | None:
    if checkpoint.statement.seq != seal.events:
        return "it is of another moment than the seal"
    if checkpoint.key_id != signature.key_id:
        return "another key signed it than the seal"
    if checkpoint.key_id not in keys:
        return SealVerdict.UNKNOWN_SIGNER
    return None if checkpoint.is_signed_by(keys[checkpoint.key_id]) else "the signature does not fit"


def _inclusion(custody: Custody, checkpoint: Checkpoint) -> str | None:
    statement = checkpoint.statement
    if statement.root_sha256 is None:
        return "the checkpoint knows no tree"
    root, size = bytes.fromhex(statement.root_sha256), statement.seq
    absent = [
        str(entry.seq)
        for entry in custody.entries
        if not merkle.is_included(
            merkle.leaf_hash(bytes.fromhex(entry.hash)),
            entry.seq - 1,
            size,
            [bytes.fromhex(each) for each in entry.inclusion],
            root,
        )
    ]
    return f"not in the record of the checkpoint: {', '.join(absent)}" if absent else None


def _time_stamp(folder: Path, signature: SealSignature, authorities: Sequence[Certificate]) -> SealFinding:
    check, path, statement = SealCheck.TIME_STAMP, folder / TIME_STAMP_FILE, signature.statement
    if statement.time_stamp_sha256 is None:
        if path.exists():
            return _finding(check, "there is one that the centre did not sign for")
        reason = statement.no_time_stamp_because or ""
        return SealFinding(check=check, verdict=SealVerdict.ABSENT, detail=reason)
    content = _content(path)
    if hashlib.sha256(content).hexdigest() != statement.time_stamp_sha256:
        return _finding(check, "seal-timestamp.tsr is not the one that the centre got")
    try:
        stamped_at = check_time_stamp(content, _content(folder / SEAL_FILE), authorities)
    except IntegrityError as error:
        return _finding(check, str(error))
    verdict = SealVerdict.VALID if authorities else SealVerdict.NOT_CHECKED
    return SealFinding(check=check, verdict=verdict, detail=stamped_at.isoformat())


def _document(folder: Path, name: str, model: type[_Document]) -> _Document:
    content = _content(folder / name)
    try:
        document = model.model_validate_json(content)
    except ValidationError as error:
        raise _Broken(f"altered: {name} cannot be read") from error
    if canonical_bytes(document) != content:
        raise _Broken(f"altered: {name} is not in its canonical form")
    return document


def _content(path: Path) -> bytes:
    try:
        if not path.is_file() or path.is_symlink():
            raise _Broken(f"missing: {path.name}")
        return path.read_bytes()
    except OSError as error:
        raise EvidenceError(f"{path} cannot be read ({error.strerror})") from error


def _sha256(path: Path) -> str:
    try:
        if path.is_symlink():
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EvidenceError(f"{path} cannot be read ({error.strerror})") from error
