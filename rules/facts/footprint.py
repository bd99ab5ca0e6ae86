"""Where a vehicle stands across a line of the road: its bounding box covers more of the picture than its wheels."""

import math
from dataclasses import dataclass

from domain.geometry import PointPx, side_of_line
from rules.facts.contact import Contact
from rules.facts.ground_plane import GroundPlane, PointGround

_SIZES_M = {
    "motorcycle": (1.9, 0.75),
    "bicycle": (1.7, 0.6),
    "car": (4.3, 1.8),
    "truck": (7.0, 2.3),
    "bus": (10.5, 2.5),
}
_PERSON_M = (0.4, 0.5)
_ROUNDS = 2
_TWO_WHEELS = frozenset({"motorcycle", "bicycle"})


def width_m(label: str) -> float:
    """Of a usual vehicle of a class."""
    return _SIZES_M.get(label, _PERSON_M)[1]


def wheels_share(label: str) -> float:
    """How far its wheels may stand to the left and right of its middle, in shares of its width, seen from any side.

    The wheels of a motorcycle stand in its middle; what is as wide as its bounding box are handlebars and, aslant, its
    length. Those of a car stand as far apart as it is wide.
    """
    return 0.33 if label in _TWO_WHEELS else 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadLine:
    """A drawn line on calibrated ground, and who stands how far beyond it."""

    plane: GroundPlane
    start: PointGround
    axis: PointGround  # unit vector along the line
    beyond: PointGround  # unit vector across it

    @classmethod
    def of(cls, start_px: PointPx, end_px: PointPx, beyond_px: PointPx, plane: GroundPlane) -> "RoadLine":
        """The line as drawn in the picture, with a point that lies beyond it."""
        start, end, other = plane.at(start_px), plane.at(end_px), plane.at(beyond_px)
        length = math.dist(start, end)
        axis = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
        sign = 1.0 if side_of_line(start, end, other) > 0 else -1.0
        return cls(plane=plane, start=start, axis=axis, beyond=(-sign * axis[1], sign * axis[0]))

    def past_m(self, contact: Contact, label: str) -> tuple[float, float]:
        """How far beyond the line the wheels on either side of a vehicle are that goes along it; negative: before.

        A vehicle of its class is thought where its bounding box would have this lower edge.
        """
        length, width = _SIZES_M.get(label, _PERSON_M)
        middle = contact.ground
        for _ in range(_ROUNDS):
            seen = self._lower_middle(middle, length / 2, width / 2)
            middle = (middle[0] + contact.ground[0] - seen[0], middle[1] + contact.ground[1] - seen[1])
        past = (middle[0] - self.start[0]) * self.beyond[0] + (middle[1] - self.start[1]) * self.beyond[1]
        off = wheels_share(label) * width
        return past - off, past + off

    def _lower_middle(self, middle: PointGround, half_length: float, half_width: float) -> PointGround:
        """Where the lower edge's middle of the bounding box of a vehicle seems to be on the ground."""
        corners = [
            self.plane.image_at(
                (
                    middle[0] + along * half_length * self.axis[0] + across * half_width * self.beyond[0],
                    middle[1] + along * half_length * self.axis[1] + across * half_width * self.beyond[1],
                )
            )
            for along in (-1, 1)
            for across in (-1, 1)
        ]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return self.plane.at(((min(xs) + max(xs)) / 2, max(ys)))

    def margin_m(self, contact: Contact, off_px: float) -> float:
        """How far so many pixels to the left or right are there, across the line."""
        x, y = contact.point_px
        one, other = self.plane.at((x - off_px, y)), self.plane.at((x + off_px, y))
        return abs((other[0] - one[0]) * self.beyond[0] + (other[1] - one[1]) * self.beyond[1]) / 2
