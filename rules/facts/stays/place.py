"""Where a vehicle stands, as its bounding boxes say together: one box jitters, windows of seconds do not."""

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np

from domain.geometry import BoxPx
from domain.instants import seconds_between
from rules.kit.stays.standing import SIDES, box_size_px, centre, covered_share, is_part_of, off_sizes

SAME_PLACE_SIZES = 0.13  # a box whose edges are farther off is not this vehicle, whatever its track is called
_MOST_PLACE_SIZES = 0.18
_NEAR_SIZES = 0.2  # a box that reaches farther out than any tolerance shows somebody else; quickly seen
_USUAL_TIMES = 2.5
_ORIGIN_BOXES, _ORIGIN_APART_S = 30, 0.4  # boxes that follow closely share their errors, so they are spread over ...
_NEWEST_BOXES, _NEWEST_APART_S = 30, 0.2  # ... so many seconds
_SLID_SIZES = 0.07
_SLID_USUAL_TIMES = 1.4
_MOST_SLID_SIZES = 0.11
_LEAST_AREA_RATIO = 0.5
_PART_FIT = 0.5
_SAME_SIDE_SIZES = 0.04  # a side of the box that is found again may be off by so much, or by ...
_SAME_SIDE_JITTERS = 3.0  # ... so many times its usual deviation, and never by more than ...
_MOST_SIDE_SIZES = 0.12  # ... this


@dataclass(kw_only=True)
class Place:
    """The place of one vehicle; lengths in sizes of its box. Bounded, plain values only."""

    origin: list[BoxPx] = field(default_factory=list)  # the first boxes: they never change
    origin_at: datetime | None = None  # the last of them
    newest: list[BoxPx] = field(default_factory=list)  # the newest ones of the whole vehicle
    newest_at: datetime | None = None

    def add(self, box: BoxPx, at: datetime) -> bool:
        """Take in a sighting; returns whether it shows the whole vehicle and nothing else."""
        if self.newest and not self.shows_whole(box):
            return False
        if len(self.origin) < _ORIGIN_BOXES and _apart(self.origin_at, at, _ORIGIN_APART_S):
            self.origin.append(box)
            self.origin_at = at
            self._forget("first_px", "first_size_px")
        if _apart(self.newest_at, at, _NEWEST_APART_S):
            self.newest = [*self.newest, box][-_NEWEST_BOXES:]
            self.newest_at = at
            self._forget("now_px")
        return True

    def rescale(self, x: float, y: float) -> None:
        """The picture's size has changed by these factors: the place stays the same on the road."""
        self.origin = [_scaled(box, x, y) for box in self.origin]
        self.newest = [_scaled(box, x, y) for box in self.newest]
        self._forget("first_px", "first_size_px", "now_px")

    def _forget(self, *names: str) -> None:
        for name in (*names, "_usual_now", "has_slid"):
            self.__dict__.pop(name, None)

    @cached_property
    def first_px(self) -> BoxPx:
        """Where it came to stand: the median of its first boxes."""
        return median_box(self.origin)

    @cached_property
    def first_size_px(self) -> float:
        """The measure of distances about it."""
        return box_size_px(self.first_px)

    @cached_property
    def now_px(self) -> BoxPx:
        """Where it stands: the median of its newest boxes."""
        return median_box(self.newest)

    @cached_property
    def _usual_now(self) -> float:
        return statistics.median(off_sizes(box, self.now_px) for box in self.newest)

    @property
    def tolerance_sizes(self) -> float:
        """How far the edges of a box may be off that shows this vehicle: by how much its own boxes jitter."""
        return min(max(SAME_PLACE_SIZES, _USUAL_TIMES * self._usual_now), _MOST_PLACE_SIZES)

    @cached_property
    def has_slid(self) -> bool:
        """Whether its newest boxes together lie elsewhere than its first: it went over to a neighbour, or it moved."""
        if len(self.newest) < _NEWEST_BOXES:
            return False
        off = off_sizes(self.now_px, self.first_px)
        return off > _SLID_SIZES and (off > _MOST_SLID_SIZES or off > _SLID_USUAL_TIMES * self._usual_now)

    def looks_like(self, boxes: Sequence[BoxPx]) -> bool:
        """Whether boxes seen after nobody saw the vehicle are just like its own before: no neighbour, no successor.

        Each side's median is compared with its own, by how much its boxes jitter.
        """
        before, after = self.now_px, median_box(boxes)
        size_px = box_size_px(before)
        for side in SIDES:
            jitter_px = statistics.median(abs(box[side] - before[side]) for box in self.newest)
            allowed_px = max(_SAME_SIDE_SIZES * size_px, _SAME_SIDE_JITTERS * jitter_px)
            if abs(before[side] - after[side]) > min(allowed_px, _MOST_SIDE_SIZES * size_px):
                return False
        return True

    def shows_whole(self, box: BoxPx) -> bool:
        """Whether a box shows the whole vehicle and nothing else."""
        place = self.first_px
        off_px = max(abs(box[0] - place[0]), abs(box[2] - place[2]), abs(box[3] - place[3]))
        off = off_px / self.first_size_px
        return off <= SAME_PLACE_SIZES or (off <= _MOST_PLACE_SIZES and off <= self.tolerance_sizes)

    def fit(self, box: BoxPx) -> float:
        """How well a box fits the place, 0 where it cannot be this vehicle; a part of the vehicle is enough."""
        if not self._is_near(box):
            return 0.0
        if self.shows_whole(box):
            return 1.0 - off_sizes(box, self.now_px)
        may_be_part = is_part_of(box, self.first_px, _MOST_PLACE_SIZES)
        return _PART_FIT if may_be_part and is_part_of(box, self.first_px, self.tolerance_sizes) else 0.0

    def _is_near(self, box: BoxPx) -> bool:
        place = self.first_px
        reach_px = _NEAR_SIZES * self.first_size_px
        return box[0] >= place[0] - reach_px and box[2] <= place[2] + reach_px and box[3] <= place[3] + reach_px

    def moved_sizes(self, box: BoxPx) -> float:
        """How far a box lies from where the vehicle came to stand."""
        return math.dist(centre(box), centre(self.first_px)) / self.first_size_px

    def outside(self, box: BoxPx) -> bool:
        """Whether less than half of a box lies where the vehicle came to stand."""
        return covered_share(box, self.first_px) < _LEAST_AREA_RATIO


