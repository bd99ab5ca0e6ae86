"""Bounding boxes without what shakes them: each is the median of its track's sightings around it."""

from dataclasses import dataclass

import numpy as np

from domain.geometry import Float64Array, Int64Array, Mask
from rules.kit.rows import Rows, with_rows

AROUND_US = 250_000
"""A sighting is ripe when so much time has passed, and its median reaches so far on both sides; microseconds."""
_MOST_EACH_SIDE = 4
_ROOM = 16  # for sightings of each, to begin with: a power of two


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ripe:
    """The next sightings of M of N rows, as columns."""

    which: Rows  # (M,) of the N
    at_us: Int64Array  # (M,)
    boxes_xyxy_px: Float64Array  # (M, 4) as detected
    steady_xyxy_px: Float64Array  # (M, 4) the median of as many on either side, so that motion moves it nowhere


class Steadying:
    """Takes in the sightings of many tracks, by row, and hands them out in order, a little late."""

    def __init__(self) -> None:
        self._boxes = np.zeros((0, _ROOM, 4))  # a sighting stands at its number, modulo the room
        self._at_us = np.zeros((0, _ROOM), np.int64)
        self._seen = np.zeros(0, np.intp)  # how many were taken in
        self._given = np.zeros(0, np.intp)  # how many were handed out

    def begin(self, row: int) -> None:
        """Nothing is known of this one."""
        self._boxes, self._at_us = with_rows(self._boxes, row + 1), with_rows(self._at_us, row + 1)
        self._seen, self._given = with_rows(self._seen, row + 1), with_rows(self._given, row + 1)
        self._seen[row] = self._given[row] = 0

    def add(self, rows: Rows, boxes_xyxy_px: Float64Array, at_us: Int64Array) -> None:
        """Take in a sighting (N, 4) of each of N rows, newer than every one before."""
        if (self._seen[rows] - self._given[rows]).max() + _MOST_EACH_SIDE >= self._at_us.shape[1]:
            self._make_room()
        places = self._seen[rows] % self._at_us.shape[1]
        self._boxes[rows, places] = boxes_xyxy_px
        self._at_us[rows, places] = at_us
        self._seen[rows] += 1

    def next_ripe(self, rows: Rows, now_us: int, *, all_of: Mask) -> Ripe | None:
        """The next sighting of each row whose surroundings are known by now, each once; None: there is none.

        Args:
            rows: (N,) that are asked for.
            now_us: of the scene.
            all_of: (N,) nothing more will come of these, so that all their sightings are ripe.
        """
        number, room = self._given[rows], self._at_us.shape[1]
        at_us = self._at_us[rows, number % room]
        which = ((number < self._seen[rows]) & (all_of | (now_us - at_us >= AROUND_US))).nonzero()[0]
        if not len(which):
            return None
        rows, number, at_us = rows[which], number[which], at_us[which]
        steady = np.empty((len(rows), 4))
        reach = self._reach(rows, number, at_us)
        for sides in set(reach.tolist()):
            alike = (reach == sides).nonzero()[0]
            near = number[alike, None] + np.arange(-sides, sides + 1)
            steady[alike] = np.sort(self._boxes[rows[alike, None], near % room], axis=1)[:, sides]
        self._given[rows] += 1
        boxes = self._boxes[rows, number % room]
        return Ripe(which=which, at_us=at_us, boxes_xyxy_px=boxes, steady_xyxy_px=steady)

    def _reach(self, rows: Rows, numbers: Rows, at_us: Int64Array) -> Rows:
        """(M,) how many sightings on either side lie about one."""
        about = numbers[:, None] + np.arange(-_MOST_EACH_SIDE, _MOST_EACH_SIDE + 1)
        apart_us = np.abs(self._at_us[rows[:, None], about % self._at_us.shape[1]] - at_us[:, None])
        near = (apart_us <= AROUND_US) & (about >= 0) & (about < self._seen[rows, None])
        before, after = near[:, :_MOST_EACH_SIDE].sum(axis=1), near[:, _MOST_EACH_SIDE + 1 :].sum(axis=1)
        reach: Rows = np.minimum(before, after)
        return reach

    def _make_room(self) -> None:
        """Twice as much for each."""
        room = self._at_us.shape[1]
        numbers = self._seen[:, None] - 1 - np.arange(room)
        each = np.arange(len(numbers))[:, None]
        boxes, at_us = np.zeros((len(numbers), 2 * room, 4)), np.zeros((len(numbers), 2 * room), np.int64)
        boxes[each, numbers % (2 * room)] = self._boxes[each, numbers % room]
        at_us[each, numbers % (2 * room)] = self._at_us[each, numbers % room]
        self._boxes, self._at_us = boxes, at_us
