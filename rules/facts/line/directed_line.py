"""A drawn line in a picture, with a side that is beyond."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from domain.camera import Line
from domain.geometry import Float64Array, PointPx, SizeWh, side_of_line, to_px

MustPass = Literal["bottom_centre", "bottom_edge"]
"""Of a lower edge: its middle, or all of it."""

_Number = TypeVar("_Number", float, Float64Array)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectedLine:
    """A line in pixels of one picture size, with a side that is beyond."""

    start_px: PointPx
    end_px: PointPx
    sign: float  # +1 or -1: what side_of_line says beyond the line
    direction_px: PointPx  # from the start to the end
    length_px: float

    @classmethod
    def of(cls, line: Line, resolution_wh: SizeWh) -> "DirectedLine":
        """The line of a camera configuration at a picture's size."""
        start, end = (to_px(point, resolution_wh) for point in line.points_norm)
        beyond = side_of_line(start, end, to_px(line.beyond_norm, resolution_wh))
        direction = (end[0] - start[0], end[1] - start[1])
        return cls(
            start_px=start,
            end_px=end,
            sign=1.0 if beyond > 0 else -1.0,
            direction_px=direction,
            length_px=float(np.hypot(*direction)),
        )

    def past_px(self, point: PointPx) -> float:
        """How far a point lies beyond the (endless) line; negative before it."""
        return self._past_px(*point)

    def all_past_px(self, points_px: Float64Array) -> Float64Array:
        """The same of many points at once, (N, 2) to (N,)."""
        return self._past_px(points_px[:, 0], points_px[:, 1])

    def _past_px(self, x: _Number, y: _Number) -> _Number:
        direction_x, direction_y = self.direction_px
        across = direction_x * (y - self.start_px[1]) - direction_y * (x - self.start_px[0])
        return self.sign * (across / self.length_px)

    def along(self, point: PointPx) -> float:
        """Where a point lies along the line: 0 at its first end, 1 at its second."""
        return self._along(*point)

    def all_along(self, points_px: Float64Array) -> Float64Array:
        """The same of many points at once, (N, 2) to (N,)."""
        return self._along(points_px[:, 0], points_px[:, 1])

    def _along(self, x: _Number, y: _Number) -> _Number:
        direction_x, direction_y = self.direction_px
        along = (x - self.start_px[0]) * direction_x + (y - self.start_px[1]) * direction_y
        return along / (direction_x**2 + direction_y**2)

    def edges_past_px(self, boxes_xyxy_px: Float64Array, shown_by: MustPass) -> tuple[Float64Array, Float64Array]:
        """How far lower edges (N, 4) lie beyond the line: what must pass it, and the corner that is farthest on."""
        x1, _, x2, y2 = boxes_xyxy_px.T
        left, right = self._past_px(x1, y2), self._past_px(x2, y2)
        past = self._past_px((x1 + x2) / 2, y2) if shown_by == "bottom_centre" else np.minimum(left, right)
        return past, np.maximum(left, right)


class DirectedLines:
    """L lines, asked together."""

    def __init__(self, lines: Sequence[DirectedLine]) -> None:
        columns = np.array(
            [(*one.start_px, *one.direction_px, one.sign, one.length_px) for one in lines], np.float64
        ).reshape(-1, 6)
        self._columns = columns.T[:, :, None]

    def all_past_px(self, points_px: Float64Array) -> Float64Array:
        """How far points (N, 2) lie beyond each (endless) line, (L, N); negative before it."""
        start_x, start_y, direction_x, direction_y, sign, length_px = self._columns
        x, y = points_px.T
        past: Float64Array = sign * ((direction_x * (y - start_y) - direction_y * (x - start_x)) / length_px)
        return past