def near_pairs(places: Sequence[Place], boxes: Sequence[BoxPx]) -> Iterator[tuple[int, int]]:
    """Which places and boxes may fit at all, by their numbers: of most pairs of a street their edges tell."""
    if not places or not boxes:
        return
    first = np.array([place.first_px for place in places])[:, None, :]
    seen = np.array(boxes)[None, :, :]
    sizes = np.sqrt(np.maximum(first[..., 2] - first[..., 0], 1.0) * np.maximum(first[..., 3] - first[..., 1], 1.0))
    reach = _NEAR_SIZES * sizes
    near = (
        (seen[..., 0] >= first[..., 0] - reach)
        & (seen[..., 2] <= first[..., 2] + reach)
        & (seen[..., 3] <= first[..., 3] + reach)
    )
    numbers, columns = np.nonzero(near)
    yield from zip(numbers.tolist(), columns.tolist(), strict=True)


def median_box(boxes: Iterable[BoxPx]) -> BoxPx:
    """The median of each side of at least one box."""
    x1, y1, x2, y2 = (statistics.median(column) for column in zip(*boxes, strict=True))
    return (x1, y1, x2, y2)


def _apart(before: datetime | None, at: datetime, least_s: float) -> bool:
    return before is None or seconds_between(before, at) >= least_s - 0.001


def _scaled(box: BoxPx, x: float, y: float) -> BoxPx:
    return (box[0] * x, box[1] * y, box[2] * x, box[3] * y)
