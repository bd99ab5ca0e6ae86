"""Every item that a case must contain is proved by a frame or value, and what is missing is named."""

from datetime import timedelta
from typing import Any

import pytest

from domain.cases.case import Case
from domain.cases.checklist import ITEMS, checklist, missing_musts
from domain.cases.evidence import FileRole
from domain.plates.reading import PlateReading
from domain.seen.timeline import SignalState
from tests.builders.cases import NOON, build_case
from tests.builders.centre import full_manifest


def proof_of(key: str, case: Case, without: frozenset[FileRole] = frozenset()) -> str | None:
    manifest = full_manifest(case)
    kept = tuple(file for file in manifest.files if file.role not in without)
    found = checklist(case, manifest.model_copy(update={"files": kept}))
    return next(each.proof for each in found if each.item.key == key)


@pytest.mark.parametrize(
    ("key", "left_out"),
    [
        ("camera", {"camera_serial": ""}),
        ("camera", {"camera_owner": ""}),
        ("camera_kept", {"camera_installed_on": None}),
        ("camera_kept", {"camera_checked_on": None}),
        ("legal_class", {"legal_class": "unknown"}),
        ("legal_class", {"legal_paper": ""}),
    ],
)
def test_a_case_whose_device_is_not_told_cannot_be_confirmed(key: str, left_out: dict[str, str | None]) -> None:
    case = build_case()
    case = case.model_copy(update={"site": case.site.model_copy(update=left_out)})
    assert missing_musts(case, full_manifest(case)) == (key,)


def test_what_detected_and_its_layer_are_musts_but_of_a_citizens_telephone_no_serial_is_asked() -> None:
    case = build_case()
    manifest = full_manifest(case)
    without = tuple(file for file in manifest.files if file.role is not FileRole.OVERLAY)
    assert missing_musts(case, manifest.model_copy(update={"files": without})) == ("caption",)
    unsaid = case.model_copy(update={"provenance": case.provenance.model_copy(update={"detector": None})})
    assert missing_musts(unsaid, manifest) == ("detector",)
    site = {
        "legal_class": "supplied_by_citizen",
        "camera_owner": "",
        "camera_serial": "",
        "camera_installed_on": None,
        "camera_checked_on": None,
        "legal_paper": "",
    }
    of_citizen = unsaid.model_copy(update={"site": case.site.model_copy(update=site)})
    assert missing_musts(of_citizen, manifest) == ()


def test_a_whole_case_has_every_must_item_with_what_proves_it() -> None:
    case = build_case()
    assert missing_musts(case, full_manifest(case)) == ()
    assert proof_of("time", case) == "05/01/2026 12:00:00.000 +07:00, ± 40 ms"
    assert proof_of("two_stills", case) == "still-0.jpg, still-1.jpg"
    assert proof_of("clip", case) == "clip.mp4"
    assert proof_of("dwell", case) == "60 s ≥ 60 s"
    assert proof_of("instrument", case) == "Quyết định 12/2025"


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("time", {"clock_error_ms": None}),
        ("place", {"site": {"direction": ""}}),
        ("place", {"site": {"ward": ""}}),
        ("instrument", {"site": {"instruments": ()}}),
        ("dwell", {"measurements": {"dwell_s": 59.9}}),
        ("dwell", {"measurements": {"dwell_s": 90.0, "threshold_s": 120.0}}),
        ("dwell", {"measurements": {"dwell_s": True}}),
        ("red_for", {"code": "RED_LIGHT", "measurements": {"red_before_crossing_s": 0.4}}),
        ("stood", {"code": "STOP_LINE", "measurements": {}}),
        ("against", {"code": "WRONG_WAY", "measurements": {"against_direction_picture_heights": 3.0}}),
        ("along", {"code": "DRIVE_PAVEMENT", "measurements": {"along_pavement_m": 9.9}}),
        ("on_line", {"code": "LANE_CHANGE", "measurements": {"sightings_on_line": 2}}),
        ("looks", {"code": "NO_HELMET_DRIVER", "measurements": {"looks": 9}}),
        ("whole_turn", {"code": "BANNED_TURN"}),
        ("meter", {"code": "SPEED_05_10", "measurements": {"speed_kmh": 58.0}}),
    ],
)
def test_what_is_missing_blocks_by_its_name(key: str, changes: dict[str, Any]) -> None:
    site = changes.pop("site", {})
    case = build_case(**changes)
    case = case.model_copy(update={"site": case.site.model_copy(update=site)})
    assert key in missing_musts(case, full_manifest(case))
    assert proof_of(key, case) is None


