"""How well distances on the road are known, by a camera eight metres high whose nine points lie near it."""

import random

from hypothesis import given
from hypothesis import strategies as st

from domain.camera import GroundPoint
from domain.geometry import PointNorm
from rules.kit.ground_error import GroundError

WIDTH, HEIGHT, FOCAL, CAMERA_M = 1920, 1080, 1400.0, 8.0


def seen(x_m: float, away_m: float) -> PointNorm:
    return ((960 + FOCAL * x_m / away_m) / WIDTH, (100 + FOCAL * CAMERA_M / away_m) / HEIGHT)


def measured(error_px: float, seed: int = 0, rows_m: tuple[float, ...] = (14, 20, 32)) -> tuple[GroundPoint, ...]:
    chance = random.Random(seed)
    points = []
    for x_m in (-3.0, 0.0, 3.0):
        for away_m in rows_m:
            x, y = seen(x_m, away_m)
            image = (x + chance.gauss(0, error_px) / WIDTH, y + chance.gauss(0, error_px) / HEIGHT)
            points.append(GroundPoint(image_norm=image, road_m=(x_m, away_m)))
    return tuple(points)


def test_between_the_points_it_is_small_and_beyond_them_it_grows() -> None:
    error = GroundError(measured(0), (WIDTH, HEIGHT))
    inside, beyond, far = (error.of_distance_m(seen(0, y), seen(0, y + 10)) for y in (18, 45, 80))
    assert inside < 0.4
    assert inside < beyond < far
    assert far > 1.0


def test_four_points_fit_anyhow_and_are_taken_to_be_a_pixel_off() -> None:
    points = measured(0, rows_m=(14, 32))
    error = GroundError((points[0], points[1], points[4], points[5]), (WIDTH, HEIGHT))
    assert error.of_distance_m(seen(0, 18), seen(0, 28)) > 0


def test_points_that_disagree_say_so() -> None:
    agreeing, disagreeing = (GroundError(measured(error_px), (WIDTH, HEIGHT)) for error_px in (0, 12))
    start, end = seen(0, 18), seen(0, 28)
    assert disagreeing.of_calibration_m(start, end) > 5 * agreeing.of_calibration_m(start, end)


@given(seed=st.integers(0, 10_000), near_m=st.floats(14, 60), apart_m=st.floats(2, 15))
def test_a_distance_is_hardly_ever_off_by_five_times_its_error(seed: int, near_m: float, apart_m: float) -> None:
    error = GroundError(measured(1, seed), (WIDTH, HEIGHT))
    start, end = seen(0.5, near_m), seen(0.5, near_m + apart_m)
    assert abs(error.distance_m(start, end) - apart_m) <= 5 * error.of_distance_m(start, end) + 0.1
