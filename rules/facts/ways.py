"""How far somebody surely went: lengths on the ground with what jitter and calibration leave uncertain."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rules.facts.contact import Contact, ends
from rules.facts.ground_plane import GroundPlane, PointGround

_STEADY_OFF_BOX_HEIGHTS = 0.02  # what medians of bounding boxes are still off by


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way from its first sightings to its last, straight."""

    start: PointGround
    end: PointGround
    uncertainty: float  # one standard deviation of its length, units of the plane
    lasted_s: float

    @property
    def length(self) -> float:
        """How far apart its ends are."""
        return math.dist(self.start, self.end)

    @property
    def sure_length(self) -> float:
        """How far it went at least: the length less two standard deviations."""
        return max(0.0, self.length - 2 * self.uncertainty)

    @property
    def sure_speed(self) -> float:
        """Its least speed, a second."""
        return self.sure_length / self.lasted_s if self.lasted_s > 0 else 0.0

    def along(self, axis: PointGround) -> float:
        """How far it went along a unit vector; negative: against it."""
        return (self.end[0] - self.start[0]) * axis[0] + (self.end[1] - self.start[1]) * axis[1]

    def angle_deg(self, axis: PointGround) -> float:
        """By how much its heading is off a unit vector, 0 to 180 degrees."""
        if self.length == 0:
            return 180.0
        return math.degrees(math.acos(min(1.0, max(-1.0, self.along(axis) / self.length))))


def way_of(contacts: Sequence[Contact], plane: GroundPlane) -> Way:
    """The way that some sightings of one leg show."""
    start, end = ends(contacts)
    off = [
        plane.error_at(item.point_px, _STEADY_OFF_BOX_HEIGHTS * item.height_px) for item in (contacts[0], contacts[-1])
    ]
    return Way(
        start=start,
        end=end,
        uncertainty=math.hypot(*off),
        lasted_s=_half_ends_s(contacts),
    )


def _half_ends_s(contacts: Sequence[Contact]) -> float:
    first, last = contacts[:3], contacts[-3:]
    return median(item.at.timestamp() for item in last) - median(item.at.timestamp() for item in first)
