"""States over time: dark, flashing, and breaks of a light's cycle, which make it unknown and are named."""

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.lamps.cycle import Break, LampCycle
from detectors.lamps.flashing import YellowFlash
from detectors.lamps.looking import Doubt, LampReading
from detectors.lamps.reader import LampReader
from domain.seen.timeline import SignalState
from tests.builders.detecting import frame_of, instant
from tests.builders.signal_pictures import (
    GREEN,
    HOUSING,
    PLACES,
    RED,
    YELLOW,
    region_norm,
    signal_picture,
)

UNKNOWN, DARK, FLASHING = SignalState.UNKNOWN, SignalState.DARK, SignalState.FLASHING_YELLOW
Phase = tuple[SignalState | None, float]
CYCLE: Sequence[Phase] = ((RED, 30), (GREEN, 25), (YELLOW, 3))


def seen(cycle: LampCycle, phases: Iterable[Phase], *, every_s: float = 0.2) -> list[Break | None]:
    """What is broken after each picture."""
    second, found = 0.0, []
    for state, lasts_s in phases:
        for _ in range(max(round(lasts_s / every_s), 1)):
            second += every_s
            cycle.see(instant(second), state or UNKNOWN)
            found.append(cycle.broken)
    return found


@given(
    st.lists(st.tuples(st.floats(3, 90), st.floats(3, 90), st.floats(0, 5)), min_size=1, max_size=4),
    st.sampled_from([0.2, 0.5, 1.25]),
)
@settings(max_examples=40, deadline=None)
def test_no_lawful_cycle_is_ever_a_fault(cycles: list[tuple[float, float, float]], every_s: float) -> None:
    phases = [phase for red, green, yellow in cycles for phase in ((RED, red), (GREEN, green), (YELLOW, yellow))]
    assert set(seen(LampCycle(), phases, every_s=every_s)) == {None}


@pytest.mark.parametrize(("first", "then"), [(RED, GREEN), (GREEN, RED)])
@pytest.mark.parametrize("unknown_s", [0.0, 0.2])
def test_there_and_back_within_a_second_is_a_fault_for_half_a_minute(
    first: SignalState, then: SignalState, unknown_s: float
) -> None:
    phases: list[Phase] = [(first, 5), (then, 0.4), *([(None, unknown_s)] if unknown_s else []), (first, 40)]
    found = seen(LampCycle(), phases)
    assert found.count(Break.ALTERNATES) == 150
    assert found[-1] is None


def test_a_colour_that_stays_for_far_longer_than_learned_is_a_fault_until_it_changes() -> None:
    found = seen(LampCycle(), [*CYCLE * 5, (RED, 200), (GREEN, 40)])
    stuck = found.index(Break.STUCK)
    assert sum(lasts_s for _, lasts_s in CYCLE * 5) + 180 <= 0.2 * stuck + 0.5 <= 475
    assert found[-1] is None


def test_what_was_never_learned_is_never_stuck() -> None:
    assert set(seen(LampCycle(), [(GREEN, 5), (RED, 1200)])) == {None}


def test_a_light_that_cannot_be_read_for_long_is_not_stuck() -> None:
    found = seen(LampCycle(), [*CYCLE * 5, (RED, 10), (None, 900), (RED, 30), *CYCLE])
    assert set(found) == {None}


def test_what_passes_before_a_stuck_light_does_not_hide_that() -> None:
    passing: list[Phase] = [(RED, 40), (None, 15)] * 5
    assert seen(LampCycle(), [*CYCLE * 5, *passing])[-1] == Break.STUCK


def test_a_gap_between_pictures_is_no_phase() -> None:
    cycle = LampCycle()
    cycle.see(instant(0), RED)
    cycle.see(instant(600), GREEN)
    cycle.see(instant(600.5), RED)
    assert cycle.broken is None


def read(
    phases: Iterable[tuple[NDArray[np.uint8], float]], *, every_s: float = 0.2
) -> list[tuple[SignalState, Break | None]]:
    """What a reader says of each picture."""
    reader, second, found = LampReader(region_norm=region_norm()), 0.0, []
    for picture, lasts_s in phases:
        for _ in range(round(lasts_s / every_s)):
            second += every_s
            found.append((reader.read(frame_of(picture, at_s=second)), reader.broken))
    return found


