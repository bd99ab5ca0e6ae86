"""A plate is read in several cuts, and what they say together is told."""

from collections.abc import Sequence

import numpy as np
import pytest

from detectors.plates.corners import PlateShape
from detectors.plates.cuts import CUTS, ReaderOfCuts, cut_again, voted
from detectors.plates.reader import PlatePicture
from detectors.plates.reads import CharacterRead, PlateText
from detectors.plates.spacing import lacks_a_character
from domain.model_ref import ModelRef


def read(text: str, chance: float = 0.9, length_chance: float = 1.0) -> PlateText:
    """A text whose characters are all as sure and stand one beside the other."""
    characters = (
        CharacterRead(options=((one, chance),), line=0, place=place / len(text)) for place, one in enumerate(text)
    )
    return PlateText(tuple(characters), length_chance)


def plate(corners: Sequence[tuple[float, float]]) -> PlatePicture:
    shape = PlateShape(corners_px=np.array(corners, np.float32), layout="one_line", layout_confidence=0.9)
    return PlatePicture(picture_bgr=np.zeros((60, 100, 3), np.uint8), shape=shape)


class Scripted:
    """A reader that answers in the order it was told and keeps what it was asked."""

    def __init__(self, answers: Sequence[PlateText]) -> None:
        self._answers = list(answers)
        self.asked: list[PlatePicture] = []

    @property
    def model(self) -> ModelRef:
        return ModelRef(name="scripted", sha256="0" * 64)

    def read(self, plates: Sequence[PlatePicture]) -> list[PlateText]:
        self.asked += plates
        return [self._answers.pop(0) for _ in plates]


def test_the_text_that_fits_all_reads_is_told_with_its_mean_chances() -> None:
    told = voted([read("30A1", 0.6), read("30A7", 0.8), read("30A1", 0.9)])

    assert told.text == "30A1"
    assert told.confidences == pytest.approx((2.3 / 3, 2.3 / 3, 2.3 / 3, 0.5))
    assert told.characters[3].chance("7") == pytest.approx(0.8 / 3)


def test_one_sure_read_counts_for_more_than_one_doubtful_one() -> None:
    unsure = PlateText((CharacterRead(options=(("8", 0.5), ("B", 0.45))),))

    assert voted([unsure, read("B", 0.95)]).text == "B"


def test_a_character_that_one_cut_lacks_is_less_sure_and_so_is_the_length() -> None:
    told = voted(
        [read("30A12", length_chance=0.99), read("3012", length_chance=0.8), read("30A12", length_chance=0.99)]
    )

    assert told.text == "30A12"
    assert told.confidences[2] == pytest.approx(0.6)
    assert told.length_chance == pytest.approx((0.99 + 0.2 + 0.99) / 3)


def test_where_cuts_are_alike_sure_the_corners_as_found_are_believed() -> None:
    assert voted([read("A"), read("B")]).text == "A"
    assert voted([read("B"), read("A")]).text == "B"


def test_characters_stand_where_the_read_that_is_told_has_them() -> None:
    told = voted([read("X"), read("ABCD"), read("ABCD")])

    assert [(one.line, one.place) for one in told.characters] == [(0, 0.0), (0, 0.25), (0, 0.5), (0, 0.75)]


def test_what_is_left_of_a_longer_plate_is_seen_in_a_wider_cut_too() -> None:
    """Four digits stand off the middle by .048 of the plate, so one may be hidden; in the wider cut by .044."""
    lower = (0.20, 0.385, 0.57, 0.704)

    def short(across: float) -> PlateText:
        places = [(place + across) / (1 + 2 * across) for place in lower]
        upper = [CharacterRead(options=((one, 0.9),), line=0, place=0.5) for one in "59F1"]
        return PlateText((*upper, *(CharacterRead(options=(("2", 0.9),), line=1, place=one) for one in places)))

    wide = CUTS[1][0]
    assert lacks_a_character(short(0.0))
    assert not lacks_a_character(short(wide))

    scripted = Scripted([read("59F1"), short(wide), short(0.0)])
    (told,) = ReaderOfCuts(scripted).read([plate([(10, 10), (90, 10), (90, 40), (10, 40)])])

    assert told.text == "59F12222"
    assert [one.place for one in told.characters[4:]] == pytest.approx(lower)
    assert lacks_a_character(told)


def test_nothing_read_in_any_cut_is_nothing() -> None:
    assert voted([PlateText(()), PlateText(()), PlateText(())]).text == ""


def test_each_plate_gets_what_was_read_in_its_own_cuts() -> None:
    first, second = plate([(10, 10), (90, 10), (90, 40), (10, 40)]), plate([(0, 0), (50, 0), (50, 20), (0, 20)])
    scripted = Scripted([*(read("51F1") for _ in CUTS), *(read("30A2") for _ in CUTS)])

    texts = ReaderOfCuts(scripted).read([first, second])

    assert [one.text for one in texts] == ["51F1", "30A2"]
    assert len(scripted.asked) == 2 * len(CUTS)
    assert np.array_equal(scripted.asked[0].shape.corners_px, first.shape.corners_px)
    assert ReaderOfCuts(scripted).model.name == "scripted"
    assert ReaderOfCuts(scripted).read([]) == []


def test_edges_move_along_the_plates_own_axes() -> None:
    tilted = plate([(0, 0), (40, 30), (31, 42), (-9, 12)])  # 50 long and 15 high, turned

    moved = cut_again(tilted, (0.1, 0.2)).shape

    along, down = np.array([0.8, 0.6]), np.array([-0.6, 0.8])
    assert moved.corners_px[0] == pytest.approx(-5 * along - 3 * down, abs=1e-4)
    assert moved.corners_px[2] == pytest.approx(np.array([31, 42]) + 5 * along + 3 * down, abs=1e-4)
    assert moved.width_px == pytest.approx(60)
    assert (moved.layout, moved.layout_confidence) == ("one_line", 0.9)
