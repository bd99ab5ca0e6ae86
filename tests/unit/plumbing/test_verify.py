"""`matthan verify` finds every change to a package, byte by byte."""

import json
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from domain.cases.evidence import FileRole
from domain.errors import EvidenceError
from domain.plates.reading import PlateRead, PlateReading
from edge.evidence.package import Content, seal, write_package
from matthan.commands.verify import register
from plumbing.package_checks import FileVerdict, Overall, SignatureVerdict, verify_package
from plumbing.signing import PUBLIC_FILE, BoxSigner, generate_key, load_public_keys
from tests.builders.cases import NOON, build_case

CASE = build_case()
CONTENTS = [
    Content(name="clip.mp4", role=FileRole.CLIP, content=b"a clip"),
    Content(name="still-before-line.jpg", role=FileRole.STILL_FULL, content=b"a still", clip="clip.mp4"),
    Content(name="overlay.json", role=FileRole.OVERLAY, content=b"{}"),
]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    generate_key(folder)
    return folder


@pytest.fixture
def package(tmp_path: Path, keys: Path) -> Path:
    folder = tmp_path / str(CASE.case_id)
    gaps = ("clip.mp4 ends 1.0 s after the moment, not 5 s",)
    message = seal(CASE, CONTENTS, gaps, created_at=NOON, signer=BoxSigner.load(keys / "box.key"))
    write_package(folder, message, CONTENTS)
    return folder


def run(package: Path, keys: Path, *options: str) -> tuple[int, str]:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    result = CliRunner().invoke(app, ["verify", str(package), "--keys", str(keys), *options])
    return result.exit_code, result.output


def test_an_untouched_package_is_valid(package: Path, keys: Path) -> None:
    report = verify_package(package, load_public_keys(keys))
    assert report.is_valid
    assert set(report.files.values()) == {FileVerdict.VALID}
    assert set(report.files) == {"case.json", "clip.mp4", "still-before-line.jpg", "overlay.json"}
    code, output = run(package, keys / PUBLIC_FILE)
    assert code == 0
    assert "hợp lệ / valid" in output
    assert "clip.mp4 ends 1.0 s" in output


@pytest.mark.parametrize("name", ["case.json", "manifest.json", "signature.json", "clip.mp4", "still-before-line.jpg"])
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_one_changed_bit_anywhere_is_seen(package: Path, keys: Path, name: str, data: st.DataObject) -> None:
    path = package / name
    original = path.read_bytes()
    changed = bytearray(original)
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(changed)
    try:
        report = verify_package(package, load_public_keys(keys))
        overall = report.overall
    finally:
        path.write_bytes(original)
    if name == "signature.json":  # a key id with another digit names another, unknown key
        assert overall in {Overall.ALTERED, Overall.UNKNOWN_SIGNER}
    else:
        assert overall is Overall.ALTERED
    assert not report.is_valid


def test_each_file_is_told_apart(package: Path, keys: Path) -> None:
    (package / "clip.mp4").write_bytes(b"b clip")
    (package / "overlay.json").unlink()
    (package / "nicer.jpg").write_bytes(b"a nicer picture")
    (package / "more").mkdir()
    (package / "more" / "hidden.jpg").write_bytes(b"x")
    report = verify_package(package, load_public_keys(keys))
    assert report.files == {
        "case.json": FileVerdict.VALID,
        "clip.mp4": FileVerdict.ALTERED,
        "still-before-line.jpg": FileVerdict.VALID,
        "overlay.json": FileVerdict.MISSING,
        "more/hidden.jpg": FileVerdict.NOT_LISTED,
        "nicer.jpg": FileVerdict.NOT_LISTED,
    }
    assert report.signature is SignatureVerdict.VALID
    code, output = run(package, keys, "--json")
    assert code == 1
    document = json.loads(output)
    assert document["overall"] == "altered"
    assert document["files"]["nicer.jpg"] == "not_listed"


def test_a_file_that_nobody_signed_spoils_the_package(package: Path, keys: Path) -> None:
    (package / "nicer.jpg").write_bytes(b"a nicer picture")
    code, output = run(package, keys)
    assert code == 1
    assert "không có trong danh mục đã ký / not listed" in output


def test_an_unknown_signer_is_no_proof(package: Path, tmp_path: Path) -> None:
    generate_key(tmp_path / "other")
    code, output = run(package, tmp_path / "other")
    assert code == 3
    assert "không rõ người ký / unknown signer" in output
    (package / "clip.mp4").write_bytes(b"")
    assert run(package, tmp_path / "other")[0] == 1


