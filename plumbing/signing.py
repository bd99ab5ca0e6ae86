"""The box's Ed25519 key (RFC 8032): it signs manifests, so that nobody can change a package unseen.

On disk: ``box.key`` (PEM, PKCS8, mode 0600) and ``box.pub`` (the raw 32-byte public key as base64, one line). A key is
named by the SHA-256 of its raw public bytes.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.canonical import canonical_bytes
from domain.cases.evidence import Manifest, Signature
from domain.errors import ConfigurationError, IntegrityError
from plumbing.text_files import read_text_file

KEY_FILE = "box.key"
PUBLIC_FILE = "box.pub"
_RAW_KEY_BYTES = 32
_OTHERS_MAY_READ = 0o077


def key_id_of(public_key: Ed25519PublicKey) -> str:
    """The name of a key: hex SHA-256 of its 32 raw bytes."""
    return hashlib.sha256(public_key.public_bytes_raw()).hexdigest()


def load_private_key(key_file: Path, *, what: str, remedy: str) -> Ed25519PrivateKey:
    """Read an Ed25519 private key that only its owner can read.

    Args:
        key_file: PEM, PKCS8, not encrypted.
        what: names the key in errors.
        remedy: what to do where it is missing.

    Raises:
        ConfigurationError: the file is missing, readable by others, or no Ed25519 key.
    """
    try:
        mode = key_file.stat().st_mode
        pem = read_text_file(key_file).encode()
    except OSError as e:
        raise ConfigurationError(f"the {what} {key_file} cannot be read ({e.strerror}); {remedy}") from e
    except UnicodeDecodeError:
        raise ConfigurationError(f"the {what} {key_file} is no unencrypted PEM private key") from None
    if mode & _OTHERS_MAY_READ:
        raise ConfigurationError(f"the {what} {key_file} can be read by others; run `chmod 600 {key_file}`")
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as e:
        raise ConfigurationError(f"the {what} {key_file} is no unencrypted PEM private key") from e
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"the {what} {key_file} is not an Ed25519 key")
    return key


class BoxSigner:
    """Signs the manifests of one box."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        self.public_key = private_key.public_key()
        self.key_id = key_id_of(self.public_key)

    def __repr__(self) -> str:
        return f"BoxSigner(key_id={self.key_id!r})"

    @classmethod
    def load(cls, key_file: Path) -> "BoxSigner":
        """Read ``box.key``.

        Raises:
            ConfigurationError: the file is missing, readable by others, or no Ed25519 key.
        """
        return cls(load_private_key(key_file, what="box key", remedy="make one with `matthan edge keygen --out DIR`"))

    def sign(self, manifest: Manifest) -> Signature:
        """Sign the manifest's canonical bytes."""
        signature = self._private_key.sign(canonical_bytes(manifest))
        return Signature(key_id=self.key_id, signature_b64=base64.b64encode(signature).decode())


def generate_key(directory: Path) -> BoxSigner:
    """Make a box's new key pair in a directory (made when missing); never overwrites one.

    Raises:
        ConfigurationError: there is a key already, or the directory cannot be written.
    """
    return BoxSigner(generate_key_pair(directory, key_name=KEY_FILE, public_name=PUBLIC_FILE))


def generate_key_pair(directory: Path, *, key_name: str, public_name: str) -> Ed25519PrivateKey:
    """Make a new key pair in two files of a directory (made when missing); never overwrites one.

    Raises:
        ConfigurationError: there is a key already, or the directory cannot be written.
    """
    private_key = Ed25519PrivateKey.generate()
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _write_new(directory / key_name, pem, mode=0o600)
        _write_new(directory / public_name, public_key_text(private_key.public_key()).encode() + b"\n", mode=0o644)
    except FileExistsError as e:
        raise ConfigurationError(f"{e.filename} exists already; a key is kept, so move it away first") from e
    except OSError as e:
        raise ConfigurationError(f"the key cannot be written to {directory} ({e.strerror})") from e
    return private_key


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def public_key_text(public_key: Ed25519PublicKey) -> str:
    """The public key as it stands in ``box.pub`` and in the centre's register: base64 of 32 bytes."""
    return base64.b64encode(public_key.public_bytes_raw()).decode()


def read_public_key(text: str) -> Ed25519PublicKey:
    """Read the base64 of a raw public key.

    Raises:
        ConfigurationError: not the base64 of 32 bytes.

    Examples:
        >>> read_public_key("not a key")
        Traceback (most recent call last):
        ...
        domain.errors.ConfigurationError: expected a public key as base64 of 32 bytes
    """
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as e:
        raise ConfigurationError("expected a public key as base64 of 32 bytes") from e
    if len(raw) != _RAW_KEY_BYTES:
        raise ConfigurationError("expected a public key as base64 of 32 bytes")
    return Ed25519PublicKey.from_public_bytes(raw)


def load_public_keys(path: Path) -> dict[str, Ed25519PublicKey]:
    """Read one public key file, or every ``*.pub`` of a directory, by key id.

    Raises:
        ConfigurationError: nothing there, or a file is no public key.
    """
    files = sorted(path.glob("*.pub")) if path.is_dir() else [path]
    keys: dict[str, Ed25519PublicKey] = {}
    for file in files:
        try:
            key = read_public_key(read_text_file(file))
        except (OSError, UnicodeDecodeError) as e:
            raise ConfigurationError(f"the public key {file} cannot be read") from e
        except ConfigurationError as e:
            raise ConfigurationError(f"{file}: {e}") from e
        keys[key_id_of(key)] = key
    if not keys:
        raise ConfigurationError(f"no public key (*.pub) in {path}")
    return keys


def check_signature(signed: bytes, signature: Signature, keys: Mapping[str, Ed25519PublicKey]) -> None:
    """Check a signature over bytes.

    Args:
        signed: the canonical bytes of a manifest.
        signature: names the key and holds the signature.
        keys: public keys that are trusted, by key id.

    Raises:
        KeyError: the signer is not among the keys.
        IntegrityError: the signature does not belong to these bytes.
    """
    key = keys[signature.key_id]
    try:
        key.verify(base64.b64decode(signature.signature_b64, validate=True), signed)
    except (InvalidSignature, binascii.Error) as e:
        raise IntegrityError("the signature does not fit the manifest") from e
