"""Which unseen stay a standing track continues, and whether it shows a vehicle whose stay is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.geometry import BoxPx
from domain.instants import seconds_between
from domain.seen.track import Track, TrackPoint
from rules.facts.stays.place import SAME_PLACE_SIZES, median_box
from rules.facts.stays.presence import EXCHANGE_S, OPEN_ENOUGH_S, StayLimits, came_anew, may_be
from rules.facts.stays.stay import Stay
from rules.kit.stays.standing import box_area_px, covered_share, is_part_of, off_sizes

_WINDOW_BOXES = 15
_SLID_SIZES = 0.07
TOLD_SIZES = 0.25  # what stands so near a place of which there is a case is that vehicle: a new light, a kicked stand
TAKES_PLACE_SIZES = 0.25
_TWIN_SIZES = 0.1
_COVERS = 0.9
_BESIDE_SIZES = 0.35
_COVERED_FOR_S = 30.0
_WAITS_S = 8.0  # so long a box near an unseen stay may still turn out to be its vehicle


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A track that stands and carries no stay."""

    track: Track
    points: tuple[TrackPoint, ...]  # since it stands
    arrived: bool  # it was seen to come from elsewhere

    @property
    def box(self) -> BoxPx:
        """Where it is now."""
        return self.track.newest.box_xyxy_px

    @property
    def since(self) -> datetime:
        """Since when it stands."""
        return self.points[0].at


def claim(stay: Stay, item: Standing, limits: StayLimits) -> float:
    """How well a standing track continues an unseen stay; 0 for a vehicle that was seen to come or is another.

    A stay that would still become a case takes only a box just like its own: between, two vehicles may have changed
    places. One of which there is a case is taken up sooner: nobody is accused by that.
    """
    if stay.seen_now or item.track.newest.at <= stay.last.at or not may_be(stay, item.track):
        return 0.0
    fit = stay.place.fit(item.box)
    if fit:
        newest = [point.box_xyxy_px for point in item.points if point.at > stay.last.at][-_WINDOW_BOXES:]
        fit = fit if stay.place.looks_like(newest) else 0.0
    if fit and seconds_between(stay.last.at, item.since) <= EXCHANGE_S:
        return fit  # whatever its track did: one cannot have left and another come so soon
    if stay.surely_gone(looks_like_it=fit > 0):
        return 0.0
    gone = stay.vacant or (stay.left_at is not None and stay.free_s >= OPEN_ENOUGH_S)
    if stay.told and fit and not (gone and item.arrived):
        return fit
    if _came_later(stay, item, limits):
        return 0.0
    off = off_sizes(item.box, stay.place.now_px)
    return 1.0 - off if stay.told and off <= TOLD_SIZES else fit


def is_known(stay: Stay, item: Standing, now: datetime) -> bool:
    """Whether a standing track shows a vehicle whose stay is known: a twin, a part of it, or it and a passer-by."""
    box, anchor = item.box, stay.place.now_px
    if not may_be(stay, item.track):
        return False
    if stay.seen_now:
        return off_sizes(box, anchor) <= _TWIN_SIZES
    came_later = item.arrived and item.since > stay.last.at
    if came_later or seconds_between(stay.last.at, now) > _COVERED_FOR_S:
        return False
    if covered_share(anchor, box) >= _COVERS and box_area_px(box) > box_area_px(anchor):
        return stay.left_at is None
    may_still_be_it = seconds_between(item.since, now) <= _WAITS_S
    near = off_sizes(box, anchor) <= TAKES_PLACE_SIZES or is_part_of(box, anchor, SAME_PLACE_SIZES)
    return may_still_be_it and near


def without_slide(points: Sequence[TrackPoint]) -> Sequence[TrackPoint]:
    """Leave out sightings that lie elsewhere than the newest: it still rolled, or the track slid from a neighbour."""
    here = median_box(point.box_xyxy_px for point in points[-_WINDOW_BOXES:])
    first = 0
    while len(points) - first > _WINDOW_BOXES:
        oldest = median_box(point.box_xyxy_px for point in points[first : first + _WINDOW_BOXES])
        if off_sizes(oldest, here) <= _SLID_SIZES:
            break
        first += _WINDOW_BOXES // 3
    return [point for point in points[first:] if off_sizes(point.box_xyxy_px, here) <= SAME_PLACE_SIZES]


def _came_later(stay: Stay, item: Standing, limits: StayLimits) -> bool:
    """Whether it was seen to come after the stay was seen last, or its track is the one that left."""
    if item.track.track_id == stay.carrier_id:
        return stay.left_at is not None or came_anew(stay, item.track, limits)
    return item.arrived and item.since > stay.last.at


def overlap(one: Stay, other: Stay) -> bool:
    """Whether two vehicles stand in nearly the same place."""
    return off_sizes(one.place.now_px, other.place.now_px) <= _BESIDE_SIZES
