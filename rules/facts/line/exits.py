"""By which way a vehicle left a junction, as far as that can be seen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import shapely

from domain.camera import CameraConfig, Line, Movement, Turn
from domain.geometry import Float64Array, PointNorm, SizeWh, side_of_line, to_px
from domain.instants import seconds_between
from rules.facts.line.measures import LineMeasures
from rules.facts.line.passage import Passage
from rules.facts.line.sighting import Sighting
from rules.kit.ground import MIN_POINTS, are_before_horizon, road_from_image, to_road

_HEADING_S = 1.0
_HEADING_M = 1.0
_HEADING_BOX_HEIGHTS = 0.12
_LEAST_SIGHTINGS = 2
_STRETCHES = 3  # as many least ways back, a vehicle that stands now came from there
_PASSED_SHARE = 0.75  # of an exit's mouth: what is left of it is too near for a turn into it
_MOUTH_DEPTH_SHARE = 0.35
_MOUTH_POINTS = 40
_BORDER_SHARE = 0.02  # of the picture: a bounding box that ends so near to its border is cut by it
_OUT_SHARE = 0.75  # less of the bounding box than this is left in the picture: its vehicle drives out of it
_MOUTH_SHARE = 0.4  # of a gate's length: so deep is the way out behind it
_LEAST_ANGLE = 0.3  # sine of that between a way and the stop line
_FAR = 100.0  # metres, or heights of the bounding box


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """One way out of the junction, for those who came over one stop line."""

    id: str  # of a zone or a movement; empty: none that is drawn
    signal: str | None  # that governs it; None: it may be taken on red
    mouth: shapely.Polygon | None = None  # where who takes it is seen, normalised; None: not drawn, or beside the line
    turns_round: bool = False  # back to where it came from


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysOut:
    """All of them at one stop line.

    Distances are metres on the road where the ground is calibrated, heights of the vehicle's bounding box elsewhere.
    """

    elsewhere: WayOut  # whatever is not drawn goes by the line's own signal
    drawn: tuple[WayOut, ...]
    road_from_image: Float64Array | None  # None: the ground is not calibrated
    along_line_norm: PointNorm  # from the stop line's one end to the other

    @classmethod
    def of(cls, camera: CameraConfig, line: Line, measures: LineMeasures) -> "WaysOut":
        """Those of a line: the zones that are named, and the movements that begin at its gate."""
        lawful = [_zone_way(camera, name, None) for name in measures.lawful_exit_zones]
        other = [_zone_way(camera, name, line.signal) for name in measures.other_exit_zones]
        moves = [_movement_way(camera, line, item) for item in camera.movements if item.from_gate == line.gate]
        return cls(
            elsewhere=WayOut(id="", signal=line.signal),
            drawn=(*lawful, *other, *moves),
            road_from_image=road_from_image(camera.ground_points) if len(camera.ground_points) >= MIN_POINTS else None,
            along_line_norm=_between(*line.points_norm),
        )

    @property
    def signals(self) -> tuple[str, ...]:
        """Every signal that governs a way, the line's own first."""
        return tuple(dict.fromkeys(way.signal for way in (self.elsewhere, *self.drawn) if way.signal is not None))

    @property
    def differ(self) -> bool:
        """Whether some way is governed otherwise than the rest."""
        return any(self._differs(way) for way in self.drawn)

    def possible(self, passage: Passage, resolution_wh: SizeWh) -> tuple[WayOut, ...]:
        """The ways by which a vehicle may have left, by its sightings beyond the line; one where that is known.

        Args:
            passage: its crossing with everything seen since.
            resolution_wh: of the picture.
        """
        if passage.turned_round:
            around = tuple(way for way in self.drawn if way.turns_round)
            return around or (self.elsewhere,)
        taken = [way for way in self.drawn if way.mouth and _was_in(way.mouth, passage.past, resolution_wh)]
        if taken:
            return (next((way for way in taken if self._differs(way)), taken[0]),)
        special = [way for way in self.drawn if self._differs(way)]
        path = [passage.before[-1], *passage.past]
        border = _left_over(path, resolution_wh)
        left = [
            way
            for way in special
            if way.mouth is None
            or (
                _reaches(way.mouth, border)
                if border is not None
                else way.turns_round or not self._is_left_behind(way.mouth, path, resolution_wh)
            )
        ]
        return (self.elsewhere, *left)

    def _differs(self, way: WayOut) -> bool:
        return way.signal != self.elsewhere.signal

    def _is_left_behind(self, polygon: shapely.Polygon, way: Sequence[Sighting], resolution_wh: SizeWh) -> bool:
        """Whether a vehicle has an exit's mouth behind it, by the way it went last, and does not head for the exit."""
        measured = self._measured(polygon, way, resolution_wh)
        if measured is None:
            return False
        places, zone, least_way, along_line = measured
        heading = _heading(places, way, least_way)
        if heading is not None and _meets(zone, places[-1], heading):
            return False
        went = heading or _went(places, least_way)
        return went is not None and _passed_share(zone, places[-1], went, along_line) >= _PASSED_SHARE

    def _measured(
        self, polygon: shapely.Polygon, way: Sequence[Sighting], resolution_wh: SizeWh
    ) -> tuple[list[PointNorm], shapely.Polygon, float, PointNorm | None] | None:
        """A way and an exit in metres or in heights of the newest bounding box, with the least way that has a heading.

        Last comes how the stop line goes in the picture; None on the road, where right angles are known.

        None where a part of the exit lies beyond what the calibration reaches.
        """
        width_px, height_px = resolution_wh
        contacts = [(item.contact_px[0] / width_px, item.contact_px[1] / height_px) for item in way]
        if self.road_from_image is None:
            unit_px = way[-1].height_px
            scale = (width_px / unit_px, height_px / unit_px)
            zone = shapely.Polygon([(x * scale[0], y * scale[1]) for x, y in polygon.exterior.coords])
            along_line = (self.along_line_norm[0] * scale[0], self.along_line_norm[1] * scale[1])
            return [(x * scale[0], y * scale[1]) for x, y in contacts], zone, _HEADING_BOX_HEIGHTS, along_line
        matrix = self.road_from_image
        corners = [(x, y) for x, y in polygon.exterior.coords]
        if not are_before_horizon(matrix, corners):
            return None
        zone = shapely.Polygon([to_road(matrix, corner) for corner in corners])
        return [to_road(matrix, contact) for contact in contacts], zone, _HEADING_M, None


