"""Plane geometry on pictures: boxes are xyxy float pixels of the source picture, origin top left, y downwards."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from domain import coordinates

Float32Array = NDArray[np.float32]
Float64Array = NDArray[np.float64]
Int64Array = NDArray[np.int64]
Mask = NDArray[np.bool_]
ImageBgr = NDArray[np.uint8]

_LEAST_AREA = float(np.finfo(np.float64).tiny)

PointPx = coordinates.PointPx
PointNorm = coordinates.PointNorm
BoxPx = coordinates.BoxPx
SizeWh = coordinates.SizeWh


def iou_matrix(boxes_a_xyxy_px: NDArray[np.floating], boxes_b_xyxy_px: NDArray[np.floating]) -> Float64Array:
    """Intersection over union of every pair.

    Args:
        boxes_a_xyxy_px: (N, 4), N may be 0.
        boxes_b_xyxy_px: (M, 4), M may be 0.

    Returns:
        (N, M) in [0, 1]; boxes without area overlap nothing.

    Examples:
        >>> iou_matrix(np.array([[0., 0., 2., 2.]]), np.array([[1., 0., 3., 2.]])).round(3)
        array([[0.333]])
        >>> iou_matrix(np.zeros((0, 4)), np.zeros((3, 4))).shape
        (0, 3)
    """
    a = np.asarray(boxes_a_xyxy_px, dtype=np.float64).reshape(-1, 4).T[:, :, None]
    b = np.asarray(boxes_b_xyxy_px, dtype=np.float64).reshape(-1, 4).T[:, None, :]
    width, height = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0.0)
    (width_a, height_a), (width_b, height_b) = np.maximum(a[2:] - a[:2], 0.0), np.maximum(b[2:] - b[:2], 0.0)
    intersection = width * height
    union = width_a * height_a + width_b * height_b - intersection
    overlap: Float64Array = intersection / np.maximum(union, _LEAST_AREA)
    return overlap


def box_iou(a: BoxPx, b: BoxPx) -> float:
    """Intersection over union of two boxes.

    Examples:
        >>> box_iou((0, 0, 2, 2), (0, 0, 2, 2))
        1.0
    """
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    intersection = width * height
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - intersection
    return intersection / union if union > 0 else 0.0


def bottom_centre(box: BoxPx) -> PointPx:
    """Where a road user touches the ground, as seen: the middle of the box's lower edge.

    Examples:
        >>> bottom_centre((10.0, 20.0, 30.0, 60.0))
        (20.0, 60.0)
    """
    return ((box[0] + box[2]) / 2, box[3])


def to_px(point_norm: PointNorm, resolution_wh: SizeWh) -> PointPx:
    """Scale a normalised point of the reference still to pixels of a picture.

    Examples:
        >>> to_px((0.5, 0.25), (1920, 1080))
        (960.0, 270.0)
    """
    return (point_norm[0] * resolution_wh[0], point_norm[1] * resolution_wh[1])


def contains(polygon: Sequence[tuple[float, float]], point: tuple[float, float]) -> bool:
    """Whether a point lies in a simple polygon (even-odd rule; both in the same frame of reference).

    Examples:
        >>> square = [(0, 0), (4, 0), (4, 4), (0, 4)]
        >>> contains(square, (1, 3)), contains(square, (5, 3))
        (True, False)
    """
    x, y = point
    inside = False
    previous_x, previous_y = polygon[-1]
    for corner_x, corner_y in polygon:
        if (corner_y > y) != (previous_y > y):
            crossing_x = (previous_x - corner_x) * (y - corner_y) / (previous_y - corner_y) + corner_x
            if x < crossing_x:
                inside = not inside
        previous_x, previous_y = corner_x, corner_y
    return inside


def off_stretch(point: tuple[float, float], end: tuple[float, float]) -> float:
    """How far a point lies off the straight from the origin to an end, in their unit.

    Examples:
        >>> off_stretch((3.0, 4.0), (10.0, 0.0)), off_stretch((13.0, 4.0), (10.0, 0.0))
        (4.0, 5.0)
    """
    squared = end[0] ** 2 + end[1] ** 2
    share = 0.0 if squared == 0 else min(1.0, max(0.0, (point[0] * end[0] + point[1] * end[1]) / squared))
    return math.dist(point, (share * end[0], share * end[1]))


def side_of_line(start: PointPx, end: PointPx, point: PointPx) -> float:
    """Signed distance of a point from the endless line through ``start`` and ``end``, in the unit of the points.

    Positive on the right hand of someone who walks from start to end in a picture (y downwards).

    Examples:
        >>> side_of_line((0, 0), (10, 0), (5, 3))
        3.0
    """
    direction_x, direction_y = end[0] - start[0], end[1] - start[1]
    length = _length(direction_x, direction_y)
    if length == 0:
        msg = f"a line needs two different points, got {start} twice"
        raise ValueError(msg)
    return float(direction_x * (point[1] - start[1]) - direction_y * (point[0] - start[0])) / length


@lru_cache(maxsize=1024)
def _length(x: float, y: float) -> float:
    """Of a line's direction: the same few lines are asked about all day."""
    return float(np.hypot(x, y))
