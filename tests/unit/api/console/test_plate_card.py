"""What the console makes of a plate; every reason that a box gives has its Vietnamese words."""

from dataclasses import fields
from datetime import datetime, timedelta
from typing import get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.cases.case_columns import columns_of_message
from api.cases.case_rows import StoredCase, StoredFile
from api.console.review.plates.card import plate_card
from api.console.review.plates.words import REASONS_VI, format_colour, format_kind, printed
from detectors.plates import agreement, ownership, pipeline
from domain.cases.evidence import EvidenceFile, FileRole
from domain.cases.states import CaseState
from domain.plates import reasons as plate_reasons
from domain.plates.grammar import plate_grammar
from domain.plates.reading import PlateColour, PlateRead, PlateReading
from tests.builders.cases import NOON, build_case, build_message

AT = NOON + timedelta(seconds=2)
READ = PlateRead(
    at=AT, box_xyxy_px=(480, 270, 960, 540), text="75C12345", character_confidences=(0.9,) * 8, layout="one_line"
)


def agreed(text: str = "75C12345", **changes: object) -> PlateReading:
    fields = {"character_confidences": (0.99, 0.98, 0.5, *(0.97 for _ in text[3:])), "reads": (READ,), "kind": "car"}
    return PlateReading.model_validate({"status": "agreed", "text": text} | fields | changes)


def stored(plate: PlateReading) -> StoredCase:
    case = build_case(plate=plate, resolution_wh=(1920, 1080))
    message = build_message(case, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    columns = columns_of_message(case.model_dump(mode="json"), message.manifest.model_dump(mode="json"))
    shown = {field.name for field in fields(StoredCase)}
    told = {name: value for name, value in columns.items() if name in shown}
    return StoredCase(
        **told | {"case_id": case.case_id, "mode": case.mode, "began_at": case.began_at, "ended_at": case.ended_at},
        case=case,
        manifest=message.manifest,
        signature=message.signature,
        message_sha256=message.sha256(),
        state=CaseState.QUEUED,
        version=1,
        received_at=NOON,
        entered_at=NOON,
        queue=None,
        integrity="valid",
        files_missing=0,
        blocked_by=(),
        package_sha256=None,
        lease_id=None,
        lease_holder=None,
        lease_expires_at=None,
        plate_by_hand=None,
        entries=(),
        lead_id=None,
    )


def file(name: str, role: FileRole, *, complete: bool = True, at: datetime | None = AT) -> StoredFile:
    listed = EvidenceFile(
        name=name, role=role, media_type="image/jpeg", size_bytes=1, sha256="0" * 64, clip="clip.mp4", at=at
    )
    return StoredFile(file=listed, complete=complete)


def test_every_reason_of_the_box_has_vietnamese_words() -> None:
    of_chain = {
        value
        for module in (agreement, pipeline, ownership)
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, str)
    }
    assert len(of_chain) > 10
    assert of_chain | set(plate_reasons.OF_THE_CASE) <= set(REASONS_VI)


def test_every_colour_and_kind_has_its_words() -> None:
    for colour in get_args(PlateColour):
        assert format_colour("vi", colour) != colour
    for kind in plate_grammar().kinds:
        assert format_kind("vi", kind.id) == kind.name_vi
        assert format_kind("en", kind.id) == kind.name_en


@pytest.mark.parametrize(
    ("plate", "text"),
    [
        (agreed(), "75C-123.45"),
        (agreed(kind=None), "75C-123.45"),
        (agreed("75F112345", kind="motorbike"), "75-F1 123.45"),
        (agreed("ZZ99"), "ZZ99"),
        (agreed(kind="kind_of_tomorrow"), "75C12345"),
        (PlateReading(status="unread", reason="r"), None),
    ],
)
def test_a_plate_is_shown_as_people_write_it_where_that_is_certain(plate: PlateReading, text: str | None) -> None:
    assert printed(build_case(plate=plate)) == text


def test_characters_carry_their_own_confidence_and_weak_ones_are_counted_as_a_person_reads() -> None:
    card = plate_card(stored(agreed()), (), "vi")
    assert [(c.sign, c.confidence, c.weak) for c in card.characters[:5]] == [
        ("7", 0.99, False),
        ("5", 0.98, False),
        ("C", 0.5, True),
        ("-", None, False),
        ("1", 0.97, False),
    ]
    assert card.weak_places == (3,)
    assert "Thừa Thiên Huế" in card.about
    assert card.reason == ""
    assert not card.may_be_covered


def test_only_whole_pictures_of_the_best_reads_own_frame_are_shown() -> None:
    crops = (file("plate-1.jpg", FileRole.PLATE_CROP), file("plate-2.jpg", FileRole.PLATE_CROP, complete=False))
    elsewhere = file("still-first.jpg", FileRole.STILL_FULL, at=NOON)
    card = plate_card(stored(agreed()), (*crops, elsewhere), "vi")
    assert [crop.url.rpartition("/")[2] for crop in card.crops] == ["plate-1.jpg"]
    assert card.full is None, "the still of another instant is not where the crop came from"
    card = plate_card(stored(agreed()), (*crops, elsewhere, file("still-plate.jpg", FileRole.STILL_FULL)), "vi")
    assert card.full is not None
    assert card.full.url.endswith("/still-plate.jpg")
    assert card.full.mark_share == (0.25, 0.25, 0.25, 0.25)


def test_an_unread_plate_shows_its_reason_and_every_read_with_its_fate() -> None:
    dropped = READ.model_copy(update={"text": "", "character_confidences": (), "dropped_because": "unheard of"})
    plate = PlateReading(status="unread", reason="the reads do not agree", reads=(READ, dropped), colour="yellow")
    card = plate_card(stored(plate), (), "vi")
    assert card.characters == ()
    assert card.reason == "các lần đọc không thống nhất"
    assert card.about == "nền vàng"
    assert [(row.text, row.confidence, row.fate) for row in card.reads] == [
        ("75C12345", "90%", "dùng"),
        ("-", "-", "unheard of"),
    ]
    assert plate_card(stored(plate), (), "en").reason == "the reads do not agree"
