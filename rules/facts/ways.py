"""How far somebody surely went: lengths on the ground with what jitter and calibration leave uncertain."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from domain.camera import Zone
from domain.instants import seconds_between
from rules.facts.contact import END_SIGHTINGS, Contact, ends
from rules.facts.ground_plane import GroundPlane, PointGround

_STEADY_OFF_BOX_HEIGHTS = 0.02  # what medians of bounding boxes are still off by


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way from its first sightings to its last, straight."""

    contacts: Sequence[Contact]  # of one leg, oldest first
    plane: GroundPlane
    end_sightings: int = END_SIGHTINGS  # so many together say where it begins or ends

    @cached_property
    def _ends(self) -> tuple[PointGround, PointGround]:
        return ends(self.contacts, self.end_sightings)

    @cached_property
    def length(self) -> float:
        """How far apart its ends are."""
        return math.dist(*self._ends)

    @cached_property
    def uncertainty(self) -> float:
        """One standard deviation of its length, in units of the plane."""
        first, last = shown = (self.contacts[0], self.contacts[-1])
        return math.hypot(
            self.plane.calibration_error(first.point_px, last.point_px),
            *(self.plane.error_at(one.point_px, _STEADY_OFF_BOX_HEIGHTS * one.height_px) for one in shown),
        )

    @cached_property
    def lasted_s(self) -> float:
        """From the middle of its first sightings to the middle of its last."""
        first, last = self.contacts[: self.end_sightings], self.contacts[-self.end_sightings :]
        return seconds_between(first[len(first) // 2].at, last[len(last) // 2].at)

    def surely_reaches(self, length: float) -> bool:
        """Whether it is longer than this by two standard deviations."""
        return self.length >= length and self.length - 2 * self.uncertainty >= length

    @property
    def sure_speed(self) -> float:
        """Its least speed, a second."""
        return max(0.0, self.length - 2 * self.uncertainty) / self.lasted_s if self.lasted_s > 0 else 0.0

    def along(self, axis: PointGround) -> float:
        """How far it went along a unit vector; negative: against it."""
        (x0, y0), (x1, y1) = self._ends
        return (x1 - x0) * axis[0] + (y1 - y0) * axis[1]

    def angle_deg(self, axis: PointGround) -> float:
        """By how much its heading is off a unit vector, 0 to 180 degrees."""
        if self.length == 0:
            return 180.0
        return math.degrees(math.acos(min(1.0, max(-1.0, self.along(axis) / self.length))))


def direction_of(lane: Zone, plane: GroundPlane) -> PointGround:
    """A lane's lawful direction on the ground, a unit vector.

    Raises:
        ValueError: the lane has none; a rule asks for it in its check.
    """
    if lane.direction_norm is None:
        raise ValueError(f"lane {lane.id} has no direction; check the rule's problems first")
    width_px, height_px = plane.resolution_wh
    (x0, y0), (x1, y1) = (plane.at((x * width_px, y * height_px)) for x, y in lane.direction_norm)
    length = math.dist((x0, y0), (x1, y1))
    return ((x1 - x0) / length, (y1 - y0) / length)
