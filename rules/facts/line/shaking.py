"""How far bounding boxes shake across a line by themselves: off the straight between their neighbours in time."""

import numpy as np

from domain.geometry import Float64Array, Int64Array
from rules.kit.rows import NewestMedians, Rows, room_for, with_rows

_KEPT = 64
_SIGMA_OF_BENDS = 1.21  # for white noise: of the median of how far each place lies off the straight of its neighbours
_BEND_US = 500_000  # neighbours farther apart tell nothing of shaking


class Shaking:
    """Of every road user, by row."""

    def __init__(self) -> None:
        self._bends = NewestMedians(_KEPT)  # in heights of its boxes
        self._past_px = np.zeros((0, 2))  # of the last two sightings as detected, the older first
        self._at_us = np.zeros((0, 2), np.int64)
        self._height_px = np.zeros(0)  # of the last one
        self._sightings = np.zeros(0, np.int64)

    def begin(self, rows: Rows) -> None:
        """Nothing is known of these."""
        self._bends.begin(rows)
        room = room_for(rows)
        self._past_px, self._at_us = with_rows(self._past_px, room), with_rows(self._at_us, room)
        self._height_px, self._sightings = with_rows(self._height_px, room), with_rows(self._sightings, room)
        self._sightings[rows] = 0

    def hand_over(self, before: int, after: int) -> None:
        """A vehicle goes on in another row."""
        self.begin(np.array([after]))
        self._bends.hand_over(before, after)
        self._past_px[after], self._at_us[after] = self._past_px[before], self._at_us[before]
        self._height_px[after], self._sightings[after] = self._height_px[before], self._sightings[before]
        self.begin(np.array([before]))

    def of(self, rows: Rows) -> Float64Array:
        """(N,) how far each shakes, in heights of its boxes; 0 where nothing is known."""
        return _SIGMA_OF_BENDS * self._bends.of(rows)

    def step(self, rows: Rows, past_px: Float64Array, heights_px: Float64Array, at_us: Int64Array) -> None:
        """Take in a sighting of each of N rows: how far beyond the line as detected, how tall, when."""
        first_us, middle_us = self._at_us[rows].T
        first_px, middle_px = self._past_px[rows].T
        span_us = at_us - first_us
        bent = ((self._sightings[rows] > 1) & (span_us <= _BEND_US)).nonzero()[0]
        share = (middle_us[bent] - first_us[bent]) / 1e6 / (span_us[bent] / 1e6)
        straight_px = first_px[bent] + share * (past_px[bent] - first_px[bent])
        of = rows[bent]
        self._bends.add(of, np.abs(middle_px[bent] - straight_px) / self._height_px[of])
        self._past_px[rows, 0], self._past_px[rows, 1] = middle_px, past_px
        self._at_us[rows, 0], self._at_us[rows, 1] = middle_us, at_us
        self._height_px[rows] = heights_px
        self._sightings[rows] += 1
