"""By which way a vehicle left a junction, as far as that can be seen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median

import numpy as np
import shapely

from domain.camera import CameraConfig
from domain.geometry import Float64Array, PointNorm, SizeWh
from domain.instants import seconds_between
from rules.kit.ground import MIN_POINTS, road_from_image, to_road
from rules.kit.line.line_rule import zone_polygon
from rules.kit.line.passage import Passage
from rules.kit.line.sighting import Sighting

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
_FAR = 100.0  # metres, or heights of the bounding box


class Leaving(Enum):
    """What is known of a vehicle's exit."""

    LAWFUL = "lawful"  # it was seen in an exit that is allowed on red
    CLEAR = "clear"  # it was seen in another exit, or has every allowed one behind it and heads for none
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """The ways out of a junction that are drawn at a camera.

    Distances are metres on the road where the ground is calibrated, heights of the vehicle's bounding box elsewhere.
    """

    lawful: tuple[shapely.Polygon, ...]  # by which a vehicle may leave on red; normalised
    other: tuple[shapely.Polygon, ...]  # by which it may not
    road_from_image: Float64Array | None  # None: the ground is not calibrated

    @classmethod
    def of(cls, camera: CameraConfig, lawful_ids: Sequence[str], other_ids: Sequence[str]) -> "Exits":
        """From the zones of a camera."""
        return cls(
            lawful=tuple(polygon for name in lawful_ids if (polygon := zone_polygon(camera, name)) is not None),
            other=tuple(polygon for name in other_ids if (polygon := zone_polygon(camera, name)) is not None),
            road_from_image=road_from_image(camera.ground_points) if len(camera.ground_points) >= MIN_POINTS else None,
        )

    def leaving(self, passage: Passage, resolution_wh: SizeWh) -> Leaving:
        """Judge a vehicle's exit by its sightings beyond the line.

        Args:
            passage: its crossing with everything seen since.
            resolution_wh: of the picture.
        """
        if any(_was_in(polygon, passage.past, resolution_wh) for polygon in self.lawful):
            return Leaving.LAWFUL
        if any(_was_in(polygon, passage.past, resolution_wh) for polygon in self.other):
            return Leaving.CLEAR
        way = [passage.before[-1], *passage.past]
        border = _left_over(way, resolution_wh)
        if border is not None:
            by_lawful = any(_reaches(polygon, border) for polygon in self.lawful)
            return Leaving.UNKNOWN if by_lawful else Leaving.CLEAR
        if all(self._is_left_behind(polygon, way, resolution_wh) for polygon in self.lawful):
            return Leaving.CLEAR
        return Leaving.UNKNOWN

    def _is_left_behind(self, polygon: shapely.Polygon, way: Sequence[Sighting], resolution_wh: SizeWh) -> bool:
        """Whether a vehicle has an exit's mouth behind it, by the way it went last, and does not head for the exit."""
        measured = self._measured(polygon, way, resolution_wh)
        if measured is None:
            return False
        places, zone, least_way = measured
        heading = _heading(places, way, least_way)
        if heading is not None and _meets(zone, places[-1], heading):
            return False
        went = heading or _went(places, least_way)
        return went is not None and _passed_share(zone, places[-1], went) >= _PASSED_SHARE

    def _measured(
        self, polygon: shapely.Polygon, way: Sequence[Sighting], resolution_wh: SizeWh
    ) -> tuple[list[PointNorm], shapely.Polygon, float] | None:
        """A way and an exit in metres or in heights of the newest bounding box, with the least way that has a heading.

        None where a part of the exit lies beyond what the calibration reaches.
        """
        width_px, height_px = resolution_wh
        contacts = [(item.contact_px[0] / width_px, item.contact_px[1] / height_px) for item in way]
        if self.road_from_image is None:
            unit_px = way[-1].height_px
            scale = (width_px / unit_px, height_px / unit_px)
            zone = shapely.Polygon([(x * scale[0], y * scale[1]) for x, y in polygon.exterior.coords])
            return [(x * scale[0], y * scale[1]) for x, y in contacts], zone, _HEADING_BOX_HEIGHTS
        matrix = self.road_from_image
        zone = shapely.Polygon([to_road(matrix, (x, y)) for x, y in polygon.exterior.coords])
        if not zone.is_valid:
            return None
        return [to_road(matrix, contact) for contact in contacts], zone, _HEADING_M


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


def _passed_share(zone: shapely.Polygon, place: PointNorm, heading: PointNorm) -> float:
    """How much of an exit's mouth, its side towards the vehicle's way, lies behind the vehicle."""
    border = shapely.get_coordinates(shapely.segmentize(zone.exterior, zone.exterior.length / _MOUTH_POINTS))
    offsets = border - np.asarray(place)
    ahead = offsets @ np.asarray(heading)
    aside = np.abs(offsets @ np.asarray((-heading[1], heading[0])))
    mouth = ahead[aside <= aside.min() + _MOUTH_DEPTH_SHARE * (aside.max() - aside.min())]
    low, high = float(mouth.min()), float(mouth.max())
    return 1.0 if high <= 0 else 0.0 if low >= 0 else -low / (high - low)
