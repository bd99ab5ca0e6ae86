"""A clone's pictures show neither vehicle's plate, and its package proves what the box signed, byte for byte."""

import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from api.cases.clone_files import ALSO_HIDDEN, OWN_SHOWN
from api.cases.redaction_misses import Readable
from api.citizens.analyses import picture_name
from api.errors import EvidenceLost
from api.principals import SYSTEM
from domain.cases.case import CaseMoment
from domain.cases.checklist import missing_musts
from domain.cases.evidence import BLURRED_PREFIX, RECEIVED_PREFIX, FileRole
from domain.cases.roles import Role
from domain.cases.states import Blocker
from domain.errors import Conflict, EvidenceError, Invalid
from matthan.commands.verify import _as_json, _as_text
from plumbing.package_archive import entry
from plumbing.package_checks import Overall
from plumbing.sealed_packages import SealedReport, verify_sealed
from plumbing.seals import SUMMARY_FILE
from plumbing.signing import generate_key_pair, key_id_of
from plumbing.source_checks import SourceVerdict
from tests.builders.cases import NOON, build_case, build_message
from tests.builders.centre import QUEUE, CentreBuilder
from tests.builders.shown_evidence import LEAD_S, SIZE_WH, hidden_copies, shown_evidence
from tests.unit.api.cases.test_clones import AUDITOR, LAN, TURN, cloned
from tests.unit.api.citizens.test_report_cases import LOOKS, looked_at, made, secrets_in
from tests.unit.api.conftest import MakeCentre

Files = dict[str, bytes]
BOX_PX = (100.0, 80.0, 240.0, 300.0)
OTHER_PX = (420.0, 150.0, 520.0, 300.0)
RIDER_PX = (430.0, 90.0, 510.0, 280.0)
CAR_PX = (540.0, 200.0, 630.0, 340.0)
STILLS = {name: f"still-{name.replace('_', '-')}.jpg" for name in TURN}


@pytest.fixture
def centre(tmp_path: Path, make_centre: MakeCentre) -> CentreBuilder:
    """A centre with a key, on SQLite."""
    generate_key_pair(tmp_path / "keys", key_name="centre.key", public_name="centre.pub")
    record = {"key_file": tmp_path / "keys" / "centre.key", "checkpoints": tmp_path / "checkpoints"}
    return make_centre(record=record)


def filmed(
    centre: CentreBuilder,
    *,
    overlay: bool = True,
    marked_from_s: float = 0.0,
    told: bytes | None = None,
    change: Callable[[dict[str, Any]], None] = lambda _: None,
    replaced: Mapping[str, bytes] | None = None,
) -> uuid.UUID:
    """A case with a film, three full stills and blurred copies of all of them.

    Args:
        centre: that takes it in.
        overlay: it has one.
        marked_from_s: from so late in the clip on it says where the vehicle is.
        told: what stands in the overlay, whatever it is.
        change: of the overlay.
        replaced: contents of files, by name.
    """
    moments = tuple(
        CaseMoment(name=name, at=NOON + timedelta(seconds=number), box_xyxy_px=BOX_PX)
        for number, name in enumerate(TURN)
    )
    case = build_case(
        subject_key="track:filmed", moments=moments, resolution_wh=SIZE_WH, began_at=NOON, ended_at=moments[-1].at
    )
    manifest, contents = hidden_copies(*shown_evidence(case, with_copy=True))
    if not overlay:
        del contents["overlay.json"]
        files = tuple(file for file in manifest.files if file.role is not FileRole.OVERLAY)
        manifest = manifest.model_copy(update={"files": files})
    else:
        document = json.loads(contents["overlay.json"])
        for frame in document["clips"][0]["frames"]:
            frame["tracks"] = [track for track in frame["tracks"] if frame["offset_s"] >= marked_from_s]
        change(document)
        content = json.dumps(document).encode() if told is None else told
        contents["overlay.json"] = content
        hashed = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        files = tuple(
            file.model_copy(update=hashed) if file.role is FileRole.OVERLAY else file for file in manifest.files
        )
        manifest = manifest.model_copy(update={"files": files})
    for name, content in (replaced or {}).items():
        contents[name] = content
        hashed = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        files = tuple(each.model_copy(update=hashed) if each.name == name else each for each in manifest.files)
        manifest = manifest.model_copy(update={"files": files})
    message = build_message(case, centre.box_key(case.box_id), manifest)
    assert centre.take_in(message, contents).on_record
    return case.case_id


