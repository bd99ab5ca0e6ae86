"""From picture to road: a plane homography fitted to measured points."""

import numpy as np

from domain.camera import GroundPoint
from domain.geometry import Float64Array, PointNorm

MIN_POINTS = 4


def road_from_image(points: tuple[GroundPoint, ...]) -> Float64Array:
    """The homography that takes normalised picture points to metres on the road (least squares over all points).

    Args:
        points: at least four, no three of the first four in one line.

    Returns:
        (3, 3), scaled so that its last entry is 1.

    Raises:
        ValueError: too few points, or points in one line.

    Examples:
        >>> corners = [((0, 0), (0, 0)), ((1, 0), (10, 0)), ((1, 1), (10, 20)), ((0, 1), (0, 20))]
        >>> matrix = road_from_image(tuple(GroundPoint(image_norm=a, road_m=b) for a, b in corners))
        >>> [round(value, 6) for value in to_road(matrix, (0.5, 0.5))]
        [5.0, 10.0]
    """
    if len(points) < MIN_POINTS:
        raise ValueError(f"a ground calibration needs at least {MIN_POINTS} points, got {len(points)}")
    rows = []
    for point in points:
        (x, y), (east, north) = point.image_norm, point.road_m
        rows.append([x, y, 1.0, 0.0, 0.0, 0.0, -east * x, -east * y, -east])
        rows.append([0.0, 0.0, 0.0, x, y, 1.0, -north * x, -north * y, -north])
    _, singular, vectors = np.linalg.svd(np.array(rows, dtype=np.float64))
    matrix: Float64Array = vectors[-1].reshape(3, 3)
    if singular[7] < 1e-9 * singular[0] or abs(float(np.linalg.det(matrix))) < 1e-12 or abs(matrix[2, 2]) < 1e-12:  # noqa: PLR2004 - zero
        raise ValueError("the ground points lie in one line, so they span no plane")
    scaled: Float64Array = matrix / matrix[2, 2]
    return scaled


def to_road(matrix: Float64Array, point: PointNorm) -> tuple[float, float]:
    """Metres on the road of a normalised picture point."""
    east, north, weight = matrix @ np.array([point[0], point[1], 1.0])
    return (float(east / weight), float(north / weight))
