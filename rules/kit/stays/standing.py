"""Whether a track stands, since when, and where it came from."""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np

from domain.geometry import BoxPx, Float64Array, PointNorm, PointPx, SizeWh, box_iou
from domain.instants import seconds_between
from domain.seen.track import Track, TrackPoint

_OUTLIERS_IN_A_ROW = 2
_LARGEST_AREA_RATIO = 2.0
_STEP_SIZES = 1.0
SIDES = (0, 2, 3)
_LEAST_EDGES = 2
_GRID = 6
_LEAST_PART = 0.3
_PATH_STEP_SIZES = 0.4
_PATH_STEPS = 8


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


def off_sizes(box: BoxPx, place: BoxPx) -> float:
    """How far a box's left, right and lower edges are from those of a place, the worst of them, in the place's sizes.

    The upper edge says little: people sit on what they park, and stand behind it.

    Examples:
        >>> off_sizes((0, 0, 100, 100), (0, 0, 100, 100)), off_sizes((20, -40, 110, 100), (0, 0, 100, 100))
        (0.0, 0.2)
    """
    return max(abs(box[0] - place[0]), abs(box[2] - place[2]), abs(box[3] - place[3])) / box_size_px(place)


def off_sizes_matrix(boxes: Sequence[BoxPx], places: Sequence[BoxPx]) -> Float64Array:
    """The same for every pair of N boxes and M places at once, (N, M).

    Examples:
        >>> off_sizes_matrix([(0, 0, 100, 100), (20, -40, 110, 100)], [(0, 0, 100, 100)]).tolist()
        [[0.0], [0.2]]
    """
    box = np.array(boxes, np.float64).reshape(-1, 1, 4)
    place = np.array(places, np.float64).reshape(1, -1, 4)
    size = np.sqrt(np.maximum(place[..., 2] - place[..., 0], 1.0) * np.maximum(place[..., 3] - place[..., 1], 1.0))
    off: Float64Array = np.abs(box - place)[..., SIDES].max(axis=2) / size
    return off


def hidden_share(place: BoxPx, before: Sequence[BoxPx]) -> float:
    """How much of a place lies behind boxes, in [0, 1], looked at in a grid of points.

    Examples:
        >>> hidden_share((0, 0, 10, 10), [(-5, -5, 5, 20), (-5, -5, 5, 20)])
        0.5
    """
    near = [
        box for box in before if box[0] < place[2] and box[2] > place[0] and box[1] < place[3] and box[3] > place[1]
    ]
    if not near:
        return 0.0
    shares = [(index + 0.5) / _GRID for index in range(_GRID)]
    columns = [place[0] + share * (place[2] - place[0]) for share in shares]
    rows = [place[1] + share * (place[3] - place[1]) for share in shares]
    hidden = sum(any(x1 <= x <= x2 and y1 <= y <= y2 for x1, y1, x2, y2 in near) for x in columns for y in rows)
    return hidden / _GRID**2


def is_part_of(box: BoxPx, place: BoxPx, tolerance_sizes: float) -> bool:
    """Whether a box can show a part of what stands in a place: no edge lies outside, two lie on the place's."""
    tolerance_px = tolerance_sizes * box_size_px(place)
    within = (box[0] - place[0], box[1] - place[1], place[2] - box[2], place[3] - box[3])  # negative: outside
    on_edge = sum(abs(one) <= tolerance_px for one in within)
    return (
        min(within) >= -tolerance_px
        and on_edge >= _LEAST_EDGES
        and box_area_px(box) >= _LEAST_PART * box_area_px(place)
    )


def newer_points(track: Track, after: datetime) -> tuple[TrackPoint, ...]:
    """The sightings of a track that are newer than an instant, oldest first."""
    first = len(track.points)
    while first > 0 and track.points[first - 1].at > after:
        first -= 1
    return track.points[first:]


def went_step_by_step(boxes: Sequence[BoxPx]) -> bool:
    """Whether each box is near the one before; a jump means that the track went to something else."""
    return all(_is_step(one, other) for one, other in pairwise(boxes))


def _is_step(one: BoxPx, other: BoxPx) -> bool:
    """Whether one box lies no farther off than its size from the next, or overlaps it."""
    return math.dist(centre(one), centre(other)) <= _STEP_SIZES * box_size_px(one) or box_iou(one, other) > 0.0


class PathMemory:
    """Where the living tracks have come from: longer than their kept points say, in coarse steps, bounded."""

    def __init__(self) -> None:
        self._paths: dict[int, deque[PointPx]] = {}  # middles of boxes

    def update(self, tracks: Iterable[Track]) -> None:
        """Take in the newest sightings; tracks that are gone are forgotten, and so is what lies before a jump."""
        paths: dict[int, deque[PointPx]] = {}
        for track in tracks:
            points = track.points
            box = points[-1].box_xyxy_px
            middle, step_px = centre(box), _PATH_STEP_SIZES * box_size_px(box)
            path = self._paths.get(track.track_id) or deque((centre(points[0].box_xyxy_px),), _PATH_STEPS)
            if len(points) > 1 and not _is_step(points[-2].box_xyxy_px, box):
                path.clear()
            if not path or math.dist(path[-1], middle) > step_px:
                path.append(middle)
            paths[track.track_id] = path
        self._paths = paths

    def came_from_elsewhere(self, track: Track, away_sizes: float) -> bool:
        """Whether a track was seen farther off than this before it came to where it is."""
        box = track.newest.box_xyxy_px
        middle, away_px = centre(box), away_sizes * box_size_px(box)
        return any(math.dist(step, middle) > away_px for step in self._paths.get(track.track_id, ()))


def standing_points(
    track: Track, *, after: datetime | None, radius_sizes: float, least_s: float, gap_s: float
) -> tuple[TrackPoint, ...]:
    """The newest stretch in which a track kept its place and size; single stray boxes do not end it.

    Args:
        track: its kept points are looked at.
        after: only newer ones; None: all.
        radius_sizes: how far the middle of the box may wander, in sizes of the newest box.
        least_s: a shorter stretch is none.
        gap_s: a longer span without a sighting ends the stretch.

    Returns:
        The stretch without its strays, oldest first; empty where the track does not stand.
    """
    newest = track.newest.box_xyxy_px
    size_px, middle, area = box_size_px(newest), centre(newest), box_area_px(newest)

    def is_there(point: TrackPoint) -> bool:
        ratio = box_area_px(point.box_xyxy_px) / area
        off_sizes = math.dist(centre(point.box_xyxy_px), middle) / size_px
        return off_sizes <= radius_sizes and 1 / _LARGEST_AREA_RATIO <= ratio <= _LARGEST_AREA_RATIO

    first = len(track.points) - 1
    strays = 0
    for index in range(len(track.points) - 1, -1, -1):
        at = track.points[index].at
        if (after is not None and at <= after) or seconds_between(at, track.points[first].at) > gap_s:
            break
        if is_there(track.points[index]):
            first, strays = index, 0
        else:
            strays += 1
            if strays >= _OUTLIERS_IN_A_ROW:
                break
    if seconds_between(track.points[first].at, track.newest.at) < least_s:
        return ()
    return tuple(point for point in track.points[first:] if is_there(point))
