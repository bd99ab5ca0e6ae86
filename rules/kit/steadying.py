"""A track's bounding boxes without what shakes them: each is the median of the sightings around it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from domain.geometry import BoxPx, Float64Array
from domain.instants import seconds_between
from domain.seen.track import TrackPoint

AROUND_S = 0.25
"""A sighting is ripe when so much time has passed, and its median reaches so far on both sides."""
_MOST_EACH_SIDE = 4


@dataclass(slots=True)
class Steadied:
    """Hands out a track's sightings with those around them, in order, a little late."""

    _points: deque[TrackPoint] = field(default_factory=deque)
    _given: int = 0  # of the points kept, from the oldest

    def add(self, point: TrackPoint) -> None:
        """Take in a sighting, newer than every one before."""
        self._points.append(point)

    def next_ripe(self, now: datetime, *, ended: bool = False) -> tuple[TrackPoint, Sequence[BoxPx]] | None:
        """The next sighting whose surroundings are known by now, each once; None: there is none yet.

        Args:
            now: of the scene.
            ended: nothing more will come, so that all are ripe.

        Returns:
            With the bounding boxes of as many sightings on either side, its own in the middle: motion moves their
            median nowhere.
        """
        if self._given == len(self._points):
            return None
        point = self._points[self._given]
        if not ended and seconds_between(point.at, now) < AROUND_S:
            return None
        around = self._around(self._given)
        self._given += 1
        while self._given > _MOST_EACH_SIDE:
            self._points.popleft()
            self._given -= 1
        return point, around

    def _around(self, index: int) -> Sequence[BoxPx]:
        points = self._points
        at, reach = points[index].at, 0
        for step in range(1, min(_MOST_EACH_SIDE, index, len(points) - 1 - index) + 1):
            before, after = points[index - step].at, points[index + step].at
            if seconds_between(before, at) > AROUND_S or seconds_between(at, after) > AROUND_S:
                break
            reach = step
        return [points[near].box_xyxy_px for near in range(index - reach, index + reach + 1)]


def middle_boxes(around: Sequence[Sequence[BoxPx]]) -> Float64Array:
    """The medians, side by side, of N odd numbers of boxes; (N, 4).

    Examples:
        >>> middle_boxes([[(0, 0, 9, 9), (2, 1, 7, 7), (1, 5, 8, 8)], [(3, 3, 4, 4)]]).tolist()
        [[1.0, 1.0, 8.0, 8.0], [3.0, 3.0, 4.0, 4.0]]
    """
    counts = np.array([len(boxes) for boxes in around], np.intp)
    middle = np.empty((len(around), 4))
    for count in set(counts.tolist()):
        rows = np.flatnonzero(counts == count)
        boxes = np.array([around[row] for row in rows.tolist()], np.float64)
        middle[rows] = np.sort(boxes, axis=1)[:, count // 2]
    return middle
