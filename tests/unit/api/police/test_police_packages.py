import contextlib
import io
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from api.errors import EvidenceLost
from api.police_client.packages import unpack
from api.principals import SYSTEM
from domain.errors import Conflict, IntegrityError
from tests.builders.centre import CLIP, QUEUE, CentreBuilder

Change = Callable[[dict[str, bytes]], None]


@pytest.fixture
def packed(sqlite_centre: CentreBuilder) -> tuple[uuid.UUID, dict[str, bytes]]:
    """A real package's files."""
    case_id = sqlite_centre.ready_case().case_id
    officer = sqlite_centre.officer()
    sqlite_centre.centre.police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key="k")
    content = b"".join(sqlite_centre.centre.police.package(officer, case_id))
    assert sqlite_centre.centre.audit.verify(SYSTEM).intact
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return case_id, {name: archive.read(name) for name in archive.namelist()}


def archive_of(tmp_path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_a_sound_package_is_unpacked_whole(tmp_path: Path, packed: tuple[uuid.UUID, dict[str, bytes]]) -> None:
    case_id, files = packed
    unpack(archive_of(tmp_path, files), tmp_path / "out" / str(case_id), case_id)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out" / str(case_id)).iterdir()} == files
    assert files["clip.mp4"] == CLIP


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files.update({"../evil.json": b"{}"}),
        lambda files: files.update({"/etc/evil.json": b"{}"}),
        lambda files: files.update({"a/b.json": b"{}"}),
        lambda files: files.update({"evil.sh": b"#!"}),
        lambda files: files.update({"more.json": b"{}"}),
        lambda files: files.update({"clip.mp4": b"altered"}),
        lambda files: files.update(
            {"case.json": files["case.json"].replace(b'"clock_error_ms":40', b'"clock_error_ms":41')}
        ),
        lambda files: files.pop("clip.mp4"),
        lambda files: files.pop("manifest.json"),
    ],
)
def test_what_does_not_fit_is_not_unpacked_at_all(
    tmp_path: Path, packed: tuple[uuid.UUID, dict[str, bytes]], change: Change
) -> None:
    case_id, files = packed
    change(files)
    target = tmp_path / "out" / str(case_id)
    with pytest.raises(IntegrityError):
        unpack(archive_of(tmp_path, files), target, case_id)
    assert list((tmp_path / "out").iterdir()) == []
    assert not (tmp_path / "evil.json").exists()


def test_packed_bombs_broken_archives_and_other_cases_are_refused(
    tmp_path: Path, packed: tuple[uuid.UUID, dict[str, bytes]]
) -> None:
    case_id, files = packed
    target = tmp_path / "out" / str(case_id)
    with pytest.raises(IntegrityError):
        unpack(archive_of(tmp_path, files, zipfile.ZIP_DEFLATED), target, case_id)
    with pytest.raises(IntegrityError):
        unpack(archive_of(tmp_path, files), target, uuid.UUID(int=5))
    whole = archive_of(tmp_path, files)
    whole.write_bytes(whole.read_bytes()[:-30])
    with pytest.raises(IntegrityError):
        unpack(whole, target, case_id)
    assert not target.exists()


def test_no_archive_however_broken_ends_in_a_trace(tmp_path: Path, packed: tuple[uuid.UUID, dict[str, bytes]]) -> None:
    case_id, files = packed
    sound = archive_of(tmp_path, files).read_bytes()
    end = sound.rindex(b"PK\x05\x06")
    for place in range(sound.rindex(b"PK\x01\x02"), end + 22):
        for value in (0, 0xFF):
            broken = tmp_path / "broken.zip"
            broken.write_bytes(sound[:place] + bytes([value]) + sound[place + 1 :])
            with contextlib.suppress(IntegrityError):
                unpack(broken, tmp_path / "out" / str(case_id), case_id)
    whole = tmp_path / "out" / str(case_id)
    assert not whole.exists() or {path.name: path.read_bytes() for path in whole.iterdir()} == files


def test_evidence_that_was_swapped_on_the_disk_reaches_no_officer(sqlite_centre: CentreBuilder) -> None:
    case_id = sqlite_centre.ready_case().case_id
    officer, police = sqlite_centre.officer(), sqlite_centre.centre.police
    lease = police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key="k")
    root = sqlite_centre.settings.evidence.directory
    assert root is not None
    (root / str(case_id) / "clip.mp4").write_bytes(CLIP[:-1] + b"!")
    with pytest.raises(EvidenceLost, match=r"clip\.mp4"):
        b"".join(police.package(officer, case_id))
    assert lease.lease_id is not None
    with pytest.raises(Conflict, match="not taken yet"):
        police.acknowledge(officer, case_id, lease_id=lease.lease_id, package_sha256="0" * 64)


def test_a_folder_that_is_here_already_must_hold_the_same_package(
    tmp_path: Path, packed: tuple[uuid.UUID, dict[str, bytes]]
) -> None:
    case_id, files = packed
    archive, folder = archive_of(tmp_path, files), tmp_path / "out" / str(case_id)
    unpack(archive, folder, case_id)
    unpack(archive, folder, case_id)
    (folder / "signature.json").write_bytes(files["signature.json"] + b" ")
    with pytest.raises(IntegrityError, match=r"signature\.json"):
        unpack(archive, folder, case_id)
    (folder / "signature.json").write_bytes(files["signature.json"])
    (folder / "more.txt").write_text("mine")
    with pytest.raises(IntegrityError, match=r"more\.txt"):
        unpack(archive, folder, case_id)
