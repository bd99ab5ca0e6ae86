"""Pictures of drawn vehicles that carry a rendered plate: the truth about them is known, nobody's plate is shown.

The vehicles are too plain for a real street detector; tests give their boxes to what they test.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.plate_renderer import PlateText, draw, fitting_scale, mounted, sample_plate
from deploy.plate_renderer.sensor import exposed

Vehicle = Literal["car", "motorbike"]

_ROAD_BGR = (96, 98, 100)
_BODY_BGR = {"car": (120, 60, 40), "motorbike": (45, 45, 50)}
_BODY_PLATES_WH = {"car": (3.6, 2.6), "motorbike": (2.6, 4.0)}  # size of the vehicle in widths of a two-line plate
_ONE_LINE_BODY_PLATES_WH = (3.2, 2.3)
_KINDS = {
    "car": {"car": 0.9, "car_four_digits": 0.1},
    "motorbike": {"motorbike": 0.7, "motorbike_two_letters": 0.2, "motorbike_four_digits": 0.1},
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VehiclePicture:
    """A picture of one vehicle seen from behind, and what is true about its plate."""

    picture_bgr: NDArray[np.uint8]
    vehicle_box_xyxy_px: tuple[float, float, float, float]  # of its part within the picture
    corners_px: NDArray[np.float32]  # (4, 2) of the plate: TL, TR, BR, BL
    plate: PlateText

    @property
    def text(self) -> str:
        return self.plate.text

    @property
    def plate_box_xyxy_px(self) -> tuple[float, float, float, float]:
        """The upright box round the plate."""
        (x0, y0), (x1, y1) = self.corners_px.min(axis=0).tolist(), self.corners_px.max(axis=0).tolist()
        return x0, y0, x1, y1


def vehicle_picture_with_plate(
    seed: int,
    *,
    vehicle: Vehicle = "motorbike",
    plate: PlateText | None = None,
    size_wh: tuple[int, int] = (640, 480),
    centre_px: tuple[float, float] | None = None,
    plate_width_px: float = 80.0,
    severity: float = 0.1,
) -> VehiclePicture:
    """Draw a vehicle with a plate on a road.

    Args:
        seed: of the plate, its pose and the camera's noise.
        vehicle: what is drawn.
        plate: what stands on it; None: a lawful one for the vehicle.
        size_wh: of the picture.
        centre_px: where the plate's middle goes; None: the picture's middle.
        plate_width_px: width of the plate.
        severity: 0..1, how much the camera spoils.
    """
    rng = np.random.default_rng(seed)
    plate = plate or sample_plate(rng, _KINDS[vehicle])
    centre = centre_px or (size_wh[0] / 2, size_wh[1] / 2)
    box = _body_box(vehicle, plate, centre, plate_width_px)
    picture = np.full((size_wh[1], size_wh[0], 3), _ROAD_BGR, np.uint8)
    _draw_vehicle(picture, vehicle, box)
    photo = mounted(
        picture,
        draw(plate, fitting_scale(plate, plate_width_px), rng),
        rng,
        centre_px=centre,
        plate_width_px=plate_width_px,
        severity=severity,
    )
    return VehiclePicture(
        picture_bgr=exposed(photo.image_bgr, rng, severity, plate_width_px),
        vehicle_box_xyxy_px=(max(box[0], 0), max(box[1], 0), min(box[2], size_wh[0]), min(box[3], size_wh[1])),
        corners_px=photo.corners_px,
        plate=plate,
    )


def _body_box(
    vehicle: Vehicle, plate: PlateText, centre_px: tuple[float, float], plate_width_px: float
) -> tuple[float, float, float, float]:
    """The vehicle round its plate, which sits at two thirds of its height."""
    one_line = plate.layout == "one_line"
    across, down = _ONE_LINE_BODY_PLATES_WH if one_line else _BODY_PLATES_WH[vehicle]
    width, height = across * plate_width_px, down * plate_width_px
    x, y = centre_px
    return x - width / 2, y - height * 2 / 3, x + width / 2, y + height / 3


def _draw_vehicle(picture: NDArray[np.uint8], vehicle: Vehicle, box_xyxy_px: tuple[float, float, float, float]) -> None:
    x0, y0, x1, y1 = (round(value) for value in box_xyxy_px)
    w, h = x1 - x0, y1 - y0
    wheel = (10, 10, 10)
    if vehicle == "car":
        for left in (x0 + w // 16, x1 - w // 5):
            cv2.rectangle(picture, (left, y1 - h // 4), (left + w // 8, y1), wheel, -1)
        cv2.rectangle(picture, (x0, y0 + h // 3), (x1, y1 - h // 10), _BODY_BGR[vehicle], -1)
        cv2.rectangle(picture, (x0 + w // 8, y0), (x1 - w // 8, y0 + h // 3), (60, 50, 45), -1)
        lamps = ((x0 + w // 12, y0 + h // 2), (x1 - w // 12, y0 + h // 2))
    else:
        cv2.rectangle(picture, (x0 + w * 2 // 5, y1 - h // 3), (x1 - w * 2 // 5, y1), wheel, -1)
        cv2.rectangle(picture, (x0 + w // 6, y0 + h // 4), (x1 - w // 6, y1 - h // 6), _BODY_BGR[vehicle], -1)
        cv2.circle(picture, (x0 + w // 2, y0 + h // 8), max(1, h // 8), (30, 90, 160), -1)
        lamps = ((x0 + w // 2, y0 + h * 2 // 5),)
    for lamp in lamps:
        cv2.circle(picture, lamp, max(1, w // 16), (30, 30, 200), -1)
