"""Where a vehicle that goes straight on will be seen: in perspective, from its boxes alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

import numpy as np

from domain.geometry import BoxPx, Float64Array
from domain.instants import seconds_between
from domain.seen.track import TrackPoint

_LEAST_POINTS = 4
_LEAST_SPAN_S = 0.5
_SPAN_S = 2.5  # what came into the picture long ago was cut by its edge
_LARGEST_GROWTH = 6.0


@dataclass(frozen=True, slots=True)
class RoadPath:
    """A straight way at a steady speed.

    Seen by a pinhole camera, the height of what goes along is one over its distance. So the place in the picture over
    that height, and one over the height, change steadily, though neither the place nor the height does.
    """

    now: Float64Array  # (3,): foot x and foot y over the height, one over the height; at the last sighting
    per_s: Float64Array  # (3,): how they change
    width_share: float  # of the box, of its height

    def box_after(self, seconds: float) -> BoxPx | None:
        """The box expected so long after the last sighting, None where it would have left the picture.

        Examples:
            >>> away = RoadPath(np.array([1.0, 2.0, 0.01]), np.array([0.0, 0.0, 0.01]), 0.5)
            >>> away.box_after(1.0)
            (37.5, 50.0, 62.5, 100.0)
        """
        foot_x, foot_y, inverse = self.now + seconds * self.per_s
        if inverse <= 0 or not 1 / _LARGEST_GROWTH <= inverse / self.now[2] <= _LARGEST_GROWTH:
            return None
        x, y, height = foot_x / inverse, foot_y / inverse, 1 / inverse
        half = self.width_share * height / 2
        return (float(x - half), float(y - height), float(x + half), float(y))


def path_through(points: Sequence[TrackPoint]) -> RoadPath | None:
    """The way of the newest sightings, by least squares.

    Args:
        points: oldest first, at least one; those of the last seconds are used.

    Returns:
        None where they are too few or too close together to say.
    """
    last = points[-1].at
    since = last - timedelta(seconds=_SPAN_S)
    used = [point for point in points if point.at >= since]
    if len(used) < _LEAST_POINTS or seconds_between(used[0].at, last) < _LEAST_SPAN_S:
        return None
    boxes = np.array([point.box_xyxy_px for point in used], dtype=np.float64)
    heights = np.maximum(boxes[:, 3] - boxes[:, 1], 1.0)
    values = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3], np.ones(len(used))]) / heights
    at_s = np.array([seconds_between(last, point.at) for point in used])
    weights = np.square(heights / heights.mean())  # the height of what is far is known worst
    middle_s = float(weights @ at_s / weights.sum())
    middle = values @ weights / weights.sum()
    per_s = values @ (weights * (at_s - middle_s)) / float(weights @ np.square(at_s - middle_s))
    now = middle - middle_s * per_s
    if now[2] <= 0:
        return None
    share = median(((boxes[:, 2] - boxes[:, 0]) / heights).tolist())
    return RoadPath(now=now, per_s=per_s, width_share=share)
