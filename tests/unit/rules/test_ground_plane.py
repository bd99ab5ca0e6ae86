"""From picture to road, wherever the horizon runs: through the picture's corner, slanted, or above the picture."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.camera import GroundPoint
from domain.geometry import PointNorm
from rules.facts.ground_plane import GroundPlane
from rules.kit.ground import are_before_horizon, road_from_image, to_road
from rules.kit.ground_error import GroundError
from tests.builders.drives import CameraBuilder

WH = (1920, 1080)
FOCAL, HIGH_M = 1400.0, 5.0


def seen(x_m: float, away_m: float, horizon_px: float = 100.0, roll_deg: float = 0.0) -> PointNorm:
    """Where a camera five metres high shows a place; its horizon runs so through the picture's left edge."""
    x_px, y_px = FOCAL * x_m / away_m, FOCAL * HIGH_M / away_m
    roll = math.radians(roll_deg)
    down_px = horizon_px + WH[0] / 2 * math.tan(roll)
    return (
        (WH[0] / 2 + x_px * math.cos(roll) - y_px * math.sin(roll)) / WH[0],
        (down_px + x_px * math.sin(roll) + y_px * math.cos(roll)) / WH[1],
    )


def points(horizon_px: float, roll_deg: float) -> tuple[GroundPoint, ...]:
    return tuple(
        GroundPoint(image_norm=seen(x_m, away_m, horizon_px, roll_deg), road_m=(x_m, away_m))
        for x_m in (-3.0, 0.0, 3.0)
        for away_m in (14.0, 20.0, 32.0)
    )


@given(st.sampled_from([0.0, 1e-9, 1.0, 300.0, -40.0]), st.floats(-5, 5), st.floats(-8, 8), st.floats(12, 120))
def test_a_place_is_found_wherever_the_horizon_runs(
    horizon_px: float, roll_deg: float, x_m: float, away_m: float
) -> None:
    """At 0 px it runs through the picture's corner, where a homography cannot be scaled by its last entry."""
    matrix = road_from_image(points(horizon_px, roll_deg))
    place = seen(x_m, away_m, horizon_px, roll_deg)
    assert to_road(matrix, place) == pytest.approx((x_m, away_m), rel=1e-5, abs=1e-5)
    assert are_before_horizon(matrix, [place])


@pytest.mark.parametrize("horizon_px", [0.0, 200.0, 500.0])
def test_each_point_is_asked_for_itself_whether_it_shows_the_road(horizon_px: float) -> None:
    matrix = road_from_image(points(horizon_px, 0.0))
    for y_px in range(int(horizon_px) + 20, WH[1], 40):
        assert are_before_horizon(matrix, [(0.3, y_px / WH[1])])
    for y_px in (horizon_px, horizon_px - 1, horizon_px - 400):
        assert not are_before_horizon(matrix, [(0.3, 0.9), (0.3, y_px / WH[1])])
        assert to_road(matrix, (0.5, y_px / WH[1]))[1] > 1000


def test_a_zone_to_the_corner_in_the_horizon_and_a_box_above_it_break_nothing() -> None:
    camera = CameraBuilder().build().model_copy(update={"ground_points": points(0.0, 0.0)})
    plane = GroundPlane(camera=camera, resolution_wh=WH)
    for corner in ((0.0, 0.0), (1920.0, 0.0), (0.0, -30.0), (0.0, 1080.0)):
        assert all(math.isfinite(value) for value in plane.at(corner))
        assert plane.error_at(corner, 2.0) >= 0
    shown = np.array([(700.0, 800.0)])
    assert plane.image_points(plane.places(shown)) == pytest.approx(shown, abs=1e-4)
    assert math.isfinite(GroundError(camera.ground_points, WH).of_distance_m((0.0, 0.0), (0.5, 0.9)))


def test_points_in_one_line_span_no_plane() -> None:
    line = tuple(GroundPoint(image_norm=(0.1 * n, 0.5 + 0.05 * n), road_m=(1.0 * n, 2.0 * n)) for n in range(6))
    with pytest.raises(ValueError, match="one line"):
        road_from_image(line)