def picture(content: bytes) -> NDArray[Any]:
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR))


def read(centre: CentreBuilder, case_id: uuid.UUID, name: str) -> bytes:
    """A file as it lies in the store."""
    files = centre.centre.evidence._files
    return b"".join(files.read(str(case_id), name, start_byte=0, end_byte=files.held_bytes(str(case_id), name)))


def test_the_first_vehicle_is_hidden_in_the_copies_of_a_clone(centre: CentreBuilder) -> None:
    source_id = filmed(centre)
    clone = cloned(centre, source_id, moments=STILLS)
    stored = centre.stored(clone.case_id)
    by_name = {file.name: file for file in stored.manifest.files}
    first = {file.name: file for file in centre.stored(source_id).manifest.files}
    for name in (*STILLS.values(), "clip.mp4"):
        assert by_name[name].sha256 == first[name].sha256
        copy = f"{BLURRED_PREFIX}{name}"
        assert by_name[copy].role == first[copy].role
        assert by_name[copy].sha256 != first[copy].sha256
    assert [by_name[f"{BLURRED_PREFIX}{STILLS[name]}"].moment for name in TURN] == list(TURN)
    copy = f"{BLURRED_PREFIX}{STILLS[TURN[0]]}"
    before, after = (picture(read(centre, which, copy)).astype(int) for which in (source_id, clone.case_id))
    changed = np.abs(before - after).max(axis=2) > 40
    rows, columns = np.nonzero(changed)
    assert changed[200:280, 130:240].any(), "what lay where the first vehicle's plate may be is gone"
    assert rows.min() >= BOX_PX[1] + 0.3 * (BOX_PX[3] - BOX_PX[1])
    assert columns.min() >= BOX_PX[0] - 10
    assert ALSO_HIDDEN in stored.manifest.remarks
    overlay = json.loads(read(centre, clone.case_id, "overlay.json"))
    tracks = [track for clip in overlay["clips"] for frame in clip["frames"] for track in frame["tracks"]]
    assert tracks
    assert not any(track["subject"] for track in tracks), "nobody in it is the clone's subject"
    assert overlay["case_id"] == str(clone.case_id)
    assert [moment["name"] for moment in overlay["moments"]] == list(TURN)
    shown = centre.centre.evidence.file(LAN, clone.case_id, "clip.mp4")
    assert shown.sha256 in {by_name["clip.mp4"].sha256, by_name["blurred-clip.mp4"].sha256}


