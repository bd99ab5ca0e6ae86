"""The stays in a camera's zones: begun, carried on whatever the tracks are called, and ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from domain.geometry import SizeWh
from domain.instants import seconds_between
from domain.seen.scene import Scene
from domain.seen.track import Track
from rules.facts.stays.claims import TAKES_PLACE_SIZES, TOLD_SIZES, Standing, claim, is_known, overlap, without_slide
from rules.facts.stays.drawn_zones import DrawnZones
from rules.facts.stays.place import near_pairs
from rules.facts.stays.presence import (
    EXCHANGE_S,
    StayLimits,
    came_anew,
    has_left,
    is_away,
    is_replaced,
    look_at_places,
    may_be,
)
from rules.facts.stays.stay import KeptStays, Stay
from rules.kit.stays.standing import (
    PathMemory,
    contact_norm,
    newer_points,
    off_sizes,
    standing_points,
    went_step_by_step,
)

REFUSED_LEFT = "left_before_threshold"  # it was seen to leave in time
REFUSED_LOST = "lost_before_threshold"  # not seen again for so long that nobody knows whether it stayed
REFUSED_REPLACED = "replaced_before_threshold"  # another vehicle stands in its place
REFUSED_PICTURE_CHANGED = "picture_changed_before_threshold"  # the picture's size changed
REFUSED_SLID = "slid_before_threshold"  # its newest boxes are of another place than its first: a neighbour's, perhaps
REFUSED_NOT_WATCHED = "not_watched_before_threshold"  # the box was down for too long, or the picture was frozen

_CARRIER_BONUS = 0.05
_BESIDE_S = 10.0
_MAX_STAYS = 500


@dataclass(slots=True, kw_only=True)
class StayChanges:
    """What a scene changed."""

    begun: list[Stay] = field(default_factory=list)
    ended: list[tuple[Stay, str]] = field(default_factory=list)  # with the reason


class StayBook:
    """Follows every standing vehicle of chosen places.

    Args:
        limits: what counts as what.
        zones: in which standing is judged.
    """

    def __init__(self, limits: StayLimits, zones: DrawnZones) -> None:
        self._limits = limits
        self._zones = zones
        self._stays: list[Stay] = []
        self._resolution_wh: SizeWh | None = None
        self._paths = PathMemory()
        self._seen_until: datetime | None = None

    @property
    def stays(self) -> tuple[Stay, ...]:
        """Stays that are not over, oldest first."""
        return tuple(self._stays)

    def stands_apart(self, stay: Stay, now: datetime) -> bool:
        """Whether every vehicle that stands in nearly the same place is seen beside it: the two are not one."""
        return all(
            other is stay
            or other.seen_now
            or seconds_between(other.last.at, now) > _BESIDE_S
            or not overlap(stay, other)
            for other in self._stays
        )

    def keep(self) -> JsonValue:
        """The stays as plain values."""
        if self._resolution_wh is None:
            return None
        kept = KeptStays(resolution_wh=self._resolution_wh, stays=self._stays)
        document: JsonValue = kept.model_dump(mode="json")
        return document

    def resume(self, kept: JsonValue, *, since: datetime, at: datetime) -> StayChanges:
        """Go on with kept stays whose place still counts; the span in which nobody looked stands in each of them.

        Raises:
            ValueError: they cannot be read.
        """
        changes = StayChanges()
        if kept is None:
            return changes
        read = KeptStays.model_validate(kept)
        self._resolution_wh = read.resolution_wh
        gap_s = seconds_between(since, at)
        for stay in read.stays:
            # whether there is a case of it is the camera's to know, not ours
            stay.carrier_id, stay.left_at, stay.seen_now, stay.told = None, None, False, False
            stay.free_s, stay.missed_s = 0.0, 0.0
            stay.zone_ids = self._zones.at(stay.place_norm)
            if not stay.zone_ids:
                continue
            if gap_s > self._limits.sighting_gap_s:
                stay.not_watched(since, at)
            if 0 <= gap_s <= self._limits.survive_restart_s:
                self._stays.append(stay)
                changes.begun.append(stay)
            else:
                changes.ended.append((stay, REFUSED_NOT_WATCHED))
        return changes

    def step(self, scene: Scene, *, begin_from: datetime | None) -> StayChanges:
        """Take in one scene.

        Args:
            scene: newer than every one before.
            begin_from: new stays count from then on at the earliest; None: none begins.
        """
        changes = self._fit_to_picture(scene.resolution_wh)
        vehicles = [track for track in scene.tracks if track.observed and track.vehicle_kind is not None]
        vehicles.sort(key=lambda track: (track.newest.box_xyxy_px, track.track_id))
        for stay in self._stays:
            stay.seen_now = False
        self.end_where(lambda stay: not stay.told and stay.place.has_slid, REFUSED_SLID, changes)
        self._paths.update(track for track in scene.tracks if track.vehicle_kind is not None)
        free = self._carry_on(vehicles, scene)
        self.end_where(lambda stay: is_replaced(stay, free, scene.at, self._limits), REFUSED_REPLACED, changes)
        standing = self._take_up(free, scene.resolution_wh)
        look_at_places(self._stays, scene, self._seen_until, self._limits)
        self._seen_until = scene.at
        if begin_from is not None:
            for item in standing:
                self._begin(item, scene, begin_from, changes)
        self.end_where(lambda stay: has_left(stay, scene.at, self._limits), REFUSED_LEFT, changes)
        self.end_where(lambda stay: self._is_lost(stay, scene.at), REFUSED_LOST, changes)
        return changes

    def end_where(self, is_over: Callable[[Stay], bool], reason: str, changes: StayChanges) -> None:
        """End stays; they are added to the changes."""
        over = [stay for stay in self._stays if is_over(stay)]
        if over:
            self._stays = [stay for stay in self._stays if not any(stay is one for one in over)]
            changes.ended += [(stay, reason) for stay in over]

    def _fit_to_picture(self, resolution_wh: SizeWh) -> StayChanges:
        """Where the picture's size has changed, told stays are carried over and untold ones begin again."""
        changes = StayChanges()
        old_wh, self._resolution_wh = self._resolution_wh, resolution_wh
        if old_wh is None or old_wh == resolution_wh:
            return changes
        self.end_where(lambda stay: not stay.told, REFUSED_PICTURE_CHANGED, changes)
        for stay in self._stays:
            stay.place.rescale(resolution_wh[0] / old_wh[0], resolution_wh[1] / old_wh[1])
        return changes

    def _carry_on(self, vehicles: Sequence[Track], scene: Scene) -> list[Track]:
        """Each stay seen just now goes on with the box that fits it best, whatever its track is called."""
        fits = sorted(
            (
                (-fit, stay.first.at, stay.key, index)
                for number, index in near_pairs(
                    [stay.place for stay in self._stays], [track.newest.box_xyxy_px for track in vehicles]
                )
                for stay, track in ((self._stays[number], vehicles[index]),)
                if (fit := self._fit_now(stay, track, scene.at)) > 0
            ),
        )
        by_key = {stay.key: stay for stay in self._stays}
        taken: set[int] = set()
        for _, _, key, index in fits:
            stay = by_key[key]
            if index not in taken and not stay.seen_now:
                taken.add(index)
                track = vehicles[index]
                own = stay.carrier_id == track.track_id
                newer = newer_points(track, stay.last.at) if own else (track.newest,)
                fitting = [point for point in newer if stay.place.fit(point.box_xyxy_px) > 0]
                stay.see(track, fitting, self._limits.sighting_gap_s)
        by_id = {track.track_id: track for track in vehicles}
        for stay in self._stays:
            carrier = by_id.get(stay.carrier_id) if stay.carrier_id is not None else None
            if (
                not stay.seen_now
                and stay.left_at is None
                and carrier is not None
                and is_away(stay, carrier.newest.box_xyxy_px, self._limits)
            ):
                steps = [point for point in carrier.points if point.at > stay.last.at]
                at_once = seconds_between(stay.last.at, steps[0].at) <= self._limits.sighting_gap_s
                boxes = [stay.last.box_xyxy_px, *(point.box_xyxy_px for point in steps)]
                if at_once and went_step_by_step(boxes):
                    stay.left_at = scene.at
        return [track for index, track in enumerate(vehicles) if index not in taken]

    def _fit_now(self, stay: Stay, track: Track, now: datetime) -> float:
        """How well a box shows a stay that was seen just now; tracks in a row of vehicles change their ids."""
        unseen_s = seconds_between(stay.last.at, now)
        if stay.carrier_id == track.track_id:
            if not stay.told and unseen_s > EXCHANGE_S:
                return 0.0  # trackers keep the name of a place: it may be the next vehicle's by now
            fit = 0.0 if came_anew(stay, track, self._limits) else stay.place.fit(track.newest.box_xyxy_px)
            return fit + _CARRIER_BONUS if fit else 0.0
        fit = stay.place.fit(track.newest.box_xyxy_px)
        return fit if fit > 0 and unseen_s <= self._limits.sighting_gap_s and may_be(stay, track) else 0.0

    def _mattering(self, tracks: Sequence[Track], resolution_wh: SizeWh) -> list[Track]:
        """The tracks that are where a stay may begin, or in the place of one that is not seen now.

        Whether any other stands is not looked at: that costs most of what a street full of parked vehicles costs.
        """
        unseen = [stay.place for stay in self._stays if not stay.seen_now]
        boxes = [track.newest.box_xyxy_px for track in tracks]
        inside = self._zones.hold([contact_norm(box, resolution_wh) for box in boxes])
        return [
            track
            for track, box, is_inside in zip(tracks, boxes, inside, strict=True)
            if is_inside or any(place.fit(box) > 0 or off_sizes(box, place.now_px) <= TOLD_SIZES for place in unseen)
        ]

    def _take_up(self, free: Sequence[Track], resolution_wh: SizeWh) -> list[Standing]:
        """Standing tracks take up unseen stays of their very place; returns the standing tracks that do not."""
        limits = self._limits
        carried: dict[int, datetime] = {}
        for stay in self._stays:
            if stay.carrier_id is not None:
                carried[stay.carrier_id] = max(stay.last.at, carried.get(stay.carrier_id, stay.last.at))
        standing = [
            Standing(
                track=track,
                points=points,
                arrived=self._paths.came_from_elsewhere(track, limits.leave_distance_sizes),
            )
            for track in self._mattering(free, resolution_wh)
            if (
                points := standing_points(
                    track,
                    after=carried.get(track.track_id),
                    radius_sizes=limits.still_radius_sizes,
                    least_s=limits.settle_s,
                    gap_s=limits.sighting_gap_s,
                )
            )
        ]
        claims = sorted(
            (
                (-fit, stay.first.at, stay.key, index)
                for index, item in enumerate(standing)
                for stay in self._stays
                if (fit := claim(stay, item, limits)) > 0
            ),
        )
        by_key = {stay.key: stay for stay in self._stays}
        taken: set[int] = set()
        for _, _, key, index in claims:
            stay = by_key[key]
            if index not in taken and not stay.seen_now:
                newer = [point for point in standing[index].points if point.at > stay.last.at]
                stay.see(standing[index].track, newer, limits.sighting_gap_s)
                taken.add(index)
        return [item for index, item in enumerate(standing) if index not in taken]

    def _begin(self, item: Standing, scene: Scene, begin_from: datetime, changes: StayChanges) -> None:
        """A new stay, if the vehicle stands where it counts and is not one that is known already."""
        place = contact_norm(item.box, scene.resolution_wh)
        zone_ids = self._zones.at(place)
        if not zone_ids or len(self._stays) >= _MAX_STAYS:
            return
        if any(is_known(stay, item, scene.at) for stay in self._stays):
            return
        points = [point for point in without_slide(item.points) if point.at >= begin_from]
        if not points:
            return

        def gives_way(stay: Stay) -> bool:
            return not stay.seen_now and off_sizes(item.box, stay.place.now_px) <= TAKES_PLACE_SIZES

        self.end_where(gives_way, REFUSED_REPLACED, changes)
        first, track = points[0], item.track
        x_norm, y_norm = contact_norm(first.box_xyxy_px, scene.resolution_wh)
        stay = Stay(
            key=f"{x_norm:.4f},{y_norm:.4f}:{first.at.isoformat(timespec='milliseconds')}",
            zone_ids=zone_ids,
            place_norm=place,
            carrier_id=track.track_id,
            first=first,
            last=first,
            shown=first,
        )
        stay.see(track, points, self._limits.sighting_gap_s)
        self._stays.append(stay)
        changes.begun.append(stay)

    def _is_lost(self, stay: Stay, now: datetime) -> bool:
        longest_s = self._limits.survive_loss_s if stay.told else self._limits.max_unseen_s
        return stay.unseen_s(now) > longest_s
