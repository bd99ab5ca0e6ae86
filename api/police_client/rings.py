"""Tells the centre's rings from anybody else's: who runs a webhook believes a ring only after ``check_ring``."""

import base64
import binascii
import json
import threading
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.errors import Conflict, Invalid

TOLERANCE_S: Final = 300
MAX_BODY_BYTES: Final = 4096
MOST_SIGNATURES: Final = 8
_MOST_DIGITS: Final = 12
_MAX_ID: Final = 100
_MAX_SIGNATURES: Final = 2000
_VERSION: Final = "v1a"
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """What the centre says: look at a queue."""

    kind: str  # queue.ready; of another nothing is known here
    queue: str
    at: str  # by the centre's clock


def check_ring(
    body: bytes,
    headers: Mapping[str, str],
    *,
    keys: Mapping[str, Ed25519PublicKey],
    seen: MutableMapping[str, int],
    now_s: float | None = None,
) -> Ring:
    """Believe a ring, or refuse it.

    A ring is the centre's if one of the keys signed it, so that both are known while the centre changes its key. Only
    public values are compared, by the signature's own arithmetic: there is no secret whose bytes the time could tell.
    A try of the centre has an id of its own, so a second one of the same id is somebody else's.

    Args:
        body: as it arrived, before anything parsed it.
        headers: of the request, in any case of letters.
        keys: the centre's, as ``plumbing.signing.load_public_keys`` reads them from a file or a folder of ``*.pub``.
        seen: ids of the rings believed so far, kept by the caller between calls; what is too old to be repeated is
            taken out. One for all threads; who runs several processes gives them a shared one.
        now_s: seconds since 1970; None: by this machine's clock.

    Raises:
        Invalid: a header is missing, the time is more than five minutes away, no key signed it, or it says nothing.
        Conflict: this very ring was believed already.
    """
    number, told_at, signatures = _read(headers)
    now = time.time() if now_s is None else now_s
    if len(body) > MAX_BODY_BYTES:
        raise Invalid("a ring is short")
    if abs(now - told_at) > TOLERANCE_S:
        raise Invalid("the ring is not of the last five minutes; compare this machine's clock")
    signed = f"{number}.{told_at}.".encode() + body
    if not any(_signed_by(key, each, signed) for each in signatures for key in keys.values()):
        raise Invalid("no key of the centre signed this ring")
    ring = _said(body)
    with _one_at_a_time:
        for old in [each for each, at in seen.items() if at < now - TOLERANCE_S]:
            del seen[old]
        if number in seen:
            raise Conflict("this ring was believed already")
        seen[number] = told_at
    return ring


def _read(headers: Mapping[str, str]) -> tuple[str, int, list[bytes]]:
    lower = {name.lower(): value for name, value in headers.items()}
    number, at, told = (lower.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    # digits as the centre writes them: what another spelling of the same number signed is not what was signed
    if not 0 < len(number) <= _MAX_ID or not number.isascii() or "." in number:
        raise Invalid("the ring has no webhook-id")
    if not (at.isascii() and at.isdigit() and len(at) <= _MOST_DIGITS and str(int(at)) == at):
        raise Invalid("the ring has no webhook-timestamp")
    pairs = [each.partition(",") for each in told[:_MAX_SIGNATURES].split(" ")][:MOST_SIGNATURES]
    return number, int(at), [_bytes(text) for version, _, text in pairs if version == _VERSION]


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _signed_by(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _said(body: bytes) -> Ring:
    try:
        told: Any = json.loads(body)
        kind, queue, at = (told[name] for name in ("type", "queue", "at"))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid("the ring says nothing that is known") from None
    if not all(isinstance(each, str) for each in (kind, queue, at)):
        raise Invalid("the ring says nothing that is known")
    return Ring(kind=kind, queue=queue, at=at)
