"""A pinhole camera over flat ground, and the bounding boxes of vehicles as 3-D boxes seen by it."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESOLUTION_WH = (1920, 1080)
_NEAR_M = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinhole:
    """Where the camera hangs and what it looks at; metres, east, north, up."""

    position_m: tuple[float, float, float]
    target_m: tuple[float, float, float]
    hfov_deg: float

    @property
    def focal_px(self) -> float:
        """Focal length."""
        return float(RESOLUTION_WH[0] / 2 / np.tan(np.radians(self.hfov_deg) / 2))

    def _axes(self) -> tuple[Floats, Floats, Floats]:
        forward = np.subtract(self.target_m, self.position_m)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right = right / np.linalg.norm(right)
        return right, np.cross(forward, right), forward

    def project(self, points_m: Floats) -> tuple[Floats, Floats]:
        """Pixels (..., 2) and depths (...) of points (..., 3)."""
        right, down, forward = self._axes()
        offset = np.asarray(points_m, float) - np.asarray(self.position_m)
        depth = offset @ forward
        safe = np.maximum(depth, 0.1)
        u = RESOLUTION_WH[0] / 2 + self.focal_px * (offset @ right) / safe
        v = RESOLUTION_WH[1] / 2 + self.focal_px * (offset @ down) / safe
        return np.stack([u, v], axis=-1), depth

    def ground_norm(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Where a point of the ground is seen, as shares of the picture."""
        uv, _ = self.project(np.array([x_m, y_m, 0.0]))
        return float(uv[0] / RESOLUTION_WH[0]), float(uv[1] / RESOLUTION_WH[1])

    def polygon_norm(self, corners_m: list[tuple[float, float]]) -> list[list[float]]:
        """A polygon of the ground as seen, cut to the picture."""
        _, _, forward = self._axes()
        ahead = forward[:2] / np.linalg.norm(forward[:2])
        side = np.array([-ahead[1], ahead[0]])
        here = np.asarray(self.position_m[:2])
        near, far = here + ahead * (_NEAR_M + self.position_m[2] * 0.5), here + ahead * 300
        front = shapely.Polygon([near - side * 300, near + side * 300, far + side * 300, far - side * 300])
        shown = shapely.Polygon(corners_m).intersection(front)
        dense = shapely.segmentize(shown, 5.0)
        image = shapely.Polygon([self.ground_norm(x, y) for x, y in dense.exterior.coords])
        inside = image.buffer(0).intersection(shapely.box(0, 0, 1, 1)).simplify(0.001)
        if inside.geom_type != "Polygon" or inside.is_empty:
            raise ValueError(f"the camera does not see the zone {corners_m}")
        return [[round(x, 5), round(y, 5)] for x, y in list(inside.exterior.coords)[:-1]]

    def segment_norm(self, start_m: tuple[float, float], end_m: tuple[float, float]) -> list[list[float]]:
        """A straight of the ground as seen, cut to the picture."""
        seen = shapely.LineString([self.ground_norm(*start_m), self.ground_norm(*end_m)])
        inside = seen.intersection(shapely.box(0, 0, 1, 1))
        if inside.is_empty:
            raise ValueError(f"the camera does not see the line {start_m} {end_m}")
        return [[round(x, 5), round(y, 5)] for x, y in inside.coords]

    def boxes(
        self, front_m: Floats, heading: Floats, length_m: float, width_m: float, height_m: Floats
    ) -> tuple[Floats, Floats]:
        """Bounding boxes (n, 4) in px, not cut to the picture, and the depth (n,) of what is nearest.

        Args:
            front_m: (n, 2), middle of the front on the ground.
            heading: (n, 2), unit vectors.
            length_m: of the vehicle.
            width_m: of the vehicle.
            height_m: (n,), of the vehicle with its rider.
        """
        side = np.stack([heading[:, 1], -heading[:, 0]], axis=1)
        corners = []
        for back in (0.0, length_m):
            for half in (-width_m / 2, width_m / 2):
                flat = front_m - back * heading + half * side
                for up in (0.0, 1.0):
                    # a body is narrower at its top: the upper corners lie 12 % further in
                    top = flat + up * 0.12 * ((front_m - heading * length_m / 2) - flat)
                    corners.append(np.column_stack([top, up * height_m]))
        uv, depth = self.project(np.stack(corners, axis=1))
        low, high = uv.min(axis=1), uv.max(axis=1)
        return np.column_stack([low, high]), depth.min(axis=1)


def camera(position_m: tuple[float, float, float], to_m: tuple[float, float], hfov_deg: float) -> Pinhole:
    """A camera that looks at a place a metre above the ground."""
    return Pinhole(position_m=position_m, target_m=(*to_m, 1.0), hfov_deg=hfov_deg)
