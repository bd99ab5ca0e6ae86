"""The sealed package: whatever is changed in it, however little, is found offline."""

import base64
import io
import json
import uuid
import zipfile
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from typer.testing import CliRunner

from api.cases.case_rows import StoredCase
from api.console.review.plates.card import plate_card
from api.police.summary_pdf import plate_words
from api.principals import SYSTEM, Principal
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.errors import ConfigurationError, IntegrityError
from domain.plates.reading import PlateReading
from domain.plates.reasons import MAY_BE_COVERED
from domain.record_entry import entry_hash
from matthan.cli import build_app
from plumbing.package_archive import entry
from plumbing.package_checks import Overall
from plumbing.seal_checks import SealCheck, SealVerdict
from plumbing.sealed_packages import SealedReport, verify_sealed
from plumbing.seals import (
    CENTRE_FILES,
    CHECKPOINT_FILE,
    CUSTODY_FILE,
    NO_AUTHORITY,
    SEAL_FILE,
    SEAL_SIGNATURE_FILE,
    SUMMARY_FILE,
)
from plumbing.signing import generate_key_pair, key_id_of, public_key_text
from plumbing.time_stamps import check_time_stamp, read_authorities
from tests.builders.centre import QUEUE, CentreBuilder
from tests.builders.citizens import COPIES, blurred_case
from tests.builders.time_stamp_server import time_stamp_server

Files = dict[str, bytes]
MakeCentre = Callable[..., CentreBuilder]
OPERATOR = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)


class Sealed:
    """A centre with a key, and a package of it.

    Args:
        folder: of the centre.
        make_centre: makes it.
        plate: of the case; None: an agreed one.
        queued: makes the case.
        record: other settings of the record.
    """

    def __init__(
        self,
        folder: Path,
        make_centre: MakeCentre,
        plate: PlateReading | None = None,
        queued: Callable[[CentreBuilder], StoredCase] = CentreBuilder.queued_case,
        **record: Any,
    ) -> None:
        self.folder = folder
        self.key = generate_key_pair(folder / "keys", key_name="centre.key", public_name="centre.pub")
        settings = {"key_file": folder / "keys" / "centre.key", "checkpoints": folder / "checkpoints"} | record
        self.centre = make_centre(record=settings)
        made = partial(queued, plate=plate) if plate else queued
        self.case_id = self.centre.confirm(made(self.centre)).case_id
        self.officer = self.centre.officer()
        self.archive = self.pull("first")

    def pull(self, key: str) -> bytes:
        """Lease the case and take its package."""
        self.centre.centre.police.pull(self.officer, QUEUE, n=1, lease_s=60, idempotency_key=key)
        return self.take()

    def take(self) -> bytes:
        """The package of the leased case."""
        return b"".join(self.centre.centre.police.package(self.officer, self.case_id))

    def files(self) -> Files:
        """What the package holds."""
        return files_of(self.archive)

    def verify(self, archive: bytes | Files, *, keys: list[Ed25519PublicKey] | None = None) -> SealedReport:
        """Check it, or something else, against the keys that are known."""
        path = self.folder / "package.zip"
        path.write_bytes(archive if isinstance(archive, bytes) else packed(archive))
        box = {key_id_of(key.public_key()): key.public_key() for key in self.centre.keys.values()}
        centres = {key_id_of(key): key for key in (keys or [self.key.public_key()])}
        return verify_sealed(path, box, centres)


@pytest.fixture
def sealed(tmp_path: Path, make_centre: MakeCentre) -> Sealed:
    """A sealed package."""
    return Sealed(tmp_path, make_centre)


