"""How well a camera's ground points agree, and where they say nothing."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import shapely

from domain.camera import CameraConfig, GroundPoint, ZoneKind
from domain.geometry import Float64Array, PointNorm
from matthan.drawing.mistake import Mistake
from rules.kit.ground import MIN_POINTS, are_before_horizon, road_from_image, to_road
from rules.kit.ground_error import GroundError

_MOST_OFF_M = 0.5
_ENOUGH_TO_LEAVE_ONE_OUT = MIN_POINTS + 2
_LEAST_SPREAD = 0.02  # of the picture's area, inside the outermost points
_MOST_ERROR_SHARE = 0.1  # one standard deviation of a length, as a share of it
_NOT_MEASURED = frozenset(
    {ZoneKind.IGNORE, ZoneKind.PRIVACY_MASK, ZoneKind.PERMITTED_BAY, ZoneKind.JUNCTION, ZoneKind.CROSSWALK}
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """The plane that fits a camera's ground points best."""

    matrix: Float64Array  # (3, 3), metres on the road from shares of the picture
    points: tuple[GroundPoint, ...]

    def at(self, point_norm: PointNorm) -> tuple[float, float]:
        """Metres on the road."""
        return to_road(self.matrix, point_norm)

    def all_before_horizon(self, points_norm: Iterable[PointNorm]) -> bool:
        """Whether points lie on the road's side of the horizon: above it there is no road."""
        return are_before_horizon(self.matrix, points_norm)

    @property
    def off_m(self) -> tuple[float, ...]:
        """How far each point lies from where the plane puts it."""
        return tuple(math.dist(self.at(point.image_norm), point.road_m) for point in self.points)

    @property
    def rms_m(self) -> float:
        """Root mean square of that."""
        return math.sqrt(sum(off**2 for off in self.off_m) / len(self.points))

    @property
    def worst(self) -> int:
        """Index of the point that contradicts the others most.

        Without it, the others agree best; where too few would be left to tell, the one that is farthest off.
        """
        if len(self.points) < _ENOUGH_TO_LEAVE_ONE_OUT:
            return max(range(len(self.points)), key=lambda index: self.off_m[index])
        return min(range(len(self.points)), key=self._rms_without)

    def away_m(self, index: int) -> float:
        """How far a point lies from where the others put it; where they are too few, from the plane of all."""
        others = self._without(index)
        if others is None or len(self.points) < _ENOUGH_TO_LEAVE_ONE_OUT:
            return self.off_m[index]
        return math.dist(others.at(self.points[index].image_norm), self.points[index].road_m)

    def _rms_without(self, index: int) -> float:
        others = self._without(index)
        return math.inf if others is None else others.rms_m

    def _without(self, index: int) -> "Calibration | None":
        try:
            return _fitted(self.points[:index] + self.points[index + 1 :])
        except ValueError:
            return None


def calibration_of(camera: CameraConfig) -> Calibration | None:
    """The plane of a camera's ground points; None where there are too few, or they span none."""
    if len(camera.ground_points) < MIN_POINTS:
        return None
    try:
        return _fitted(camera.ground_points)
    except ValueError:
        return None


def described(camera: CameraConfig) -> str:
    """In which unit a camera measures lengths, and how well its points agree."""
    calibration = calibration_of(camera)
    if calibration is None:
        return "lengths in shares of the picture (ground not calibrated)"
    count = len(calibration.points)
    if count == MIN_POINTS:
        return f"lengths in metres ({count} ground points, which nothing checks: measure a fifth)"
    farthest = max(range(count), key=lambda index: calibration.off_m[index])
    return (
        f"lengths in metres ({count} ground points, rms {calibration.rms_m:.2f} m, "
        f"worst ground_points.{farthest} {calibration.off_m[farthest]:.2f} m)"
    )


def calibration_mistakes(camera: CameraConfig) -> Iterator[Mistake]:
    """Ground points that contradict each other, span no plane, or lie elsewhere than what is judged."""
    points = camera.ground_points
    if not points:
        return
    if len(points) < MIN_POINTS:
        problem = f"{len(points)} ground points are no calibration: lengths stay shares of the picture"
        yield Mistake(("ground_points",), problem, f"measure at least {MIN_POINTS}, better 6", certain=False)
        return
    calibration = calibration_of(camera)
    if calibration is None:
        yield Mistake(("ground_points",), "the ground points lie in one line", "measure points across the road too")
        return
    is_folded = not calibration.all_before_horizon(point.image_norm for point in points)
    if is_folded or max(calibration.off_m) > _MOST_OFF_M:
        worst = calibration.worst
        problem = (
            f"the ground points contradict each other (rms {calibration.rms_m:.2f} m); point {worst} fits the others "
            f"least, it lies {calibration.away_m(worst):.2f} m from where they put it"
        )
        remedy = "measure it again, or leave it out; look whether east and north are exchanged"
        yield Mistake(("ground_points", worst), problem, remedy, certain=is_folded or calibration.rms_m > _MOST_OFF_M)
        return
    yield from _spread_mistakes(camera, calibration)


def _spread_mistakes(camera: CameraConfig, calibration: Calibration) -> Iterator[Mistake]:
    hull = shapely.MultiPoint([point.image_norm for point in calibration.points]).convex_hull
    if hull.area < _LEAST_SPREAD:
        problem = f"the ground points span {hull.area:.1%} of the picture: they lie in one corner only"
        yield Mistake(("ground_points",), problem, "measure points around all that is judged", certain=False)
        return
    error = GroundError(calibration.points, camera.reference_still_wh)
    judged: list[tuple[str, Sequence[PointNorm]]] = [
        *((zone.id, zone.polygon_norm) for zone in camera.zones if zone.kind not in _NOT_MEASURED),
        *((line.id, line.points_norm) for line in camera.lines),
    ]
    unsure = [f"{name} ({text})" for name, corners in judged if (text := _unsure(calibration, error, corners))]
    if unsure:
        problem = f"the ground points are too far away, or too few, to measure {', '.join(unsure)}"
        yield Mistake(("ground_points",), problem, "measure points there too", certain=False)


def _unsure(calibration: Calibration, error: GroundError, corners: Sequence[PointNorm]) -> str:
    """How badly the longest way across a shape is known; empty: well enough."""
    if not calibration.all_before_horizon(corners):
        return "above the horizon"
    start, end = max(combinations(corners, 2), key=lambda ends: error.distance_m(*ends))
    length_m, error_m = error.distance_m(start, end), error.of_distance_m(start, end)
    return f"{error_m:.1f} m in {length_m:.0f} m" if error_m > _MOST_ERROR_SHARE * length_m else ""


def _fitted(points: tuple[GroundPoint, ...]) -> Calibration:
    return Calibration(matrix=road_from_image(points), points=points)