def test_where_the_first_vehicle_cannot_be_hidden_nothing_is_cloned(
    centre: CentreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source_id = filmed(centre, overlay=False)
    with pytest.raises(Conflict, match="cannot be hidden"):
        cloned(centre, source_id, moments=STILLS)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(Conflict, match="install"):
        cloned(centre, source_id, moments=STILLS)
    monkeypatch.undo()
    assert {folder.name for folder in (tmp_path / "evidence").iterdir()} == {str(source_id)}
    assert "blurred-clip.mp4" in {
        file.name for file in cloned(centre, source_id, subject=1, moments=STILLS).manifest.files
    }


def test_a_film_that_marks_the_first_vehicle_nowhere_is_not_cloned(centre: CentreBuilder) -> None:
    source_id = filmed(centre, marked_from_s=3600.0)
    with pytest.raises(Conflict, match="cannot be hidden"):
        cloned(centre, source_id, moments=STILLS)


def _set(document: dict[str, Any], *path: str | int, to: Any) -> None:
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = to


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("resolution_wh",), ["640", "360"]),
        (("clips", 0, "frames", 0, "at"), 1767600000),
        (("clips", 0, "frames", 0, "tracks", 0, "box_xyxy_px"), ["100", "80", "240", "300"]),
        (("clips", 0, "frames", 0, "tracks", 0, "subject"), "false"),
        (("masks",), [[["0", "0"], ["1", "1"]]]),
    ],
)
def test_a_number_that_is_written_as_a_text_is_another_form(centre: CentreBuilder, path: Any, to: Any) -> None:
    source_id = filmed(centre, change=lambda document: _set(document, *path, to=to))
    lan = centre.signed_in("lan", Role.OPERATOR)
    said = {"offence_code": "UTURN", "vehicle_kind": "motorbike", "subject": 2, "note": "xe phía sau"}
    answer = lan.post(f"/api/v1/cases/{source_id}/clone", json=said | {"moments": STILLS}, headers={"If-Match": '"1"'})
    assert (answer.status_code, "cannot be read" in answer.text) == (409, True), answer.text


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"[1]",
        b"\xff{}",
        b"[" * 100_000,
        b'{"clips": []}',
        b'{"resolution_wh": [0, 360], "clips": []}',
        b'{"resolution_wh": [640, 360], "clips": [{"name": "clip.mp4"}]}',
        b'{"resolution_wh": [640, 360], "clips": [{"name": "clip.mp4", "frames": [{"at": "noon", "tracks": []}]}]}',
        b'{"resolution_wh": [640, 360], "clips": [{"name": "clip.mp4", "frames": [{"at": "2026-01-05T05:00:00.000Z",'
        b' "tracks": [{"track_id": 1, "label": "car", "box_xyxy_px": [1, 2, NaN, 4], "subject": true}]}]}]}',
    ],
)
def test_what_a_box_told_in_another_form_is_said_and_nothing_is_lost(
    centre: CentreBuilder, tmp_path: Path, told: bytes
) -> None:
    source_id = filmed(centre, told=told)
    lan, _ = centre.signed_in("lan", Role.OPERATOR), centre.stored(source_id)
    said = {"offence_code": "UTURN", "vehicle_kind": "motorbike", "subject": 2, "note": "xe phía sau"}
    answer = lan.post(f"/api/v1/cases/{source_id}/clone", json=said | {"moments": STILLS}, headers={"If-Match": '"1"'})
    assert (answer.status_code, "cannot be read" in answer.text) == (409, True), answer.text
    assert {folder.name for folder in (tmp_path / "evidence").iterdir()} == {str(source_id)}
    assert centre.stored(source_id).version == 1
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_still_from_before_the_vehicle_was_tracked_hides_it_where_its_moment_says(centre: CentreBuilder) -> None:
    source_id = filmed(centre, marked_from_s=LEAD_S + 1.5)
    clone = cloned(centre, source_id, moments=STILLS)
    for name in STILLS.values():
        copy = f"{BLURRED_PREFIX}{name}"
        before, after = (picture(read(centre, which, copy)).astype(int) for which in (source_id, clone.case_id))
        changed = np.abs(before - after).max(axis=2) > 40
        assert changed[200:280, 130:240].any(), f"the plate is hidden on {name}"


def test_an_empty_copy_stays_empty_in_a_clone_and_on_what_is_no_picture_nobody_can_be_hidden(
    centre: CentreBuilder,
) -> None:
    copy = f"{BLURRED_PREFIX}{STILLS[TURN[1]]}"
    clone = cloned(centre, filmed(centre, replaced={copy: b""}), moments=STILLS)
    sizes = {file.name: file.size_bytes for file in clone.manifest.files}
    assert sizes[copy] == 0
    assert min(size for name, size in sizes.items() if name != copy) > 0
    assert centre.centre.evidence.read_whole(AUDITOR, clone.case_id, copy) == b""
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize("name", ["blurred-clip.mp4", f"{BLURRED_PREFIX}{STILLS[TURN[1]]}"])
def test_what_is_no_picture_keeps_a_case_from_being_cloned_in_words(centre: CentreBuilder, name: str) -> None:
    source_id = filmed(centre, replaced={name: b"not really a copy"})
    with pytest.raises(Conflict, match=f"{name}, which is no picture"):
        cloned(centre, source_id, moments=STILLS)
    assert cloned(centre, source_id, subject=1, moments=STILLS).case_id, "of the same vehicle nothing is hidden anew"


