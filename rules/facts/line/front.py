"""Where a vehicle's front is: at the bounding box's lower edge where fronts are seen, ahead of it where rears are.

The law speaks of the front. Where the camera sees the rear, the front lies a vehicle's length ahead of it. How long a
vehicle of its class is stands here as a least and a most, in metres on the road where the ground is calibrated, in
heights of its bounding box elsewhere; a rule believes the one that speaks for the vehicle.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from domain.camera import CameraConfig, Line, VehicleSide
from domain.geometry import Float64Array, Mask, PointNorm, SizeWh
from rules.facts.contact import Contact
from rules.facts.line.directed_line import DirectedLine, MustPass
from rules.facts.line.sighting import Sighting
from rules.facts.placed import Placed
from rules.kit.ground import MIN_POINTS, road_from_image, to_road
from rules.kit.rows import Rows

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fronts:
    """N sightings measured against a stop line, as columns; see ``Sighting``."""

    contacts: Sequence[Contact]
    line: DirectedLine
    past_px: Float64Array
    most_past_px: Float64Array
    foremost_px: Float64Array
    along: Float64Array
    edge_past_px: Float64Array
    raw_past_px: Float64Array
    raw_foremost_px: Float64Array
    facing_known: Mask

    def sightings(self, rows: Rows) -> Iterator[Sighting]:
        """Some of them."""
        columns = (
            self.past_px, self.most_past_px, self.foremost_px, self.along, self.edge_past_px, self.raw_past_px,
            self.raw_foremost_px, self.facing_known,
        )  # fmt: skip
        measured = zip(*(column[rows].tolist() for column in columns), strict=True)
        for index, row in zip(rows.tolist(), measured, strict=True):
            yield Sighting(self.contacts[index], self.line, *row)

    def wholly_before(self, margin_px: Float64Array) -> Mask:
        """Of which all of the front surely lies on the approach's side by margins (N,)."""
        before: Mask = (self.foremost_px <= -margin_px) & (self.foremost_px < 0)
        return before


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

    @property
    def asks_headings(self) -> bool:
        """Whether it matters where vehicles go: fronts that are seen lie where they are."""
        return self.sees != VehicleSide.FRONTS

    def measure(self, sightings: Placed, headings: Float64Array | None) -> Fronts:
        """Measure N sightings.

        Args:
            sightings: of tracks; their classes say how long they are.
            headings: (N, 2) where they go, unit vectors, not a number where not known; None: it does not matter.
        """
        line, points = self.line, sightings.points_px
        is_rear, is_known = self._facing(len(points), headings)
        least, most = np.zeros_like(points), np.zeros_like(points)
        rears = np.flatnonzero(is_rear | ~is_known)
        if len(rears):
            least[rears], most[rears] = self._ahead(sightings, rears, headings)
            least[~is_known] = 0.0
        edge_past_px, edge_foremost_px = line.edges_past_px(sightings.steady_xyxy_px, self.shown_by)
        raw_past_px, raw_foremost_px = line.edges_past_px(sightings.boxes_xyxy_px, self.shown_by)
        middle_past_px = line.all_past_px(points)
        at_least, at_most = (line.all_past_px(points + by) - middle_past_px for by in (least, most))
        return Fronts(
            contacts=sightings.contacts,
            line=line,
            past_px=edge_past_px + at_least,
            most_past_px=edge_past_px + at_most,
            foremost_px=edge_foremost_px + at_most,
            along=line.all_along(points + (least + most) / 2),
            edge_past_px=raw_past_px,
            raw_past_px=raw_past_px + at_least,
            raw_foremost_px=raw_foremost_px + at_most,
            facing_known=is_known,
        )

    def _facing(self, count: int, headings: Float64Array | None) -> tuple[Mask, Mask]:
        """(N,) whose lower edge is the rear, and of whom it is known whether it is: not of who shows his side."""
        if headings is None or self.sees in {VehicleSide.FRONTS, VehicleSide.REARS}:
            return np.full(count, self.sees == VehicleSide.REARS), np.ones(count, np.bool_)
        return headings[:, 1] < 0, np.abs(headings[:, 1]) >= _SIDEWAYS

    def _ahead(
        self, sightings: Placed, rears: Rows, headings: Float64Array | None
    ) -> tuple[Float64Array, Float64Array]:
        """How far ahead of rears' lower middles the fronts lie, at least and at most; (M, 2) pixels of the picture."""
        tracks = [sightings.users[index].track for index in rears.tolist()]
        lengths = np.array([lengths_of(track.label, track.label_share) for track in tracks])
        boxes = sightings.steady_xyxy_px[rears]
        known = np.full((len(rears), 2), np.nan) if headings is None else headings[rears]
        least, most = (
            self._ahead_on_road(boxes, lengths[:, 0, end], _ahead_of_boxes(boxes, lengths[:, 1, end], known))
            for end in (0, 1)
        )
        return least, most

    def _ahead_on_road(self, boxes: Float64Array, lengths_m: Float64Array, else_px: Float64Array) -> Float64Array:
        """The same by the calibrated ground; what is given where it is not calibrated, or not so far off."""
        matrix = self.road_from_image
        if matrix is None:
            return else_px
        rear_px = np.stack(((boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]), axis=1)
        rear_norm = np.concatenate((rear_px / self.resolution_wh, np.ones((len(boxes), 1))), axis=1)
        rear_m = (matrix @ rear_norm[:, :, None])[:, :, 0]
        front_m = np.ones((len(boxes), 3))
        front_m[:, :2] = rear_m[:, :2] / rear_m[:, 2:] + lengths_m[:, None] * self.onward_m
        front = np.linalg.solve(matrix, front_m[:, :, None])[:, :, 0]
        ahead_px = front[:, :2] / front[:, 2:] * self.resolution_wh - rear_px
        is_far = np.hypot(*ahead_px.T) > _FARTHEST_BOX_HEIGHTS * (boxes[:, 3] - boxes[:, 1])
        is_back = self.line.all_past_px(rear_px + ahead_px) <= self.line.all_past_px(rear_px)
        return np.where((is_far | is_back)[:, None], else_px, ahead_px)


def _ahead_of_boxes(boxes: Float64Array, shares: Float64Array, headings: Float64Array) -> Float64Array:
    """Stated parts of bounding boxes' heights up the picture, and aside as far as the vehicles' ways go aside."""
    up_px = shares * (boxes[:, 3] - boxes[:, 1])
    upward = headings[:, 1] < -_SIDEWAYS
    aside = np.divide(headings[:, 0], -headings[:, 1], out=np.zeros(len(boxes)), where=upward)
    return np.stack((aside * up_px, -up_px), axis=1)


def _across(matrix: Float64Array, line: Line) -> tuple[float, float]:
    """The unit vector on the road that goes straight across a line, to its far side."""
    start, end, beyond = (to_road(matrix, point) for point in (*line.points_norm, line.beyond_norm))
    along: PointNorm = (end[0] - start[0], end[1] - start[1])
    length = max(math.hypot(*along), 1e-9)
    across = (-along[1] / length, along[0] / length)
    side = across[0] * (beyond[0] - start[0]) + across[1] * (beyond[1] - start[1])
    return across if side > 0 else (-across[0], -across[1])
