"""One sighting of a vehicle, measured against a stop line."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.camera import Line
from domain.geometry import BoxPx, PointPx, SizeWh, bottom_centre, side_of_line, to_px

MustPass = Literal["bottom_centre", "bottom_edge"]
"""Of a lower edge: its middle, or all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A track's point and where its front lies; distances are across the line, positive beyond it.

    Everything is measured on the steadied bounding box, but for the last three distances, which say what the
    picture itself shows.
    """

    at: datetime
    box_xyxy_px: BoxPx  # as detected: what evidence shows
    steady_xyxy_px: BoxPx  # the median of the sightings around it
    contact_px: PointPx  # middle of the steady lower edge
    past_px: float  # where the front lies at least, of what must pass the line
    most_past_px: float  # where it lies at most
    foremost_px: float  # the same of the lower edge's corner that is farthest on
    top_past_px: float  # of the middle of the upper edge
    along: float  # where the front lies along the line, 0 at its first point and 1 at its second
    edge_past_px: float  # of the lower edge as detected, be it front or rear
    raw_past_px: float  # ``past_px`` of the bounding box as detected
    raw_foremost_px: float  # ``foremost_px`` of it
    facing_known: bool  # whether it is known that the lower edge is the front, or the rear

    @property
    def height_px(self) -> float:
        """Height of the steady bounding box, never 0."""
        return max(self.steady_xyxy_px[3] - self.steady_xyxy_px[1], 1.0)

    @property
    def width_px(self) -> float:
        """Width of the steady bounding box, never 0."""
        return max(self.steady_xyxy_px[2] - self.steady_xyxy_px[0], 1.0)

    def wholly_before(self, margin_box_heights: float) -> bool:
        """Whether all of the front surely lies on the approach's side by a margin."""
        return self.foremost_px <= -margin_box_heights * self.height_px and self.foremost_px < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectedLine:
    """A stop line in pixels of one picture size, with a side that is beyond."""

    start_px: PointPx
    end_px: PointPx
    sign: float  # +1 or -1: what side_of_line says beyond the line

    @classmethod
    def of(cls, line: Line, resolution_wh: SizeWh) -> "DirectedLine":
        """The line of a camera configuration at a picture's size."""
        start, end = (to_px(point, resolution_wh) for point in line.points_norm)
        beyond = side_of_line(start, end, to_px(line.beyond_norm, resolution_wh))
        return cls(start_px=start, end_px=end, sign=1.0 if beyond > 0 else -1.0)

    def past_px(self, point: PointPx) -> float:
        """How far a point lies beyond the (endless) line; negative before it."""
        return self.sign * side_of_line(self.start_px, self.end_px, point)

    def along(self, point: PointPx) -> float:
        """Where a point lies along the line: 0 at its first end, 1 at its second."""
        direction_x, direction_y = self.end_px[0] - self.start_px[0], self.end_px[1] - self.start_px[1]
        offset_x, offset_y = point[0] - self.start_px[0], point[1] - self.start_px[1]
        return (offset_x * direction_x + offset_y * direction_y) / (direction_x**2 + direction_y**2)

    def edge_past_px(self, box: BoxPx, shown_by: MustPass) -> tuple[float, float]:
        """How far a lower edge lies beyond the line: what must pass it, and its corner that is farthest on."""
        corners = (self.past_px((box[0], box[3])), self.past_px((box[2], box[3])))
        return self.past_px(bottom_centre(box)) if shown_by == "bottom_centre" else min(corners), max(corners)
