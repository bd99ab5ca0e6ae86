"""Packages as they arrive at the police: unpacked only where every name and hash is what the manifest says."""

import filecmp
import hashlib
import shutil
import uuid
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.canonical import sha256_of
from domain.cases.case import Case
from domain.cases.evidence import Manifest
from domain.errors import IntegrityError
from domain.instants import Instant
from plumbing.package_archive import DOCUMENTS, extract
from plumbing.seals import SEAL_FILE, SEAL_SIGNATURE_FILE, SEALED_BY_CENTRE, TIME_STAMP_FILE


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
        extract(archive_path, part)
        _check_contents(part, case_id)
        if folder.exists():
            _check_same(part, folder)
        else:
            part.rename(folder)
    except OSError as error:
        raise IntegrityError(f"the package of {case_id} cannot be kept ({error.strerror})") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check_contents(folder: Path, case_id: uuid.UUID) -> None:
    try:
        manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
        case = Case.model_validate_json((folder / "case.json").read_bytes())
    except (OSError, ValidationError) as error:
        raise IntegrityError(f"the package of {case_id} has no readable case or manifest") from error
    if manifest.case_id != case_id or case.case_id != case_id or manifest.case_sha256 != sha256_of(case):
        raise IntegrityError(f"the package is not the case {case_id} that was asked for")
    expected = {file.name for file in manifest.files} | set(DOCUMENTS)
    if (folder / SEAL_FILE).exists():
        expected |= {SEAL_FILE, SEAL_SIGNATURE_FILE, *SEALED_BY_CENTRE}
        expected |= {TIME_STAMP_FILE} if (folder / TIME_STAMP_FILE).exists() else set()
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
