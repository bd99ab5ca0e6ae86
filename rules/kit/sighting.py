"""One sighting of a vehicle, measured against a stop line."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.camera import Line
from domain.geometry import BoxPx, PointPx, SizeWh, bottom_centre, side_of_line, to_px
from domain.track import TrackPoint

Contact = Literal["bottom_centre", "bottom_edge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A track's point and where it lies; distances are across the line, positive beyond it."""

    at: datetime
    box_xyxy_px: BoxPx
    contact_px: PointPx  # middle of the lower edge
    past_px: float  # of what must pass the line
    foremost_px: float  # of the lower edge's corner that is farthest on
    top_past_px: float  # of the middle of the upper edge
    along: float  # where the contact lies along the line, 0 at its first point and 1 at its second

    @property
    def height_px(self) -> float:
        """Height of the box, never 0."""
        return max(self.box_xyxy_px[3] - self.box_xyxy_px[1], 1.0)

    @property
    def width_px(self) -> float:
        """Width of the box, never 0."""
        return max(self.box_xyxy_px[2] - self.box_xyxy_px[0], 1.0)

    def wholly_before(self, margin_box_heights: float) -> bool:
        """Whether the whole lower edge lies on the approach's side by a margin."""
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

    def measure(self, point: TrackPoint, contact: Contact) -> Sighting:
        """Measure one sighting of a track."""
        x1, y1, x2, y2 = point.box_xyxy_px
        middle = bottom_centre(point.box_xyxy_px)
        corners = (self.past_px((x1, y2)), self.past_px((x2, y2)))
        return Sighting(
            at=point.at,
            box_xyxy_px=point.box_xyxy_px,
            contact_px=middle,
            past_px=self.past_px(middle) if contact == "bottom_centre" else min(corners),
            foremost_px=max(corners),
            top_past_px=self.past_px(((x1 + x2) / 2, y1)),
            along=self.along(middle),
        )
