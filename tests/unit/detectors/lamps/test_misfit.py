"""A region that does not fit its traffic light reads unknown and is named; it never shows another colour."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.lamps.housing import Fit, HousingWatch, cells_around, fit_of
from detectors.lamps.looking import Doubt, LampReading, Place, read_lamps
from detectors.lamps.places import LampPlaces
from detectors.lamps.reader import LampReader
from domain.seen.timeline import SignalState
from tests.builders.detecting import frame_of, instant
from tests.builders.signal_pictures import GREEN, HOUSING, RED, YELLOW, region_norm, signal_picture

UNKNOWN = SignalState.UNKNOWN
RED_WITH_ARROW = signal_picture(RED, arrow=True, countdown=RED)
PHASES = [
    (RED, RED_WITH_ARROW, 20),
    (RED, signal_picture(RED, countdown=RED), 10),
    (GREEN, signal_picture(GREEN, arrow=True, countdown=GREEN), 20),
    (YELLOW, signal_picture(YELLOW), 3),
]
HALF = ((HOUSING[2] - HOUSING[0]) / 2, (HOUSING[3] - HOUSING[1]) / 2)


@dataclass(frozen=True)
class Looked:
    truth: SignalState
    read: SignalState
    misfit: bool


def cycle(
    reader: LampReader, *, change: object = None, every_s: float = 0.5, from_s: float = 0.0, times: int = 1
) -> Iterator[Looked]:
    """What the reader says of whole cycles of the light."""
    second = from_s
    for truth, picture, lasts_s in PHASES * times:
        seen = change(picture) if callable(change) else picture
        for _ in range(round(lasts_s / every_s)):
            read = reader.read(frame_of(seen, at_s=second))
            yield Looked(truth, read, reader.misfit)
            second += every_s


def test_a_region_that_fits_reads_every_phase_and_is_never_named() -> None:
    looked = list(cycle(LampReader(region_norm=region_norm()), times=2))
    assert all(one.read in (one.truth, UNKNOWN) for one in looked)
    assert sum(one.read == one.truth for one in looked) >= 0.93 * len(looked)
    assert not any(one.misfit for one in looked)


def test_a_region_one_lamp_too_low_does_not_take_the_arrow_for_green() -> None:
    x1, y1, x2, y2 = HOUSING
    reading = read_lamps(RED_WITH_ARROW, (x1, y1 + 45, x2, y2 + 45))
    assert (reading.state, reading.doubt) == (UNKNOWN, Doubt.RED_BEYOND)


def test_a_region_one_lamp_too_low_is_named_within_half_a_minute() -> None:
    looked = list(cycle(LampReader(region_norm=region_norm(dy_px=45))))
    assert {one.read for one in looked} == {UNKNOWN}
    assert looked[60].misfit


def blur(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 4), np.uint8)


def noise(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.clip(picture + np.random.default_rng(7).normal(0, 15, picture.shape), 0, 255).astype(np.uint8)


def dark(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return (picture * 0.5).astype(np.uint8)


@pytest.mark.parametrize("change", [None, blur, noise, dark])
@pytest.mark.parametrize("step", [HALF, (45, 45)], ids=["half", "45px"])
@pytest.mark.parametrize("way", [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)])
def test_no_shift_in_any_direction_ever_shows_another_colour(
    way: tuple[int, int], step: tuple[float, float], change: object
) -> None:
    reader = LampReader(region_norm=region_norm(dx_px=way[0] * step[0], dy_px=way[1] * step[1]))
    assert {one.read for one in cycle(reader, change=change, every_s=1.0)} == {UNKNOWN}


@given(dx=st.floats(-60, 60), dy=st.floats(-110, 110), arrow=st.booleans(), state=st.sampled_from([RED, GREEN]))
@settings(max_examples=150, deadline=None)
def test_red_and_green_are_never_swapped(dx: float, dy: float, arrow: bool, state: SignalState) -> None:
    x1, y1, x2, y2 = HOUSING
    picture = signal_picture(state, arrow=arrow, countdown=state)
    region = (round(x1 + dx), round(y1 + dy), round(x2 + dx), round(y2 + dy))
    assert read_lamps(picture, region).state in (state, UNKNOWN)


def test_a_camera_that_moves_makes_the_light_unknown_until_it_is_back() -> None:
    reader = LampReader(region_norm=region_norm())
    assert list(cycle(reader))[-1].read == YELLOW
    moved = list(cycle(reader, from_s=100, change=lambda picture: np.roll(picture, -30, axis=0)))
    assert {one.read for one in moved} == {UNKNOWN}
    assert moved[-1].misfit
    back = list(cycle(reader, from_s=200, times=4))
    assert not back[-1].misfit
    assert back[-1].read == YELLOW


def test_a_red_car_behind_a_region_beside_the_light_is_no_red_light() -> None:
    car = (150, 90, 239, 190, (40, 30, 200))
    x1, y1, x2, y2 = HOUSING
    assert read_lamps(signal_picture(GREEN, cars=[car]), (x1 + 45, y1, x2 + 45, y2)).state == UNKNOWN


def _reading(state: SignalState, along: float, across: float = 0.5) -> LampReading:
    return LampReading(state=state, doubt=None, place=Place(along, across))


def test_a_place_that_is_not_the_learned_one_is_not_believed() -> None:
    places = LampPlaces()
    for n in range(40):
        assert places.believes(instant(n), _reading(RED, 0.4))
    assert not places.believes(instant(41), _reading(RED, 0.65))
    assert not places.believes(instant(42), _reading(RED, 0.4, across=0.75))
    assert places.believes(instant(43), _reading(RED, 0.45))
    assert not places.proven
    for n in range(50, 70):
        places.believes(instant(n), _reading(GREEN, 2.5))
    assert places.proven


@given(st.lists(st.tuples(st.floats(0.3, 0.7), st.floats(0.01, 5)), min_size=1, max_size=80))
@settings(max_examples=50, deadline=None)
def test_readings_that_fit_never_make_a_misfit(steps: list[tuple[float, float]]) -> None:
    places, second = LampPlaces(), 0.0
    for _, step_s in steps:
        second += step_s
        places.believes(instant(second), _reading(RED, 0.5))
        assert not places.misfit


def test_a_lamp_that_is_only_covered_for_a_while_is_no_misfit() -> None:
    places = LampPlaces()
    for n in range(60):
        places.believes(instant(n), _reading(RED, 0.5))
    for n in range(60, 90):
        places.believes(instant(n), LampReading(state=UNKNOWN, doubt=Doubt.WRONG_PLACE))
    assert not places.misfit


@pytest.mark.parametrize("street", [0, 20, 40])
def test_a_housing_before_something_as_dark_cannot_be_told(street: int) -> None:
    cells = cells_around(signal_picture(RED, street=street), HOUSING)
    assert fit_of(cells) != Fit.ELSEWHERE


def test_a_housing_is_found_here_elsewhere_and_lying() -> None:
    picture, (x1, y1, x2, y2) = signal_picture(GREEN), HOUSING
    assert HousingWatch().see(instant(0), picture, HOUSING) == Fit.HERE
    lying = np.ascontiguousarray(picture.transpose(1, 0, 2))
    assert HousingWatch().see(instant(0), lying, (y1, x1, y2, x2)) == Fit.HERE
    assert HousingWatch().see(instant(0), picture, (x1 + 25, y1, x2 + 25, y2)) == Fit.ELSEWHERE


def test_a_region_at_the_picture_s_edge_is_looked_at_all_the_same() -> None:
    x1, y1, x2, y2 = HOUSING
    part = signal_picture(RED)[y1:y2, x1:x2]
    assert HousingWatch().see(instant(0), part, (0, 0, x2 - x1, y2 - y1)) == Fit.CANNOT_TELL
    assert read_lamps(part).state == RED
    assert read_lamps(part, (10, 0, x2 - x1 + 10, y2 - y1)).doubt == Doubt.TOO_SMALL


@pytest.mark.parametrize("state", [RED, GREEN])
def test_a_blue_wall_around_a_loosely_drawn_region_does_not_change_the_lamp_s_colour(state: SignalState) -> None:
    x1, y1, x2, y2 = HOUSING
    wall = (0, 0, 239, 399, (150, 110, 95))
    assert read_lamps(signal_picture(state, cars=[wall]), (x1 - 4, y1 - 4, x2 + 4, y2 + 4)).state == state


def test_a_light_of_which_nothing_is_read_is_unread_after_five_minutes_until_it_is_read() -> None:
    reader = LampReader(region_norm=region_norm())
    wall = np.full_like(signal_picture(RED), 110)
    for second in range(300):
        assert reader.read(frame_of(wall, at_s=second)) == UNKNOWN
        assert not reader.unread
    reader.read(frame_of(wall, at_s=300))
    assert reader.unread
    for tenth in range(20):
        reader.read(frame_of(signal_picture(RED), at_s=301 + tenth / 10))
    assert not reader.unread


def test_minutes_without_pictures_do_not_make_a_light_unread() -> None:
    reader = LampReader(region_norm=region_norm())
    for hour in range(20):
        reader.read(frame_of(np.full_like(signal_picture(RED), 110), at_s=3600.0 * hour))
    assert not reader.unread


def test_a_misfit_has_its_own_name_and_is_not_called_unread() -> None:
    reader = LampReader(region_norm=region_norm(dy_px=45))
    assert list(cycle(reader, times=8))[-1].misfit
    assert not reader.unread
