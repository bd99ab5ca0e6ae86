"""Whether a track stands, since when, and whether it was seen to come."""

import math
from dataclasses import dataclass
from datetime import datetime

from domain.geometry import BoxPx, PointNorm, SizeWh
from domain.instants import seconds_between
from domain.track import Track, TrackPoint

_OUTLIERS_IN_A_ROW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The newest unbroken stretch of a track's sightings in one place."""

    points: tuple[TrackPoint, ...]  # oldest first, at least one
    arrived: bool  # the track was seen elsewhere before


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
    size_px = box_size_px(newest)
    middle = centre(newest)
    first = len(track.points) - 1
    strays = 0
    for index in range(len(track.points) - 1, -1, -1):
        off_sizes = math.dist(centre(track.points[index].box_xyxy_px), middle) / size_px
        if off_sizes <= radius_sizes:
            first, strays = index, 0
        else:
            strays += 1
            if strays >= _OUTLIERS_IN_A_ROW:
                break
    if seconds_between(track.points[first].at, track.newest.at) < least_s:
        return None
    earlier = track.points[:first]
    arrived = any(math.dist(centre(point.box_xyxy_px), middle) / size_px > away_sizes for point in earlier)
    return Run(points=track.points[first:], arrived=arrived)
