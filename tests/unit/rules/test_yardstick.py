"""The speed of somebody by his own height."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.facts.contact import Contact
from rules.facts.yardstick import rough_speed_mps
from tests.builders.drives import SIZE_WH, START

FOCAL_PX, HEIGHT_M, CAMERA_M = 1728.0, 1.6, 7.0


def _contact(number: int, x_m: float, away_m: float) -> Contact:
    height_px = FOCAL_PX * HEIGHT_M / away_m
    x, y = 960 + FOCAL_PX * x_m / away_m, 300 + FOCAL_PX * CAMERA_M / away_m
    box = (x - height_px / 4, y - height_px, x + height_px / 4, y)
    return Contact(
        at=START + timedelta(seconds=0.2 * number), leg=0, number=number, box_xyxy_px=box, steady_xyxy_px=box,
        point_px=(x, y), width_px=height_px / 2, height_px=height_px, ground=(x, y),
    )  # fmt: skip


@given(speed_mps=st.floats(0.5, 8), away_m=st.floats(12, 40), aside=st.booleans())
def test_it_is_good_to_a_factor_of_two(speed_mps: float, away_m: float, *, aside: bool) -> None:
    steps = [0.2 * speed_mps * number for number in range(16)]
    way = [
        _contact(number, step if aside else 3.0, away_m if aside else away_m + step)
        for number, step in enumerate(steps)
    ]
    assert rough_speed_mps(way, "motorcycle", SIZE_WH) == pytest.approx(speed_mps, rel=1.0)
    assert rough_speed_mps(way, "motorcycle", SIZE_WH) >= 0.9 * speed_mps


def test_who_stands_does_not_move() -> None:
    assert rough_speed_mps([_contact(number, 0, 20) for number in range(9)], "motorcycle", SIZE_WH) == 0
