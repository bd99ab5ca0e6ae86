"""Where a vehicle stands across a line of the road: its bounding box covers more of the picture than its wheels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.geometry import Float64Array, PointPx, side_of_line
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
_ALONG, _ACROSS = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)]).T  # by corner
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

    def past_m(self, ground: Float64Array, labels: Sequence[str]) -> tuple[Float64Array, Float64Array]:
        """How far beyond the line the two sides of vehicles are that go along it, less first; negative: before.

        A vehicle of its class is thought where its bounding box would have this lower edge.

        Args:
            ground: (N, 2) where the middles of their lower edges seem to be.
            labels: N classes.
        """
        length, width = np.array([_SIZES_M.get(label, _PERSON_M) for label in labels]).reshape(-1, 2).T
        middle = ground
        for _ in range(_ROUNDS):
            middle = middle + ground - self._lower_middles(middle, length / 2, width / 2)
        past = (middle[:, 0] - self.start[0]) * self.beyond[0] + (middle[:, 1] - self.start[1]) * self.beyond[1]
        off = np.array([wheels_share(label) for label in labels]) * width
        return past - off, past + off

    def _lower_middles(self, middle: Float64Array, half_length: Float64Array, half_width: Float64Array) -> Float64Array:
        """Where the lower edges' middles of the bounding boxes of vehicles seem to be on the ground."""
        lengthwise = (_ALONG[:, None] * half_length)[..., None] * self.axis
        corners = middle + lengthwise + (_ACROSS[:, None] * half_width)[..., None] * self.beyond
        seen = self.plane.image_points(corners.reshape(-1, 2)).reshape(corners.shape)
        lower_middles = seen.max(axis=0)
        lower_middles[:, 0] = (seen[..., 0].min(axis=0) + lower_middles[:, 0]) / 2
        return self.plane.places(lower_middles)

    def margins_m(self, points_px: Float64Array, off_px: Float64Array) -> Float64Array:
        """How far so many pixels (N,) to the left or right are there (N, 2), across the line; (N,)."""
        ends = np.concatenate((points_px, points_px))
        ends[: len(off_px), 0] += off_px
        ends[len(off_px) :, 0] -= off_px
        places = self.plane.places(ends)
        apart = places[: len(off_px)] - places[len(off_px) :]
        return np.abs(apart[:, 0] * self.beyond[0] + apart[:, 1] * self.beyond[1]) / 2
