from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydantic import TypeAdapter, ValidationError

from domain.camera import CameraConfig, Hours, Line, RuleUse, Stream
from domain.canonical import canonical_bytes, sha256_of
from domain.cases.case import Case
from domain.cases.evidence import EvidenceFile, FileRole
from domain.errors import CatalogueError
from domain.geometry import box_iou, contains, iou_matrix, side_of_line
from domain.instants import HUE_TIME, Instant, from_text, to_text
from domain.law.catalogue import Catalogue, built_in_catalogue
from domain.law.rejection import rejection_reasons
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from tests.builders.cases import NOON, build_case


def boxes(most: int) -> st.SearchStrategy[np.ndarray]:
    corner = hnp.arrays(np.float64, st.tuples(st.integers(0, most), st.just(2)), elements=st.floats(0, 500))
    return corner.map(lambda a: np.hstack([a, a + 40.0]))


@given(boxes(6), boxes(6))
def test_iou_matrix_agrees_with_one_pair_at_a_time(a: np.ndarray, b: np.ndarray) -> None:
    matrix = iou_matrix(a, b)
    assert matrix.shape == (len(a), len(b))
    for i, one in enumerate(a):
        for j, other in enumerate(b):
            assert matrix[i, j] == pytest.approx(box_iou(tuple(one), tuple(other)), abs=1e-9)


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_a_point_is_left_or_right_of_a_line_by_the_cross_product(x: float, y: float) -> None:
    assert side_of_line((0, 0), (0, 10), (x, y)) == pytest.approx(-x)


def test_a_concave_polygon_leaves_its_notch_out() -> None:
    notch = [(0, 0), (10, 0), (10, 10), (5, 5), (0, 10)]
    assert contains(notch, (5, 4))
    assert not contains(notch, (5, 8))


def test_a_frame_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Frame(
            camera_id="c",
            index=0,
            captured_at=datetime(2026, 1, 1),  # noqa: DTZ001 - the fault under test
            clock_error_ms=None,
            picture=BgrPicture(np.zeros((2, 2, 3), np.uint8)),
        )


def test_detections_refuse_columns_of_different_length() -> None:
    with pytest.raises(ValueError, match="columns"):
        Detections(
            boxes_xyxy_px=np.zeros((2, 4), np.float32),
            scores=np.zeros(1, np.float32),
            class_ids=np.zeros(1, np.int64),
            labels=("car",),
        )


@given(
    st.datetimes(
        min_value=datetime(3, 1, 1),  # noqa: DTZ001 - hypothesis puts the zone on
        max_value=datetime(9998, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, HUE_TIME, timezone(timedelta(hours=-3))]),
    )
)
def test_instants_survive_paper_to_the_millisecond(instant: datetime) -> None:
    utc = instant.astimezone(UTC)
    assert utc - from_text(to_text(utc)) < timedelta(milliseconds=1)
    assert from_text(to_text(utc)) <= utc


@pytest.mark.parametrize("text", ["2026-01-05T07:00:00", "2026-01-05", "now", "2026-01-05 07:00:00Z", ""])
def test_an_instant_without_zone_or_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an instant"):
        from_text(text)


def test_a_case_survives_json_byte_for_byte() -> None:
    case = build_case()
    again = Case.model_validate_json(canonical_bytes(case))
    assert canonical_bytes(again) == canonical_bytes(case)
    assert sha256_of(again) == sha256_of(case)


def test_the_same_act_has_the_same_id_and_another_start_another() -> None:
    assert build_case().case_id == build_case().case_id
    assert build_case().case_id != build_case(began_at=NOON + timedelta(milliseconds=1)).case_id


@pytest.mark.parametrize("name", ["../clip.mp4", "clip.exe", "CLIP.mp4", "a/b.jpg", ".mp4", "x" * 80 + ".mp4"])
def test_file_names_that_are_not_ours_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        EvidenceFile(name=name, role=FileRole.CLIP, media_type="video/mp4", size_bytes=1, sha256="0" * 64)


