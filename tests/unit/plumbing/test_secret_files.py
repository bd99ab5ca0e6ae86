"""A secret is the same whatever editor saved its file, and no message ever holds it."""

import base64
import codecs
from pathlib import Path

import pytest

from api.settings import Secret
from domain.camera import Stream
from domain.errors import ConfigurationError
from ingest.live.credentials import credentials_of
from plumbing.secret_values import read_secret, read_secret_file
from plumbing.signing import BoxSigner, generate_key, load_public_keys
from plumbing.text_files import read_text_file
from plumbing.yaml_documents import read_yaml

PASSWORD = "mật@ khẩu"
SAVED = {
    "plain": PASSWORD.encode(),
    "line end": f" {PASSWORD} \n".encode(),
    "Windows line end": f"{PASSWORD}\r\n".encode(),
    "UTF-8 with BOM": codecs.BOM_UTF8 + f"{PASSWORD}\r\n".encode(),
    "UTF-16, little end first": codecs.BOM_UTF16_LE + f"{PASSWORD}\r\n".encode("utf-16-le"),
    "UTF-16, big end first": codecs.BOM_UTF16_BE + f"{PASSWORD}\n".encode("utf-16-be"),
}


@pytest.mark.parametrize("saved", SAVED.values(), ids=SAVED.keys())
def test_every_reader_of_secrets_finds_the_same_password(tmp_path: Path, saved: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(saved)
    assert read_secret_file("a password", file) == PASSWORD
    assert read_secret("a password", env=None, file="password", folder=tmp_path, environ={}) == PASSWORD
    assert Secret(file=file).read() == PASSWORD
    camera = credentials_of(Stream(url="rtsp://cam/", username="u", password_file="password"), {}, folder=tmp_path)
    assert camera is not None
    assert camera.password == PASSWORD


@pytest.mark.parametrize(
    ("saved", "told"),
    [(codecs.BOM_UTF8, "is empty"), (b"\r\n", "is empty"), (b"p\xe4ss", "no UTF-8"), (None, "cannot")],
)
def test_a_file_without_a_secret_is_named_with_what_is_wrong(tmp_path: Path, saved: bytes | None, told: str) -> None:
    file = tmp_path / "password"
    if saved is not None:
        file.write_bytes(saved)
    with pytest.raises(ConfigurationError, match=told) as caught:
        read_secret_file("mqtt: password", file)
    assert str(file) in str(caught.value)
    assert "ss" not in str(caught.value).replace("password", "")
    assert caught.value.__cause__ is None or isinstance(caught.value.__cause__, OSError)


def test_keys_and_settings_saved_with_a_mark_are_read(tmp_path: Path) -> None:
    signer = generate_key(tmp_path)
    key_file, public_file = tmp_path / "box.key", tmp_path / "box.pub"
    for file in (key_file, public_file):
        file.write_bytes(codecs.BOM_UTF8 + file.read_bytes())
    key_file.chmod(0o600)
    assert BoxSigner.load(key_file).key_id == signer.key_id
    assert set(load_public_keys(public_file)) == {signer.key_id}
    assert len(base64.b64decode(read_text_file(public_file))) == 32
    settings = tmp_path / "box.yaml"
    settings.write_bytes(codecs.BOM_UTF8 + "name: Huế\r\n".encode())
    assert read_yaml(settings).content == {"name": "Huế"}
