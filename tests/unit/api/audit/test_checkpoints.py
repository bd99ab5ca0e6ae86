"""Checkpoints of the record, and evidence hashed again."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from typer.testing import CliRunner

from api.audit.checkpoints import CheckpointWriter, consistency, head_of
from api.audit.evidence_check import EvidenceProgress, check_evidence, read_progress, write_progress
from api.centre import open_evidence_store
from api.errors import StoreUnavailable
from api.evidence_store.directory import DirectoryEvidenceStore
from api.principals import SYSTEM
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.errors import IntegrityError, Invalid
from matthan.commands import audit as commands_audit
from matthan.commands import centre as commands_centre
from plumbing.checkpoints import read_checkpoint
from tests.builders.altered_records import altering
from tests.builders.centre import CentreBuilder


def test_a_checkpoint_is_written_whole_and_read_by_its_key_only(sqlite_centre: CentreBuilder, tmp_path: Path) -> None:
    key, directory = Ed25519PrivateKey.generate(), tmp_path / "checkpoints"
    writer = CheckpointWriter(sqlite_centre.centre.store, key=key, directory=directory)
    assert writer.write() is None, "an empty record has no event to sign"
    sqlite_centre.queued_case()
    path = writer.write()
    assert path is not None
    head = sqlite_centre.centre.audit.verify(SYSTEM).head
    assert head_of(read_checkpoint(path, key.public_key())) == head
    assert [each.name for each in directory.iterdir()] == [path.name]
    with pytest.raises(IntegrityError):
        read_checkpoint(path, Ed25519PrivateKey.generate().public_key())
    document = json.loads(path.read_bytes())
    document["statement"]["seq"] += 1
    path.write_bytes(canonical_bytes(document))
    with pytest.raises(IntegrityError):
        read_checkpoint(path, key.public_key())
    path.write_text("nothing of ours")
    with pytest.raises(Invalid):
        read_checkpoint(path, key.public_key())


def test_a_directory_that_cannot_be_written_is_told(sqlite_centre: CentreBuilder, tmp_path: Path) -> None:
    sqlite_centre.queued_case()
    (tmp_path / "in-the-way").write_text("")
    key = Ed25519PrivateKey.generate()
    writer = CheckpointWriter(sqlite_centre.centre.store, key=key, directory=tmp_path / "in-the-way" / "checkpoints")
    with pytest.raises(StoreUnavailable):
        writer.write()


def test_between_two_checkpoints_the_record_only_grew_and_anything_else_is_found(
    centre: CentreBuilder, tmp_path: Path
) -> None:
    key, directory = Ed25519PrivateKey.generate(), tmp_path / "checkpoints"
    writer = CheckpointWriter(centre.centre.store, key=key, directory=directory)
    read = []
    for _ in range(3):
        for _ in range(60):
            centre.centre.machines.create_key(SYSTEM, name="machine", role=Role.AUDITOR, box_id=None, queues=())
        path = writer.write()
        assert path is not None
        read.append(read_checkpoint(path, key.public_key()))
    proofs = [
        consistency(centre.centre.store, older, newer) for older, newer in ((read[0], read[2]), (read[1], read[1]))
    ]
    assert all(proof.holds(key.public_key()) for proof in proofs)
    assert not proofs[0].holds(Ed25519PrivateKey.generate().public_key())
    assert not proofs[0].model_copy(update={"proof": proofs[0].proof[:-1]}).holds(key.public_key())
    assert not proofs[0].model_copy(update={"older": read[1]}).holds(key.public_key())
    with pytest.raises(Invalid):
        consistency(centre.centre.store, read[2], read[0])
    with altering(centre) as connection:
        connection.execute(text(f"UPDATE events SET hash = '{'0' * 64}' WHERE seq = 5"))  # noqa: S608 - a constant
    with pytest.raises(IntegrityError):
        consistency(centre.centre.store, read[0], read[2])


def test_a_record_that_was_built_anew_is_found_with_a_checkpoint(centre: CentreBuilder) -> None:
    """Whoever owns the database can make another chain that fits in itself; it does not fit what was signed before."""
    centre.queued_case()
    head = centre.centre.audit.head(SYSTEM)
    assert head is not None
    with altering(centre) as connection:
        connection.execute(text(f"DELETE FROM events WHERE seq >= {head.seq - 1}"))  # noqa: S608 - a number
    centre.queued_case()
    assert centre.centre.audit.verify(SYSTEM).fault is None
    found = centre.centre.audit.verify(SYSTEM, since=head)
    assert found.fault is not None
    assert "was replaced" in found.fault.problem


def test_evidence_is_hashed_again_and_goes_on_where_it_was_stopped(
    centre: CentreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.audit.evidence_check._BATCH_ROWS", 3)
    cases = [centre.queued_case() for _ in range(3)]
    files, progress = open_evidence_store(centre.settings.evidence), tmp_path / "progress.json"
    read = counting(monkeypatch)
    whole = check_evidence(centre.centre.store, files, EvidenceProgress(), lambda _: None)
    assert whole.done
    assert whole.wrong == ()
    assert whole.files == sum(case.files_total for case in cases) == len(read)

    class Stopped(Exception):
        """The check's process ended."""

    def stop_soon(each: EvidenceProgress) -> None:
        write_progress(progress, each)
        raise Stopped

    read.clear()
    with pytest.raises(Stopped):
        check_evidence(centre.centre.store, files, read_progress(progress), stop_soon)
    rest = check_evidence(
        centre.centre.store, files, read_progress(progress), lambda each: write_progress(progress, each)
    )
    assert rest == whole
    assert len(read) == len(set(read)) == whole.files
    assert read_progress(progress) == EvidenceProgress(), "a check that came to its end begins anew"


