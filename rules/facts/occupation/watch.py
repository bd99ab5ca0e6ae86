"""Finds and follows the occupied places of a camera's zones, by things of a class and by changed ground."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import shapely
from pydantic import JsonValue, TypeAdapter, ValidationError

from domain.camera import CameraConfig, Zone, ZoneKind
from domain.geometry import SizeWh, box_iou
from domain.instants import HUE_TIME, seconds_between
from domain.seen.looks import SurfaceReading
from domain.seen.scene import Scene
from rules.facts.ground_plane import GroundPlane
from rules.facts.occupation.free_width import free_width
from rules.facts.occupation.occupation import (
    LOOKED_GAP_S,
    SURFACE,
    BoxNorm,
    Occupation,
    Presence,
    common_share,
)
from rules.facts.occupation.sightings import (
    Around,
    Item,
    around_all,
    around_of,
    groups_of,
    is_attended,
    is_doubtful,
    norm_of,
    stands,
)
from rules.facts.occupation.together import (
    SEEN_SHARE,
    TOUCHES_SHARE,
    changed_in,
    grow,
    is_new,
    is_of,
    note_inside,
    note_melted,
)
from rules.kit.stays.standing import hidden_share

THINGS: Final = frozenset({"chair", "table", "bench", "umbrella", "cart"})
"""Classes that may stand on a pavement; a network that knows no carts tells none."""

CLEARED_AFTER_S: Final = 90.0
"""A place is cleared when it was seen free for so long, nobody before it."""

_FREE_SHARE = 0.1  # of a place that may be covered when it is free
_HIDDEN_SHARE = 0.5  # of a place that people or vehicles hide: nothing is known of it then
_VEHICLE_IN_PLACE_SHARE = 0.3
_FITS_IOU = 0.4
_PERMITTED_SHARE = 0.5
_SHORT_S = 120.0  # shorter presences are forgotten when they are not seen for ...
_FORGET_SHORT_S = 300.0
_FORGET_UNSEEN_S = 7200.0  # what stands there after so long is looked at afresh
_MOST = 64


class OccupationWatch:
    """All occupied places of one camera.

    Args:
        camera: its zones; what lies in zones of kind ``permitted_use`` is left out.
        zone_ids: in which occupied places are looked for.
    """

    def __init__(self, camera: CameraConfig, zone_ids: frozenset[str]) -> None:
        self._zones = tuple(zone for zone in camera.zones if zone.id in zone_ids)
        self._polygons = {zone.id: shapely.Polygon(zone.polygon_norm) for zone in self._zones}
        permitted = [zone for zone in camera.zones if zone.kind is ZoneKind.PERMITTED_USE]
        self._permitted = shapely.union_all([shapely.Polygon(zone.polygon_norm) for zone in permitted])
        self._occupations: list[Occupation] = []
        self._read_at: dict[str, datetime] = {}
        self._newest: datetime | None = None

    def step(self, scene: Scene, plane: GroundPlane) -> tuple[Occupation, ...]:
        """Take in one scene.

        Returns:
            All places that are known, oldest first.
        """
        for occupation in self._occupations:
            occupation.seen_now = occupation.cleared_now = False
        self._occupations = [one for one in self._occupations if not _is_over(one, scene.at)]
        if self._zones:
            around = around_of(scene)
            for zone in self._zones:
                self._look(zone, scene, plane, around)
        self._newest = scene.at
        return tuple(self._occupations)

    def keep(self) -> JsonValue:
        """The places, as plain values."""
        kept: JsonValue = _KEPT.dump_python(self._occupations, mode="json")
        return kept

    def resume(self, kept: JsonValue) -> None:
        """Go on with the places of a predecessor; the time in which nobody looked is a gap.

        Raises:
            ValueError: they cannot be read.
        """
        try:
            occupations = _KEPT.validate_python(kept)
        except ValidationError as error:
            raise ValueError(f"occupied places cannot be read: {error.error_count()} faults") from error
        for occupation in occupations:
            occupation.seen_now = occupation.cleared_now = False
            occupation.free_looked_at = None
        self._occupations = [one for one in occupations if one.zone_id in self._polygons]

    def _look(self, zone: Zone, scene: Scene, plane: GroundPlane, around: Around) -> None:
        reading = self._new_reading(zone, scene)
        things = [item for item in self._things(zone, scene) if not self._is_permitted(item.box_norm)]
        changed, doubtful = self._changes(reading, scene.resolution_wh, around)
        items = [*things, *changed]
        places = self._grown(zone, items, scene.at)
        for occupation in places:
            self._see_vehicle(occupation, scene.at, around)
            own = [item for item in items if is_of(item, occupation, scene.at)]
            covered = hidden_share(occupation.place_norm, [item.box_norm for item in own])
            is_open = reading is not None and reading.known and _is_open(occupation, doubtful, around)
            if covered >= SEEN_SHARE:
                _see(occupation, own, scene.at, around)
                occupation.presence.unchanged_looks += is_open and not changed_in(occupation, changed)
                occupation.free_width = free_width(plane, zone, occupation.box_px(scene.resolution_wh))
            elif reading is not None and reading.known:
                _see_free(occupation, scene.at, is_free=is_open and covered <= _FREE_SHARE)
        taken = [one for one in places if one.seen_now or one.cleared_at is None]  # what is cleared may hold a new one
        free = [item for item in items if not any(is_of(item, one, scene.at) for one in taken)]
        for group in groups_of(free):
            self._begin(zone, group, scene, plane, around)
        if reading is not None and reading.known:
            note_melted(places, changed)
        note_inside(places)

    def _grown(self, zone: Zone, items: Sequence[Item], at: datetime) -> list[Occupation]:
        """The zone's places; a new one that has grown up to another is a part of that one."""
        places = sorted(
            (one for one in self._occupations if one.zone_id == zone.id),
            key=lambda one: (one.presence.began_at, one.key),
        )
        kept: list[Occupation] = []
        for place in places:
            if is_new(place, at):
                grow(place, items)
                standing = [one for one in kept if one.cleared_at is None]
                if any(common_share(place.place_norm, one.place_norm) >= TOUCHES_SHARE for one in standing):
                    self._occupations.remove(place)
                    continue
            kept.append(place)
        return kept

    def _begin(self, zone: Zone, items: Sequence[Item], scene: Scene, plane: GroundPlane, around: Around) -> None:
        """A place that was not known before."""
        if len(self._occupations) >= _MOST:
            return
        begun = _begun(zone, items, scene.at)
        _see(begun, items, scene.at, around)
        begun.free_width = free_width(plane, zone, begun.box_px(scene.resolution_wh))
        self._occupations.append(begun)

    def _new_reading(self, zone: Zone, scene: Scene) -> SurfaceReading | None:
        """The zone's reading, the first time it is seen."""
        reading = scene.surfaces.get(zone.id)
        if reading is None or reading.at == self._read_at.get(zone.id):
            return None
        self._read_at[zone.id] = reading.at
        return reading

    def _things(self, zone: Zone, scene: Scene) -> list[Item]:
        polygon = self._polygons[zone.id]
        items = []
        for track in scene.tracks:
            if not track.observed or track.label not in THINGS or not stands(track):
                continue
            box = norm_of(track.newest.box_xyxy_px, scene.resolution_wh)
            if shapely.intersects_xy(polygon, (box[0] + box[2]) / 2, box[3]):
                share = float(shapely.box(*box).intersection(polygon).area / polygon.area)
                items.append(Item(box_norm=box, label=track.label, share_of_zone=share))
        return sorted(items, key=lambda item: (item.box_norm, item.label))

    def _changes(
        self, reading: SurfaceReading | None, resolution_wh: SizeWh, around: Around
    ) -> tuple[list[Item], list[BoxNorm]]:
        """The changed parts of the ground, and those of which nothing is sure now."""
        sure: list[Item] = []
        doubtful: list[BoxNorm] = []
        for change in () if reading is None else reading.changes:
            box = norm_of(change.box_xyxy_px, resolution_wh)
            if self._is_permitted(box):
                continue
            if is_doubtful(change, box, around):
                doubtful.append(box)
            else:
                sure.append(Item(box_norm=box, label=SURFACE, share_of_zone=change.share_of_zone))
        return sorted(sure, key=lambda item: item.box_norm), doubtful

    def _is_permitted(self, box: BoxNorm) -> bool:
        shape = shapely.box(*box)
        return bool(shape.area > 0 and self._permitted.intersection(shape).area >= _PERMITTED_SHARE * shape.area)

    def _see_vehicle(self, occupation: Occupation, at: datetime, around: Around) -> None:
        """A vehicle that stands in the place, or is found just there now and then, may be all that is seen there."""
        if any(box_iou(occupation.place_norm, box) >= _FITS_IOU for box in around.vehicles):
            occupation.presence.vehicle_fits += 1
        step_s = 0.0 if self._newest is None else seconds_between(self._newest, at)
        if step_s <= LOOKED_GAP_S and hidden_share(occupation.place_norm, around.standing_vehicles) >= (
            _VEHICLE_IN_PLACE_SHARE
        ):
            occupation.presence.vehicle_s += step_s


