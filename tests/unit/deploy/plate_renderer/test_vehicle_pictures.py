"""The builder of vehicles with plates tells the truth about its pictures."""

import pytest

from tests.builders.plates import Vehicle, vehicle_picture_with_plate


@pytest.mark.parametrize("vehicle", ["car", "motorbike"])
def test_the_plate_stands_within_its_vehicle(vehicle: Vehicle) -> None:
    for seed in range(6):
        made = vehicle_picture_with_plate(seed, vehicle=vehicle)
        (vx0, vy0, vx1, vy1), (px0, py0, px1, py1) = made.vehicle_box_xyxy_px, made.plate_box_xyxy_px
        assert vx0 < px0 < px1 < vx1
        assert vy0 < py0 < py1 < vy1
        assert 0 <= vx0 < vx1 <= made.picture_bgr.shape[1]
        assert 0 <= vy0 < vy1 <= made.picture_bgr.shape[0]


def test_a_wanted_plate_is_shown() -> None:
    first = vehicle_picture_with_plate(3)
    again = vehicle_picture_with_plate(3, plate=first.plate)
    assert again.text == first.text
