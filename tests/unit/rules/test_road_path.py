"""Ways seen in perspective: a camera six metres over the road that looks level along it."""

from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.geometry import BoxPx, box_iou
from domain.seen.track import TrackPoint
from rules.kit.road_path import path_through
from tests.builders.drives import START

FOCAL_PX, CAMERA_M, HEIGHT_M = 1200.0, 6.0, 1.7


def box_of(x_m: float, away_m: float) -> BoxPx:
    """What is 1.7 m high and 0.9 m wide stands so far right and so far away."""
    scale = FOCAL_PX / away_m
    middle, foot = 960 + x_m * scale, 300 + CAMERA_M * scale
    return (middle - 0.45 * scale, foot - HEIGHT_M * scale, middle + 0.45 * scale, foot)


def sightings(x_m: float, away_m: float, speed_mps: float, aside_mps: float) -> list[TrackPoint]:
    return [
        TrackPoint(
            at=START + timedelta(seconds=step * 0.2),
            box_xyxy_px=box_of(x_m + aside_mps * step * 0.2, away_m + speed_mps * step * 0.2),
            score=0.9,
        )
        for step in range(-12, 1)
    ]


@given(
    x_m=st.floats(-5, 5),
    away_m=st.floats(15, 60),
    speed_mps=st.floats(-9, 9),
    aside_mps=st.floats(-0.5, 0.5),
    after_s=st.floats(0, 10),
)
def test_a_steady_way_is_foretold_wherever_it_leads(
    x_m: float, away_m: float, speed_mps: float, aside_mps: float, after_s: float
) -> None:
    later_m = away_m + speed_mps * after_s
    assume(later_m > 8 and away_m - 2.4 * speed_mps > 8 and 0.2 < later_m / away_m < 5)
    path = path_through(sightings(x_m, away_m, speed_mps, aside_mps))
    assert path is not None
    box = path.box_after(after_s)
    assert box is not None
    assert box_iou(box, box_of(x_m + aside_mps * after_s, later_m)) > 0.95


def test_what_would_have_passed_the_camera_is_nowhere() -> None:
    path = path_through(sightings(0, 20, -8, 0))
    assert path is not None
    assert path.box_after(3) is None


def test_too_few_sightings_foretell_nothing() -> None:
    points = sightings(0, 20, -8, 0)
    assert path_through(points[-3:]) is None
    assert path_through(points[-1:]) is None