def zone_polygon(camera: CameraConfig, zone_id: str | None) -> shapely.Polygon | None:
    """A zone of the camera as a polygon in normalised coordinates; None where there is none."""
    zone = camera.zone(zone_id) if zone_id is not None else None
    if zone is None:
        return None
    polygon = shapely.Polygon(zone.polygon_norm)
    shapely.prepare(polygon)
    return polygon


def _zone_way(camera: CameraConfig, zone_id: str, signal: str | None) -> WayOut:
    return WayOut(id=zone_id, signal=signal, mouth=zone_polygon(camera, zone_id))


def _movement_way(camera: CameraConfig, line: Line, movement: Movement) -> WayOut:
    gate = camera.line(movement.to_gate)
    return WayOut(
        id=movement.id,
        signal=None if movement.on_red else movement.signal or line.signal,
        mouth=None if gate is None else _behind(gate, camera.reference_still_wh),
        turns_round=movement.turn == Turn.AROUND,
    )


def _behind(gate: Line, resolution_wh: SizeWh) -> shapely.Polygon:
    """The way out behind a gate: on the side away from the junction, a part of the gate's length deep."""
    start, end = (to_px(point, resolution_wh) for point in gate.points_norm)
    side = side_of_line(start, end, to_px(gate.beyond_norm, resolution_wh))
    along = (end[0] - start[0], end[1] - start[1])
    outward = (along[1], -along[0]) if side > 0 else (-along[1], along[0])
    corners = [start, end, *((x + _MOUTH_SHARE * outward[0], y + _MOUTH_SHARE * outward[1]) for x, y in (end, start))]
    polygon = shapely.Polygon([(x / resolution_wh[0], y / resolution_wh[1]) for x, y in corners])
    shapely.prepare(polygon)
    return polygon


def _left_over(way: Sequence[Sighting], resolution_wh: SizeWh) -> int | None:
    """The picture's border over which a vehicle drove out of it: 0 left, 1 upper, 2 right, 3 lower; None: none.

    Most of its last bounding boxes is cut off by the border, against the newest one that no border cuts.
    """
    border = next((side for side in range(4) if _is_cut(way[-1], side, resolution_wh)), None)
    if border is None or len(way) < _LEAST_SIGHTINGS + 1:
        return None
    whole = next((item for item in reversed(way) if not _is_cut(item, border, resolution_wh)), None)
    if whole is None:
        return None
    axis = border % 2
    full_px = whole.box_xyxy_px[axis + 2] - whole.box_xyxy_px[axis]
    out = all(
        _is_cut(item, border, resolution_wh)
        and item.box_xyxy_px[axis + 2] - item.box_xyxy_px[axis] <= _OUT_SHARE * full_px
        for item in way[-_LEAST_SIGHTINGS:]
    )
    return border if out else None


