"""Whether a track stands, since when, and whether it was seen to come."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from domain.geometry import BoxPx, PointNorm, SizeWh, box_iou
from domain.instants import seconds_between
from domain.track import Track, TrackPoint

_OUTLIERS_IN_A_ROW = 2
_LARGEST_AREA_RATIO = 2.0
_STEP_SIZES = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The newest unbroken stretch of a track's sightings in one place."""

    points: tuple[TrackPoint, ...]  # oldest first, at least one
    arrived: bool  # the track was seen elsewhere before, and came from there step by step


def box_area_px(box: BoxPx) -> float:
    """Area of a box, at least one pixel."""
    return max((box[2] - box[0]) * (box[3] - box[1]), 1.0)


def box_size_px(box: BoxPx) -> float:
    """The measure of distances around a box: the square root of its area, at least one pixel."""
    return math.sqrt(max(box[2] - box[0], 1.0) * max(box[3] - box[1], 1.0))


def centre(box: BoxPx) -> tuple[float, float]:
    """The middle of a box."""
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def contact_norm(box: BoxPx, resolution_wh: SizeWh) -> PointNorm:
    """Where a box touches the ground, in shares of the picture's width and height."""
    return ((box[0] + box[2]) / 2 / resolution_wh[0], box[3] / resolution_wh[1])


def covered_share(inner: BoxPx, outer: BoxPx) -> float:
    """How much of one box lies in another, in [0, 1].

    Examples:
        >>> covered_share((0, 0, 2, 2), (0, 0, 10, 1))
        0.5
    """
    width = min(inner[2], outer[2]) - max(inner[0], outer[0])
    height = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return max(width, 0.0) * max(height, 0.0) / area if area > 0 else 0.0


def newer_points(track: Track, after: datetime) -> tuple[TrackPoint, ...]:
    """The sightings of a track that are newer than an instant, oldest first."""
    first = len(track.points)
    while first > 0 and track.points[first - 1].at > after:
        first -= 1
    return track.points[first:]


def went_step_by_step(boxes: Sequence[BoxPx]) -> bool:
    """Whether each box is near the one before; a jump means that the track went to something else."""
    return all(
        box_iou(one, other) > 0.0 or math.dist(centre(one), centre(other)) <= _STEP_SIZES * box_size_px(one)
        for one, other in pairwise(boxes)
    )


def standing_run(track: Track, radius_sizes: float, away_sizes: float, least_s: float) -> Run | None:
    """The newest stretch in which a track kept its place; single stray boxes do not end it.

    Args:
        track: its kept points are looked at.
        radius_sizes: how far the middle of the box may wander, in sizes of the newest box.
        away_sizes: sightings farther off than this, before the stretch, mean that it was seen to come.
        least_s: a shorter stretch is none.

    Returns:
        The stretch, None where the track does not stand.
    """
    newest = track.newest.box_xyxy_px
    size_px, middle, area = box_size_px(newest), centre(newest), box_area_px(newest)

    def off_sizes(point: TrackPoint) -> float:
        return math.dist(centre(point.box_xyxy_px), middle) / size_px

    def is_there(point: TrackPoint) -> bool:
        ratio = box_area_px(point.box_xyxy_px) / area
        return off_sizes(point) <= radius_sizes and 1 / _LARGEST_AREA_RATIO <= ratio <= _LARGEST_AREA_RATIO

    first = len(track.points) - 1
    strays = 0
    for index in range(len(track.points) - 1, -1, -1):
        if is_there(track.points[index]):
            first, strays = index, 0
        else:
            strays += 1
            if strays >= _OUTLIERS_IN_A_ROW:
                break
    if seconds_between(track.points[first].at, track.newest.at) < least_s:
        return None
    away = next((i for i in range(first - 1, -1, -1) if off_sizes(track.points[i]) > away_sizes), None)
    arrived = away is not None and went_step_by_step([p.box_xyxy_px for p in track.points[away : first + 1]])
    return Run(points=tuple(point for point in track.points[first:] if is_there(point)), arrived=arrived)
