from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.plates import ownership
from detectors.plates.colour import ground_colour, voted_colour
from detectors.plates.ctc import best_path
from detectors.plates.ownership import is_same_vehicle, why_not_owned
from detectors.plates.rectify import rectified
from detectors.plates.selection import sharpness, worth_decoding
from domain.geometry import BoxPx

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
CAR: BoxPx = (100.0, 100.0, 300.0, 260.0)
CAR_PLATE: BoxPx = (180.0, 220.0, 230.0, 232.0)


def test_a_plate_in_the_vehicle_alone_is_its_own() -> None:
    assert why_not_owned(CAR_PLATE, CAR, [(320.0, 100.0, 500.0, 260.0)]) is None


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ((190.0, 150.0, 240.0, 300.0), ownership.ANOTHER_VEHICLE),  # a motorcycle before the car
        ((0.0, 0.0, 400.0, 400.0), ownership.ANOTHER_VEHICLE),  # a bus around it
        ((202.0, 150.0, 320.0, 300.0), ownership.ANOTHER_VEHICLE),  # side by side: the plate's middle is in both
    ],
)
def test_what_another_vehicle_may_own_is_nobodys(other: BoxPx, reason: str) -> None:
    assert why_not_owned(CAR_PLATE, CAR, [other]) == reason


@pytest.mark.parametrize(
    "plate", [(290.0, 220.0, 340.0, 232.0), (400.0, 220.0, 450.0, 232.0), (105.0, 110.0, 295.0, 130.0)]
)
def test_a_plate_must_lie_on_the_vehicle_and_be_narrower(plate: BoxPx) -> None:
    assert why_not_owned(plate, CAR, []) == ownership.NOT_ON_VEHICLE


def test_a_plate_above_the_vehicles_body_is_on_something_behind_it() -> None:
    assert why_not_owned((180.0, 105.0, 230.0, 117.0), CAR, []) == ownership.ANOTHER_VEHICLE


@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(0.2, 5))
def test_ownership_does_not_depend_on_place_or_scale(x: float, y: float, scale: float) -> None:
    def moved(box: BoxPx) -> BoxPx:
        x1, y1, x2, y2 = box
        return (x1 * scale + x, y1 * scale + y, x2 * scale + x, y2 * scale + y)

    before_it: BoxPx = (190.0, 150.0, 240.0, 300.0)
    assert why_not_owned(moved(CAR_PLATE), moved(CAR), []) is None
    assert why_not_owned(moved(CAR_PLATE), moved(CAR), [moved(before_it)]) == ownership.ANOTHER_VEHICLE


WHOLE: BoxPx = (0.0, 0.0, 100.0, 200.0)


@pytest.mark.parametrize(
    ("other", "kind", "same"),
    [
        ((2.0, 80.0, 100.0, 202.0), "motorbike", True),  # the same motorcycle without its rider
        ((2.0, 80.0, 100.0, 202.0), "car", False),  # a car that it stands before
        ((3.0, 2.0, 99.0, 201.0), "car", True),  # told twice, once as a car
        ((40.0, 20.0, 90.0, 90.0), "motorbike", False),  # a small one: it stands behind
        ((60.0, 40.0, 160.0, 200.0), "motorbike", False),  # side by side
        ((2.0, 80.0, 100.0, 202.0), None, False),
    ],
)
def test_a_vehicle_found_twice_is_one(other: BoxPx, kind: str | None, same: bool) -> None:
    assert is_same_vehicle(WHOLE, "motorbike", other, kind) is same
    assert is_same_vehicle(other, kind, WHOLE, "motorbike") is same


boxes = st.tuples(*(st.floats(0, 100) for _ in range(2)), *(st.floats(101, 300) for _ in range(2)))


@given(boxes, boxes)
def test_whether_two_boxes_are_one_vehicle_does_not_depend_on_their_order(one: BoxPx, other: BoxPx) -> None:
    assert is_same_vehicle(one, "car", other, "car") == is_same_vehicle(other, "car", one, "car")
    assert is_same_vehicle(one, "car", one, "motorbike")


