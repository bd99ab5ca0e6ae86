"""The lamp-fit network bears readings out or not, and a region that slips off its light is named, also a proven one."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.lamps.cycle import Break
from detectors.lamps.fit_crop import INPUT_WH, cut_light
from detectors.lamps.fit_network import NOTHING_SEEN, SHOWN, FitLook, LampFitNetwork, SeenFit
from detectors.lamps.looking import RegionPx
from detectors.lamps.reader import LampReader
from detectors.lamps.slipping import SlipWatch
from domain.geometry import ImageBgr
from domain.seen.timeline import SignalState
from edge.networks.lamp_network import LAMP_FIT
from tests.builders.detecting import frame_of, instant
from tests.builders.signal_pictures import GREEN, HOUSING, RED, YELLOW, region_norm, signal_picture

UNKNOWN = SignalState.UNKNOWN


def look(fit: SeenFit, shown: SignalState = UNKNOWN) -> FitLook:
    """A look that is sure."""
    return FitLook(
        fit={one: float(one is fit) for one in SeenFit},
        shown={one: float(one is shown) for one in SHOWN},
        least_here=0.5,
        least_shown=0.5,
    )


class Saying:
    """A lamp fit that says what it was told to."""

    def __init__(self, answer: FitLook) -> None:
        self.answer = answer

    def look(self, picture_bgr: ImageBgr, region_px: RegionPx) -> FitLook:
        return self.answer


@pytest.fixture(scope="module")
def network() -> LampFitNetwork:
    return LAMP_FIT.open()


def test_the_region_is_the_middle_of_its_cut_upright_and_lying() -> None:
    picture = np.zeros((96, 96, 3), np.uint8)
    picture[36:60, 44:52] = 255
    upright = cut_light(picture, (44, 36, 52, 60))
    assert upright.shape == (INPUT_WH[1], INPUT_WH[0], 3)
    assert (upright[12:36, 8:16] == 255).all()
    assert upright.sum() == 255 * 3 * 24 * 8
    lying = np.ascontiguousarray(picture.transpose(1, 0, 2))
    assert (cut_light(lying, (36, 44, 60, 52)) == upright).all()


@given(
    x=st.integers(-40, 60),
    y=st.integers(-60, 60),
    wide=st.integers(1, 30),
    high=st.integers(2, 90),
    value=st.integers(0, 255),
)
@settings(max_examples=60, deadline=None)
def test_a_region_anywhere_has_a_cut(x: int, y: int, wide: int, high: int, value: int) -> None:
    assert (cut_light(np.full((40, 50, 3), value, np.uint8), (x, y, x + wide, y + high)) == value).all()


@pytest.mark.parametrize(
    ("fit", "shown", "borne_out"),
    [
        ((0.50, 0.45), {RED: 0.4, GREEN: 0.1, UNKNOWN: 0.5}, {RED}),
        ((0.45, 0.50), {RED: 0.4, GREEN: 0.1, UNKNOWN: 0.5}, set()),  # a branch, half a housing off
        ((0.45, 0.50), {RED: 0.5, GREEN: 0.1, UNKNOWN: 0.4}, {RED}),  # a region drawn a little narrow
        ((0.80, 0.10), {RED: 0.34, GREEN: 0.21, YELLOW: 0.14}, set()),  # red rain over a green light
        ((0.80, 0.10), {GREEN: 0.34, RED: 0.21, YELLOW: 0.14}, set()),
        ((0.80, 0.10), {GREEN: 0.40, RED: 0.20, YELLOW: 0.35}, {GREEN}),
        ((0.80, 0.10), {RED: 0.45, YELLOW: 0.40, GREEN: 0.05}, {RED}),
        ((0.80, 0.10), {RED: 0.40, YELLOW: 0.45, GREEN: 0.05}, {YELLOW}),
    ],
)
def test_of_two_colours_the_likelier_is_borne_out_and_of_red_and_green_only_where_it_is_twice_as_likely(
    fit: tuple[float, float], shown: dict[SignalState, float], borne_out: set[SignalState]
) -> None:
    seen = FitLook(
        fit={SeenFit.HERE: fit[0], SeenFit.ELSEWHERE: fit[1]},
        shown=dict.fromkeys(SHOWN, 0.0) | shown,
        least_here=0.2,
        least_shown=0.3,
    )
    assert {state for state in (RED, YELLOW, GREEN) if seen.bears_out(state)} == borne_out


@pytest.mark.parametrize("state", [RED, YELLOW, GREEN])
def test_a_reading_counts_only_where_the_network_bears_it_out(state: SignalState) -> None:
    picture = signal_picture(state)
    for answer, read in (
        (look(SeenFit.HERE, state), state),
        (look(SeenFit.HERE), UNKNOWN),
        (look(SeenFit.ELSEWHERE, state), UNKNOWN),
        (look(SeenFit.CANNOT_TELL, state), UNKNOWN),
        (NOTHING_SEEN, UNKNOWN),
    ):
        reader = LampReader(region_norm=region_norm(), fit=Saying(answer))
        assert [reader.read(frame_of(picture, at_s=n / 5)) for n in range(10)][-1] == read


def test_a_network_never_makes_a_state_of_its_own() -> None:
    reader = LampReader(region_norm=region_norm(), fit=Saying(look(SeenFit.HERE, RED)))
    assert {reader.read(frame_of(signal_picture(None), at_s=n / 5)) for n in range(25)} == {UNKNOWN}


@pytest.mark.parametrize("beside", [SeenFit.ELSEWHERE, SeenFit.NO_LIGHT])
def test_a_slip_is_named_within_half_a_minute_and_over_when_the_light_is_back(beside: SeenFit) -> None:
    slip = SlipWatch()
    for second in range(60):
        slip.see(instant(second), look(SeenFit.HERE))
    for second in range(60, 75):
        slip.see(instant(second), look(beside))
        assert not slip.slipped
    for second in range(75, 90):
        slip.see(instant(second), look(beside))
    assert slip.slipped
    for second in range(90, 120):
        slip.see(instant(second), look(SeenFit.HERE))
    assert not slip.slipped


def test_what_cannot_be_told_and_long_gaps_are_no_slip() -> None:
    slip = SlipWatch()
    for second in range(600):
        slip.see(instant(second), look(SeenFit.CANNOT_TELL))
    assert not slip.slipped
    slip.see(instant(4000), look(SeenFit.ELSEWHERE))
    assert not slip.slipped


def test_a_region_that_slips_off_a_proven_light_makes_it_unknown_at_once_and_is_named() -> None:
    fit = Saying(look(SeenFit.HERE, RED))
    reader = LampReader(region_norm=region_norm(), fit=fit)
    for phase, state in enumerate((RED, GREEN, RED, GREEN)):
        fit.answer = look(SeenFit.HERE, state)
        for second in range(20):
            reader.read(frame_of(signal_picture(state), at_s=20.0 * phase + second))
    assert reader.read(frame_of(signal_picture(GREEN), at_s=80)) == GREEN
    fit.answer = look(SeenFit.ELSEWHERE)
    wall = np.full_like(signal_picture(GREEN), 110)
    read = [reader.read(frame_of(wall, at_s=81.0 + second)) for second in range(40)]
    assert set(read) == {UNKNOWN}
    assert reader.misfit


@pytest.mark.parametrize("answer", [look(SeenFit.HERE), look(SeenFit.CANNOT_TELL, SignalState.DARK), NOTHING_SEEN])
def test_a_light_is_dark_only_where_the_network_sees_that_none_of_its_lamps_is_lit(answer: FitLook) -> None:
    fit = Saying(answer)
    reader = LampReader(region_norm=region_norm(), fit=fit)
    for phase, state in enumerate((RED, GREEN)):
        fit.answer = look(SeenFit.HERE, state)
        for second in range(20):
            reader.read(frame_of(signal_picture(state), at_s=20.0 * phase + second))
    fit.answer = answer
    read = {reader.read(frame_of(signal_picture(None), at_s=40.0 + second)) for second in range(290)}
    assert read == {UNKNOWN}
    assert reader.broken is None
    assert not reader.unread
    for second in range(20):
        reader.read(frame_of(signal_picture(None), at_s=330.0 + second))
    assert reader.unread
    fit.answer = look(SeenFit.HERE, SignalState.DARK)
    for second in range(10):
        reader.read(frame_of(signal_picture(None), at_s=350.0 + second))
    assert reader.broken == Break.DARK


def test_the_network_that_ships_tells_an_unlit_light_from_one_that_is_too_dark_to_see(network: LampFitNetwork) -> None:
    assert network.look(signal_picture(None), HOUSING).bears_out(SignalState.DARK)
    for state in (RED, YELLOW, GREEN):
        dim = (signal_picture(state) * 0.2).astype(np.uint8)
        assert not network.look(dim, HOUSING).bears_out(SignalState.DARK)


@pytest.mark.parametrize("state", [RED, GREEN])
def test_the_network_that_ships_sees_a_painted_light_and_that_a_region_beside_it_does_not_fit(
    network: LampFitNetwork, state: SignalState
) -> None:
    x1, y1, x2, y2 = HOUSING
    picture = signal_picture(state)
    assert network.look(picture, HOUSING).bears_out(state)
    for dx, dy in ((0, 72), (0, -72), (40, 0), (-40, 0)):
        seen = network.look(picture, (x1 + dx, y1 + dy, x2 + dx, y2 + dy))
        assert not any(seen.bears_out(one) for one in (RED, YELLOW, GREEN)), (dx, dy)


@pytest.mark.parametrize("state", [RED, GREEN])
def test_a_small_light_whose_region_is_drawn_too_narrow_is_borne_out_and_one_beside_it_is_not(
    network: LampFitNetwork, state: SignalState
) -> None:
    small = cv2.resize(signal_picture(state), None, fx=0.24, fy=0.24, interpolation=cv2.INTER_AREA).astype(np.uint8)
    x1, y1, x2, y2 = (round(0.24 * side) for side in HOUSING)
    assert network.look(small, (x1 + 3, y1 + 3, x2 - 3, y2 - 3)).bears_out(state)
    for dx, dy in ((0, 17), (0, -17), (10, 0), (-10, 0)):
        seen = network.look(small, (x1 + dx, y1 + dy, x2 + dx, y2 + dy))
        assert not any(seen.bears_out(one) for one in (RED, GREEN)), (dx, dy)
