"""From picture to road: a plane homography fitted to measured points."""

from collections.abc import Iterable

import numpy as np

from domain.camera import GroundPoint
from domain.geometry import Float64Array, PointNorm

MIN_POINTS = 4

_LEAST_WEIGHT = 1e-3  # of what lies on or above the horizon: a thousand times as far off as the measured points


def road_from_image(points: tuple[GroundPoint, ...]) -> Float64Array:
    """The homography that takes normalised picture points to metres on the road (least squares over all points).

    Args:
        points: at least four, no three of the first four in one line.

    Returns:
        (3, 3), scaled so that the weights of the measured points are 1 on the mean: those of all points that show the
        road are positive, those on the horizon 0, wherever it runs.

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
    weight = float(np.mean([_weight(matrix, point.image_norm) for point in points]))
    if singular[7] < 1e-9 * singular[0] or abs(float(np.linalg.det(matrix))) < 1e-12 or abs(weight) < 1e-12:  # noqa: PLR2004 - zero
        raise ValueError("the ground points lie in one line, so they span no plane")
    scaled: Float64Array = matrix / weight
    return scaled


def to_road(matrix: Float64Array, point: PointNorm) -> tuple[float, float]:
    """Metres on the road of a normalised picture point; what lies on the horizon or above it is very far off."""
    return mapped(tuple(matrix.ravel().tolist()), *point)


def mapped(rows: tuple[float, ...], x: float, y: float) -> tuple[float, float]:
    """A point through a homography, whose entries come row by row: plain numbers are ten times as fast as arrays.

    Examples:
        >>> mapped((1, 0, 0, 0, 1, 0, 0, 1, -0.5), 0.3, 0.75), mapped((1, 0, 0, 0, 1, 0, 0, 1, -0.5), 0.3, 0.5)
        ((1.2, 3.0), (300.0, 500.0))
    """
    a, b, c, d, e, f, g, h, i = rows
    weight = max(g * x + h * y + i, _LEAST_WEIGHT)
    return ((a * x + b * y + c) / weight, (d * x + e * y + f) / weight)


def mapped_all(rows: tuple[float, ...], points: Float64Array) -> Float64Array:
    """Many points at once, (N, 2) to (N, 2); as ``mapped``."""
    a, b, c, d, e, f, g, h, i = rows
    x, y = points[:, 0], points[:, 1]
    weight = np.maximum(g * x + h * y + i, _LEAST_WEIGHT)
    places = np.empty_like(points)
    places[:, 0], places[:, 1] = (a * x + b * y + c) / weight, (d * x + e * y + f) / weight
    return places


def are_before_horizon(matrix: Float64Array, points: Iterable[PointNorm]) -> bool:
    """Whether normalised picture points lie on the road's side of the horizon: above it there is no road."""
    return all(_weight(matrix, point) > _LEAST_WEIGHT for point in points)


def _weight(matrix: Float64Array, point: PointNorm) -> float:
    return float(matrix[2] @ np.array([*point, 1.0]))