@given(st.lists(st.tuples(st.integers(0, 500), st.floats(10, 500)), unique_by=lambda row: row[0]), st.integers(1, 30))
def test_sightings_are_chosen_in_order_and_hold_the_largest(rows: list[tuple[int, float]], most: int) -> None:
    sightings = [(START + timedelta(seconds=at), (0.0, 0.0, width, 10.0)) for at, width in sorted(rows)]

    chosen = worth_decoding(sightings, most)

    assert list(chosen) == sorted(set(chosen))
    assert len(chosen) <= most
    if sightings:
        largest = max(box[2] for _, box in sightings)
        assert any(sightings[place][1][2] == largest for place in chosen)


def test_blur_lowers_sharpness_and_contrast_does_not() -> None:
    rng = np.random.default_rng(1)
    plate = rng.integers(0, 255, (64, 96, 3)).astype(np.uint8)
    blurred = np.repeat(np.repeat(plate[::4, ::4], 4, 0), 4, 1)

    assert sharpness(blurred) < sharpness(plate)
    assert sharpness((plate // 2 + 50).astype(np.uint8)) == pytest.approx(sharpness(plate), rel=0.05)
    assert sharpness(np.full((64, 96, 3), 90, np.uint8)) == 0.0


@given(st.integers(20, 60), st.integers(20, 40), st.integers(30, 90), st.integers(20, 50))
def test_a_rectangle_is_cut_out_as_it_is(x: int, y: int, width: int, height: int) -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[y : y + height, x : x + width] = (10, 200, 90)
    corners = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float32)

    straight = rectified(picture, corners, (32, 16))

    assert straight.shape == (16, 32, 3)
    assert (straight[2:-2, 2:-2] == (10, 200, 90)).all()
    assert picture[0, 0].tolist() == [0, 0, 0]


def test_corners_beside_the_picture_give_a_picture_all_the_same() -> None:
    corners = np.array([(-90, -90), (-50, -90), (-50, -70), (-90, -70)], np.float32)

    assert rectified(np.zeros((40, 40, 3), np.uint8), corners, (32, 16)).shape == (16, 32, 3)


@given(st.lists(st.integers(0, 3), max_size=12))
def test_the_best_path_drops_blanks_and_repeats(path: list[int]) -> None:
    logits = np.full((len(path), 4), -5.0, np.float32)
    for step, label in enumerate(path):
        logits[step, label] = 5.0
    expected = [label for place, label in enumerate(path) if label and (place == 0 or path[place - 1] != label)]

    text = best_path(logits, "ABC", 1.0) if path else best_path(np.zeros((0, 4), np.float32), "ABC", 1.0)

    assert text.text == "".join("ABC"[label - 1] for label in expected)
    assert all(0 <= confidence <= 1 for confidence in text.confidences)


def test_a_higher_temperature_is_less_sure() -> None:
    logits = np.array([[0.0, 4.0, 2.0, 0.0]], np.float32)

    assert best_path(logits, "ABC", 2.0).confidences[0] < best_path(logits, "ABC", 1.0).confidences[0]


@pytest.mark.parametrize(
    ("bgr", "colour"),
    [
        ((225, 228, 228), "white"),
        ((40, 190, 235), "yellow"),
        ((160, 85, 30), "blue"),
        ((40, 35, 190), "red"),
        ((20, 20, 20), None),
        ((60, 160, 60), None),
    ],
)
def test_the_ground_has_a_colour_by_daylight(bgr: tuple[int, int, int], colour: str | None) -> None:
    plate = np.full((32, 128, 3), bgr, np.uint8)
    plate[10:20, 10:60] = (235, 235, 235) if colour in {"blue", "red"} else (25, 25, 25)

    assert ground_colour(plate) == colour


def test_pictures_that_disagree_leave_the_colour_open() -> None:
    assert voted_colour(["white", "white", "yellow"]) == "white"
    assert voted_colour(["white", "yellow", None]) is None
