"""A package as one ZIP archive: opened only where it is exactly of the form that the centre writes."""

import re
import shutil
import struct
import zipfile
from pathlib import Path
from typing import Final

from domain.cases.evidence import MAX_FILE_BYTES, MAX_PACKAGE_BYTES
from domain.errors import IntegrityError
from plumbing.seals import CENTRE_FILES

DOCUMENTS: Final = ("case.json", "manifest.json", "signature.json")
MADE_AT: Final = (1980, 1, 1, 0, 0, 0)  # a constant, so that the bytes do not depend on when it was packed
MAX_FILES: Final = 210
_MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
_MAX_CENTRE_BYTES = 64 * 1024 * 1024
_UNIX = 3
_READ_BY_ALL = 0o100644 << 16
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}\.(mp4|jpg|json)")
_BLOCK_BYTES = 1 << 20
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, struct.error)


def entry(name: str, size_bytes: int) -> zipfile.ZipInfo:
    """The directory's line of a file: always the same for the same file."""
    line = zipfile.ZipInfo(name, date_time=MADE_AT)
    line.create_system = _UNIX
    line.external_attr = _READ_BY_ALL
    line.file_size = size_bytes
    return line


def extract(archive_path: Path, folder: Path) -> None:
    """Unpack an archive into an empty folder.

    Nothing is written outside of the folder, and no more than a package may hold.

    Raises:
        IntegrityError: it is broken, or holds what no package holds; what was written by then stays in the folder.
    """
    try:
        with zipfile.ZipFile(archive_path) as archive:
            _check_form(archive)
            for line in archive.infolist():
                with archive.open(line) as source, (folder / line.filename).open("xb") as file:
                    shutil.copyfileobj(source, file, _BLOCK_BYTES)
    except _BROKEN as error:
        raise IntegrityError(f"the archive is broken: {error}") from error
    except OSError as error:  # a broken directory of the archive also points at places that no file has
        raise IntegrityError(f"the archive cannot be unpacked ({error.strerror})") from error


def _check_form(archive: zipfile.ZipFile) -> None:
    lines = archive.infolist()
    names = [line.filename for line in lines]
    if len(names) > MAX_FILES or len(set(names)) != len(names):
        raise IntegrityError("the package holds too many files, or one twice")
    if sum(line.file_size for line in lines) > MAX_PACKAGE_BYTES + 2 * _MAX_CENTRE_BYTES:
        raise IntegrityError("the package holds more than a package may hold")
    for line in lines:
        name = line.filename
        if not (_NAME.fullmatch(name) or name in CENTRE_FILES):
            raise IntegrityError(f"the package holds a file of a name that no package has: {name!r}")
        if line.compress_type != zipfile.ZIP_STORED or line.file_size > _limit(name):
            raise IntegrityError(f"{name} is too large or packed in a way that no package is")
        if line.compress_size != line.file_size:
            raise IntegrityError(f"{name} says two sizes of itself")
    if archive.comment:
        raise IntegrityError("the archive carries a comment, which no package does")


def _limit(name: str) -> int:
    if name in DOCUMENTS:
        return _MAX_DOCUMENT_BYTES
    return _MAX_CENTRE_BYTES if name in CENTRE_FILES else MAX_FILE_BYTES