def test_a_changed_and_a_missing_file_are_named(centre: CentreBuilder, tmp_path: Path) -> None:
    stored = centre.queued_case()
    folder = tmp_path / "evidence" / str(stored.case_id)
    clip = folder / "clip.mp4"
    clip.write_bytes(bytes(reversed(clip.read_bytes())))
    (folder / "overlay.json").unlink()
    files = open_evidence_store(centre.settings.evidence)
    found = check_evidence(centre.centre.store, files, EvidenceProgress(), lambda _: None)
    assert len(found.wrong) == 2
    assert f"{stored.case_id}/clip.mp4 is not the file" in found.wrong[0]
    assert f"{stored.case_id}/overlay.json is gone" in found.wrong[1]


def counting(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every file that is read from now on."""
    read: list[tuple[str, str]] = []
    plain = DirectoryEvidenceStore.read

    def note(store: Any, case_id: str, name: str, **span: int) -> Any:
        read.append((case_id, name))
        return plain(store, case_id, name, **span)

    monkeypatch.setattr(DirectoryEvidenceStore, "read", note)
    return read


def test_the_commands_sign_and_check_from_there(sqlite_centre: CentreBuilder, tmp_path: Path) -> None:
    sqlite_centre.ready_case()
    made = CliRunner().invoke(commands_centre.app, ["keygen", "--out", str(tmp_path / "keys")])
    assert made.exit_code == 0, made.output
    config = tmp_path / "centre.yaml"
    config.write_text(
        "database: {url: 'sqlite:///centre.sqlite3'}\nevidence: {directory: evidence}\n"
        "record: {key_file: keys/centre.key, checkpoints: checkpoints}\n"
    )
    signed = CliRunner().invoke(commands_audit.app, ["checkpoint", "--config", str(config)])
    assert signed.exit_code == 0, signed.output
    sqlite_centre.ready_case()
    since = ["--since", signed.output.strip(), "--key", str(tmp_path / "keys" / "centre.pub")]
    rest = ["--evidence", "--progress", str(tmp_path / "progress.json")]
    sound = CliRunner().invoke(commands_audit.app, ["verify", "--config", str(config), *since, *rest])
    assert sound.exit_code == 0, sound.output
    clip = next((tmp_path / "evidence").rglob("clip.mp4"))
    clip.write_bytes(b"something else")
    broken = CliRunner().invoke(commands_audit.app, ["verify", "--config", str(config), *since, *rest])
    assert broken.exit_code == 1
    assert "WRONG FILE" in broken.output
