"""Checking a package offline: files against the manifest, the manifest against its signature, plates against clips."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from domain.cases.case import Case
from domain.cases.entries import CENTRE
from domain.cases.evidence import Manifest, Signature
from domain.errors import EvidenceError, IntegrityError
from domain.plates.proof import shows_plate, unbound_crops, unbound_reads
from plumbing.signing import check_signature
from plumbing.source_checks import SourceFinding, SourceVerdict, check_source

CASE_FILE = "case.json"
MANIFEST_FILE = "manifest.json"
SIGNATURE_FILE = "signature.json"
_OURS = (CASE_FILE, MANIFEST_FILE, SIGNATURE_FILE)
_BLOCK_BYTES = 1 << 20


class FileVerdict(StrEnum):
    """What became of one file since the box signed."""

    VALID = "valid"
    ALTERED = "altered"
    MISSING = "missing"
    NOT_LISTED = "not_listed"  # nobody signed for it
    NOT_BOUND = "not_bound"  # as it was signed, but what it says of the plate is not shown by the package's clips


class SignatureVerdict(StrEnum):
    """What the manifest's signature is worth."""

    VALID = "valid"
    ALTERED = "altered"  # manifest or signature is not what the box made
    MISSING = "missing"
    UNKNOWN_SIGNER = "unknown_signer"


class Overall(StrEnum):
    """The whole package in one word."""

    VALID = "valid"
    ALTERED = "altered"
    UNKNOWN_SIGNER = "unknown_signer"
    NOT_BOUND = "not_bound"
    NOT_SEALED = "not_sealed"  # a centre's seal was asked for, and there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageReport:
    """The outcome of a check."""

    folder: Path
    files: Mapping[str, FileVerdict]  # by name, case.json first, then in the manifest's order, then what nobody signed
    signature: SignatureVerdict
    key_id: str | None  # of the signer, as the signature says
    case_id: str | None  # as the manifest says
    gaps: tuple[str, ...]  # what the box itself said was missing
    remarks: tuple[str, ...]  # what it said besides, though nothing that decides is missing
    source: SourceFinding | None = None  # of a case that no box found: what the centre made it of

    @property
    def overall(self) -> Overall:
        """Altered before unknown signer before not bound before valid."""
        verdicts, source = set(self.files.values()), self.source.verdict if self.source else None
        if (
            not verdicts <= {FileVerdict.VALID, FileVerdict.NOT_BOUND}
            or self.signature in {SignatureVerdict.ALTERED, SignatureVerdict.MISSING}
            or source in {SourceVerdict.ALTERED, SourceVerdict.MISSING}
        ):
            return Overall.ALTERED
        if self.signature is SignatureVerdict.UNKNOWN_SIGNER or source is SourceVerdict.UNKNOWN_SIGNER:
            return Overall.UNKNOWN_SIGNER
        return Overall.NOT_BOUND if FileVerdict.NOT_BOUND in verdicts else Overall.VALID

    @property
    def is_valid(self) -> bool:
        """Whether everything fits and the signer is known."""
        return self.overall is Overall.VALID


