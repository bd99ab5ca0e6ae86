"""What is left of a plate with a covered character is nobody's plate, where its place shows that one is missing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.plates.agreement import HIDDEN_CHARACTER
from detectors.plates.corners import PlateShape
from detectors.plates.ctc import best_path
from detectors.plates.finder import PlateBox
from detectors.plates.pipeline import LEAST_WIDTH_PX, PlatePipeline
from detectors.plates.reader import PlatePicture
from detectors.plates.reads import CharacterRead, PlateText
from detectors.plates.sight import VehicleSight
from detectors.plates.spacing import lacks_a_character
from domain.geometry import BoxPx, ImageBgr
from domain.model_ref import ModelRef
from domain.plates.grammar import plate_grammar
from domain.plates.reading import PlateReading
from domain.plates.reasons import MAY_BE_COVERED

FIVE = (0.146, 0.312, 0.48, 0.71, 0.896)  # where the reader sees the order digits of a whole motorcycle plate
FOUR = (0.25, 0.417, 0.6, 0.812)
UPPER = (0.02, 0.1, 0.64, 0.78, 0.9)


def read(upper: str, lower: str, places: tuple[float, ...]) -> PlateText:
    """A read of two lines."""
    return PlateText(
        tuple(
            CharacterRead(options=((one, 0.99),), line=line, place=place)
            for line, characters, where in ((0, upper, UPPER), (1, lower, places))
            for one, place in zip(characters, where, strict=False)
        )
    )


@pytest.mark.parametrize("hidden", range(5))
def test_four_of_five_digits_lack_one_whichever_is_hidden(hidden: int) -> None:
    left = tuple(place for number, place in enumerate(FIVE) if number != hidden)
    assert lacks_a_character(read("59F1", "2819", left))


@given(st.tuples(*(st.floats(-0.004, 0.004) for _ in FOUR)), st.floats(-0.06, 0.008))
def test_a_whole_plate_of_four_digits_lacks_none(jitter: tuple[float, ...], shift: float) -> None:
    places = tuple(place + shift + off for place, off in zip(FOUR, jitter, strict=True))
    assert not lacks_a_character(read("59F1", "2819", places))


@pytest.mark.parametrize("lower", ["NG01", "QT12", "NN04", "CV03"])
def test_a_foreign_plate_with_its_hyphen_lacks_none(lower: str) -> None:
    text = read("80011", lower, (0.14, 0.32, 0.66, 0.84))
    assert not lacks_a_character(text)
    assert reading_of(text, vehicle="car").text == f"80011{lower}"


def test_nothing_is_said_where_places_are_not_known() -> None:
    unknown = PlateText(tuple(CharacterRead(options=((one, 0.99),)) for one in "59F12819"))
    assert not lacks_a_character(unknown)
    assert not lacks_a_character(PlateText(()))
    assert not lacks_a_character(read("59F1", "42819", FIVE))


def test_the_reader_tells_line_and_place_of_every_character() -> None:
    steps = np.full((8, 3), -9.0, np.float32)
    steps[:, 0] = 0.0
    steps[1, 1], steps[4, 2], steps[6, 1] = 9.0, 9.0, 9.0
    text = best_path(steps, "AB", 1.0, (0, 1))
    assert text.text == "ABA"
    assert [(one.line, one.place) for one in text.characters] == [(0, 0.375), (1, 0.125), (1, 0.625)]
    assert text.upper == 1
    assert best_path(steps, "AB", 1.0).upper is None


class Reader:
    """Finder, corners and reader that see the same large plate in every picture."""

    model = ModelRef(name="scripted", sha256="0" * 64)

    def __init__(self, *texts: PlateText) -> None:
        self._texts = texts

    def find(self, picture_bgr: ImageBgr, vehicle_box_xyxy_px: BoxPx) -> tuple[PlateBox, ...]:
        return (PlateBox(box_xyxy_px=(150.0, 200.0, 150.0 + 2 * LEAST_WIDTH_PX["two_lines"], 275.0), score=0.9),)

    def locate(self, picture_bgr: ImageBgr, plate_box_xyxy_px: BoxPx) -> PlateShape:
        x1, y1, x2, y2 = plate_box_xyxy_px
        corners = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32)
        return PlateShape(corners_px=corners, layout="two_lines", layout_confidence=0.9)

    def read(self, plates: list[PlatePicture]) -> list[PlateText]:
        return [self._texts[number % len(self._texts)] for number in range(len(plates))]


def reading_of(*texts: PlateText, vehicle: str = "motorbike", vehicle_width_px: float = 300.0) -> PlateReading:
    networks = Reader(*texts)
    start = datetime(2026, 1, 5, 7, tzinfo=UTC)
    sights = [
        VehicleSight(
            at=start + timedelta(seconds=0.4 * number),
            picture_bgr=np.full((400, 900, 3), 120, np.uint8),
            vehicle_box_xyxy_px=(50.0, 20.0, 50.0 + vehicle_width_px, 390.0),
            other_vehicles_xyxy_px=(),
        )
        for number in range(max(4, len(texts)))
    ]
    pipeline = PlatePipeline(finder=networks, corners=networks, reader=networks, grammar=plate_grammar())
    return pipeline.read(sights, vehicle).reading


def test_a_plate_with_a_covered_digit_is_unread_and_said_to_be_covered() -> None:
    assert reading_of(read("59F1", "2819", FOUR)).text == "59F12819"
    reading = reading_of(read("59F1", "2819", (*FIVE[:1], *FIVE[2:])))
    assert (reading.text, reading.reason) == (None, MAY_BE_COVERED)
    assert {one.dropped_because for one in reading.reads} == {HIDDEN_CHARACTER}


def test_a_covered_series_is_no_older_plate() -> None:
    reading = reading_of(read("59F", "42819", FIVE))
    assert (reading.text, reading.reason) == (None, MAY_BE_COVERED)


@pytest.mark.parametrize(
    ("vehicle_width_px", "text"),
    [(300.0, "59F142819"), (800.0, None)],  # as wide beside it as on a motorcycle; and as before a car
)
def test_a_vehicle_that_was_told_wrong_keeps_its_plate_and_a_car_takes_nobodys(
    vehicle_width_px: float, text: str | None
) -> None:
    assert reading_of(read("59F1", "42819", FIVE), vehicle="car", vehicle_width_px=vehicle_width_px).text == text


def taken_for(text: PlateText, place: int, letter: str) -> PlateText:
    """The same read, one character of which looks a little more like a letter."""
    characters = list(text.characters)
    options = ((letter, 0.52), (characters[place].best, 0.47))
    characters[place] = replace(characters[place], options=options)
    return PlateText(tuple(characters))


def test_a_digit_that_looks_like_a_letter_hides_no_gap() -> None:
    """Each picture takes another digit for a letter; every one is repaired to the same plate of four digits."""
    for places in (FOUR, (*FIVE[:1], *FIVE[2:])):
        whole = read("59F1", "2819", places)
        reads = [taken_for(whole, *each) for each in ((4, "Z"), (5, "B"), (6, "I"), (4, "Z"), (5, "B"), (6, "I"))]
        reading = reading_of(*reads)
        if places is FOUR:
            assert reading.text == "59F12819"
        else:
            assert (reading.text, reading.reason) == (None, MAY_BE_COVERED)
            assert HIDDEN_CHARACTER in {one.dropped_because for one in reading.reads}