def _is_open(occupation: Occupation, doubtful: Sequence[BoxNorm], around: Around) -> bool:
    """Whether a look would have shown what is in the place."""
    return (
        hidden_share(occupation.place_norm, around.hiding) < _HIDDEN_SHARE
        and hidden_share(occupation.place_norm, doubtful) <= _FREE_SHARE
    )


def _begun(zone: Zone, items: Sequence[Item], at: datetime) -> Occupation:
    box = around_all(items)
    where = f"{(box[0] + box[2]) / 2:.4f},{box[3]:.4f}"
    return Occupation(
        key=f"place:{zone.id}:{where}:{at.isoformat(timespec='milliseconds')}",
        zone_id=zone.id,
        place_norm=box,
        box_norm=box,
        presence=Presence(began_at=at, seen_at=at),
        share_of_zone=0.0,
    )


def _see(occupation: Occupation, items: Sequence[Item], at: datetime, around: Around) -> None:
    """A look shows the place occupied."""
    if occupation.cleared_at is not None:
        occupation.presence = Presence(began_at=at, seen_at=at)
        occupation.came_back += 1
        occupation.cleared_at, occupation.surface = None, False
    pieces: Mapping[str, int] = Counter(item.label for item in items if item.label != SURFACE)
    occupation.presence.see(at, pieces, attended=is_attended(occupation, around))
    occupation.surface = occupation.surface or any(item.label == SURFACE for item in items)
    occupation.share_of_zone = min(1.0, sum(item.share_of_zone for item in items))
    occupation.box_norm = around_all(items)
    occupation.free_since, occupation.free_s, occupation.free_looked_at = None, 0.0, None
    occupation.seen_now = True