def verify_package(
    folder: Path,
    keys: Mapping[str, Ed25519PublicKey],
    *,
    beside: Collection[str] = (),
    centre_keys: Mapping[str, Ed25519PublicKey] | None = None,
) -> PackageReport:
    """Check a package folder against what the box signed; of a case that the centre put together, what that did.

    Args:
        folder: holds case.json, manifest.json, signature.json and the files that the manifest lists.
        keys: public keys of known boxes, by key id.
        beside: files that somebody else answers for.
        centre_keys: public keys of known centres, by key id; they sign cases that no box found.

    Raises:
        EvidenceError: there is no such folder, or no manifest that could be checked against.
    """
    manifest_bytes = _read(folder / MANIFEST_FILE)
    if manifest_bytes is None:
        raise EvidenceError(f"{folder} is no evidence package: it has no {MANIFEST_FILE}")
    try:
        manifest = Manifest.model_validate_json(manifest_bytes)
    except ValidationError:
        return PackageReport(
            folder=folder,
            files={MANIFEST_FILE: FileVerdict.ALTERED},
            signature=SignatureVerdict.ALTERED,
            key_id=None,
            case_id=None,
            gaps=(),
            remarks=(),
        )
    signers = {**(centre_keys or {}), **keys} if manifest.box_id == CENTRE else keys
    signature, key_id = _check_manifest(manifest_bytes, _read(folder / SIGNATURE_FILE), signers)
    case = _whole_case(_read(folder / CASE_FILE), manifest)
    files = {CASE_FILE: FileVerdict.VALID if isinstance(case, Case) else case}
    names = [file.name for file in manifest.files]
    if len(set(names)) != len(names) or not set(names).isdisjoint(_OURS):
        files[MANIFEST_FILE] = FileVerdict.ALTERED  # no box lists a file twice, or the documents themselves
    files |= {
        file.name: _check_file(folder / file.name, file.size_bytes, file.sha256)
        for file in manifest.files
        if file.name not in _OURS
    }
    listed = {*files, *_OURS, *beside}
    strangers = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()
    )
    files |= {name: FileVerdict.NOT_LISTED for name in strangers if name not in listed}
    if isinstance(case, Case):
        files |= {
            name: FileVerdict.NOT_BOUND for name in _not_bound(case, manifest) if files[name] is FileVerdict.VALID
        }
    return PackageReport(
        folder=folder,
        files=files,
        signature=signature,
        key_id=key_id,
        case_id=str(manifest.case_id),
        gaps=manifest.gaps,
        remarks=manifest.remarks,
        source=check_source(folder, case, manifest, keys, centre_keys or {}) if isinstance(case, Case) else None,
    )


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.is_file() and not path.is_symlink() else None
    except OSError as e:
        raise EvidenceError(f"{path} cannot be read ({e.strerror})") from e


def _check_manifest(
    manifest_bytes: bytes, signature_bytes: bytes | None, keys: Mapping[str, Ed25519PublicKey]
) -> tuple[SignatureVerdict, str | None]:
    if signature_bytes is None:
        return SignatureVerdict.MISSING, None
    try:
        signature = Signature.model_validate_json(signature_bytes)
    except ValidationError:
        return SignatureVerdict.ALTERED, None
    try:
        check_signature(manifest_bytes, signature, keys)
    except KeyError:
        return SignatureVerdict.UNKNOWN_SIGNER, signature.key_id
    except IntegrityError:
        return SignatureVerdict.ALTERED, signature.key_id
    return SignatureVerdict.VALID, signature.key_id


def _whole_case(case_bytes: bytes | None, manifest: Manifest) -> Case | FileVerdict:
    if case_bytes is None:
        return FileVerdict.MISSING
    if hashlib.sha256(case_bytes).hexdigest() != manifest.case_sha256:
        return FileVerdict.ALTERED
    try:
        case = Case.model_validate_json(case_bytes)
    except ValidationError:
        return FileVerdict.ALTERED
    fits = case.case_id == manifest.case_id and case.box_id == manifest.box_id
    return case if fits else FileVerdict.ALTERED


def _not_bound(case: Case, manifest: Manifest) -> Iterable[str]:
    """Files that say something of the plate which the package's own clips do not show."""
    yield from unbound_crops(case, manifest)
    if unbound_reads(case, manifest) or (case.plate.status == "agreed" and not shows_plate(case, manifest)):
        yield CASE_FILE


def _check_file(path: Path, size_bytes: int, sha256: str) -> FileVerdict:
    if path.is_symlink():
        return FileVerdict.ALTERED
    if not path.is_file():
        return FileVerdict.MISSING
    try:
        if path.stat().st_size != size_bytes:
            return FileVerdict.ALTERED
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError as e:
        raise EvidenceError(f"{path} cannot be read ({e.strerror})") from e
    return FileVerdict.VALID if digest.hexdigest() == sha256 else FileVerdict.ALTERED
