"""Flat plates: the law's proportions, every character on the plate, nothing lost at the edges."""

import cv2
import numpy as np
import pytest

from deploy.plate_renderer import PlateText, draw, fitting_scale, sample_plate
from deploy.plate_renderer.glyphs import FILL_EXCESS_PX, GLYPHS, fill
from deploy.plate_renderer.styles import BASES, PLATE_WH_MM, sample_lettering
from deploy.plate_renderer.typesetting import MARGIN_MM, typeset
from deploy.plate_renderer.wear import covered
from domain.plates.grammar import plate_grammar

KINDS = [kind.id for kind in plate_grammar().kinds]


@pytest.mark.parametrize("kind", KINDS)
def test_a_plate_has_the_proportions_of_the_law(kind: str) -> None:
    rng = np.random.default_rng(3)
    plate = sample_plate(rng, {kind: 1.0})
    image = draw(plate, 1.0, rng)
    width, height = image.corners_px[2] - image.corners_px[0]
    assert width / height == pytest.approx(PLATE_WH_MM[plate.size][0] / PLATE_WH_MM[plate.size][1], rel=0.02)
    assert image.image_bgr.shape[:2] == image.alpha.shape
    assert image.image_bgr.std() > 10


@pytest.mark.parametrize("kind", KINDS)
def test_every_character_stands_apart_on_the_plate(kind: str) -> None:
    rng = np.random.default_rng(5)
    plate = sample_plate(rng, {kind: 1.0})
    ink, red = typeset(plate, BASES[plate.size][0], 3.0)
    inset = round((MARGIN_MM + 2) * 3.0)
    everything = cv2.max(ink, red)
    count, _ = cv2.connectedComponents((everything > 127).astype(np.uint8))
    assert count - 1 == sum(len(line) for line in plate.lines)
    assert everything[inset:-inset, inset:-inset].sum() == everything.sum()
    assert bool(red.any()) == plate.red_symbols


@pytest.mark.parametrize("character", sorted(GLYPHS))
def test_a_character_looks_like_no_other(character: str) -> None:
    ours, others = _drawn(character), [_drawn(other) for other in GLYPHS if other != character]
    assert min(np.abs(ours - other).mean() for other in others) > 2.0


def _drawn(character: str) -> np.ndarray:
    plate = PlateText(kind="car", colour="white", size="car_long", lines=(character,))
    ink, _ = typeset(plate, BASES["car_long"][0], 1.0)
    middle = ink.shape[1] // 2
    return ink[:, middle - 30 : middle + 30].astype(np.float64)


def test_a_stroke_is_as_wide_at_any_scale() -> None:
    plate = PlateText(kind="car", colour="white", size="car_long", lines=("1",))
    lettering = BASES["car_long"][0]
    for px_per_mm in (0.6, 1.0, 3.0):
        ink, _ = typeset(plate, lettering, px_per_mm)
        foot = ink[round((MARGIN_MM + 75) * px_per_mm)]  # below the flag there is only the stem
        assert foot.sum() / 255 / px_per_mm == pytest.approx(lettering.stroke, rel=0.12)


def test_filling_adds_what_it_says() -> None:
    mask = np.zeros((40, 40), np.uint8)
    fill(mask, [np.array([[(10.0, -5.0), (20.0, -5.0), (20.0, 50.0), (10.0, 50.0)]])])
    assert mask[20].sum() / 255 == pytest.approx(10.0 + FILL_EXCESS_PX, abs=0.1)


def test_two_lines_stand_one_above_the_other() -> None:
    plate = PlateText(kind="motorbike", colour="white", size="motorbike", lines=("59-F1", "123.45"))
    ink, _ = typeset(plate, BASES["motorbike"][0], 2.0)
    filled = np.flatnonzero(ink.any(axis=1))
    assert np.count_nonzero(np.diff(filled) > 1) == 1


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first, again, other = (_one(seed) for seed in (11, 11, 12))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)


def _one(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return draw(sample_plate(rng), 1.0, rng).image_bgr


def test_letterings_keep_near_a_base() -> None:
    rng = np.random.default_rng(1)
    for size, bases in BASES.items():
        drawn = [sample_lettering(size, rng) for _ in range(30)]
        assert min(base.height for base in bases) * 0.9 < min(item.height for item in drawn)
        assert max(item.height for item in drawn) < max(base.height for base in bases) * 1.1


def test_characters_of_long_plates_stand_as_near_as_on_the_street() -> None:
    for base in BASES["car_long"][1:]:  # 191 photographed plates: 0.57..0.70 of the height from one to the next
        assert 0.6 < base.pitch / base.height < 0.67


def test_a_yellowed_pane_makes_a_white_plate_yellow_and_its_characters_pale() -> None:
    plain, alpha = np.full((164, 214, 3), 230, np.uint8), np.zeros((164, 214), np.uint8)
    plain[60:100, 90:120], alpha[12:-12, 12:-12] = 25, 255
    image, framed = covered(plain, alpha, 1.0, np.random.default_rng(4))
    blue, green, red = (int(value) for value in image[130, 50])
    assert blue < 0.75 * green < red
    assert 10 < int(image[130, 50].mean()) - int(image[80, 105].mean()) < 150
    assert np.count_nonzero(framed) > np.count_nonzero(alpha)
    assert image[4 if framed[4, 100] else 9, 100].min() > 150


def test_artwork_is_just_fine_enough_for_its_photograph() -> None:
    plate = PlateText(kind="motorbike", colour="white", size="motorbike", lines=("59-F1", "123.45"))
    image = draw(plate, fitting_scale(plate, 76.0), np.random.default_rng(0))
    assert image.corners_px[1, 0] - image.corners_px[0, 0] == pytest.approx(190, abs=2)


def test_a_scale_out_of_range_is_refused() -> None:
    plate = PlateText(kind="car", colour="white", size="car_long", lines=("75A-123.45",))
    with pytest.raises(ValueError, match="px_per_mm is 20"):
        draw(plate, 20.0, np.random.default_rng(0))
