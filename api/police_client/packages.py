"""Packages as they arrive at the police: unpacked only where every name and hash is what the manifest says."""

import filecmp
import hashlib
import re
import shutil
import struct
import uuid
import zipfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.canonical import sha256_of
from domain.cases.case import Case
from domain.cases.evidence import MAX_FILE_BYTES, Manifest
from domain.errors import IntegrityError
from domain.instants import Instant

DOCUMENTS = ("case.json", "manifest.json", "signature.json")
MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
MAX_FILES = 210
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}\.(mp4|jpg|json)")
_BLOCK_BYTES = 1 << 20


class HeldCase(BaseModel):
    """What is kept beside an unpacked package, for the steps that follow."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case_id: uuid.UUID
    lease_id: uuid.UUID
    expires_at: Instant
    package_sha256: str | None = None  # None: not downloaded yet


def unpack(archive_path: Path, folder: Path, case_id: uuid.UUID) -> None:
    """Unpack a package into a folder, all of it or nothing; a folder that is there must hold the very same files.

    Args:
        archive_path: as it arrived.
        folder: made, or left as it is.
        case_id: the case that it must be.

    Raises:
        IntegrityError: it is broken, holds what it must not, or does not fit its manifest or the folder.
    """
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    try:
        with zipfile.ZipFile(archive_path) as archive:
            _check_names(archive)
            for entry in archive.infolist():
                _write(archive, entry, part / entry.filename)
        _check_contents(part, case_id)
        if folder.exists():
            _check_same(part, folder)
        else:
            part.rename(folder)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, struct.error) as error:
        raise IntegrityError(f"the package of {case_id} is broken: {error}") from error
    except OSError as error:  # a broken directory of the archive also points at places that no file has
        raise IntegrityError(f"the package of {case_id} cannot be unpacked ({error.strerror})") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check_names(archive: zipfile.ZipFile) -> None:
    names = [entry.filename for entry in archive.infolist()]
    if len(names) > MAX_FILES or len(set(names)) != len(names):
        raise IntegrityError("the package holds too many files, or one twice")
    for entry in archive.infolist():
        if not _NAME.fullmatch(entry.filename):
            raise IntegrityError(f"the package holds a file of a name that no package has: {entry.filename!r}")
        limit = MAX_DOCUMENT_BYTES if entry.filename in DOCUMENTS else MAX_FILE_BYTES
        if entry.file_size > limit or entry.compress_type != zipfile.ZIP_STORED:
            raise IntegrityError(f"{entry.filename} is too large or packed in a way that no package is")


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    with archive.open(entry) as source, target.open("xb") as file:
        shutil.copyfileobj(source, file, _BLOCK_BYTES)


def _check_contents(folder: Path, case_id: uuid.UUID) -> None:
    try:
        manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
        case = Case.model_validate_json((folder / "case.json").read_bytes())
    except (OSError, ValidationError) as error:
        raise IntegrityError(f"the package of {case_id} has no readable case or manifest") from error
    if manifest.case_id != case_id or case.case_id != case_id or manifest.case_sha256 != sha256_of(case):
        raise IntegrityError(f"the package is not the case {case_id} that was asked for")
    expected = {file.name for file in manifest.files} | set(DOCUMENTS)
    found = {path.name for path in folder.iterdir()}
    if expected != found:
        raise IntegrityError(f"files missing or not listed in the package: {', '.join(sorted(expected ^ found))}")
    for file in manifest.files:
        if _sha256(folder / file.name) != file.sha256:
            raise IntegrityError(f"{file.name} is not the file that the manifest names")


def _check_same(arrived: Path, folder: Path) -> None:
    names = {path.name for path in arrived.iterdir()} | {path.name for path in folder.iterdir()}
    _, other, unreadable = filecmp.cmpfiles(arrived, folder, sorted(names), shallow=False)
    if other or unreadable:
        raise IntegrityError(f"{folder} is here already and differs from the package: {', '.join(other + unreadable)}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
