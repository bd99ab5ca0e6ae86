"""What a case that the centre put together rests on: of a clone, what was signed of the first case.

A clone's own manifest proves that the centre put the files together. That they are the box's own follows from the
box's manifest of the first case, which lies beside them and names the same hashes. The first case may be one that the
centre made of a citizen's report: then the centre signed it, and vouches for no more than there.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from domain.cases.case import Case, Origin
from domain.cases.entries import CENTRE, Entry
from domain.cases.evidence import CaseMessage, FileRole, Manifest, Signature
from domain.errors import IntegrityError
from plumbing.signing import check_signature

SOURCE_CASE_FILE: Final = "source-case.json"
SOURCE_MANIFEST_FILE: Final = "source-manifest.json"
SOURCE_SIGNATURE_FILE: Final = "source-signature.json"
_MADE: Final = frozenset({FileRole.OVERLAY, FileRole.CLIP_BLURRED, FileRole.STILL_FULL_BLURRED})
"""What the centre may write anew; every other file of a clone is the box's, byte for byte."""


class SourceVerdict(StrEnum):
    """What the first case says of a clone's files."""

    VALID = "valid"
    ALTERED = "altered"  # its documents are not what a box signed, or a file is not the one that they name
    MISSING = "missing"
    UNKNOWN_SIGNER = "unknown_signer"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFinding:
    """What a case that no box found was made of."""

    entry: Entry
    source_id: str  # of the first case, or of the report
    verdict: SourceVerdict | None  # None: of a report nothing was signed before the centre did
    of_report: bool = False  # a clone's first case was made of a citizen's report, and signed by the centre
    shared: tuple[str, ...] = ()  # files that the box signed for (of a report: the centre)
    made: tuple[str, ...] = ()  # files that the centre wrote itself
    not_shared: tuple[str, ...] = ()  # files that should be the box's and are not


def check_source(
    folder: Path,
    case: Case,
    manifest: Manifest,
    keys: Mapping[str, Ed25519PublicKey],
    centre_keys: Mapping[str, Ed25519PublicKey],
) -> SourceFinding | None:
    """Check what a case was made of; None: a box found it.

    Args:
        folder: of the package.
        case: its document.
        manifest: its files; that they are as it says is checked elsewhere.
        keys: public keys of known boxes, by key id.
        centre_keys: public keys of known centres, by key id.
    """
    origin = case.origin
    if origin is None:
        return None
    if origin.entry != Entry.CLONE.value:
        return SourceFinding(entry=Entry(origin.entry), source_id=str(origin.source_id), verdict=None)
    source, verdict = _read(folder, origin, keys, centre_keys)
    if source is None:
        return SourceFinding(entry=Entry.CLONE, source_id=str(origin.source_id), verdict=verdict)
    signed = {(file.name, file.sha256) for file in source.manifest.files}
    hashes = {digest for _, digest in signed}
    shared: list[str] = []
    made: list[str] = []
    strange: list[str] = []
    for file in manifest.files:
        if file.name in {SOURCE_CASE_FILE, SOURCE_MANIFEST_FILE, SOURCE_SIGNATURE_FILE}:
            continue
        is_kept = file.role is FileRole.SOURCE and file.sha256 in hashes
        if is_kept or (file.name, file.sha256) in signed:
            shared.append(file.name)
        else:
            (made if file.role in _MADE else strange).append(file.name)
    return SourceFinding(
        entry=Entry.CLONE,
        source_id=str(origin.source_id),
        verdict=SourceVerdict.ALTERED if strange else verdict,
        of_report=source.case.origin is not None,
        shared=tuple(shared),
        made=tuple(made),
        not_shared=tuple(strange),
    )


def _read(
    folder: Path,
    origin: Origin,
    keys: Mapping[str, Ed25519PublicKey],
    centre_keys: Mapping[str, Ed25519PublicKey],
) -> tuple[CaseMessage | None, SourceVerdict]:
    """The first case as its box sent it, or the centre made it, where that is what the documents say."""
    paths = [folder / name for name in (SOURCE_CASE_FILE, SOURCE_MANIFEST_FILE, SOURCE_SIGNATURE_FILE)]
    if not all(path.is_file() and not path.is_symlink() for path in paths):
        return None, SourceVerdict.MISSING
    case_bytes, manifest_bytes, signature_bytes = (path.read_bytes() for path in paths)
    try:
        message = CaseMessage(
            case=Case.model_validate_json(case_bytes),
            manifest=Manifest.model_validate_json(manifest_bytes),
            signature=Signature.model_validate_json(signature_bytes),
        )
        fits = (
            message.sha256() == origin.source_sha256
            and message.case.case_id == message.manifest.case_id == origin.source_id
            and message.manifest.case_sha256 == hashlib.sha256(case_bytes).hexdigest()
        )
        if not fits:
            return None, SourceVerdict.ALTERED
        check_signature(manifest_bytes, message.signature, centre_keys if message.case.box_id == CENTRE else keys)
    except KeyError:
        return message, SourceVerdict.UNKNOWN_SIGNER
    except (ValidationError, IntegrityError):
        return None, SourceVerdict.ALTERED
    return message, SourceVerdict.VALID