def test_a_catalogue_row_is_chosen_by_the_date_in_hue() -> None:
    catalogue = built_in_catalogue()
    midnight_in_hue = datetime(2024, 12, 31, 17, 0, tzinfo=UTC)
    assert catalogue.row_for("WRONG_WAY", "car", midnight_in_hue).effective_from == date(2025, 1, 1)
    with pytest.raises(CatalogueError, match="no catalogue row is in force"):
        catalogue.row_for("WRONG_WAY", "car", midnight_in_hue - timedelta(seconds=1))


def test_a_row_without_a_confirmed_law_is_never_in_force() -> None:
    with pytest.raises(CatalogueError):
        built_in_catalogue().row_for("AWNING_STRUCTURE", "person/organisation", NOON)


def test_two_rows_in_force_at_once_are_refused() -> None:
    row = built_in_catalogue().rows[0].model_dump(mode="json")
    document = {"version": "x", "source": "x", "warning": "x", "rows": [row, row | {"legal_ref": "another"}]}
    with pytest.raises(CatalogueError, match="same time"):
        Catalogue.from_bytes(canonical_bytes(document))


def test_a_broken_catalogue_says_so() -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        Catalogue.from_bytes(b"{")


def test_every_offence_of_the_catalogue_has_a_known_route_or_says_unconfirmed() -> None:
    known = {"traffic_police", "commune_police", "order_police", "commune_chair", "unconfirmed"}
    assert all(set(row.sanction_route.split("|")) <= known for row in built_in_catalogue().rows)


def test_rejection_reasons_carry_both_languages_and_an_actor() -> None:
    reasons = rejection_reasons()
    assert len(reasons) == 45
    assert all(reason.vi and reason.en and reason.who for reason in reasons.values())


@pytest.mark.parametrize("url", ["rtsp://user:secret@host/1", "rtsp://secret@host/1", "http://host/1", "host/1"])
def test_stream_urls_with_credentials_or_of_other_kinds_are_refused(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Stream(url=url)
    assert "URL" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_line_needs_a_side() -> None:
    with pytest.raises(ValidationError, match="names no side"):
        Line(id="L1", kind="stop_line", points_norm=((0.1, 0.5), (0.9, 0.5)), beyond_norm=(0.4, 0.5))


def test_hours_of_a_ban_may_pass_midnight() -> None:
    use = RuleUse(rule="PARK_PAVEMENT", valid_from=date(2026, 1, 1), hours=(Hours(start=time(22), end=time(6)),))
    in_hue = datetime(2026, 3, 1, 23, 0, tzinfo=HUE_TIME)
    assert use.active_at(in_hue)
    assert not use.active_at(in_hue + timedelta(hours=8))
    assert not use.active_at(datetime(2025, 12, 31, 23, 0, tzinfo=HUE_TIME))


def test_a_line_may_only_name_a_signal_that_exists() -> None:
    with pytest.raises(ValidationError, match="S9 is not among signals"):
        CameraConfig.model_validate(
            {
                "id": "cam-1",
                "version": 1,
                "name": "n",
                "road": "r",
                "ward": "w",
                "position": {"latitude_deg": 16.4, "longitude_deg": 107.6},
                "heading_deg": 0,
                "stream": {"url": "rtsp://127.0.0.1/1"},
                "reference_still_wh": [1920, 1080],
                "lines": [
                    {
                        "id": "L1",
                        "kind": "stop_line",
                        "points_norm": [[0, 0.5], [1, 0.5]],
                        "beyond_norm": [0.5, 0.1],
                        "signal": "S9",
                    }
                ],
            }
        )


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-07:00", "9999-12-31T23:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_an_instant_that_another_zone_cannot_tell_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="years 2 to 9998"):
        from_text(text)
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python(text)


def test_an_instant_that_is_not_text_keeps_to_the_same_years() -> None:
    with pytest.raises(ValidationError, match="years 2 to 9998"):
        TypeAdapter(Instant).validate_python(datetime(9999, 6, 1, tzinfo=UTC))
