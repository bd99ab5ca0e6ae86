"""Where things are on the ground: metres where the camera is calibrated, heights of the picture elsewhere."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import shapely

from domain.camera import CameraConfig, Zone
from domain.geometry import Float64Array, PointPx, SizeWh
from rules.kit.ground import MIN_POINTS, mapped, mapped_all, road_from_image
from rules.kit.ground_error import GroundError

PointGround = tuple[float, float]  # in the plane's unit
GroundUnit = Literal["m", "picture_heights"]


@dataclass(frozen=True, kw_only=True)
class GroundPlane:
    """Takes pixels of one picture size to places on the ground."""

    camera: CameraConfig
    resolution_wh: SizeWh

    @property
    def unit(self) -> GroundUnit:
        """Of every length on the plane."""
        return "picture_heights" if self._matrix is None else "m"

    @property
    def is_metric(self) -> bool:
        """Whether lengths are metres."""
        return self._matrix is not None

    @cached_property
    def _matrix(self) -> Float64Array | None:
        if len(self.camera.ground_points) < MIN_POINTS:
            return None
        return road_from_image(self.camera.ground_points)

    @cached_property
    def _error(self) -> GroundError | None:
        return GroundError(self.camera.ground_points, self.camera.reference_still_wh) if self.is_metric else None

    def calibration_error(self, start_px: PointPx, end_px: PointPx) -> float:
        """One standard deviation of the distance of two points by what the measured points leave unsure."""
        if self._error is None:
            return 0.0
        width_px, height_px = self.resolution_wh
        start, end = ((x / width_px, y / height_px) for x, y in (start_px, end_px))
        return self._error.of_calibration_m(start, end)

    def at(self, point_px: PointPx) -> PointGround:
        """The place of a point of the picture."""
        width_px, height_px = self.resolution_wh
        if self._road_from_image is None:
            return (point_px[0] / height_px, point_px[1] / height_px)
        return mapped(self._road_from_image, point_px[0] / width_px, point_px[1] / height_px)

    def places(self, points_px: Float64Array) -> Float64Array:
        """The places of many points at once, (N, 2) to (N, 2)."""
        width_px, height_px = self.resolution_wh
        if self._road_from_image is None:
            return points_px / height_px
        return mapped_all(self._road_from_image, points_px / (width_px, height_px))

    @cached_property
    def _polygons(self) -> dict[str, shapely.Polygon]:
        return {}

    def polygon_px(self, zone: Zone) -> shapely.Polygon:
        """A zone in pixels, prepared for many questions."""
        polygon = self._polygons.get(zone.id)
        if polygon is None:
            width_px, height_px = self.resolution_wh
            polygon = self._polygons[zone.id] = shapely.Polygon(
                [(x * width_px, y * height_px) for x, y in zone.polygon_norm]
            )
            shapely.prepare(polygon)
        return polygon

    @cached_property
    def _lengthwise(self) -> dict[str, PointGround]:
        return {}

    def lengthwise(self, zone: Zone) -> PointGround:
        """The direction in which a zone is longest, a unit vector on the ground."""
        known = self._lengthwise.get(zone.id)
        if known is None:
            width_px, height_px = self.resolution_wh
            corners = [self.at((x * width_px, y * height_px)) for x, y in zone.polygon_norm]
            around = shapely.get_coordinates(shapely.MultiPoint(corners).minimum_rotated_rectangle)
            x, y = max((around[1] - around[0], around[2] - around[1]), key=lambda side: math.hypot(*side))
            length = math.hypot(x, y)
            known = self._lengthwise[zone.id] = (float(x / length), float(y / length))
        return known

    def image_points(self, ground: Float64Array) -> Float64Array:
        """The points of the picture that show some places, (N, 2) to (N, 2)."""
        width_px, height_px = self.resolution_wh
        if self._image_from_road is None:
            return ground * height_px
        return mapped_all(self._image_from_road, ground) * (width_px, height_px)

    @cached_property
    def _road_from_image(self) -> tuple[float, ...] | None:
        return None if self._matrix is None else tuple(self._matrix.ravel().tolist())

    @cached_property
    def _image_from_road(self) -> tuple[float, ...] | None:
        return None if self._matrix is None else tuple(np.linalg.inv(self._matrix).ravel().tolist())

    def error_at(self, point_px: PointPx, off_px: float) -> float:
        """How far off on the ground a place may be whose point in the picture is off by so many pixels."""
        here = self.at(point_px)
        x, y = point_px
        around = (self.at((x + dx, y + dy)) for dx, dy in ((off_px, 0), (-off_px, 0), (0, off_px), (0, -off_px)))
        return max(math.dist(here, place) for place in around)