def _is_cut(sighting: Sighting, border: int, resolution_wh: SizeWh) -> bool:
    """Whether a bounding box ends at a border of the picture."""
    extent_px = resolution_wh[border % 2]
    from_border_px = sighting.box_xyxy_px[border] if border < 2 else extent_px - sighting.box_xyxy_px[border]  # noqa: PLR2004 - 0 and 1 are low edges
    return from_border_px <= _BORDER_SHARE * extent_px


def _reaches(zone: shapely.Polygon, border: int) -> bool:
    """Whether a normalised zone goes on over a border of the picture."""
    edge = float(zone.bounds[border])
    return edge <= _BORDER_SHARE if border < 2 else edge >= 1 - _BORDER_SHARE  # noqa: PLR2004 - 0 and 1 are low edges


def _was_in(polygon: shapely.Polygon, past: Sequence[Sighting], resolution_wh: SizeWh) -> bool:
    """Whether a vehicle was seen in a zone, more than once."""
    xs = [item.contact_px[0] / resolution_wh[0] for item in past]
    ys = [item.contact_px[1] / resolution_wh[1] for item in past]
    return int(shapely.intersects_xy(polygon, xs, ys).sum()) >= _LEAST_SIGHTINGS


def _heading(places: Sequence[PointNorm], way: Sequence[Sighting], least_way: float) -> PointNorm | None:
    """The unit vector of the last second's way; None where it stood or only shook: then it heads nowhere."""
    recent = [
        place for place, item in zip(places, way, strict=True) if seconds_between(item.at, way[-1].at) <= _HEADING_S
    ]
    half = len(recent) // 2
    if half == 0:
        return None
    older, newer = recent[:half], recent[-half:]
    x, y = (median(place[axis] for place in newer) - median(place[axis] for place in older) for axis in (0, 1))
    length = math.hypot(x, y)
    return None if length < least_way else (x / length, y / length)


def _went(places: Sequence[PointNorm], least_way: float) -> PointNorm | None:
    """The unit vector by which a vehicle came to where it is; None where it never went anywhere."""
    x, y = places[-1]
    for from_x, from_y in reversed(places):
        length = math.dist((x, y), (from_x, from_y))
        if length >= _STRETCHES * least_way:
            return ((x - from_x) / length, (y - from_y) / length)
    return None


def _meets(zone: shapely.Polygon, start: PointNorm, heading: PointNorm) -> bool:
    """Whether a way, drawn on, meets a zone."""
    end = (start[0] + heading[0] * _FAR, start[1] + heading[1] * _FAR)
    return bool(shapely.intersects(zone, shapely.LineString([start, end])))


def _passed_share(zone: shapely.Polygon, place: PointNorm, heading: PointNorm, along_line: PointNorm | None) -> float:
    """How much of an exit's mouth, its side towards the vehicle's way, lies behind the vehicle.

    In a picture nobody knows what is at right angles on the road: there it lies behind when it does so as seen at right
    angles, and as seen along the stop line, whichever is less.
    """
    border = shapely.get_coordinates(shapely.segmentize(zone.exterior, zone.exterior.length / _MOUTH_POINTS))
    offsets = border - np.asarray(place)
    across = [(-heading[1], heading[0])]
    if along_line is not None:
        length = math.hypot(*along_line)
        across.append((along_line[0] / length, along_line[1] / length))
    return min(
        _behind_share(offsets, heading, one)
        for one in across
        if abs(heading[0] * one[1] - heading[1] * one[0]) >= _LEAST_ANGLE
    )


def _behind_share(offsets: Float64Array, heading: PointNorm, across: PointNorm) -> float:
    """The same for points by their offsets from the vehicle, as seen across its way in one direction."""
    ahead, aside = np.linalg.solve(np.column_stack([heading, across]), offsets.T)
    aside = np.abs(aside)
    mouth = ahead[aside <= aside.min() + _MOUTH_DEPTH_SHARE * (aside.max() - aside.min())]
    low, high = float(mouth.min()), float(mouth.max())
    return 1.0 if high <= 0 else 0.0 if low >= 0 else -low / (high - low)


def _between(start: PointNorm, end: PointNorm) -> PointNorm:
    return (end[0] - start[0], end[1] - start[1])
