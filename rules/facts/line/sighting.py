"""One sighting of a vehicle, measured against a stop line."""

from datetime import datetime
from typing import NamedTuple

from domain.geometry import BoxPx, PointPx
from rules.facts.contact import Contact
from rules.facts.line.directed_line import DirectedLine


class Sighting(NamedTuple):
    """Where a vehicle's front lies; distances are across the line, positive beyond it.

    Everything is measured on the steadied bounding box, but for the last three distances, which say what the
    picture itself shows.
    """

    contact: Contact
    line: DirectedLine
    past_px: float  # where the front lies at least, of what must pass the line
    most_past_px: float  # where it lies at most
    foremost_px: float  # the same of the lower edge's corner that is farthest on
    along: float  # where the front lies along the line, 0 at its first point and 1 at its second
    edge_past_px: float  # of the lower edge as detected, be it front or rear
    raw_past_px: float  # ``past_px`` of the bounding box as detected
    raw_foremost_px: float  # ``foremost_px`` of it
    facing_known: bool  # whether it is known that the lower edge is the front, or the rear

    @property
    def at(self) -> datetime:
        """When it was seen."""
        return self.contact.at

    @property
    def box_xyxy_px(self) -> BoxPx:
        """As detected: what evidence shows."""
        return self.contact.box_xyxy_px

    @property
    def contact_px(self) -> PointPx:
        """Middle of the steady lower edge."""
        return self.contact.point_px

    @property
    def top_past_px(self) -> float:
        """How far beyond the line the middle of the upper edge lies."""
        x1, y1, x2, _ = self.contact.steady_xyxy_px
        return self.line.past_px(((x1 + x2) / 2, y1))

    @property
    def height_px(self) -> float:
        """Height of the steady bounding box, never 0."""
        return self.contact.height_px

    @property
    def width_px(self) -> float:
        """Width of the steady bounding box, never 0."""
        return self.contact.width_px
