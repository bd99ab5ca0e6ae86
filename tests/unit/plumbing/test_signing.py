"""The box's key: made once, kept private, named by its public half."""

import base64
import hashlib
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from domain.canonical import canonical_bytes
from domain.errors import ConfigurationError, IntegrityError
from plumbing.signing import KEY_FILE, PUBLIC_FILE, BoxSigner, check_signature, generate_key, load_public_keys
from tests.builders.cases import build_case, build_manifest

MANIFEST = build_manifest(build_case())


def test_a_new_key_is_private_and_its_public_half_is_as_the_centre_wants_it(tmp_path: Path) -> None:
    signer = generate_key(tmp_path / "new" / "folder")
    key_file = tmp_path / "new" / "folder" / KEY_FILE
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert key_file.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    raw = base64.b64decode((key_file.parent / PUBLIC_FILE).read_text())
    assert len(raw) == 32
    assert signer.key_id == hashlib.sha256(raw).hexdigest()
    assert BoxSigner.load(key_file).key_id == signer.key_id


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    generate_key(tmp_path)
    before = (tmp_path / KEY_FILE).read_bytes()
    with pytest.raises(ConfigurationError, match="exists already"):
        generate_key(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == before


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    generate_key(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        BoxSigner.load(tmp_path / KEY_FILE)


def test_what_is_no_box_key_is_refused_in_words(tmp_path: Path) -> None:
    key_file = tmp_path / KEY_FILE
    with pytest.raises(ConfigurationError, match="keygen"):
        BoxSigner.load(key_file)
    key_file.write_text("hello")
    key_file.chmod(0o600)
    with pytest.raises(ConfigurationError, match="no unencrypted PEM"):
        BoxSigner.load(key_file)
    key_file.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(ConfigurationError, match="not an Ed25519 key"):
        BoxSigner.load(key_file)


def test_a_signature_holds_for_its_bytes_alone(tmp_path: Path) -> None:
    signer = generate_key(tmp_path)
    keys = load_public_keys(tmp_path)
    signature = signer.sign(MANIFEST)
    check_signature(canonical_bytes(MANIFEST), signature, keys)
    with pytest.raises(IntegrityError):
        check_signature(canonical_bytes(MANIFEST) + b" ", signature, keys)
    with pytest.raises(KeyError):
        check_signature(canonical_bytes(MANIFEST), signature, {})


def test_the_private_key_shows_up_in_no_text(tmp_path: Path) -> None:
    signer = generate_key(tmp_path)
    assert repr(signer) == f"BoxSigner(key_id={signer.key_id!r})"


def test_public_keys_come_from_a_file_or_a_folder(tmp_path: Path) -> None:
    one, two = generate_key(tmp_path / "one"), generate_key(tmp_path / "two")
    register = tmp_path / "register"
    register.mkdir()
    for name in ("one", "two"):
        (register / f"{name}.pub").write_bytes((tmp_path / name / PUBLIC_FILE).read_bytes())
    assert set(load_public_keys(register)) == {one.key_id, two.key_id}
    assert set(load_public_keys(register / "two.pub")) == {two.key_id}
    (register / "three.pub").write_text("c2hvcnQ=")
    with pytest.raises(ConfigurationError, match=r"three\.pub"):
        load_public_keys(register)
    with pytest.raises(ConfigurationError, match="no public key"):
        load_public_keys(tmp_path)
