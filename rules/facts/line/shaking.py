"""How far bounding boxes shake across a line by themselves: off the straight between their neighbours in time."""

import numpy as np
from numpy.typing import NDArray

from domain.geometry import Float64Array, Int64Array
from rules.facts.placed import Rows, with_rows

_KEPT = 64
_SIGMA_OF_BENDS = 1.21  # for white noise: of the median of how far each place lies off the straight of its neighbours
_BEND_US = 500_000  # neighbours farther apart tell nothing of shaking


class Shaking:
    """Of every road user, by row."""

    def __init__(self) -> None:
        self._bends = np.zeros((0, _KEPT))  # in heights of its boxes, infinite where there is none
        self._count = np.zeros(0, np.int64)  # of all bends that ever were
        self._past_px = np.zeros((0, 2))  # of the last two sightings as detected, the older first
        self._at_us = np.zeros((0, 2), np.int64)
        self._height_px = np.zeros(0)  # of the last one
        self._sightings = np.zeros(0, np.int64)

    def _columns(self) -> tuple[NDArray[np.generic], ...]:
        return self._bends, self._count, self._past_px, self._at_us, self._height_px, self._sightings

    def begin(self, rows: Rows) -> None:
        """Nothing is known of these."""
        self._bends, self._count = with_rows(self._bends, rows), with_rows(self._count, rows)
        self._past_px, self._at_us = with_rows(self._past_px, rows), with_rows(self._at_us, rows)
        self._height_px, self._sightings = with_rows(self._height_px, rows), with_rows(self._sightings, rows)
        self._bends[rows] = np.inf
        self._count[rows] = 0
        self._sightings[rows] = 0

    def hand_over(self, before: int, after: int) -> None:
        """A vehicle goes on in another row."""
        self.begin(np.array([after]))
        for column in self._columns():
            column[after] = column[before]
        self.begin(np.array([before]))

    def of(self, rows: Rows) -> Float64Array:
        """(N,) how far each shakes, in heights of its boxes; 0 where nothing is known."""
        kept = np.minimum(self._count[rows], _KEPT)
        ordered = np.sort(self._bends[rows], axis=1)
        each = np.arange(len(rows))
        middle = (ordered[each, (kept - 1) // 2] + ordered[each, kept // 2]) / 2
        shakes: Float64Array = np.where(kept > 0, _SIGMA_OF_BENDS * middle, 0.0)
        return shakes

    def step(self, rows: Rows, past_px: Float64Array, heights_px: Float64Array, at_us: Int64Array) -> None:
        """Take in a sighting of each of N rows: how far beyond the line as detected, how tall, when."""
        first_us, middle_us = self._at_us[rows].T
        first_px, middle_px = self._past_px[rows].T
        span_us = at_us - first_us
        bent = np.flatnonzero((self._sightings[rows] > 1) & (span_us <= _BEND_US))
        share = (middle_us[bent] - first_us[bent]) / 1e6 / (span_us[bent] / 1e6)
        straight_px = first_px[bent] + share * (past_px[bent] - first_px[bent])
        of = rows[bent]
        self._bends[of, self._count[of] % _KEPT] = np.abs(middle_px[bent] - straight_px) / self._height_px[of]
        self._count[of] += 1
        self._past_px[rows] = np.stack((middle_px, past_px), axis=1)
        self._at_us[rows] = np.stack((middle_us, at_us), axis=1)
        self._height_px[rows] = heights_px
        self._sightings[rows] += 1
