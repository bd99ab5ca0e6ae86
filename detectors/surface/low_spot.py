"""One low spot over time: the texture of its ground when it is dry, and whether water hides it below the line.

Water hides what the ground is made of. The texture of a cell is the mean size of the Laplacian over its brightness; its
log is held against the median of dry looks. What changed likewise above the line and around the zone is light and
weather, and is taken off (benchmarks/surface.md).
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.geometry import Float32Array, ImageBgr, PointNorm, SizeWh
from domain.instants import seconds_between
from domain.seen.looks import SurfaceUnknown

YOUNG_LOOKS: Final = 30
"""So many dry looks are kept before anything is told; the first of them come soon after each other."""
MOST_LOOKS: Final = 48
_YOUNG_EVERY_S: Final = 20.0
_KEPT_EVERY_S: Final = 1800.0  # later: they go back a day
_LASTING_S: Final = 14 * 86400.0  # what has been so for so long is the ground: new asphalt, a sheet

_LIMIT: Final = 0.5  # of texture lost, in logs of it; no dry episode of the tuned places reaches it
_OVER: Final = 0.6  # of the limit: under it the water is gone
_DOUBT: Final = 0.5  # of the limit: from there on nothing is learned
_FEWEST_SCORES: Final = 8
_MOST_SCORES: Final = 12
_LATELY_S: Final = 120.0
_SEEN_SHARE: Final = 0.4  # of the cells below the line, and of those elsewhere
LEAST_CELLS: Final = 6


class LowSpot:
    """One zone's memory.

    Args:
        polygon_norm: of the zone; another one is another memory.
        line_norm: both ends of its waterline and a point on the deep side, likewise.
        picture_wh: of the pictures looked at, likewise.
        begun_at: when it was first looked at.
    """

    def __init__(
        self,
        *,
        polygon_norm: tuple[PointNorm, ...],
        line_norm: tuple[PointNorm, PointNorm, PointNorm],
        picture_wh: SizeWh,
        begun_at: datetime,
    ) -> None:
        self.polygon_norm = polygon_norm
        self.line_norm = line_norm
        self.picture_wh = picture_wh
        self.looked_at = begun_at
        self.kept_at: datetime | None = None  # the newest dry look
        self.dry: list[Float32Array] = []  # looks at the dry ground, each (h, w), NaN where somebody stood
        self.since: datetime | None = None  # water stands up to the line
        self._scores: deque[tuple[datetime, float]] = deque(maxlen=_MOST_SCORES)
        self._median: Float32Array | None = None

    @property
    def strength(self) -> float:
        """Of the looks of late; 1 is just enough."""
        return round(float(np.median([score for _, score in self._scores])) / _LIMIT, 2) if self._scores else 0.0

    def see(
        self, at: datetime, texture: Float32Array, below: NDArray[np.bool_], elsewhere: NDArray[np.bool_]
    ) -> SurfaceUnknown | None:
        """Take in one look.

        Args:
            at: when the picture was captured, UTC.
            texture: (h, w) of the cells, from ``texture_of``; NaN where people or vehicles hide them.
            below: (h, w) cells below the waterline.
            elsewhere: (h, w) cells that stay dry, in the zone and around it.

        Returns:
            Why nothing is known; None: what is believed is known.
        """
        if at < self.looked_at:  # a clock was set
            self._scores.clear()
            self.kept_at = None
            self.since = None if self.since is None else at
        self.looked_at = at
        if min(below.sum(), elsewhere.sum()) < LEAST_CELLS:
            return SurfaceUnknown.SMALL
        score = self._score(texture, below, elsewhere)
        if score is not None:
            self._scores.append((at, score))
        while self._scores and seconds_between(self._scores[0][0], at) > _LATELY_S:
            self._scores.popleft()
        self._believe(at)
        self._learn(at, texture)
        if len(self.dry) < YOUNG_LOOKS:
            return SurfaceUnknown.YOUNG
        return None if len(self._scores) >= _FEWEST_SCORES else SurfaceUnknown.CROWDED

    def _score(self, texture: Float32Array, below: NDArray[np.bool_], elsewhere: NDArray[np.bool_]) -> float | None:
        """How much texture went below the line, beyond what went elsewhere; None where too little can be seen."""
        if len(self.dry) < YOUNG_LOOKS:
            return None
        if self._median is None:
            self._median = _median_of(self.dry)
        change = texture - self._median
        seen = np.isfinite(change)
        if any((seen & part).sum() < _SEEN_SHARE * part.sum() for part in (below, elsewhere)):
            return None
        return float(np.median(change[seen & elsewhere]) - np.median(change[seen & below]))

    def _believe(self, at: datetime) -> None:
        if len(self._scores) < _FEWEST_SCORES:
            return
        strength = self.strength
        if self.since is None and strength >= 1.0:
            typical = min(_LIMIT, float(np.median([score for _, score in self._scores])))  # strength is rounded
            self.since = next(when for when, score in self._scores if score >= typical)
        elif self.since is not None and strength < _OVER:
            self.since = None
        if self.since is not None and seconds_between(self.since, at) > _LASTING_S:
            self.dry, self.since, self._median = [], None, None
            self._scores.clear()

    def _learn(self, at: datetime, texture: Float32Array) -> None:
        """Keep a look at the dry ground, now and then."""
        young = len(self.dry) < YOUNG_LOOKS
        every_s = _YOUNG_EVERY_S if young else _KEPT_EVERY_S
        if self.kept_at is not None and seconds_between(self.kept_at, at) < every_s:
            return
        doubtful = self.since is not None or len(self._scores) < _FEWEST_SCORES or self.strength >= _DOUBT
        if not young and doubtful:
            return
        self.kept_at = at
        self.dry = [*self.dry, texture][-MOST_LOOKS:]
        self._median = None


def texture_of(crop_bgr: ImageBgr, grid_hw: tuple[int, int]) -> Float32Array:
    """The log of each cell's texture, (h, w).

    Args:
        crop_bgr: what is looked at.
        grid_hw: cells down and across.
    """
    grey = cv2.GaussianBlur(cv2.cvtColor(crop_bgr, cv2.COLOR_BGR2GRAY).astype(np.float32), (0, 0), 1.0)
    edges, mean = (
        cv2.resize(one, grid_hw[::-1], interpolation=cv2.INTER_AREA)
        for one in (np.abs(cv2.Laplacian(grey, cv2.CV_32F)), grey)
    )
    return np.asarray(np.log(edges / (mean + 8) + 1e-3), dtype=np.float32)


def _median_of(looks: Sequence[Float32Array]) -> Float32Array:
    """Cell by cell, of those that were seen; NaN where fewer than a third show a cell."""
    stack = np.stack(looks)
    seen = np.isfinite(stack).sum(axis=0)
    ordered = np.sort(np.where(np.isfinite(stack), stack, np.inf), axis=0)
    middle = np.take_along_axis(ordered, np.maximum((seen - 1) // 2, 0)[None], axis=0)[0]
    return np.where(3 * seen >= len(looks), middle, np.nan).astype(np.float32)
