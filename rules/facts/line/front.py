"""Where a vehicle's front is: at the bounding box's lower edge where fronts are seen, ahead of it where rears are.

The law speaks of the front. Where the camera sees the rear, the front lies a vehicle's length ahead of it. How long a
vehicle of its class is stands here as a least and a most, in metres on the road where the ground is calibrated, in
heights of its bounding box elsewhere; a rule believes the one that speaks for the vehicle.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from domain.camera import CameraConfig, Line, VehicleSide
from domain.geometry import BoxPx, Float64Array, PointNorm, PointPx, SizeWh, bottom_centre
from domain.seen.track import Track
from rules.facts.contact import Contact
from rules.facts.line.sighting import DirectedLine, MustPass, Sighting
from rules.kit.ground import MIN_POINTS, road_from_image, to_road

HEADING_BOX_HEIGHTS = 0.6  # a shorter way has no heading
_SIDEWAYS = 0.25  # less of the way than this up or down the picture: the vehicle is seen from the side
_SURE_LABEL_SHARE = 0.7
_FARTHEST_BOX_HEIGHTS = 3.0  # a front farther ahead than this comes from a calibration that does not reach so far

Span = tuple[float, float]

# label: (length in metres, the same seen from behind in heights of the bounding box), each at least and at most
_LENGTHS: dict[str, tuple[Span, Span]] = {
    "bicycle": ((1.5, 2.0), (0.15, 0.40)),
    "motorcycle": ((1.7, 2.2), (0.15, 0.40)),
    "car": ((3.1, 5.5), (0.28, 0.60)),
    "truck": ((4.2, 12.0), (0.20, 0.65)),
    "bus": ((5.5, 12.0), (0.20, 0.65)),
}
_TWO_WHEELS = ("bicycle", "motorcycle")


class Facing(Enum):
    """What a bounding box's lower edge is."""

    FRONT = "front"
    REAR = "rear"
    UNKNOWN = "unknown"  # either, or the vehicle's side


def lengths_of(label: str, label_share: float) -> tuple[Span, Span]:
    """How long a vehicle is, in metres and in heights of its bounding box; wider where its class is in doubt."""
    own = _LENGTHS.get(label, _LENGTHS["motorcycle"])
    if label_share >= _SURE_LABEL_SHARE:
        return own
    two_wheels = label in _TWO_WHEELS or label not in _LENGTHS
    alike = [spans for name, spans in _LENGTHS.items() if (name in _TWO_WHEELS) == two_wheels]
    metres, heights = ([spans[index] for spans in alike] for index in (0, 1))
    return (
        (min(span[0] for span in metres), max(span[1] for span in metres)),
        (min(span[0] for span in heights), max(span[1] for span in heights)),
    )


