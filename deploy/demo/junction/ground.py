"""The composed camera's view: where a point of its ground lies in the picture."""

import numpy as np
from numpy.typing import NDArray

from domain.geometry import PointPx, SizeWh

Metres = NDArray[np.float64]

SIZE_WH: SizeWh = (640, 360)
CAMERA_HEIGHT_M = 6.0
HORIZON_PX = 62.0
FOCAL_PX = 800.0
_MIDDLE_PX = SIZE_WH[0] / 2
_CAMERA_X_M = 1.0


def px_per_m(ahead_m: float) -> float:
    """How long a metre across the view is so far ahead.

    Examples:
        >>> px_per_m(40.0)
        20.0
    """
    return FOCAL_PX / ahead_m


def point_px(right_m: float, ahead_m: float, height_m: float = 0.0) -> PointPx:
    """Where a point lies in the picture.

    Args:
        right_m: of the middle of the road.
        ahead_m: of the camera, more than 0.
        height_m: above the ground.

    Examples:
        >>> point_px(1.0, 40.0)
        (320.0, 182.0)
        >>> point_px(1.0, 40.0, height_m=6.0)
        (320.0, 62.0)
    """
    scale = px_per_m(ahead_m)
    return _MIDDLE_PX + scale * (right_m - _CAMERA_X_M), HORIZON_PX + scale * (CAMERA_HEIGHT_M - height_m)


def ground_m(first_row: int) -> tuple[Metres, Metres]:
    """Where the middle of each pixel lies on the ground, from a row below the horizon on: right_m and ahead_m."""
    width_px, height_px = SIZE_WH
    below_px = np.maximum(np.arange(first_row, height_px) + 0.5 - HORIZON_PX, 0.5)[:, None]
    ahead_m = np.repeat(FOCAL_PX * CAMERA_HEIGHT_M / below_px, width_px, axis=1)
    right_m = (np.arange(width_px) + 0.5 - _MIDDLE_PX) * ahead_m / FOCAL_PX + _CAMERA_X_M
    return right_m, ahead_m
