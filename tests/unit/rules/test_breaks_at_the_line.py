"""A track that breaks at the stop line goes on under the next one only where that surely shows the same vehicle."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders.drives import CameraBuilder, Drive, Findings, run, scenes
from tests.builders.rule_scenes import AHEAD_FROM_LINE, STANDS_OVER, drive

CAMERA = CameraBuilder().rule("RED_LIGHT").rule("STOP_LINE").build()
CROSSES_S = 460 / 140  # AHEAD_FROM_LINE is at the line


def parts(whole: Drive, cut_s: float, unseen_s: float) -> list[Drive]:
    first = [item for item in whole.sightings if item[0] <= cut_s]
    second = [item for item in whole.sightings if item[0] > cut_s + unseen_s]
    return [
        Drive(track_id=number, sightings=seen, label=whole.label, label_share=whole.label_share)
        for number, seen in ((1, first), (2, second))
        if seen
    ]


def found(*drives: Drive) -> Findings:
    return run(CAMERA, scenes(drives))


@pytest.mark.parametrize("unseen_s", [0.05, 0.45, 0.75])
@pytest.mark.parametrize("before_s", [0.6, 0.3, 0.1, -0.1, -0.3])
def test_a_crossing_goes_on_under_the_next_track(before_s: float, unseen_s: float) -> None:
    (case,) = found(*parts(drive(AHEAD_FROM_LINE), CROSSES_S - before_s, unseen_s)).cases
    assert case.violation.code == "RED_LIGHT"
    assert case.subject.track_ids == (1, 2)
    before, after = case.moments
    assert before.box_xyxy_px[3] > 540 > after.box_xyxy_px[3]


def test_so_does_a_stop_over_the_line() -> None:
    (case,) = found(*parts(drive(STANDS_OVER), 3.4, 0.4)).cases
    assert (case.violation.code, case.subject.track_ids) == ("STOP_LINE", (1, 2))


def test_a_track_that_begins_beyond_where_another_waits_is_of_another() -> None:
    """The one that waited is covered; the one that appears came from elsewhere, and nobody saw it before the line."""
    waits = drive(lambda _: (1000, 570), seconds=3)
    crosses: Callable[[float], tuple[float, float]] = lambda second: (1000, 490 - 140 * (second - 3.2))  # noqa: E731
    appears = Drive(track_id=2, sightings=[item for item in drive(crosses).sightings if item[0] > 3.2], label="car")
    assert found(waits, appears).cases == ()


def test_with_somebody_near_nobody_knows_who_it_is() -> None:
    beside = drive(lambda second: (1070, AHEAD_FROM_LINE(second)[1] + 40), track_id=9)
    seen = found(*parts(drive(AHEAD_FROM_LINE), CROSSES_S - 0.2, 0.4), beside)
    assert [case.subject.track_ids for case in seen.cases] == [(9,)]


@given(cut_s=st.floats(0.5, 6.5), unseen_s=st.floats(0.05, 2.0), aside_px=st.integers(-400, 400))
@settings(max_examples=40, deadline=None)
def test_two_vehicles_are_never_made_into_one(cut_s: float, unseen_s: float, aside_px: int) -> None:
    """The first stops before the line and is lost; the second is first seen beyond it."""
    stops = drive(lambda second: (1000, max(1000 - 140 * second, 565)))
    first, *_ = parts(stops, max(cut_s, 3.6), unseen_s)
    begins_s = max(cut_s, 3.6) + unseen_s
    away = drive(lambda second: (1000 + aside_px, 500 - 140 * (second - begins_s)), seconds=9, track_id=2)
    second = Drive(track_id=2, sightings=[item for item in away.sightings if item[0] > begins_s], label="car")
    assert found(first, second).cases == ()