def heading_of(way_px: Sequence[tuple[PointPx, float]]) -> PointPx | None:
    """The unit vector of the last stretch of a way that is long enough to have a heading.

    Args:
        way_px: (contact, height of the bounding box), oldest first.
    """
    if not way_px:
        return None
    (x, y), height_px = way_px[-1]
    least_px = HEADING_BOX_HEIGHTS * height_px
    for (from_x, from_y), _ in reversed(way_px):
        if abs(x - from_x) + abs(y - from_y) < least_px:
            continue  # no way is longer than its two sides; most of what waits is done with here
        length_px = math.dist((x, y), (from_x, from_y))
        if length_px >= least_px:
            return ((x - from_x) / length_px, (y - from_y) / length_px)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontFinder:
    """Measures sightings against one stop line at one picture size."""

    line: DirectedLine
    shown_by: MustPass
    resolution_wh: SizeWh
    sees: VehicleSide | None
    road_from_image: Float64Array | None = None  # None: the ground is not calibrated
    onward_m: tuple[float, float] = (0.0, 0.0)  # unit vector on the road, across the line

    @classmethod
    def of(cls, camera: CameraConfig, line: Line, shown_by: MustPass, resolution_wh: SizeWh) -> "FrontFinder":
        """For a line of a camera."""
        directed = DirectedLine.of(line, resolution_wh)
        if len(camera.ground_points) < MIN_POINTS:
            return cls(line=directed, shown_by=shown_by, resolution_wh=resolution_wh, sees=camera.sees)
        matrix = road_from_image(camera.ground_points)
        return cls(
            line=directed,
            shown_by=shown_by,
            resolution_wh=resolution_wh,
            sees=camera.sees,
            road_from_image=matrix,
            onward_m=_across(matrix, line),
        )

    def facing(self, heading_px: PointPx | None) -> Facing:
        """What the lower edge is of a vehicle that goes so; None: it has not gone far enough to tell."""
        if self.sees in {VehicleSide.FRONTS, VehicleSide.REARS}:
            return Facing.FRONT if self.sees == VehicleSide.FRONTS else Facing.REAR
        if heading_px is None or abs(heading_px[1]) < _SIDEWAYS:
            return Facing.UNKNOWN
        return Facing.FRONT if heading_px[1] > 0 else Facing.REAR

    def measure(self, track: Track, contact: Contact, heading_px: PointPx | None) -> Sighting:
        """Measure one sighting of a track.

        Args:
            track: its class says how long it is.
            contact: the sighting.
            heading_px: where the track goes, a unit vector; None: not known.
        """
        steady = contact.steady_xyxy_px
        facing = self.facing(heading_px)
        least, most = self._ahead(track, steady, facing, heading_px)
        middle = bottom_centre(steady)
        edge_past_px, edge_foremost_px = self.line.edge_past_px(steady, self.shown_by)
        raw_past_px, raw_foremost_px = self.line.edge_past_px(contact.box_xyxy_px, self.shown_by)
        at_least, at_most = (self.line.past_px(_moved(middle, by)) - self.line.past_px(middle) for by in (least, most))
        return Sighting(
            at=contact.at,
            box_xyxy_px=contact.box_xyxy_px,
            steady_xyxy_px=steady,
            contact_px=middle,
            past_px=edge_past_px + at_least,
            most_past_px=edge_past_px + at_most,
            foremost_px=edge_foremost_px + at_most,
            top_past_px=self.line.past_px(((steady[0] + steady[2]) / 2, steady[1])),
            along=self.line.along(_moved(middle, ((least[0] + most[0]) / 2, (least[1] + most[1]) / 2))),
            edge_past_px=raw_past_px,
            raw_past_px=raw_past_px + at_least,
            raw_foremost_px=raw_foremost_px + at_most,
            facing_known=facing != Facing.UNKNOWN,
        )

    def _ahead(self, track: Track, box: BoxPx, facing: Facing, heading_px: PointPx | None) -> tuple[PointPx, PointPx]:
        """How far ahead of the lower edge's middle the front lies, at least and at most, in pixels of the picture."""
        if facing == Facing.FRONT:
            return (0.0, 0.0), (0.0, 0.0)
        metres, heights = lengths_of(track.label, track.label_share)
        least, most = (
            self._ahead_on_road(box, length) or _ahead_of_box(box, share, heading_px)
            for length, share in zip(metres, heights, strict=True)
        )
        return ((0.0, 0.0) if facing == Facing.UNKNOWN else least), most

    def _ahead_on_road(self, box: BoxPx, length_m: float) -> PointPx | None:
        """The same by the calibrated ground; None where it is not calibrated, or not so far off."""
        if self.road_from_image is None:
            return None
        width_px, height_px = self.resolution_wh
        x_px, y_px = bottom_centre(box)
        rear_m = to_road(self.road_from_image, (x_px / width_px, y_px / height_px))
        front_m = np.array(
            [rear_m[0] + length_m * self.onward_m[0], rear_m[1] + length_m * self.onward_m[1], 1.0], np.float64
        )
        x, y, weight = np.linalg.solve(self.road_from_image, front_m)
        ahead = (float(x / weight) * width_px - x_px, float(y / weight) * height_px - y_px)
        far = math.hypot(*ahead) > _FARTHEST_BOX_HEIGHTS * (box[3] - box[1])
        return (
            None if far or self.line.past_px(_moved((x_px, y_px), ahead)) <= self.line.past_px((x_px, y_px)) else ahead
        )


def _ahead_of_box(box: BoxPx, share: float, heading_px: PointPx | None) -> PointPx:
    """A stated part of the bounding box's height up the picture, and aside as far as the vehicle's way goes aside."""
    up_px = share * (box[3] - box[1])
    aside = heading_px[0] / -heading_px[1] if heading_px is not None and heading_px[1] < -_SIDEWAYS else 0.0
    return (aside * up_px, -up_px)


def _moved(point: PointPx, by: PointPx) -> PointPx:
    return (point[0] + by[0], point[1] + by[1])


def _across(matrix: Float64Array, line: Line) -> tuple[float, float]:
    """The unit vector on the road that goes straight across a line, to its far side."""
    start, end, beyond = (to_road(matrix, point) for point in (*line.points_norm, line.beyond_norm))
    along: PointNorm = (end[0] - start[0], end[1] - start[1])
    length = max(math.hypot(*along), 1e-9)
    across = (-along[1] / length, along[0] / length)
    side = across[0] * (beyond[0] - start[0]) + across[1] * (beyond[1] - start[1])
    return across if side > 0 else (-across[0], -across[1])