def test_a_package_signed_anew_by_a_stranger_who_claims_our_key_is_altered(package: Path, keys: Path) -> None:
    stranger = generate_key(package.parent / "stranger")
    forged = seal(CASE, CONTENTS[:1], (), created_at=NOON, signer=stranger)
    own = BoxSigner.load(keys / "box.key").key_id
    write_package(
        package,
        forged.model_copy(update={"signature": forged.signature.model_copy(update={"key_id": own})}),
        CONTENTS[:1],
    )
    report = verify_package(package, load_public_keys(keys))
    assert report.signature is SignatureVerdict.ALTERED
    assert report.overall is Overall.ALTERED


def test_the_case_of_another_package_does_not_fit(package: Path, keys: Path) -> None:
    other = build_case(subject_key="track:2")
    (package / "case.json").write_text(other.model_dump_json())
    assert verify_package(package, load_public_keys(keys)).files["case.json"] is FileVerdict.ALTERED


def test_a_link_in_place_of_a_file_is_altered(package: Path, keys: Path, tmp_path: Path) -> None:
    shutil.move(package / "clip.mp4", tmp_path / "elsewhere.mp4")
    (package / "clip.mp4").symlink_to(tmp_path / "elsewhere.mp4")
    assert verify_package(package, load_public_keys(keys)).files["clip.mp4"] is FileVerdict.ALTERED


def test_a_link_to_a_folder_is_seen(package: Path, keys: Path, tmp_path: Path) -> None:
    (package / "more").symlink_to(tmp_path, target_is_directory=True)
    assert verify_package(package, load_public_keys(keys)).files["more"] is FileVerdict.NOT_LISTED


@pytest.mark.parametrize("name", ["case.json", "manifest.json", "signature.json", "clip.mp4"])
def test_a_manifest_that_lists_a_file_twice_or_a_document_is_no_boxs(package: Path, keys: Path, name: str) -> None:
    signer = BoxSigner.load(keys / "box.key")
    message = seal(CASE, CONTENTS, (), created_at=NOON, signer=signer)
    again = message.manifest.files[0].model_copy(update={"name": name})
    manifest = message.manifest.model_copy(update={"files": (*message.manifest.files, again)})
    signed = message.model_copy(update={"manifest": manifest, "signature": signer.sign(manifest)})
    shutil.rmtree(package)
    write_package(package, signed, CONTENTS)
    report = verify_package(package, load_public_keys(keys))
    assert report.signature is SignatureVerdict.VALID
    assert report.files["manifest.json"] is FileVerdict.ALTERED
    assert report.overall is Overall.ALTERED


@pytest.mark.parametrize("name", ["case.json", "signature.json"])
def test_a_package_without_its_papers_is_not_valid(package: Path, keys: Path, name: str) -> None:
    (package / name).unlink()
    code, output = run(package, keys)
    assert code == 1
    assert "thiếu / missing" in output


def test_a_folder_that_is_no_package_is_an_error(tmp_path: Path, keys: Path) -> None:
    with pytest.raises(EvidenceError, match="no evidence package"):
        verify_package(tmp_path, load_public_keys(keys))


def test_a_plate_that_the_packages_clips_do_not_show_is_told(tmp_path: Path, keys: Path) -> None:
    signer = BoxSigner.load(keys / "box.key")
    at = NOON + timedelta(seconds=2)
    read = PlateRead(at=at, box_xyxy_px=(1, 2, 30, 14), text="75F112345", character_confidences=(0.9,) * 8)
    case = build_case(plate=PlateReading(status="agreed", text="75F112345", reads=(read,)))
    clip = Content(name="clip.mp4", role=FileRole.CLIP, content=b"c", started_at=NOON, ended_at=at)
    full = Content(name="still-plate.jpg", role=FileRole.STILL_FULL, content=b"f", clip="clip.mp4", at=at)
    box = (0.0, 0.0, 32.0, 16.0)
    crop = Content(name="plate-1.jpg", role=FileRole.PLATE_CROP, content=b"p", clip="clip.mp4", at=at, box_xyxy_px=box)
    stray = replace(crop, name="plate-2.jpg", at=at + timedelta(seconds=1))

    def checked(*contents: Content) -> tuple[int, str]:
        folder = tmp_path / str(case.case_id)
        message = seal(case, contents, (), created_at=NOON, signer=signer)
        write_package(folder, message, contents)
        return run(folder, keys)

    assert checked(clip, full, crop)[0] == 0
    code, output = checked(clip, full, crop, stray)
    assert code == 4
    assert re.search("plate-2.jpg .*plate not bound", output)
    assert "không được dựa vào biển số này" in output
    code, output = checked(clip, full)
    assert code == 4
    assert re.search("case.json .*plate not bound", output)
    assert checked(replace(clip, ended_at=NOON), full, crop)[0] == 4
