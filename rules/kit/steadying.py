"""A track's bounding boxes without what shakes them: each is the median of the sightings around it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from domain.geometry import BoxPx
from domain.instants import seconds_between
from domain.seen.track import TrackPoint

AROUND_S = 0.25
"""A sighting is ripe when so much time has passed, and its median reaches so far on both sides."""
_MOST_EACH_SIDE = 4


@dataclass(slots=True)
class Steadied:
    """Hands out a track's sightings with their steady bounding boxes, in order, a little late."""

    _points: deque[TrackPoint] = field(default_factory=deque)
    _given: int = 0  # of the points kept, from the oldest

    def add(self, point: TrackPoint) -> None:
        """Take in a sighting, newer than every one before."""
        self._points.append(point)

    def ripe(self, now: datetime, *, ended: bool = False) -> Iterator[tuple[TrackPoint, BoxPx]]:
        """The sightings whose surroundings are known by now, each once.

        Args:
            now: of the scene.
            ended: nothing more will come, so that all are ripe.
        """
        while self._given < len(self._points):
            point = self._points[self._given]
            if not ended and seconds_between(point.at, now) < AROUND_S:
                return
            yield point, self._steady(self._given)
            self._given += 1
            while self._given > _MOST_EACH_SIDE:
                self._points.popleft()
                self._given -= 1

    def _steady(self, index: int) -> BoxPx:
        """The median of as many sightings on either side, so that motion moves it nowhere."""
        at, reach = self._points[index].at, 0
        for step in range(1, min(_MOST_EACH_SIDE, index, len(self._points) - 1 - index) + 1):
            before, after = self._points[index - step].at, self._points[index + step].at
            if seconds_between(before, at) > AROUND_S or seconds_between(at, after) > AROUND_S:
                break
            reach = step
        if reach == 0:
            return self._points[index].box_xyxy_px
        boxes = [self._points[near].box_xyxy_px for near in range(index - reach, index + reach + 1)]
        x1, y1, x2, y2 = (sorted(edges)[reach] for edges in zip(*boxes, strict=True))  # the middle one of an odd number
        return (x1, y1, x2, y2)
