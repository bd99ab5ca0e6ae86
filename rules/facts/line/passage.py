"""One vehicle's crossing of a stop line, as seen: from the last sightings before it to the newest ones beyond."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, pairwise
from statistics import median

from domain.geometry import PointPx
from domain.instants import seconds_between
from rules.facts.line.measures import CrossingMeasures
from rules.facts.line.sighting import Sighting
from rules.facts.road_user import RoadUser

MAX_PAST = 512
_MIN_STOP_SIGHTINGS = 4
_STOP_SMEAR_S = 0.5  # steadying makes a stop seem so much longer
_MOVING_WINDOW_S = 1.0
_LEAST_MOVING_S = 0.5
_LEAP_STEPS = 6
_LEAP_TIMES = 3.0  # what the vehicle did in the steps before
_LEAP_BOX_HEIGHTS = 0.06
_ASPECT_CHANGE = 0.85
_TOP_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The vehicle stood over the line."""

    first: Sighting
    confirmed: Sighting  # the sighting that made the stop long enough
    advance: float  # how far its front stood beyond the line at least, in box heights: the median


@dataclass(slots=True, kw_only=True)
class Passage:
    """A crossing in the making; bounded."""

    user: RoadUser  # under its newest track
    track_ids: tuple[int, ...]  # of the same vehicle one after another; the last one is the user's
    label_share: float  # of the track that is least sure of the class
    crossing_at: datetime  # the earliest at which the front can have been at the line, between two sightings
    gap_s: float  # between those two sightings
    height_px: float  # of the box at the crossing: the measure of every advance
    jitter_heights: float  # how far the track's bounding boxes shake by themselves
    before: tuple[Sighting, ...]  # wholly before the line, oldest first, at least one
    stood_earlier_at: datetime | None = None  # over the line, before it went back and crossed again
    past: deque[Sighting] = field(default_factory=lambda: deque(maxlen=MAX_PAST))
    stop: Stop | None = None
    cut: deque[bool] = field(default_factory=lambda: deque(maxlen=MAX_PAST))  # of each, whether it looks cut
    rolled_back_at: datetime | None = None
    turned_round: bool = False  # it came back beside the line's ends
    blocked_by: int = 0  # the most that stood just beyond the line, one of them straight ahead, as it crossed
    closed: bool = False  # nothing will be added: turned back, taken over by another object, or lost
    lost: bool = False  # its track ended
    whole_before: Sighting = field(init=False)  # the newest of ``before`` whose bounding box shows all of the vehicle

    def __post_init__(self) -> None:
        self.whole_before = _newest_whole(self.before)

    @property
    def key(self) -> str:
        """Its name among the camera's crossings of this line."""
        return f"{self.track_ids[0]}:{self.crossing_at.isoformat(timespec='milliseconds')}"

    def unseen_s(self, now: datetime) -> float:
        """How long it has not been seen."""
        return seconds_between(self.past[-1].at, now)

    def advance(self, sighting: Sighting) -> float:
        """How far the front lies beyond the line at least, in box heights: between the one at the line and its own."""
        return sighting.past_px / math.sqrt(self.height_px * sighting.height_px)

    def surely_crossed_at(self, by: Sighting) -> datetime:
        """When the front was at the line at the latest, between two sightings, for one that lies beyond it."""
        way = [item for item in (self.before[-1], *self.past) if item.at <= by.at]
        index = next((number for number in range(len(way) - 1, -1, -1) if way[number].past_px < 0), None)
        if index is None or index == len(way) - 1:
            return self.crossing_at
        last, beyond = way[index], way[index + 1]
        share = -last.past_px / (beyond.past_px - last.past_px)
        return last.at + timedelta(seconds=share * seconds_between(last.at, beyond.at))

    def add(self, sighting: Sighting, measures: CrossingMeasures) -> None:
        """Take in a sighting beyond (or back over) the line."""
        self.past.append(sighting)
        self.cut.append(looks_cut(self.whole_before, sighting))
        if self.stop is None:
            self.stop = self._stop_at(sighting, measures)

    def _stop_at(self, sighting: Sighting, measures: CrossingMeasures) -> Stop | None:
        """The stop that a sighting makes long enough: the newest stretch of ``stop_s`` in one place, over the line."""
        since = sighting.at - timedelta(seconds=measures.stop_s + _STOP_SMEAR_S)
        stretch = _stretch(self.past, since) if self.past[0].at <= since else []
        if len(stretch) < _MIN_STOP_SIGHTINGS:
            return None
        cut = islice(reversed(self.cut), len(stretch))
        whole = [item for item, is_cut in zip(reversed(stretch), cut, strict=True) if not is_cut][::-1]
        if len(whole) < max(_MIN_STOP_SIGHTINGS, len(stretch) / 2):
            return None
        if math.hypot(*self._moved(whole)) > measures.stop_radius_box_heights / 2:
            return None
        if any(seconds_between(one.at, other.at) > measures.max_gap_s for one, other in pairwise(stretch)):
            return None
        advance = median(self.advance(item) for item in whole)
        if advance < max(measures.over_line_margin_box_heights, self.jitter_heights):
            return None
        shown = [item for item in whole if item.raw_past_px > 0] or whole
        return Stop(first=shown[0], confirmed=shown[-1], advance=advance)

    def _moved(self, stretch: Sequence[Sighting]) -> PointPx:
        """How far from the older half of a stretch to the newer one, in box heights.

        Medians of halves: neither one stray bounding box nor one that is repeated makes a motion or hides it.
        """
        half = len(stretch) // 2
        (x0, y0), (x1, y1) = _middle(stretch[:half]), _middle(stretch[-half:])
        return ((x1 - x0) / self.height_px, (y1 - y0) / self.height_px)

    def moving_at(self, sighting: Sighting, measures: CrossingMeasures) -> bool:
        """Whether the vehicle moves on, not back, at a sighting, judged by the second before it.

        A gap makes the stretch longer: it lasts half a second at least.
        """
        seen = [item for item in (*self.before, *self.past) if item.at <= sighting.at]
        stretch = [item for item in seen if seconds_between(item.at, sighting.at) <= _MOVING_WINDOW_S]
        if seconds_between(stretch[0].at, sighting.at) < _LEAST_MOVING_S and len(seen) > len(stretch):
            stretch = seen[-len(stretch) - 1 :]
        if len(stretch) < 2:  # noqa: PLR2004 - motion lies between two
            return False
        (x, y), half = self._moved(stretch), len(stretch) // 2
        span_s = _middle_s(stretch[-half:], stretch[0].at) - _middle_s(stretch[:half], stretch[0].at)
        least = max(measures.moving_box_heights_per_s * span_s, self.jitter_heights)
        on = median(item.past_px for item in stretch[-half:]) - median(item.past_px for item in stretch[:half])
        return math.hypot(x, y) >= least and on >= -measures.moving_box_heights_per_s * span_s * self.height_px


