"""Whether traffic stands in the lanes, in a jam or at a light, so that whoever stands among it is no offender."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import shapely

from domain.camera import CameraConfig, ZoneKind
from domain.geometry import PointNorm, PointPx, SizeWh, bottom_centre
from domain.instants import seconds_between
from domain.seen.scene import Scene
from domain.seen.timeline import SignalState
from domain.seen.track import Track
from rules.facts.stays.stay import Stay
from rules.kit.stays.standing import box_size_px, centre, contact_norm

FLOWED_WITHIN_S = 15.0
"""Somebody of its kind drove past so lately: traffic flows, and who stands has stopped by himself."""

LONGEST_STEP_S = 15.0
"""What happened between two pictures that lie farther apart is not known: that time counts for nobody."""

_LOOK_BACK_S = 2.0
_DRIVES_SIZES = 1.5  # over that time; who creeps in a queue goes less
_STANDS_SIZES = 0.2
_SAME_WAY = 0.5  # cosine of the angle between a lane's direction and the way of those who drive in it
_CAR = "car"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vehicle:
    track_id: int
    is_car: bool
    came_from_px: PointPx  # where it touched the ground some two seconds ago
    now_px: PointPx
    went_sizes: float  # from there to here, in sizes of its box


@dataclass(slots=True, kw_only=True)
class _Passed:
    """When somebody last drove past one stay."""

    car_at: datetime | None = None
    any_at: datetime | None = None


class JamWatch:
    """Looks at the camera's lanes, picture by picture.

    One other vehicle that stands is enough where nobody drives past: it may be the head of a queue. Who closes up
    behind, or drives the other way, drives past nobody.

    Args:
        camera: its lanes.
        signal_id: of the signal for which vehicles wait there; None: there is none.
    """

    def __init__(self, camera: CameraConfig, signal_id: str | None) -> None:
        lanes = [zone for zone in camera.zones if zone.kind == ZoneKind.LANE]
        self._lanes = shapely.union_all([shapely.Polygon(zone.polygon_norm) for zone in lanes])
        shapely.prepare(self._lanes)
        self._directed = [(shapely.Polygon(zone.polygon_norm), zone.direction_norm) for zone in lanes]
        self._signal_id = signal_id
        self._is_held = False
        self._now: datetime | None = None
        self._step_s = 0.0
        self._standing: tuple[_Vehicle, ...] = ()
        self._passed: dict[str, _Passed] = {}

    def step(self, scene: Scene, stays: Sequence[Stay]) -> None:
        """Take in one scene, and the stays that are not over."""
        self._step_s = 0.0 if self._now is None else seconds_between(self._now, scene.at)
        self._now = scene.at
        self._is_held = (
            self._signal_id is not None and scene.signal_at(self._signal_id, scene.at).state != SignalState.GREEN
        )
        vehicles = self._vehicles(scene)
        self._standing = tuple(one for one in vehicles if one.went_sizes <= _STANDS_SIZES)
        driving = [one for one in vehicles if one.went_sizes >= _DRIVES_SIZES]
        self._passed = {stay.key: self._passed.get(stay.key) or _Passed() for stay in stays}
        for stay in stays if driving else ():
            past = [one for one in driving if one.track_id != stay.carrier_id and self._drove_past(one, stay, scene)]
            if past:
                self._passed[stay.key].any_at = scene.at
            if any(one.is_car for one in past):
                self._passed[stay.key].car_at = scene.at

    def lasted_s(self, stay: Stay) -> float:
        """How much of the time since the scene before a vehicle may have had to stand: all of it or nothing.

        Args:
            stay: one of those of the last step; motorcycles get through where cars stand.
        """
        if self._is_held or self._step_s > LONGEST_STEP_S:
            return self._step_s
        others_stand = any(one.track_id != stay.carrier_id for one in self._standing)
        passed = self._passed[stay.key]
        drove_at = passed.car_at if stay.vehicle_kind == _CAR else passed.any_at
        flows = drove_at is not None and self._now is not None and _within(drove_at, self._now)
        return self._step_s if others_stand and not flows else 0.0

    def _drove_past(self, vehicle: _Vehicle, stay: Stay, scene: Scene) -> bool:
        """Whether a vehicle that drives was behind a stay a moment ago, and is level with it or ahead of it now."""
        (x0, y0), (x1, y1) = vehicle.came_from_px, vehicle.now_px
        way_px = math.dist((x0, y0), (x1, y1))
        x, y = bottom_centre(stay.place.now_px)
        if way_px == 0 or not (x0 - x) * (x1 - x0) + (y0 - y) * (y1 - y0) < 0:
            return False
        if (x1 - x) * (x1 - x0) + (y1 - y) * (y1 - y0) < 0:
            return False
        lawful = self._direction_at(stay.place_norm, scene.resolution_wh)
        return lawful is None or (x1 - x0) * lawful[0] + (y1 - y0) * lawful[1] >= _SAME_WAY * way_px

    def _direction_at(self, place: PointNorm, resolution_wh: SizeWh) -> PointPx | None:
        """The unit vector in which traffic goes in the lane that is nearest to a place; None where none is drawn."""
        _, direction = min(self._directed, key=lambda lane: float(lane[0].distance(shapely.Point(place))))
        if direction is None:
            return None
        (x0, y0), (x1, y1) = ((x * resolution_wh[0], y * resolution_wh[1]) for x, y in direction)
        length = math.dist((x0, y0), (x1, y1))
        return ((x1 - x0) / length, (y1 - y0) / length)

    def _vehicles(self, scene: Scene) -> list[_Vehicle]:
        """The vehicles in the lanes that were seen for long enough to say how they go; a detector may miss a moment."""
        seen = [
            track
            for track in scene.tracks
            if track.vehicle_kind is not None and seconds_between(track.last_seen_at, scene.at) <= _LOOK_BACK_S
        ]
        if not seen:
            return []
        places = [contact_norm(track.newest.box_xyxy_px, scene.resolution_wh) for track in seen]
        inside = shapely.intersects_xy(self._lanes, [x for x, _ in places], [y for _, y in places])
        return [
            vehicle
            for track, is_inside in zip(seen, inside, strict=True)
            if is_inside and (vehicle := _vehicle(track)) is not None
        ]


def _within(earlier: datetime, now: datetime) -> bool:
    return seconds_between(earlier, now) <= FLOWED_WITHIN_S


def _vehicle(track: Track) -> _Vehicle | None:
    """A track by how it went lately; None where it was not seen for so long."""
    newest = track.newest
    for point in reversed(track.points):
        if seconds_between(point.at, newest.at) >= _LOOK_BACK_S:
            way_px = math.dist(centre(point.box_xyxy_px), centre(newest.box_xyxy_px))
            return _Vehicle(
                track_id=track.track_id,
                is_car=track.vehicle_kind == _CAR,
                came_from_px=bottom_centre(point.box_xyxy_px),
                now_px=bottom_centre(newest.box_xyxy_px),
                went_sizes=way_px / box_size_px(newest.box_xyxy_px),
            )
    return None
