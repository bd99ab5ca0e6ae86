"""Views of composed cameras: where a point of the ground lies in the picture, and the other way round."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.geometry import PointPx, SizeWh

Metres = NDArray[np.float64]
SIZE_WH: SizeWh = (640, 360)
_MIDDLE_PX = SIZE_WH[0] / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A level camera; its picture is shifted down, so that what is upright stays upright."""

    focal_px: float
    camera_height_m: float
    camera_x_m: float  # right of the middle of the road
    horizon_px: float  # row of the picture

    def px_per_m(self, ahead_m: float) -> float:
        """How long a metre across the view is so far ahead.

        Examples:
            >>> VIEW_OF_JUNCTION.px_per_m(40.0)
            20.0
        """
        return self.focal_px / ahead_m

    def point_px(self, right_m: float, ahead_m: float, height_m: float = 0.0) -> PointPx:
        """Where a point lies in the picture.

        Args:
            right_m: of the middle of the road.
            ahead_m: of the camera, more than 0.
            height_m: above the ground.

        Examples:
            >>> VIEW_OF_JUNCTION.point_px(1.0, 40.0)
            (320.0, 182.0)
            >>> VIEW_OF_JUNCTION.point_px(1.0, 40.0, height_m=6.0)
            (320.0, 62.0)
        """
        scale = self.px_per_m(ahead_m)
        x = _MIDDLE_PX + scale * (right_m - self.camera_x_m)
        return x, self.horizon_px + scale * (self.camera_height_m - height_m)

    def ground_m(self, first_row: int) -> tuple[Metres, Metres]:
        """Where the middle of each pixel lies on the ground, from a row below the horizon on: right_m and ahead_m."""
        width_px, height_px = SIZE_WH
        below_px = np.maximum(np.arange(first_row, height_px) + 0.5 - self.horizon_px, 0.5)[:, None]
        ahead_m = np.repeat(self.focal_px * self.camera_height_m / below_px, width_px, axis=1)
        right_m = (np.arange(width_px) + 0.5 - _MIDDLE_PX) * ahead_m / self.focal_px + self.camera_x_m
        return right_m, ahead_m


VIEW_OF_JUNCTION = View(focal_px=800.0, camera_height_m=6.0, camera_x_m=1.0, horizon_px=62.0)
VIEW_OF_PAVEMENT = View(focal_px=700.0, camera_height_m=3.5, camera_x_m=0.0, horizon_px=90.0)