def _newest_whole(sightings: Sequence[Sighting]) -> Sighting:
    """The newest sighting whose bounding box has the shape that most of them have: none of it is covered."""
    usual = median(item.height_px / item.width_px for item in sightings)
    return next(
        (
            item
            for item in reversed(sightings)
            if abs(math.log(item.height_px / item.width_px / usual)) <= -math.log(_ASPECT_CHANGE)
        ),
        sightings[-1],
    )


def without_leap(sightings: list[Sighting]) -> list[Sighting]:
    """Sightings without the last one where it leaps: nothing came after it that could put it right."""
    if len(sightings) < _LEAP_STEPS:
        return sightings
    steps = [
        math.dist(one.contact_px, other.contact_px) / max(seconds_between(one.at, other.at), 1e-3) / other.height_px
        for one, other in pairwise(sightings[-_LEAP_STEPS:])
    ]
    span_s = seconds_between(sightings[-2].at, sightings[-1].at)
    leaps = steps[-1] * span_s > _LEAP_TIMES * median(steps[:-1]) * span_s + _LEAP_BOX_HEIGHTS
    return sightings[:-1] if leaps else sightings


def _stretch(sightings: Sequence[Sighting], since: datetime) -> list[Sighting]:
    """The newest sightings, as few as reach back to an instant."""
    stretch: list[Sighting] = []
    for item in reversed(sightings):
        stretch.append(item)
        if item.contact.at <= since:
            break
    return stretch[::-1]


def _middle(part: Sequence[Sighting]) -> PointPx:
    """Median place in pixels."""
    return (median(item.contact_px[0] for item in part), median(item.contact_px[1] for item in part))


def _middle_s(part: Sequence[Sighting], start: datetime) -> float:
    """Median time in seconds since a start."""
    return median(seconds_between(start, item.at) for item in part)


def looks_cut(before: Sighting, after: Sighting) -> bool:
    """Whether only the box's lower edge moved: something stands before the vehicle, or two grew into one.

    A vehicle that drives moves with its upper edge too, and in perspective its width shrinks as its height does.

    Args:
        before: a sighting before the line.
        after: a sighting beyond it.
    """
    height_ratio = after.height_px / before.height_px
    width_ratio = after.width_px / before.width_px
    reshaped = abs(math.log(height_ratio / width_ratio)) > -math.log(_ASPECT_CHANGE)
    moved_px = after.edge_past_px - before.edge_past_px
    sideways_px = abs(after.contact_px[0] - before.contact_px[0]) + abs(after.contact_px[1] - before.contact_px[1])
    top_px = abs(after.top_past_px - before.top_past_px)
    return reshaped and top_px < _TOP_SHARE * moved_px and sideways_px < 2 * moved_px
