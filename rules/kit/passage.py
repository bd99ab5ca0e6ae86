"""One vehicle's crossing of a stop line, as seen: from the last sightings before it to the newest ones beyond."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.instants import seconds_between
from domain.track import Track
from rules.kit.crossing_parameters import CrossingParameters
from rules.kit.sighting import Sighting

MAX_PAST = 512
_MIN_STOP_SIGHTINGS = 3
_MOVING_WINDOW_S = 1.0
_ASPECT_CHANGE = 0.75
_TOP_SHARE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The vehicle stood over the line."""

    first: Sighting
    confirmed: Sighting  # the sighting that made the stop long enough


@dataclass(slots=True, kw_only=True)
class Passage:
    """A crossing in the making; bounded."""

    track: Track  # as last seen
    crossing_at: datetime  # interpolated between the sightings on both sides
    gap_s: float  # between those two sightings
    height_px: float  # of the box at the crossing: the measure of every advance
    before: tuple[Sighting, ...]  # wholly before the line, oldest first, at least one
    past: deque[Sighting] = field(default_factory=lambda: deque(maxlen=MAX_PAST))
    stop: Stop | None = None
    resting_since: list[Sighting] = field(default_factory=list)
    rolled_back_at: datetime | None = None
    judged: bool = False  # its verdict has been told

    def advance(self, sighting: Sighting) -> float:
        """How far a sighting lies beyond the line, in box heights."""
        return sighting.past_px / self.height_px

    def add(self, sighting: Sighting, parameters: CrossingParameters) -> None:
        """Take in a sighting beyond (or back over) the line."""
        self.past.append(sighting)
        self._watch_for_stop(sighting, parameters)

    def _watch_for_stop(self, sighting: Sighting, parameters: CrossingParameters) -> None:
        if self.advance(sighting) < parameters.over_line_margin_box_heights:
            self.resting_since = []
            return
        rest = self.resting_since
        stands = (
            rest
            and self.distance(rest[0], sighting) <= parameters.stop_radius_box_heights
            and seconds_between(rest[-1].at, sighting.at) <= parameters.lost_after_s
        )
        if not stands:
            self.resting_since = [sighting]
            return
        self.resting_since = [rest[0], *rest[1:2], sighting]
        long_enough = seconds_between(rest[0].at, sighting.at) >= parameters.stop_s
        if self.stop is None and long_enough and len(self.resting_since) >= _MIN_STOP_SIGHTINGS:
            self.stop = Stop(first=rest[0], confirmed=sighting)

    def distance(self, one: Sighting, other: Sighting) -> float:
        """How far apart two sightings touch the ground, in box heights."""
        return math.dist(one.contact_px, other.contact_px) / self.height_px

    def moving_at(self, sighting: Sighting, parameters: CrossingParameters) -> bool:
        """Whether the vehicle moves on, not back, at a sighting, judged by the second before it."""
        earlier = self._seen_before(sighting)
        if earlier is None:
            return False
        span_s = seconds_between(earlier.at, sighting.at)
        fast_enough = self.distance(earlier, sighting) >= parameters.moving_box_heights_per_s * span_s
        back = earlier.past_px - sighting.past_px
        return fast_enough and back <= parameters.moving_box_heights_per_s * span_s * self.height_px

    def _seen_before(self, sighting: Sighting) -> Sighting | None:
        """The oldest sighting of the second before another one, or the last before that second."""
        start = sighting.at - timedelta(seconds=_MOVING_WINDOW_S)
        older = [item for item in (*self.before, *self.past) if item.at < sighting.at]
        within = [item for item in older if item.at >= start]
        if within:
            return within[0]
        return older[-1] if older else None


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
    moved_px = after.past_px - before.past_px
    sideways_px = abs(after.contact_px[0] - before.contact_px[0]) + abs(after.contact_px[1] - before.contact_px[1])
    top_px = abs(after.top_past_px - before.top_past_px)
    return reshaped and top_px < _TOP_SHARE * moved_px and sideways_px < 2 * moved_px


def moments_for(
    before: Sequence[Sighting], candidates: Sequence[Sighting], apart_s: float
) -> tuple[Sighting, Sighting] | None:
    """The two sightings that show the act: the latest before and the earliest beyond that lie far enough apart.

    Args:
        before: sightings wholly before the line with red shown, oldest first.
        candidates: sightings far enough beyond it with red still shown, oldest first.
        apart_s: least time between the two.

    Returns:
        (before, after), None where no two lie so far apart.
    """
    if not before or not candidates:
        return None
    for after in candidates:
        if seconds_between(before[-1].at, after.at) >= apart_s:
            return before[-1], after
    last = candidates[-1]
    earlier = [item for item in before if seconds_between(item.at, last.at) >= apart_s]
    return (earlier[-1], last) if earlier else None
