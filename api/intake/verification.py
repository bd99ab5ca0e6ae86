"""Is a message what its box signed? Pure checks on what arrived."""

import base64
import binascii
import re
import uuid

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.canonical import canonical_bytes, sha256_of
from domain.cases.case import Case
from domain.cases.entries import CENTRE
from domain.cases.evidence import MAX_PACKAGE_BYTES, CaseMessage
from domain.errors import Invalid
from plumbing.seals import CENTRE_FILES

VALID = "valid"
MAX_FILES = 200
_OURS = frozenset({"case.json", "manifest.json", "signature.json", *CENTRE_FILES})  # stand beside the listed files
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


def is_identifier(word: str) -> bool:
    """Whether a word may name a box, camera or offence.

    Examples:
        >>> is_identifier("cam-1"), is_identifier("cam 1"), is_identifier("x" * 64)
        (True, False, False)
    """
    return _WORD.fullmatch(word) is not None


def check_form(message: CaseMessage, *, box_id: str, case_id: uuid.UUID) -> None:
    """Refuse what no honest box sends, before anything is stored.

    Args:
        message: well-formed by its schema.
        box_id: of the key that it came with.
        case_id: of the request that it came in.

    Raises:
        Invalid: with what is wrong.
    """
    case, manifest = message.case, message.manifest
    if not case.box_id == manifest.box_id == box_id:
        raise Invalid(f"box ids differ: key {box_id!r}, case {case.box_id!r}, manifest {manifest.box_id!r}")
    if not case.case_id == manifest.case_id == case_id:
        raise Invalid("request, case and manifest name different cases")
    for name, word in (("camera_id", case.site.camera_id), ("violation code", case.violation.code), ("box_id", box_id)):
        if not is_identifier(word):
            raise Invalid(f"the {name} is no identifier")
    _check_own(case)
    if case.ended_at < case.began_at:
        raise Invalid("the act ends before it begins")
    if sum(file.size_bytes for file in manifest.files) > MAX_PACKAGE_BYTES:
        raise Invalid(f"the files of a package have at most {MAX_PACKAGE_BYTES} bytes together")
    names = [file.name for file in manifest.files]
    if len(names) > MAX_FILES or len(set(names)) != len(names):
        raise Invalid(f"a manifest lists at most {MAX_FILES} files, each once")
    if _OURS & set(names):
        raise Invalid(f"a manifest cannot list {', '.join(sorted(_OURS & set(names)))}")


def _check_own(case: Case) -> None:
    """A box sends what it found itself, under the id that follows from it."""
    if case.origin is not None or case.box_id == CENTRE:
        raise Invalid("a box finds its cases itself")
    if case.case_id != case.derived_id():
        raise Invalid("the case id does not follow from box, camera, rule, subject and instant of the case")


def verdict(message: CaseMessage, *, key_id: str | None, public_key_b64: str | None) -> str:
    """What the signature and the hash of a message say.

    Args:
        message: that arrived.
        key_id: of the key registered for its box, None when the box is not registered.
        public_key_b64: that key.

    Returns:
        ``valid``, ``unknown_signer``, ``bad_signature`` or ``hash_mismatch``.
    """
    if public_key_b64 is None or message.signature.key_id != key_id:
        return "unknown_signer"
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key_b64))
    try:
        key.verify(base64.b64decode(message.signature.signature_b64, validate=True), canonical_bytes(message.manifest))
    except (InvalidSignature, binascii.Error):
        return "bad_signature"
    return VALID if message.manifest.case_sha256 == sha256_of(message.case) else "hash_mismatch"