@pytest.mark.parametrize(
    ("key", "role"),
    [("clip", FileRole.CLIP), ("two_stills", FileRole.STILL_FULL), ("moments", FileRole.STILL_FULL)],
)
def test_a_file_that_is_not_there_proves_nothing(key: str, role: FileRole) -> None:
    assert proof_of(key, build_case(), frozenset({role})) is None


@pytest.mark.parametrize("signals", [(SignalState.GREEN, SignalState.RED), (SignalState.RED, SignalState.UNKNOWN)])
def test_a_red_light_case_shows_red_at_both_moments(signals: tuple[SignalState, SignalState]) -> None:
    case = build_case(code="RED_LIGHT")
    assert proof_of("red_before_and_after", case) == "still-0.jpg, still-1.jpg"
    moments = tuple(
        moment.model_copy(update={"signal": signal}) for moment, signal in zip(case.moments, signals, strict=True)
    )
    other = case.model_copy(update={"moments": moments})
    assert proof_of("red_before_and_after", other) is None


@pytest.mark.parametrize(
    ("code", "key", "looks"),
    [
        ("PLATE_OBSCURED", "sharp", 1),
        ("PLATE_OBSCURED", "sharp", None),
        ("PAVEMENT_NO_PERMIT", "permit_register", 9),
        ("SPEED_20_35", "meter", 9),
        ("WRONG_LANE", "in_lane", 9),
        ("PHONE", "looks", 2),
    ],
)
def test_an_offence_without_a_rule_here_is_held_to_its_own_musts_too(code: str, key: str, looks: int | None) -> None:
    """A rule of another package, or a box of another version, may tell of any row of the catalogue."""
    case = build_case(measurements={} if looks is None else {"looks": looks})
    case = case.model_copy(update={"violation": case.violation.model_copy(update={"code": code})})
    assert key in missing_musts(case, full_manifest(case))


def test_a_covered_plate_that_was_seen_sharply_twice_lacks_nothing_of_its_own() -> None:
    case = build_case(measurements={"looks": 2})
    case = case.model_copy(update={"violation": case.violation.model_copy(update={"code": "PLATE_OBSCURED"})})
    assert missing_musts(case, full_manifest(case)) == ()


def test_two_stills_of_almost_one_instant_are_not_two() -> None:
    case = build_case(code="RED_LIGHT")
    later = case.moments[1].model_copy(update={"at": NOON + timedelta(milliseconds=499)})
    close = case.model_copy(update={"moments": (case.moments[0], later), "ended_at": later.at})
    assert proof_of("two_stills", close) is None


def test_items_have_words_in_both_languages_and_keys_of_their_own() -> None:
    assert len({item.key for item in ITEMS}) == len(ITEMS)
    assert all(item.words.vi and item.words.en and item.words.vi != item.words.en for item in ITEMS)


@pytest.mark.parametrize(
    ("vehicle", "text", "kind", "fits"),
    [
        ("car", "75F112345", "motorbike", False),  # what has three wheels is told as a lorry, and carries this
        ("car", "75F112345", None, False),
        ("car", "75A12345", "car", True),
        ("car", "75A12345", None, True),
        ("car", "75F11234", "motorbike_four_digits", False),  # in two lines; the text alone may be a car's
        ("motorbike", "75A12345", "car", False),
        ("motorbike", "75F112345", "motorbike", True),
    ],
)
def test_an_offence_of_one_kind_of_vehicle_is_not_proved_by_the_plate_of_another(
    vehicle: str, text: str, kind: str | None, fits: bool
) -> None:
    plate = PlateReading(status="agreed", text=text, kind=kind, character_confidences=(0.99,) * len(text))
    case = build_case(code="RED_LIGHT", vehicle_kind=vehicle, plate=plate)
    assert (proof_of("plate_of_kind", case) is not None) is fits