def test_what_can_be_known_on_a_copy_is_hidden_in_its_clones_too(centre: CentreBuilder) -> None:
    source_id, misses, evidence = filmed(centre), centre.centre.redaction_misses, centre.centre.evidence
    one, other, third = (STILLS[name] for name in TURN)
    misses.report(LAN, source_id, f"{BLURRED_PREFIX}{one}", Readable.FACE)
    twin = cloned(centre, source_id, subject=1, moments=STILLS).case_id
    second = cloned(centre, source_id, moments=STILLS).case_id
    misses.report(LAN, twin, f"{BLURRED_PREFIX}{other}", Readable.FACE)
    misses.report(LAN, second, f"{BLURRED_PREFIX}{third}", Readable.PLATE)
    hidden = {source_id: {one, other}, twin: {one, other}, second: {one, other, third}}
    for case_id, names in hidden.items():
        for name in STILLS.values():
            if name in names:
                with pytest.raises(Conflict, match="can be known"):
                    evidence.file(AUDITOR, case_id, name)
            else:
                assert evidence.file(AUDITOR, case_id, name).name == f"{BLURRED_PREFIX}{name}"
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize(("readable", "printed"), [((), 2), (TURN, 0)])
def test_the_page_for_the_file_prints_no_copy_on_which_somebody_can_be_known(
    centre: CentreBuilder, tmp_path: Path, readable: tuple[str, ...], printed: int
) -> None:
    case_id = cloned(centre, filmed(centre), subject=1, moments=STILLS).case_id
    for name in readable:
        centre.centre.redaction_misses.report(LAN, case_id, f"{BLURRED_PREFIX}{STILLS[name]}", Readable.FACE)
    package = Package(centre, case_id, tmp_path)
    assert package.files[SUMMARY_FILE].count(b"/Subtype /Image") == printed
    assert package.verify(package.files).overall is Overall.VALID


def test_a_copy_that_was_swapped_in_the_store_is_not_cloned(centre: CentreBuilder) -> None:
    source_id, files = filmed(centre), centre.centre.evidence._files
    files.discard(str(source_id), ["blurred-clip.mp4"])
    files.append(str(source_id), "blurred-clip.mp4", offset_bytes=0, content=read(centre, source_id, "clip.mp4"))
    files.publish(str(source_id), ["blurred-clip.mp4"])
    with pytest.raises(EvidenceLost):
        cloned(centre, source_id, moments=STILLS)


