"""One vehicle's stay in one place: anchored to the place, carried by one track after another."""

import math
import statistics
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.geometry import BoxPx, PointNorm, box_iou
from domain.instants import seconds_between
from domain.track import Track, TrackPoint
from rules.kit.standing import box_size_px, centre, covered_share

_ANCHOR_BOXES = 15
_MAX_TRACK_IDS = 50
_LEAST_AREA_RATIO = 0.5
_LEAST_CUT_AREA_RATIO = 0.3
_WITHIN = 0.85


@dataclass(slots=True, kw_only=True)
class Stay:
    """What is known of a stay; bounded."""

    key: str
    zone_id: str
    place_norm: PointNorm  # where it touched the ground at first
    origin_px: BoxPx  # where it came to stand
    vehicle_kind: str
    carrier: Track  # the track that shows it, or did last
    first: TrackPoint
    last: TrackPoint
    observed_s: float = 0.0
    longest_gap_s: float = 0.0
    sightings: int = 0
    boxes: deque[BoxPx] = field(default_factory=lambda: deque(maxlen=_ANCHOR_BOXES))
    track_ids: list[int] = field(default_factory=list)
    seen_now: bool = False  # in the scene just processed
    left_at: datetime | None = None  # its track was seen to leave then; not yet believed
    told: bool = False

    @property
    def dwell_s(self) -> float:
        """From the first to the last sighting."""
        return seconds_between(self.first.at, self.last.at)

    @property
    def observed_share(self) -> float:
        """Share of the dwell in which sightings followed one another closely."""
        return min(1.0, self.observed_s / self.dwell_s) if self.dwell_s > 0 else 1.0

    @property
    def anchor_px(self) -> BoxPx:
        """Where it stands: the median of its newest boxes."""
        columns = tuple(zip(*self.boxes, strict=True))
        x1, y1, x2, y2 = (statistics.median(column) for column in columns)
        return (x1, y1, x2, y2)

    def see(self, track: Track, points: Iterable[TrackPoint], gap_limit_s: float) -> None:
        """Take in sightings that are newer than the last one.

        Args:
            track: that shows them; it carries the stay from now on.
            points: oldest first.
            gap_limit_s: a longer span between two sightings counts as not observed.
        """
        self.carrier = track
        self.left_at = None
        if track.track_id not in self.track_ids and len(self.track_ids) < _MAX_TRACK_IDS:
            self.track_ids.append(track.track_id)
        for point in points:
            gap_s = seconds_between(self.last.at, point.at)
            if gap_s < 0 or (gap_s == 0 and self.sightings):
                continue
            if gap_s <= gap_limit_s:
                self.observed_s += gap_s
            self.longest_gap_s = max(self.longest_gap_s, gap_s)
            self.last = point
            self.sightings += 1
            if not self.boxes or not self._cut(point.box_xyxy_px):
                self.boxes.append(point.box_xyxy_px)
            self.seen_now = True

    def _cut(self, box: BoxPx) -> bool:
        """Whether a box shows only a part of the vehicle, so that it says nothing of the place."""
        anchor = self.anchor_px
        return _area_px(box) < _LEAST_AREA_RATIO * _area_px(anchor) and covered_share(box, anchor) >= _WITHIN

    def fit(self, box: BoxPx, *, own: bool) -> float:
        """How well a box fits the place, 0 where it cannot be this vehicle.

        Args:
            box: of another sighting.
            own: it is of the very track that carries the stay, so a part of the vehicle is enough.
        """
        anchor = self.anchor_px
        ratio = _area_px(box) / _area_px(anchor)
        within = covered_share(box, anchor) >= _WITHIN
        if own and within and ratio >= _LEAST_CUT_AREA_RATIO:
            return max(box_iou(box, anchor), _LEAST_AREA_RATIO)
        if not _LEAST_AREA_RATIO <= ratio <= 1 / _LEAST_AREA_RATIO:
            return 0.0
        return box_iou(box, anchor)

    def moved_sizes(self, box: BoxPx) -> float:
        """How far a box lies from where the vehicle came to stand, in sizes of its box."""
        return math.dist(centre(box), centre(self.origin_px)) / box_size_px(self.origin_px)

    def outside(self, box: BoxPx) -> bool:
        """Whether less than half of a box lies where the vehicle came to stand."""
        return covered_share(box, self.origin_px) < _LEAST_AREA_RATIO

    def copy(self) -> "Stay":
        """The same stay, apart from this one."""
        return replace(self, boxes=deque(self.boxes, _ANCHOR_BOXES), track_ids=list(self.track_ids), seen_now=False)

    def rescale(self, x: float, y: float) -> None:
        """The picture's size has changed by these factors: the place stays the same on the road."""
        self.origin_px = _scaled(self.origin_px, x, y)
        self.boxes = deque((_scaled(box, x, y) for box in self.boxes), maxlen=_ANCHOR_BOXES)


def _scaled(box: BoxPx, x: float, y: float) -> BoxPx:
    return (box[0] * x, box[1] * y, box[2] * x, box[3] * y)


def _area_px(box: BoxPx) -> float:
    return max((box[2] - box[0]) * (box[3] - box[1]), 1.0)
