"""What a case says of a plate counts only where a clip of its own package shows it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.canonical import canonical_bytes
from domain.cases.case import Case
from domain.cases.evidence import EvidenceFile, FileRole, Manifest
from domain.model_ref import ModelRef
from domain.plates.proof import shows_plate, unbound_crops, unbound_reads
from domain.plates.reading import PlateRead, PlateReading
from tests.builders.cases import NOON, build_case, build_manifest

READ_AT = NOON + timedelta(seconds=1.5)


def read(at: datetime = READ_AT, dropped_because: str | None = None) -> PlateRead:
    return PlateRead(
        at=at,
        box_xyxy_px=(100, 200, 160, 220),
        text="75F1-123.45",
        character_confidences=(0.9,) * 8,
        dropped_because=dropped_because,
    )


def case_with(*reads: PlateRead) -> Case:
    return build_case(plate=PlateReading(status="agreed", text="75F1-123.45", reads=reads))


def file(name: str, role: FileRole, **more: Any) -> EvidenceFile:
    return EvidenceFile(name=name, role=role, media_type="", size_bytes=9, sha256="0" * 64, **more)


CLIP = file("clip.mp4", FileRole.CLIP, started_at=NOON, ended_at=NOON + timedelta(seconds=10))
FULL = file("still-plate.jpg", FileRole.STILL_FULL, clip="clip.mp4", at=READ_AT)
CROP = file("plate-1.jpg", FileRole.PLATE_CROP, clip="clip.mp4", at=READ_AT, box_xyxy_px=(90, 190, 170, 230))
CASE = case_with(read(), read(READ_AT + timedelta(seconds=1)))


def manifest_of(*files: EvidenceFile, case: Case = CASE) -> Manifest:
    return build_manifest(case, {}).model_copy(update={"files": files})


def test_a_crop_and_its_full_picture_from_a_clip_at_the_instant_of_a_kept_read_show_the_plate() -> None:
    manifest = manifest_of(CLIP, FULL, CROP)
    assert shows_plate(CASE, manifest)
    assert unbound_crops(CASE, manifest) == ()
    assert unbound_reads(CASE, manifest) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"at": READ_AT + timedelta(milliseconds=1)},
        {"at": None},
        {"clip": "clip-first.mp4"},
        {"clip": "still-plate.jpg"},
        {"clip": None},
        {"box_xyxy_px": None},
    ],
)
def test_a_crop_that_is_not_tied_to_a_read_and_a_clip_is_named(change: dict[str, Any]) -> None:
    manifest = manifest_of(CLIP, FULL, CROP.model_copy(update=change))
    assert unbound_crops(CASE, manifest) == ("plate-1.jpg",)


@pytest.mark.parametrize(
    "files",
    [
        (CLIP, CROP),
        (CLIP, FULL),
        (FULL, CROP),
        (CLIP, FULL.model_copy(update={"at": NOON}), CROP),
        (CLIP, FULL.model_copy(update={"size_bytes": 0}), CROP),
        (CLIP.model_copy(update={"ended_at": NOON}), FULL, CROP),
        (CLIP.model_copy(update={"ended_at": None}), FULL, CROP),
    ],
)
def test_an_agreed_plate_needs_both_pictures_from_a_clip_that_was_running(files: tuple[EvidenceFile, ...]) -> None:
    assert not shows_plate(CASE, manifest_of(*files))


def test_a_crop_of_a_dropped_read_shows_no_agreed_plate() -> None:
    case = case_with(read(dropped_because="too small"), read(READ_AT + timedelta(seconds=1)))
    manifest = manifest_of(CLIP, FULL, CROP, case=case)
    assert not shows_plate(case, manifest)
    assert unbound_crops(case, manifest) == (), "it may stand beside an unread plate"


def test_kept_reads_outside_of_every_clip_are_named_and_dropped_ones_are_not() -> None:
    outside = read(NOON + timedelta(seconds=11))
    case = case_with(read(), outside, read(NOON - timedelta(seconds=1), dropped_because="blurred"))
    assert unbound_reads(case, manifest_of(CLIP, case=case)) == (outside,)


def test_a_case_from_before_plates_were_read_keeps_its_bytes_and_so_its_hash() -> None:
    old = b'{"character_confidences":[],"reads":[],"reason":"no plate reader is configured on this box",'
    old += b'"status":"unread","text":null}'
    assert canonical_bytes(PlateReading.model_validate_json(old)) == old
    model = ModelRef(name="plate-reader", sha256="0" * 64)
    full = PlateReading(status="unread", reason="r", kind="military", colour="red", models=(model,))
    assert PlateReading.model_validate_json(canonical_bytes(full)) == full
