"""Secrets: made by the operating system's generator, shown once, kept only as hashes.

API keys and session tokens are 256 random bits, so a plain SHA-256 is enough: nobody can try 2^256 of them, and a
slow hash would only slow every request. Passwords are chosen by people, so they get argon2id.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

KEY_PREFIX = "matthan"
MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 256


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NewKey:
    """An API key that was just made; its text is shown once and kept nowhere."""

    key_id: str
    text: str  # what the machine sends: prefix, key id, secret
    secret_sha256: str


def new_api_key() -> NewKey:
    """A key such as ``matthan_3f2a9c0d1b2e4f56_...``."""
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    return NewKey(key_id=key_id, text=f"{KEY_PREFIX}_{key_id}_{secret}", secret_sha256=sha256_text(secret))


def split_api_key(text: str) -> tuple[str, str] | None:
    """Key id and secret of what a machine sent; None when it has not a key's form.

    Examples:
        >>> split_api_key("matthan_00ff_secret")
        ('00ff', 'secret')
        >>> split_api_key("nothing of ours") is None
        True
    """
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    return (key_id, secret) if prefix == KEY_PREFIX and key_id and secret else None


def new_session_token() -> str:
    """256 random bits for a cookie."""
    return secrets.token_urlsafe(32)


_CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: none is taken for another
_READ_AS = str.maketrans("OIL", "011")
CODE_LENGTH = 12


def new_code() -> str:
    """A code that people type from paper: 60 random bits, so that a plain SHA-256 of it is enough."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(CODE_LENGTH))


def typed_code(text: str) -> str:
    """A code as it was made, of what somebody typed.

    Examples:
        >>> typed_code(" abcd-efgh 1o1l")
        'ABCDEFGH1011'
    """
    return "".join(letter for letter in text.upper() if letter.isalnum()).translate(_READ_AS)


def new_password() -> str:
    """A password for a first sign-in: 144 random bits."""
    return secrets.token_urlsafe(18)


def sha256_text(text: str) -> str:
    """Hex SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def same_secret(secret: str, secret_sha256: str) -> bool:
    """Whether a secret fits its hash, in constant time."""
    return hmac.compare_digest(sha256_text(secret), secret_sha256)


class Passwords:
    """argon2id; the one place that knows its cost.

    Args:
        memory_cost_kib: memory of one hash.
        time_cost: passes over it.
    """

    def __init__(self, *, memory_cost_kib: int = 65_536, time_cost: int = 3) -> None:
        self._hasher = PasswordHasher(memory_cost=memory_cost_kib, time_cost=time_cost)
        self._nobody = self._hasher.hash(new_password())

    def hash(self, password: str) -> str:
        """What may be kept of a password."""
        return self._hasher.hash(password)

    def fits(self, password: str, password_hash: str | None) -> bool:
        """Whether a password is the right one; an unknown user takes as long as a wrong password."""
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None
