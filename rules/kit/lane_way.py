"""Ways in a lane: how far sightings went along its direction and aside, in metres or shares of the picture's height."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import shapely

from domain.camera import CameraConfig, Zone
from domain.geometry import PointNorm
from domain.instants import seconds_between
from domain.seen.track import TrackPoint
from rules.kit.ground import road_from_image, to_road

_WINDOW_S = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneStep:
    """A sighting in a lane; metres, or shares of the picture's height."""

    point: TrackPoint
    place: PointNorm  # where it touched the ground in the picture
    along: float  # along the lawful direction
    across: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A lane with its direction, ready to measure."""

    zone: Zone
    polygon: shapely.Polygon
    on_plane: Callable[[PointNorm, float], tuple[float, float]]  # point, width over height of the picture

    def measure(self, point: TrackPoint, place: PointNorm, aspect: float) -> LaneStep:
        """Where a sighting lies in the lane.

        Args:
            point: the sighting.
            place: where it touches the ground, normalised.
            aspect: width over height of the picture.

        Raises:
            ValueError: the lane has no direction.
        """
        direction = self.zone.direction_norm
        if direction is None:
            raise ValueError(f"lane {self.zone.id} has no direction")
        (tail_x, tail_y), (head_x, head_y) = (self.on_plane(end, aspect) for end in direction)
        length = math.dist((tail_x, tail_y), (head_x, head_y))
        unit_x, unit_y = (head_x - tail_x) / length, (head_y - tail_y) / length
        x, y = self.on_plane(place, aspect)
        return LaneStep(point=point, place=place, along=x * unit_x + y * unit_y, across=y * unit_x - x * unit_y)


def way_of(run: Sequence[LaneStep]) -> tuple[float, float]:
    """How far a run went against the direction and aside: from its first moments to its last, never box to box.

    One box that jitters decides nothing: each end is the median of at least two sightings.
    """
    first = [step for step in run if seconds_between(run[0].point.at, step.point.at) <= _WINDOW_S]
    last = [step for step in run if seconds_between(step.point.at, run[-1].point.at) <= _WINDOW_S]
    first, last = max(first, list(run)[:2], key=len), max(last, list(run)[-2:], key=len)
    against = statistics.median(step.along for step in first) - statistics.median(step.along for step in last)
    aside = statistics.median(step.across for step in last) - statistics.median(step.across for step in first)
    return against, abs(aside)


def metres(camera: CameraConfig) -> Callable[[PointNorm, float], tuple[float, float]]:
    """Takes normalised places to metres on the road.

    Raises:
        ValueError: the camera's ground points span no plane.
    """
    matrix = road_from_image(camera.ground_points)

    def on_road(point: PointNorm, aspect: float) -> tuple[float, float]:
        del aspect
        return to_road(matrix, point)

    return on_road


def shares_of_height(point: PointNorm, aspect: float) -> tuple[float, float]:
    """A place with the picture's height as the unit."""
    return (point[0] * aspect, point[1])
