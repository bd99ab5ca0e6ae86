"""Constant-velocity Kalman filters of many boxes at once; centre x, centre y, width and height are independent.

Noise is stated in sizes (square root of the box's area), so that near and far objects are treated alike, and grows
with the seconds that have passed, so that dropped frames and irregular rates need no special case.
"""

import numpy as np
from numpy.typing import NDArray

from domain.geometry import Float64Array

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]

_RESHAPED = 1.4
"""A side that changes by more from one sighting to the next was covered, or no longer is: that is no motion."""


def xyxy_to_cxcywh(boxes_xyxy_px: NDArray[np.floating]) -> Float64Array:
    """Corners to centre and sides, (N, 4) to (N, 4).

    Examples:
        >>> xyxy_to_cxcywh(np.array([[0.0, 0.0, 4.0, 2.0]])).tolist()
        [[2.0, 1.0, 4.0, 2.0]]
    """
    boxes = np.asarray(boxes_xyxy_px, dtype=np.float64)
    sides = boxes[:, 2:] - boxes[:, :2]
    return np.concatenate((boxes[:, :2] + sides / 2, sides), axis=1)


def cxcywh_to_xyxy(boxes: Float64Array) -> Float64Array:
    """Centre and sides to corners, (N, 4) to (N, 4).

    Examples:
        >>> cxcywh_to_xyxy(np.array([[2.0, 1.0, 4.0, 2.0]])).tolist()
        [[0.0, 0.0, 4.0, 2.0]]
    """
    half = boxes[:, 2:] / 2
    return np.concatenate((boxes[:, :2] - half, boxes[:, :2] + half), axis=1)


def sizes_px(boxes: Float64Array) -> Float64Array:
    """Square root of the area of boxes given as centre and sides, (N, 4) to (N,), at least 1 pixel."""
    return np.sqrt(np.maximum(boxes[:, 2] * boxes[:, 3], 1.0))


class MotionBank:
    """The filters of all tracks of one tracker, one row each.

    Args:
        measurement_sizes: standard deviation of a measured centre or side, in sizes.
        start_speed_sizes_per_s: standard deviation of the speed of a new row.
        acceleration_density: growth of the variance of speed, in sizes^2/s^3.
        damping_s: time in which the speed of a coasting row dies away.
    """

    def __init__(
        self,
        *,
        measurement_sizes: float,
        start_speed_sizes_per_s: float,
        acceleration_density: float,
        damping_s: float,
    ) -> None:
        self._measurement = measurement_sizes
        self._start_speed = start_speed_sizes_per_s
        self._density = acceleration_density
        self._damping_s = damping_s
        self.boxes = np.zeros((0, 4))  # (N, 4) centre x, centre y, width, height in pixels
        self.speeds = np.zeros((0, 4))  # the same per second
        self.variances = np.zeros((3, 0, 4))  # of the box, of box and speed together, of the speed

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def boxes_xyxy_px(self) -> Float64Array:
        """(N, 4) where the objects are believed to be."""
        return cxcywh_to_xyxy(self.boxes)

    def add(self, boxes_xyxy_px: NDArray[np.floating]) -> None:
        """Begin one row for every box, (M, 4), at rest."""
        boxes = xyxy_to_cxcywh(boxes_xyxy_px)
        size = sizes_px(boxes)[:, None]
        variances = np.zeros((3, len(boxes), 4))
        variances[0] = (self._measurement * size) ** 2
        variances[2] = (self._start_speed * size) ** 2
        self.boxes = np.concatenate((self.boxes, boxes))
        self.speeds = np.concatenate((self.speeds, np.zeros_like(boxes)))
        self.variances = np.concatenate((self.variances, variances), axis=1)

    def keep(self, rows: Mask) -> None:
        """Forget the rows that are False in (N,)."""
        self.boxes, self.speeds = self.boxes[rows], self.speeds[rows]
        self.variances = self.variances[:, rows]

    def predict(self, seconds: float, coasting: Mask) -> None:
        """Move every row on in time; rows that are coasting (N,) lose their speed on the way."""
        slowed = np.exp(-seconds / self._damping_s)
        travel_s = np.where(coasting, self._damping_s * (1.0 - slowed), seconds)[:, None]
        remains = np.where(coasting, slowed, 1.0)[:, None]
        density = self._density * (sizes_px(self.boxes)[:, None]) ** 2
        place, cross, speed = self.variances  # corrected in place, each before what it needs of the others changes
        travelled = travel_s * speed
        place += 2 * travel_s * cross
        place += travel_s**2 * speed
        place += density * seconds**3 / 3
        cross += travelled
        cross *= remains
        cross += density * seconds**2 / 2
        speed *= remains**2
        speed += density * seconds
        self.boxes += travel_s * self.speeds
        self.speeds *= remains
        np.maximum(self.boxes[:, 2:], 1.0, out=self.boxes[:, 2:])

    def hold(self, rows: Rows, boxes: Float64Array) -> None:
        """Put rows back to their place (M, 4) as centre and sides, at rest, as sure of it as of a measurement."""
        self.boxes[rows] = boxes
        self.speeds[rows] = 0.0
        size = sizes_px(boxes)[:, None]
        self.variances[0, rows] = (2 * self._measurement * size) ** 2
        self.variances[1, rows] = 0.0
        self.variances[2, rows] = (self._start_speed / 4 * size) ** 2

    def update(self, rows: Rows, measured: Float64Array) -> None:
        """Correct rows (M,) by what was measured, (M, 4) as centre and sides.

        One that was covered in part, or no longer is, is believed to be where it is measured, at the speed it had.
        """
        noise = (self._measurement * sizes_px(measured)[:, None]) ** 2
        place, cross, speed = self.variances[:, rows]
        believed = self.boxes[rows]
        gain_place = place / (place + noise)
        gain_speed = cross / (place + noise)
        surprise = measured - believed
        taller, shorter = np.maximum(measured[:, 3], believed[:, 3]), np.minimum(measured[:, 3], believed[:, 3])
        reshaped = taller > _RESHAPED * shorter
        gain_place[reshaped], gain_speed[reshaped] = 1.0, 0.0
        self.boxes[rows] = believed + gain_place * surprise
        self.speeds[rows] += gain_speed * surprise
        corrected = np.empty((3, *measured.shape))
        corrected[0] = gain_place * noise
        corrected[1] = (1 - gain_place) * cross
        corrected[2] = speed - gain_speed * cross
        self.variances[:, rows] = corrected

    def deviations_px(self, rows: Rows) -> Float64Array:
        """Standard deviation of where a measurement of these rows is expected, (M, 2) for centre x and y."""
        noise = (self._measurement * sizes_px(self.boxes[rows])[:, None]) ** 2
        return np.sqrt(self.variances[0, rows, :2] + noise)
