"""Whether traffic stands in the lanes, in a jam or at a light, so that whoever stands among it is no offender."""

import math
from dataclasses import dataclass
from datetime import datetime

import shapely

from domain.camera import CameraConfig, ZoneKind
from domain.instants import seconds_between
from domain.scene import Scene
from domain.timeline import SignalState
from domain.track import Track
from rules.kit.standing import box_size_px, centre, contact_norm

FLOWED_WITHIN_S = 15.0
"""Somebody of its kind drove past so lately: traffic flows, and who stands has stopped by himself."""

_LOOK_BACK_S = 2.0
_DRIVES_SIZES = 1.5  # over that time; who creeps in a queue goes less
_STANDS_SIZES = 0.2
_LONGEST_STEP_S = 2.0
_CAR = "car"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vehicle:
    track_id: int
    is_car: bool
    went_sizes: float


class JamWatch:
    """Looks at the camera's lanes, picture by picture.

    One other vehicle that stands is enough where nobody drives past: it may be the head of a queue.

    Args:
        camera: its lanes.
        signal_id: of the signal for which vehicles wait there; None: there is none.
    """

    def __init__(self, camera: CameraConfig, signal_id: str | None) -> None:
        self._lanes = shapely.union_all(
            [shapely.Polygon(zone.polygon_norm) for zone in camera.zones if zone.kind == ZoneKind.LANE]
        )
        shapely.prepare(self._lanes)
        self._signal_id = signal_id
        self._is_held = False
        self._now: datetime | None = None
        self._step_s = 0.0
        self._standing: tuple[_Vehicle, ...] = ()
        self._car_drove_at: datetime | None = None
        self._any_drove_at: datetime | None = None

    def step(self, scene: Scene) -> None:
        """Take in one scene."""
        self._step_s = 0.0 if self._now is None else min(seconds_between(self._now, scene.at), _LONGEST_STEP_S)
        self._now = scene.at
        self._is_held = (
            self._signal_id is not None and scene.signal_at(self._signal_id, scene.at).state != SignalState.GREEN
        )
        vehicles = self._vehicles(scene)
        self._standing = tuple(one for one in vehicles if one.went_sizes <= _STANDS_SIZES)
        driving = [one for one in vehicles if one.went_sizes >= _DRIVES_SIZES]
        if driving:
            self._any_drove_at = scene.at
        if any(one.is_car for one in driving):
            self._car_drove_at = scene.at

    def lasted_s(self, vehicle_kind: str, track_id: int | None) -> float:
        """How much of the time since the scene before a vehicle may have had to stand: all of it or nothing.

        Args:
            vehicle_kind: of the catalogue; motorcycles get through where cars stand.
            track_id: its own track, which is not one of the others.
        """
        others_stand = any(one.track_id != track_id for one in self._standing)
        drove_at = self._car_drove_at if vehicle_kind == _CAR else self._any_drove_at
        flows = drove_at is not None and self._now is not None and _within(drove_at, self._now)
        return self._step_s if self._is_held or (others_stand and not flows) else 0.0

    def _vehicles(self, scene: Scene) -> list[_Vehicle]:
        """The vehicles in the lanes that were seen for long enough to say how they go."""
        seen = [track for track in scene.tracks if track.observed and track.vehicle_kind is not None]
        if not seen:
            return []
        places = [contact_norm(track.newest.box_xyxy_px, scene.resolution_wh) for track in seen]
        inside = shapely.intersects_xy(self._lanes, [x for x, _ in places], [y for _, y in places])
        return [
            _Vehicle(track_id=track.track_id, is_car=track.vehicle_kind == _CAR, went_sizes=went)
            for track, is_inside in zip(seen, inside, strict=True)
            if is_inside and (went := _went_sizes(track)) is not None
        ]


def _within(earlier: datetime, now: datetime) -> bool:
    return seconds_between(earlier, now) <= FLOWED_WITHIN_S


def _went_sizes(track: Track) -> float | None:
    """How far it went lately, in sizes of its box; None where it was not seen for so long."""
    newest = track.newest
    for point in reversed(track.points):
        if seconds_between(point.at, newest.at) >= _LOOK_BACK_S:
            way_px = math.dist(centre(point.box_xyxy_px), centre(newest.box_xyxy_px))
            return way_px / box_size_px(newest.box_xyxy_px)
    return None