LEARNING = [(signal_picture(RED), 12.0), (signal_picture(GREEN), 12.0), (signal_picture(YELLOW), 3.0)]


def test_a_light_that_goes_out_is_unknown_then_dark_and_named() -> None:
    found = read([*LEARNING, (signal_picture(None), 10), (signal_picture(RED), 40)])
    dark = found[135:185]
    assert {state for state, _ in dark[:28]} == {UNKNOWN}
    assert dark[-1] == (DARK, Break.DARK)
    assert RED not in {state for state, _ in found[185:300]}
    assert found[-1] == (RED, None)


def test_a_light_behind_a_bus_is_not_dark() -> None:
    x1, y1, x2, y2 = HOUSING
    bus = signal_picture(None)
    bus[y1 - 40 : y2 + 40, x1 - 40 : x2 + 40] = 170
    assert {state for state, _ in read([*LEARNING, (bus, 15)])[136:]} == {UNKNOWN}


def test_two_colours_at_once_are_named() -> None:
    both = signal_picture(RED)
    x1, y1, x2, y2 = HOUSING
    third = (y2 - y1) // 3
    green = signal_picture(GREEN)
    both[y2 - third : y2, x1:x2] = green[y2 - third : y2, x1:x2]
    found = read([*LEARNING, (both, 6)])
    assert {state for state, _ in found[136:]} == {UNKNOWN}
    assert found[-1][1] == Break.TWO_COLOURS


@pytest.mark.parametrize("half_period_s", [0.4, 0.6, 1.0])
def test_a_flashing_yellow_is_read_as_that_after_three_flashes(half_period_s: float) -> None:
    flashes = [(signal_picture(state), half_period_s) for state in (YELLOW, None) * 12]
    found = read([*LEARNING, *flashes])
    states = [state for state, _ in found[135:]]
    first = states.index(FLASHING)
    assert first * 0.2 <= 7 * half_period_s
    assert set(states[first:]) == {FLASHING}
    assert set(states[:first]) <= {YELLOW, UNKNOWN}
    assert {fault for _, fault in found} == {None}


def test_rare_pictures_of_a_flashing_yellow_do_not_make_it_one() -> None:
    flash = YellowFlash()
    yellow = LampReading(state=YELLOW, doubt=None)
    unlit = LampReading(state=UNKNOWN, doubt=Doubt.NOTHING_LIT)
    assert not any(flash.see(instant(1.25 * n), (yellow, unlit)[n % 2]) for n in range(40))


@given(st.lists(st.sampled_from([RED, YELLOW, GREEN, None]), min_size=1, max_size=60))
@settings(max_examples=25, deadline=None)
def test_whatever_comes_only_what_is_lit_is_ever_read(lit: list[SignalState | None]) -> None:
    reader = LampReader(region_norm=region_norm())
    for n, state in enumerate(lit):
        answer = reader.read(frame_of(signal_picture(state), at_s=0.25 * n))
        assert answer in (state, UNKNOWN, DARK, FLASHING)
        assert answer != FLASHING or state in (YELLOW, None)


def test_arrows_and_figures_in_a_region_are_no_other_colour() -> None:
    """A red figure where green belongs, a green arrow where red belongs, and either among the lit lamp."""
    x1, y1, x2, y2 = HOUSING
    third = (y2 - y1) // 3
    figure = signal_picture(None, countdown=RED)[y1 - 48 : y1 - 14, x1:x2]
    arrow = signal_picture(None, arrow=True)[y2 + 8 : y2 + 8 + third, x1:x2]
    for state, index in PLACES.items():
        for lit in (None, RED, GREEN):
            for patch, colour in ((figure, RED), (arrow, GREEN)):
                picture = signal_picture(lit)
                top = y1 + third * index + (third - patch.shape[0]) // 2
                picture[top : top + patch.shape[0], x1:x2] = patch
                answer = LampReader(region_norm=region_norm()).read(frame_of(picture))
                shown = {lit if state != lit else None, colour if state == colour else None} - {None}
                assert answer in {UNKNOWN, *shown}
