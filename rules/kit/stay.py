"""One vehicle's stay in one place: anchored to the place, shown by one track after another."""

import math
import statistics
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.geometry import BoxPx, PointNorm
from domain.instants import seconds_between
from domain.track import VEHICLE_KIND_OF_LABEL, Track, TrackPoint
from rules.kit.standing import box_size_px, centre, covered_share, is_part_of, off_sizes

ANCHOR_BOXES = 15
SAME_PLACE_SIZES = 0.13  # a box whose edges are farther off is not this vehicle, whatever its track is called
SLID_SIZES = 0.07
_ORIGIN_BOXES = 25
_ORIGIN_APART_S = 0.2
_MAX_TRACK_IDS = 50
_MAX_BLIND_SPANS = 8
_LEAST_AREA_RATIO = 0.5
_PART_FIT = 0.5
_SLID_USUAL_TIMES = 1.2
_USUAL_TIMES = 2.5
_MOST_PLACE_SIZES = 0.18
_SAME_SIDE_SIZES = 0.04  # a side of the box that is found again may be off by so much, or by ...
_SAME_SIDE_JITTERS = 3.0  # ... so many times its usual deviation, and never by more than ...
_MOST_SIDE_SIZES = 0.12  # ... this


@dataclass(slots=True, kw_only=True)
class Stay:
    """What is known of a stay; bounded, plain values only: it can be written down and read again."""

    key: str
    zone_id: str
    place_norm: PointNorm  # where it touched the ground at first
    carrier_id: int | None  # the track that shows it, or did last; None: of an earlier process
    first: TrackPoint
    last: TrackPoint  # the last sighting, perhaps of a part of the vehicle
    shown: TrackPoint  # the last sighting of the whole vehicle
    observed_s: float = 0.0
    longest_gap_s: float = 0.0
    sightings: int = 0
    origin: list[BoxPx] = field(default_factory=list)  # the first boxes: the place, which never moves
    origin_at: datetime | None = None  # the newest of them
    boxes: deque[BoxPx] = field(default_factory=lambda: deque(maxlen=ANCHOR_BOXES))  # the newest whole ones
    votes: dict[str, float] = field(default_factory=dict)  # by class, one of each time it was seen
    all_votes: float = 0.0
    track_ids: list[int] = field(default_factory=list)
    blind: list[tuple[datetime, datetime]] = field(default_factory=list)  # spans in which nobody looked
    seen_now: bool = False  # in the scene just processed
    left_at: datetime | None = None  # its track was seen to leave then; not yet believed
    told: bool = False

    @property
    def label(self) -> str:
        """Its class, by vote over all its tracks; the later in the alphabet of equals."""
        return max(self.votes.items(), key=lambda item: (item[1], item[0]))[0]

    @property
    def label_share(self) -> float:
        """Share of the vote that the class won, in (0, 1]."""
        return self.votes[self.label] / self.all_votes

    @property
    def vehicle_kind(self) -> str:
        """The violation catalogue's word for it."""
        return VEHICLE_KIND_OF_LABEL[self.label]

    @property
    def dwell_s(self) -> float:
        """From the first sighting to the last one of the whole vehicle."""
        return seconds_between(self.first.at, self.shown.at)

    @property
    def observed_share(self) -> float:
        """Share of the dwell in which sightings followed one another closely."""
        return min(1.0, self.observed_s / self.dwell_s) if self.dwell_s > 0 else 1.0

    @property
    def place_px(self) -> BoxPx:
        """Where it came to stand: the median of its first boxes."""
        return median_box(self.origin)

    @property
    def anchor_px(self) -> BoxPx:
        """Where it stands: the median of its newest boxes."""
        return median_box(self.boxes)

    @property
    def tolerance_sizes(self) -> float:
        """How far the edges of a box may be off that shows this vehicle: by how much its own boxes jitter."""
        place = self.place_px
        usual = statistics.median(off_sizes(box, place) for box in self.boxes)
        return min(max(SAME_PLACE_SIZES, _USUAL_TIMES * usual), _MOST_PLACE_SIZES)

    @property
    def has_slid(self) -> bool:
        """Whether its newest boxes together lie elsewhere than its first: it went over to a neighbour, or it moved."""
        if len(self.boxes) < ANCHOR_BOXES:
            return False
        place = self.place_px
        usual = statistics.median(off_sizes(box, self.anchor_px) for box in self.boxes)
        return off_sizes(self.anchor_px, place) > max(SLID_SIZES, _SLID_USUAL_TIMES * usual)

    def looks_like(self, boxes: Sequence[BoxPx]) -> bool:
        """Whether boxes seen after nobody saw the vehicle are just like its own before: no neighbour, no successor.

        Each side's median is compared with its own, by how much its boxes jitter.
        """
        before, after = self.anchor_px, median_box(boxes)
        size_px = box_size_px(before)
        for side in (0, 2, 3):
            jitter_px = statistics.median(abs(box[side] - before[side]) for box in self.boxes)
            allowed_px = max(_SAME_SIDE_SIZES * size_px, _SAME_SIDE_JITTERS * jitter_px)
            if abs(before[side] - after[side]) > min(allowed_px, _MOST_SIDE_SIZES * size_px):
                return False
        return True

    def see(self, track: Track, points: Iterable[TrackPoint], gap_limit_s: float) -> None:
        """Take in sightings that are newer than the last one.

        Args:
            track: that shows them; it carries the stay from now on.
            points: oldest first.
            gap_limit_s: a longer span between two sightings counts as not observed.
        """
        self.carrier_id = track.track_id
        self.left_at = None
        self.votes[track.label] = self.votes.get(track.label, 0.0) + track.label_share
        self.all_votes += 1.0
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
            if not self.boxes or self._whole(point.box_xyxy_px):
                self.shown = point
                self.boxes.append(point.box_xyxy_px)
                if len(self.origin) < _ORIGIN_BOXES and self._is_next_origin(point.at):
                    self.origin.append(point.box_xyxy_px)
                    self.origin_at = point.at
            self.seen_now = True

    def _is_next_origin(self, at: datetime) -> bool:
        """Boxes that follow closely share their errors, so the place is made of some that lie apart."""
        return self.origin_at is None or seconds_between(self.origin_at, at) >= _ORIGIN_APART_S

    def _whole(self, box: BoxPx) -> bool:
        """Whether a box shows the whole vehicle and nothing else, so that it says something of the place."""
        return off_sizes(box, self.place_px) <= self.tolerance_sizes

    def fit(self, box: BoxPx) -> float:
        """How well a box fits the place, 0 where it cannot be this vehicle; a part of the vehicle is enough."""
        place = self.place_px
        tolerance = self.tolerance_sizes
        if off_sizes(box, place) <= tolerance:
            return 1.0 - off_sizes(box, self.anchor_px)
        return _PART_FIT if is_part_of(box, place, tolerance) else 0.0

    def moved_sizes(self, box: BoxPx) -> float:
        """How far a box lies from where the vehicle came to stand, in sizes of its box."""
        place = self.place_px
        return math.dist(centre(box), centre(place)) / box_size_px(place)

    def outside(self, box: BoxPx) -> bool:
        """Whether less than half of a box lies where the vehicle came to stand."""
        return covered_share(box, self.place_px) < _LEAST_AREA_RATIO

    def not_watched(self, since: datetime, until: datetime) -> None:
        """Nobody looked in this span, and track ids begin anew."""
        self.blind = [*self.blind, (since, until)][-_MAX_BLIND_SPANS:]

    def rescale(self, x: float, y: float) -> None:
        """The picture's size has changed by these factors: the place stays the same on the road."""
        self.origin = [_scaled(box, x, y) for box in self.origin]
        self.boxes = deque((_scaled(box, x, y) for box in self.boxes), maxlen=ANCHOR_BOXES)


def median_box(boxes: Iterable[BoxPx]) -> BoxPx:
    """The median of each side of at least one box."""
    x1, y1, x2, y2 = (statistics.median(column) for column in zip(*boxes, strict=True))
    return (x1, y1, x2, y2)


def _scaled(box: BoxPx, x: float, y: float) -> BoxPx:
    return (box[0] * x, box[1] * y, box[2] * x, box[3] * y)
