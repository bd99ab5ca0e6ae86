"""Files that only we may read, written so that a power cut leaves the old or the new one; faults name a remedy."""

import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from domain.errors import FileError

logger = logging.getLogger(__name__)

_FILE_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700


@contextmanager
def file_faults(path: Path, purpose: str = "written") -> Iterator[None]:
    """Whatever the operating system refuses in this block becomes one error that names the file and a remedy.

    Raises:
        FileError: something was refused.
    """
    try:
        yield
    except OSError as e:
        raise FileError(e.filename or path, purpose, e) from e


def make_private_folder(folder: Path) -> None:
    """Make a folder and what is missing above it; only we may look into what is made, and into the folder itself.

    Raises:
        FileError: it cannot be made.
    """
    with file_faults(folder, "made"):
        for one in (*reversed(folder.parents), folder):
            if not one.is_dir():
                one.mkdir(_FOLDER_MODE, exist_ok=True)
        if folder.stat().st_mode & 0o777 != _FOLDER_MODE:
            folder.chmod(_FOLDER_MODE)


def write_private(path: Path, content: bytes) -> None:
    """Write a file in place, flushed to the disk.

    Raises:
        FileError: it cannot be written.
    """
    with file_faults(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, _FILE_MODE)  # it may have been there
            file.write(content)
            file.flush()
            os.fsync(descriptor)


def replace_private(path: Path, content: bytes) -> None:
    """Write a file so that after a power cut the old or the new one is there, whole.

    Raises:
        FileError: it cannot be written; the old one stays.
    """
    beside = path.with_name(f".{path.name}.part")
    write_private(beside, content)
    with file_faults(path):
        beside.replace(path)
        flush_folder(path.parent)


def write_private_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write a folder of files so that after a power cut it is there whole or not at all; replaces one that is there.

    Raises:
        FileError: it cannot be written; nothing of it stays.
    """
    beside = folder.with_name(f".{folder.name}.part")
    try:
        make_private_folder(beside.parent)
        shutil.rmtree(beside, ignore_errors=True)
        make_private_folder(beside)
        for name, content in contents.items():
            write_private(beside / name, content)
        with file_faults(folder):
            flush_folder(beside)
            if folder.exists():
                shutil.rmtree(folder)
            beside.rename(folder)
            flush_folder(folder.parent)
    except FileError:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def read_bytes(path: Path) -> bytes:
    """A file's content.

    Raises:
        FileError: it cannot be read.
    """
    with file_faults(path, "read"):
        return path.read_bytes()


def remove(path: Path) -> bool:
    """Remove a file or a folder with all in it; what cannot be removed is logged, and nothing else breaks by it.

    Returns:
        Whether it is gone.
    """
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as e:
        error = FileError(e.filename or path, "removed", e)
        logger.warning("Left-over file stays", extra={"action": "not_removed", "reason": str(error)})
        return False
    return True


def flush_folder(folder: Path) -> None:
    """Bring a folder's names to the disk.

    Raises:
        OSError: it cannot be flushed.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
