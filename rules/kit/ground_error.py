"""How wrong a distance on the road may be: measured points and boxes are known to about a pixel, not better."""

import math

import numpy as np

from domain.camera import GroundPoint
from domain.geometry import Float64Array, PointNorm, SizeWh
from rules.kit.ground import road_from_image, to_road

_LEAST_ERROR_PX = 1.0
_UNKNOWNS = 8


class GroundError:
    """The error of distances measured with a camera's ground points.

    Each point is moved by the error of its place in the picture, across and down, and the calibration is made again: by
    how much a distance differs then says how well it is known there. Far from the points that is badly.

    Args:
        points: the camera's, enough and not in one line.
        reference_wh: size of the picture in which they were measured.

    Raises:
        ValueError: they span no plane.
    """

    def __init__(self, points: tuple[GroundPoint, ...], reference_wh: SizeWh) -> None:
        self._matrix = road_from_image(points)
        self._step_norm = (1 / reference_wh[0], 1 / reference_wh[1])
        self._error_px = max(_LEAST_ERROR_PX, _residual_px(points, self._matrix, reference_wh))
        self._moved = tuple(
            road_from_image((*points[:index], _moved(point, by), *points[index + 1 :]))
            for index, point in enumerate(points)
            for by in self._steps()
        )

    def _steps(self) -> tuple[PointNorm, PointNorm]:
        return ((self._step_norm[0], 0.0), (0.0, self._step_norm[1]))

    def distance_m(self, start: PointNorm, end: PointNorm) -> float:
        """The distance on the road between two places in the picture."""
        return _distance_m(self._matrix, start, end)

    def of_calibration_m(self, start: PointNorm, end: PointNorm) -> float:
        """One standard deviation of a distance by what the measured points leave unsure, in metres."""
        distance_m = _distance_m(self._matrix, start, end)
        of_points = math.hypot(*(_distance_m(matrix, start, end) - distance_m for matrix in self._moved))
        return of_points * self._error_px

    def of_distance_m(self, start: PointNorm, end: PointNorm) -> float:
        """One standard deviation of the distance between two places in the picture, in metres."""
        distance_m = _distance_m(self._matrix, start, end)
        of_places = math.hypot(
            *(_distance_m(self._matrix, _shifted(start, by), end) - distance_m for by in self._steps()),
            *(_distance_m(self._matrix, start, _shifted(end, by)) - distance_m for by in self._steps()),
        )
        return math.hypot(self.of_calibration_m(start, end), of_places * _LEAST_ERROR_PX)


def _distance_m(matrix: Float64Array, start: PointNorm, end: PointNorm) -> float:
    return math.dist(to_road(matrix, start), to_road(matrix, end))


def _shifted(place: PointNorm, by: PointNorm) -> PointNorm:
    return (place[0] + by[0], place[1] + by[1])


def _moved(point: GroundPoint, by: PointNorm) -> GroundPoint:
    return point.model_copy(update={"image_norm": _shifted(point.image_norm, by)})


def _residual_px(points: tuple[GroundPoint, ...], matrix: Float64Array, reference_wh: SizeWh) -> float:
    """Standard deviation of a point's coordinate from where the plane has it; 0 where four points fit anyhow."""
    freedom = 2 * len(points) - _UNKNOWNS
    if freedom <= 0:
        return 0.0
    back: Float64Array = np.linalg.inv(matrix).astype(np.float64)
    off = [
        ((x - point.image_norm[0]) * reference_wh[0], (y - point.image_norm[1]) * reference_wh[1])
        for point in points
        for x, y in (to_road(back, point.road_m),)
    ]
    return math.sqrt(sum(x * x + y * y for x, y in off) / freedom)