class Package:
    """The sealed package of a case that the centre made, and the keys that check it."""

    def __init__(self, centre: CentreBuilder, case_id: uuid.UUID, folder: Path) -> None:
        self._path = folder / "package.zip"
        centre.confirm(centre.stored(case_id))
        officer = centre.officer()
        centre.centre.police.pull(officer, QUEUE, n=5, lease_s=60, idempotency_key="k")
        content = b"".join(centre.centre.police.package(officer, case_id))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.files: Files = {name: archive.read(name) for name in archive.namelist()}
        self._boxes = {key_id_of(key.public_key()): key.public_key() for key in centre.keys.values()}
        public = centre.centre.centre_cases.require_key().public_key()
        self._centres = {key_id_of(public): public}

    def verify(self, files: Files, *, boxes: bool = True) -> SealedReport:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, each in files.items():
                archive.writestr(entry(name, len(each)), each)
        self._path.write_bytes(content.getvalue())
        return verify_sealed(self._path, self._boxes if boxes else {}, self._centres)

    def unnoticed(self) -> list[str]:
        """Alterations that the check does not find."""
        return [what for what, files in self.altered() if not self._notices(files)]

    def _notices(self, files: Files) -> bool:
        try:
            return self.verify(files).overall is Overall.ALTERED
        except EvidenceError:  # without a manifest it is no package
            return "manifest.json" not in files

    def altered(self) -> Iterator[tuple[str, Files]]:
        """Every file with a byte changed at its beginning, in its middle and at its end; left out; swapped."""
        for name, content in self.files.items():
            for place in {0, len(content) // 2, len(content) - 1}:
                changed = bytearray(content)
                changed[place] ^= 0x01
                yield f"{name} at {place}", self.files | {name: bytes(changed)}
            yield f"without {name}", {each: self.files[each] for each in self.files if each != name}
        names = sorted(self.files)
        for first, second in zip(names, [*names[1:], names[0]], strict=True):
            if self.files[first] != self.files[second]:
                swapped = {first: self.files[second], second: self.files[first]}
                yield f"{first} and {second} swapped", self.files | swapped


def test_a_clone_s_package_proves_the_box_s_side_in_plain_words(centre: CentreBuilder, tmp_path: Path) -> None:
    source_id = filmed(centre)
    clone = cloned(centre, source_id, moments=STILLS)
    package = Package(centre, clone.case_id, tmp_path)
    report = package.verify(package.files)
    assert report.overall is Overall.VALID
    assert report.box is not None
    source = report.box.source
    assert source is not None
    assert (source.verdict, source.source_id) == (SourceVerdict.VALID, str(source_id))
    assert {"clip.mp4", *STILLS.values(), "source-overlay.json"} <= set(source.shared)
    assert {"overlay.json", "blurred-clip.mp4"} <= set(source.made)
    text = _as_text(report)
    assert f"tách từ vụ việc / taken out of case {source_id}" in text
    assert "không số đo nào của hộp thuộc về nó" in text
    assert "chữ ký của trung tâm lập vụ việc" in text
    assert json.loads(_as_json(report))["source"]["verdict"] == "valid"
    unknown = package.verify(package.files, boxes=False)
    assert unknown.overall is Overall.UNKNOWN_SIGNER, "whose box it was is not known"
    assert package.unnoticed() == []
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_report_s_package_says_what_it_does_not_prove(centre: CentreBuilder, tmp_path: Path) -> None:
    package = Package(centre, made(centre, looked_at(centre)), tmp_path)
    report = package.verify(package.files)
    assert report.overall is Overall.VALID
    assert "vouches for no clock, place or" in " ".join(_as_text(report).split("\n"))
    assert package.unnoticed() == []


def other_vehicle(told: dict[str, Any]) -> None:
    """A second motorcycle with its rider, and a car, beside the first vehicle; and a privacy mask."""
    beside = {2: ("motorcycle", OTHER_PX), 3: ("car", CAR_PX), 4: ("person", RIDER_PX)}
    for frame in told["clips"][0]["frames"]:
        frame["tracks"] += [
            {"track_id": number, "label": label, "box_xyxy_px": list(box), "observed": True, "subject": False}
            for number, (label, box) in beside.items()
        ]
    told["masks"] = [[[0.0, 0.0], [0.1, 0.0], [0.1, 0.1], [0.0, 0.1]]]


def test_a_named_vehicle_s_plate_is_seen_on_its_copies_and_no_other_s(centre: CentreBuilder) -> None:
    source_id = filmed(centre, change=other_vehicle)
    bike, car = centre.centre.clones.vehicles(LAN, source_id)
    assert (bike.track_id, bike.label, bike.clip, bike.from_s) == (2, "motorcycle", "clip.mp4", 0.0)
    assert (car.track_id, car.label, round(car.at_share, 2)) == (3, "car", 0.91)
    for wrong in (3, 4, 1, 99):
        with pytest.raises(Invalid, match="no such vehicle"):
            cloned(centre, source_id, moments=STILLS, track_id=wrong)
    with pytest.raises(Invalid, match="another vehicle"):
        cloned(centre, source_id, moments=STILLS, track_id=2, subject=1)
    stored = centre.stored(cloned(centre, source_id, moments=STILLS, track_id=2).case_id)
    assert stored.case.subject.track_ids == (2,)
    assert OWN_SHOWN in stored.manifest.remarks
    name = STILLS[TURN[1]]
    plain, copy = (picture(read(centre, stored.case_id, each)) for each in (name, f"{BLURRED_PREFIX}{name}"))
    film = io.BytesIO(read(centre, stored.case_id, "blurred-clip.mp4"))
    with av.open(film) as clip:
        frames = {round(float(frame.time), 2): frame.to_ndarray(format="bgr24") for frame in clip.decode(video=0)}
    assert frames[LEAD_S + 1.0].shape == plain.shape, "made of the original"
    for shown in (copy, frames[LEAD_S + 1.0]):
        changed = np.abs(shown.astype(int) - plain.astype(int)).mean(axis=2)
        assert part(changed, OTHER_PX, 0.7, 1.0).mean() < 12, "its own plate is to be seen"
        assert part(changed, BOX_PX, 0.5, 1.0).mean() > 2 * part(changed, OTHER_PX, 0.7, 1.0).mean(), "the first one's"
        for hidden in (part(shown, CAR_PX, 0.5, 1.0), part(shown, RIDER_PX, 0.0, 0.3), shown[:36, :64]):
            assert roughness(hidden) < 4, "the car's plate, the head, and what the mask covers"
    overlay = json.loads(read(centre, stored.case_id, "overlay.json"))
    marked = {t["track_id"] for c in overlay["clips"] for f in c["frames"] for t in f["tracks"] if t["subject"]}
    assert marked == {2}
    assert centre.centre.audit.verify(SYSTEM).intact


def test_without_masks_no_copy_is_made_of_an_original(centre: CentreBuilder) -> None:
    def unmasked(told: dict[str, Any]) -> None:
        other_vehicle(told)
        del told["masks"]

    source_id = filmed(centre, change=unmasked)
    with pytest.raises(Conflict, match="privacy masks"):
        cloned(centre, source_id, moments=STILLS, track_id=2)
    assert ALSO_HIDDEN in centre.stored(cloned(centre, source_id, moments=STILLS).case_id).manifest.remarks


def part(picture: NDArray[Any], box_px: tuple[float, ...], above: float, below: float) -> NDArray[Any]:
    """A band of a box, between two shares of its height from the top."""
    left, top, right, bottom = box_px
    rows = slice(int(top + above * (bottom - top)), int(top + below * (bottom - top)))
    return picture[rows, int(left) : int(right)]


def roughness(picture: NDArray[Any]) -> float:
    """How much neighbours differ: noise much, flat cells hardly; grey levels."""
    return float(np.abs(np.diff(picture.astype(int), axis=1)).mean())


def test_a_second_vehicle_in_a_citizens_film_is_a_case_of_its_own(centre: CentreBuilder, tmp_path: Path) -> None:
    source_id = made(centre, looked_at(centre))
    first = centre.stored(source_id)
    looks = {name: picture_name("video-1.mp4", number) for number, name in enumerate(LOOKS, start=1)}
    clone = cloned(centre, source_id, offence_code="NO_HELMET_DRIVER", moments=looks)
    stored = centre.stored(clone.case_id)
    assert (stored.integrity, stored.blocked_by) == ("valid", (Blocker.PLATE_MISSING,))
    assert missing_musts(stored.case, stored.manifest) == ()
    here = {file.name: (file.sha256, file.moment) for file in stored.manifest.files}
    for file in first.manifest.files:
        if file.role in {FileRole.CLIP, FileRole.STILL_FULL_BLURRED}:
            assert here[file.name] == (file.sha256, file.moment)
    assert not stored.case.site.legal_class.startswith("police")
    assert read(centre, clone.case_id, f"{RECEIVED_PREFIX}video-1.mp4") == read(
        centre, source_id, f"{RECEIVED_PREFIX}video-1.mp4"
    ), "the file as it came stays as long as either case needs it"
    package = Package(centre, clone.case_id, tmp_path)
    assert not secrets_in(b"".join(package.files.values())), "nor does a clone tell who sent it"
    report = package.verify(package.files)
    assert report.overall is Overall.VALID, report
    assert report.box is not None
    assert report.box.source is not None
    assert (report.box.source.verdict, report.box.source.of_report) == (SourceVerdict.VALID, True)
    assert report.box.source.made == ("overlay.json",)
    text = _as_text(report)
    assert "the centre's signature there" in " ".join(text.split())
    assert "made of a citizen's report" in " ".join(text.split())
    with pytest.raises(Conflict, match="is not cloned"):
        cloned(centre, clone.case_id, offence_code="NO_HELMET_DRIVER", moments=looks, subject=3)
    assert centre.centre.audit.verify(SYSTEM).intact


def test_another_offence_of_a_reported_vehicle_names_other_pictures(centre: CentreBuilder) -> None:
    source_id = made(centre, looked_at(centre))
    names = [picture_name("video-1.mp4", number) for number in (1, 2, 3)]
    clone = cloned(centre, source_id, subject=1, moments=dict(zip(TURN, names, strict=True)))
    moments = {file.name: file.moment for file in centre.stored(clone.case_id).manifest.files if file.moment}
    assert moments == dict(zip(names, TURN, strict=True))