def files_of(archive: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(files: Files) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, each in files.items():
            archive.writestr(entry(name, len(each)), each)
    return content.getvalue()


def verdicts(report: SealedReport) -> dict[SealCheck, SealVerdict]:
    return {finding.check: finding.verdict for finding in report.seal}


def test_a_sealed_package_verifies_and_is_the_same_every_time(sealed: Sealed) -> None:
    report = sealed.verify(sealed.archive)
    assert report.overall is Overall.VALID
    expected = dict.fromkeys(SealCheck, SealVerdict.VALID) | {SealCheck.TIME_STAMP: SealVerdict.ABSENT}
    assert verdicts(report) == expected
    assert [finding.detail for finding in report.seal if finding.check is SealCheck.TIME_STAMP] == [NO_AUTHORITY]
    assert sealed.take() == sealed.archive, "the same bytes for the same release, whatever happened since"
    assert sealed.centre.centre.audit.verify(SYSTEM).intact
    custody = json.loads(sealed.files()[CUSTODY_FILE])
    steps = [each["action"] for each in custody["entries"] if each["action"] != "view"]
    assert steps == ["detect", "confirm", "release", "transfer", "export"]
    summary = sealed.files()[SUMMARY_FILE]
    assert summary.startswith(b"%PDF-")
    assert b"/Count 1" in summary, "it is one page"


@pytest.mark.parametrize("content", [b"not really a blurred still", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b""])
def test_what_is_no_picture_under_a_pictures_name_keeps_no_case_from_the_police(
    tmp_path: Path, make_centre: MakeCentre, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setitem(COPIES, "blurred-still-0.jpg", content)
    sealed = Sealed(tmp_path, make_centre, queued=blurred_case)
    assert sealed.files()["blurred-still-0.jpg"] == content
    assert sealed.files()[SUMMARY_FILE].startswith(b"%PDF-")
    assert sealed.verify(sealed.archive).overall is Overall.VALID


def test_a_plate_that_may_be_covered_is_told_from_the_case_to_the_police(
    tmp_path: Path, make_centre: MakeCentre
) -> None:
    plate = PlateReading(status="unread", reason=MAY_BE_COVERED)
    sealed = Sealed(tmp_path, make_centre, plate=plate)
    assert json.loads(sealed.files()["case.json"])["plate"]["reason"] == MAY_BE_COVERED
    stored = sealed.centre.stored(sealed.case_id)
    card = plate_card(stored, (), "vi")
    assert card.may_be_covered
    assert "có thể bị che" in card.reason
    assert "may be covered" in plate_card(stored, (), "en").reason
    assert "có thể bị che" in plate_words(stored.case.plate)


def test_any_byte_of_any_file_and_any_file_that_goes_comes_or_changes_places_is_found(sealed: Sealed) -> None:
    files = sealed.files()
    for name, content in files.items():
        for place in {0, len(content) // 3, len(content) // 2, len(content) - 1}:
            changed = bytearray(content)
            changed[place] ^= 1
            assert sealed.verify(files | {name: bytes(changed)}).overall is Overall.ALTERED, (name, place)
        assert sealed.verify(files | {name: content + b" "}).overall is Overall.ALTERED, name
        assert sealed.verify(files | {name: b""}).overall is Overall.ALTERED, name
        without = {other: each for other, each in files.items() if other != name}
        if name != "manifest.json":  # without it, it is no package at all, and that is said
            assert sealed.verify(without).overall is Overall.ALTERED, name
    names = sorted(files)
    for first, second in pairwise(names):
        swapped = files | {first: files[second], second: files[first]}
        assert sealed.verify(swapped).overall is Overall.ALTERED, (first, second)
    assert sealed.verify(files | {"more.json": b"{}"}).overall is Overall.ALTERED
    assert sealed.verify(files | {"seal-timestamp.tsr": b"0"}).overall is Overall.ALTERED


@pytest.mark.parametrize("which", [0, 1, 2, -1])
def test_a_step_that_was_taken_out_of_the_log_is_found(sealed: Sealed, which: int) -> None:
    files = sealed.files()
    custody = json.loads(files[CUSTODY_FILE])
    del custody["entries"][which]
    report = sealed.verify(files | {CUSTODY_FILE: canonical_bytes(custody)})
    assert report.overall is Overall.ALTERED
    assert verdicts(report)[SealCheck.CUSTODY] is SealVerdict.ALTERED


@pytest.mark.parametrize("body", ["x", "[]", "[" * 100_000, '{"message_sha256":1}', '"\\ud800"'])
def test_a_first_step_forged_with_its_hash_is_told_in_words(sealed: Sealed, body: str) -> None:
    files = sealed.files()
    custody = json.loads(files[CUSTODY_FILE])
    first = custody["entries"][0] | {"body": body}
    fields = {name: first[name] for name in ("seq", "at", "actor", "action", "body", "prev_hash")}
    custody["entries"][0] = first | {"hash": entry_hash(**fields, case_id=custody["case_id"])}
    report = sealed.verify(files | {CUSTODY_FILE: canonical_bytes(custody)})
    assert report.overall is Overall.ALTERED
    assert verdicts(report)[SealCheck.CUSTODY] is SealVerdict.ALTERED


def test_an_altered_step_an_older_checkpoint_and_another_case_are_found(tmp_path: Path, sealed: Sealed) -> None:
    files, before = sealed.files(), sealed.archive
    custody = json.loads(files[CUSTODY_FILE])
    custody["entries"][1]["actor"] = "user:other"
    report = sealed.verify(files | {CUSTODY_FILE: canonical_bytes(custody)})
    assert verdicts(report)[SealCheck.CUSTODY] is SealVerdict.ALTERED
    sealed.centre.centre.police.give_back(
        sealed.officer, sealed.case_id, lease_id=lease_of(sealed), reason_code="PLATE_UNREADABLE", note="look again"
    )
    stored = sealed.centre.stored(sealed.case_id)
    for decision in ("requeue", "confirm"):
        stored = sealed.centre.centre.review.decide(
            OPERATOR, sealed.case_id, Step(decision), expected_version=stored.version
        )
    again = sealed.pull("second")
    assert again != before, "another release is another seal"
    assert sealed.verify(again).overall is Overall.VALID
    assert sealed.verify(before).overall is Overall.VALID, "what was handed over before still holds"
    mixed = files_of(again) | {CHECKPOINT_FILE: files[CHECKPOINT_FILE]}
    report = sealed.verify(mixed)
    assert verdicts(report)[SealCheck.CHECKPOINT] is SealVerdict.ALTERED
    assert verdicts(report)[SealCheck.INCLUSION] is SealVerdict.ALTERED
    other = sealed.centre.ready_case().case_id
    sealed.case_id = other
    alien = files_of(sealed.pull("third"))
    centre_files = {name: alien[name] for name in (CUSTODY_FILE, CHECKPOINT_FILE, SEAL_FILE, SEAL_SIGNATURE_FILE)}
    assert sealed.verify(files | centre_files).overall is Overall.ALTERED


def Step(decision: str) -> Any:  # noqa: N802 - reads like the class it makes
    from api.cases.review import Decision  # noqa: PLC0415

    return Decision(decision=decision, note="seen again") if decision == "requeue" else Decision(decision="confirm")  # type: ignore[arg-type]


def lease_of(sealed: Sealed) -> uuid.UUID:
    lease_id = sealed.centre.stored(sealed.case_id).lease_id
    assert lease_id is not None
    return lease_id


def test_a_package_whose_seal_was_taken_off_does_not_pass_where_a_seal_is_asked_for(sealed: Sealed) -> None:
    bare = {name: content for name, content in sealed.files().items() if name not in CENTRE_FILES}
    assert sealed.verify(bare).overall is Overall.NOT_SEALED
    box = {key_id_of(key.public_key()): key.public_key() for key in sealed.centre.keys.values()}
    assert verify_sealed(sealed.folder / "package.zip", box, {}).overall is Overall.VALID, "as a box wrote it"


def test_who_sealed_it_must_be_known_and_a_forger_has_no_such_key(sealed: Sealed) -> None:
    forger = Ed25519PrivateKey.generate()
    assert sealed.verify(sealed.archive, keys=[forger.public_key()]).overall is Overall.UNKNOWN_SIGNER
    files = sealed.files()
    signature = json.loads(files[SEAL_SIGNATURE_FILE])
    signed = base64.b64encode(forger.sign(canonical_bytes(signature["statement"]))).decode()
    for key_id, expected in (
        (key_id_of(forger.public_key()), Overall.ALTERED),  # the checkpoint is of the right centre, the seal is not
        (signature["key_id"], Overall.ALTERED),
    ):
        forged = signature | {"signature_b64": signed, "key_id": key_id}
        assert sealed.verify(files | {SEAL_SIGNATURE_FILE: canonical_bytes(forged)}).overall is expected


def test_tricks_of_the_archive_are_refused_and_nothing_leaves_the_folder(sealed: Sealed, tmp_path: Path) -> None:
    files = sealed.files()

    def archive(extra: Files, compression: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", compression) as opened:
            for name, each in [*files.items(), *extra.items()]:
                opened.writestr(name, each)
            opened.comment = comment
        return content.getvalue()

    for bad in (
        archive({"../evil.json": b"{}"}),
        archive({"/tmp/evil.json": b"{}"}),
        archive({"a/b.json": b"{}"}),
        archive({"c:evil.json": b"{}"}),
        archive({"evil.exe": b"MZ"}),
        archive({}, zipfile.ZIP_DEFLATED),
        archive({}, comment=b"hidden"),
        archive({f"x{n}.json": b"{}" for n in range(300)}),
        sealed.archive[: len(sealed.archive) // 2],
        sealed.archive[100:],
        b"",
        b"PK",
    ):
        report = sealed.verify(bad)
        assert report.overall is Overall.ALTERED
        assert report.broken
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = archive({"clip.mp4": b"another"})
    assert sealed.verify(twice).broken
    assert not list(tmp_path.rglob("evil*"))


def test_whatever_byte_of_the_archive_changes_either_it_is_found_or_every_file_is_still_the_same(
    sealed: Sealed,
) -> None:
    whole = sealed.files()
    for place in range(0, len(sealed.archive), max(1, len(sealed.archive) // 400)):
        changed = bytearray(sealed.archive)
        changed[place] ^= 0x55
        report = sealed.verify(bytes(changed))
        assert report.overall is Overall.ALTERED or files_of(bytes(changed)) == whole, place


def test_a_real_authority_stamps_the_seal_and_its_word_is_checked(tmp_path: Path, make_centre: MakeCentre) -> None:
    with time_stamp_server(tmp_path / "tsa") as authority, time_stamp_server(tmp_path / "other") as other:
        sealed = Sealed(tmp_path, make_centre, time_stamps={"url": authority.url, "ca_file": authority.root_file})
        files = sealed.files()
        seal, stamp = files[SEAL_FILE], files["seal-timestamp.tsr"]
        roots = read_authorities(authority.root_file)
        assert check_time_stamp(stamp, seal, roots).tzinfo is not None
        for content, trusted in ((seal + b" ", roots), (seal + b" ", ()), (seal, read_authorities(other.root_file))):
            with pytest.raises(IntegrityError):
                check_time_stamp(stamp, content, trusted)
        assert verdicts(sealed.verify(sealed.archive))[SealCheck.TIME_STAMP] is SealVerdict.NOT_CHECKED
        for changed in (
            files | {"seal-timestamp.tsr": stamp[:-1]},
            {n: c for n, c in files.items() if n[-3:] != "tsr"},
        ):
            assert sealed.verify(changed).overall is Overall.ALTERED
        (tmp_path / "package.zip").write_bytes(sealed.archive)
        (tmp_path / "box.pub").write_text(public_key_text(sealed.centre.keys["box-1"].public_key()))
        asked = ["verify", str(tmp_path / "package.zip"), "--keys", str(tmp_path / "box.pub")]
        known = ["--centre-keys", str(tmp_path / "keys" / "centre.pub"), "--tsa", str(authority.root_file)]
        told = CliRunner().invoke(build_app(), [*asked, *known])
        assert told.exit_code == 0
        assert "dấu thời gian của bên thứ ba / time stamp of another authority: hợp lệ / valid" in told.stdout
        assert CliRunner().invoke(build_app(), asked).exit_code == 3, "nobody told which centre is to be believed"


def test_an_authority_that_is_down_or_another_keeps_no_case_from_the_police(
    tmp_path: Path, make_centre: MakeCentre
) -> None:
    with time_stamp_server(tmp_path / "tsa") as authority, time_stamp_server(tmp_path / "other") as other:
        sealed = Sealed(tmp_path, make_centre, time_stamps={"url": authority.url, "ca_file": other.root_file})
    report = sealed.verify(sealed.archive)
    assert report.overall is Overall.VALID
    assert verdicts(report)[SealCheck.TIME_STAMP] is SealVerdict.ABSENT
    assert "refused" in next(each.detail for each in report.seal if each.check is SealCheck.TIME_STAMP)
    with pytest.raises(ConfigurationError):
        read_authorities(tmp_path / "nothing.pem")