def _see_free(occupation: Occupation, at: datetime, *, is_free: bool) -> None:
    """The ground was read and nothing is seen in the place; free for long enough, nobody before it, it is cleared."""
    if occupation.cleared_at is not None:
        return
    if not is_free:
        occupation.free_looked_at = None
        return
    if occupation.free_since is None:
        occupation.free_since = at
    if occupation.free_looked_at is not None:
        step_s = seconds_between(occupation.free_looked_at, at)
        occupation.free_s += step_s if step_s <= LOOKED_GAP_S else 0.0
    occupation.free_looked_at = at
    if occupation.free_s >= CLEARED_AFTER_S:
        occupation.cleared_at, occupation.cleared_now = occupation.free_since, True


def _is_over(occupation: Occupation, now: datetime) -> bool:
    """Whether a place will not be asked for any more: passed by, long unseen, or of an earlier day."""
    seen_at = occupation.presence.seen_at
    unseen_s = seconds_between(seen_at, now)
    if occupation.came_back == 0 and occupation.presence.lasted_s < _SHORT_S:
        return unseen_s > _FORGET_SHORT_S or occupation.cleared_at is not None
    if occupation.cleared_at is None:
        return unseen_s > _FORGET_UNSEEN_S
    return seen_at.astimezone(HUE_TIME).date() != now.astimezone(HUE_TIME).date()


_KEPT: Final = TypeAdapter(list[Occupation])
