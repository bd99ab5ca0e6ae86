"""Files of ours: for our user alone, whole or not at all, and every fault names the file and what to do."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domain.errors import FileError, MatThanError
from plumbing.files import (
    file_faults,
    make_private_folder,
    read_bytes,
    remove,
    replace_private,
    write_private,
    write_private_folder,
)


@pytest.fixture
def lax() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): oct(path.stat().st_mode & 0o777) for path in sorted(folder.rglob("*"))}


@pytest.mark.usefixtures("lax")
def test_only_our_user_may_look_into_what_is_made(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "a" / "b")
    write_private(tmp_path / "a" / "one", b"1")
    replace_private(tmp_path / "a" / "two", b"2")
    write_private_folder(tmp_path / "a" / "b" / "c", {"three": b"3"})
    assert modes(tmp_path) == {
        "a": "0o700",
        "a/b": "0o700",
        "a/b/c": "0o700",
        "a/b/c/three": "0o600",
        "a/one": "0o600",
        "a/two": "0o600",
    }


def test_what_others_could_read_is_closed_when_it_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o600
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_folder_replaces_the_one_that_is_there_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_private_folder(tmp_path / "c", {"one": b"1", "two": b"2"})
    write_private_folder(tmp_path / "c", {"one": b"3"})
    assert {path.name: path.read_bytes() for path in (tmp_path / "c").iterdir()} == {"one": b"3"}
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "free space"),
        (errno.EROFS, "mount its disk for writing"),
        (errno.EIO, "check the disk"),
        (errno.EACCES, "the right to it"),
        (errno.ELOOP, "check its disk and the rights"),
    ],
)
@pytest.mark.parametrize(
    "use",
    [
        lambda path: write_private(path / "x", b"1"),
        lambda path: replace_private(path / "x", b"1"),
        lambda path: write_private_folder(path / "y", {"x": b"1"}),
        lambda path: make_private_folder(path / "z"),
        lambda path: read_bytes(path / "there"),
    ],
)
def test_every_refusal_of_the_system_names_the_file_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str, use: Callable[[Path], None]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    (tmp_path / "there").write_bytes(b"1")
    with monkeypatch.context() as broken:
        broken.setattr(os, "open", refuse)
        for name in ("mkdir", "open", "read_bytes"):
            broken.setattr(Path, name, refuse)
        with pytest.raises(MatThanError) as caught:
            use(tmp_path)
    assert isinstance(caught.value, FileError)
    assert str(tmp_path) in str(caught.value)
    assert os.strerror(number) in str(caught.value)
    assert remedy in str(caught.value)
    assert caught.value.is_full == (number == errno.ENOSPC)
    assert not list(tmp_path.glob(".*"))


def test_what_cannot_be_removed_is_logged_and_nothing_else_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "one"
    path.write_bytes(b"1")
    with monkeypatch.context() as broken:

        def refuse(*_: object, **__: object) -> None:
            raise OSError(errno.EROFS, "Read-only file system", str(path))

        broken.setattr(Path, "unlink", refuse)
        assert not remove(path)
    assert "mount its disk for writing" in str(caplog.records[-1].__dict__)
    assert remove(path)
    assert remove(path), "what is not there is gone"
    (tmp_path / "folder" / "below").mkdir(parents=True)
    assert remove(tmp_path / "folder")


def test_a_fault_of_ours_stays_itself(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ours"), file_faults(tmp_path):
        raise ValueError("ours")
