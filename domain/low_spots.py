"""Low spots as they are drawn: which waterline belongs to which, and what lies below it."""

from collections.abc import Sequence
from itertools import pairwise

from domain.camera import CameraConfig, Line, LineKind, Zone
from domain.coordinates import PointNorm

_NOTHING = 1e-6  # of the picture's area


def waterlines_of(camera: CameraConfig, zone: Zone) -> tuple[Line, ...]:
    """The waterlines that are drawn across a low spot; one is right."""
    return tuple(
        line for line in camera.lines if line.kind is LineKind.WATERLINE and _is_across(line, zone.polygon_norm)
    )


def below(zone: Zone, line: Line) -> tuple[PointNorm, ...]:
    """The part of a zone on a line's deep side, as a polygon; empty where nothing lies there."""
    return _cut(zone.polygon_norm, line, 1.0)


def above(zone: Zone, line: Line) -> tuple[PointNorm, ...]:
    """The part that stays dry."""
    return _cut(zone.polygon_norm, line, -1.0)


def _is_across(line: Line, corners: Sequence[PointNorm]) -> bool:
    """Whether its middle lies between the zone's parts: the line as it is drawn meets the zone and parts it."""
    start, end = line.points_norm
    return any(
        _side(one, other, start) * _side(one, other, end) <= 0
        and _side(start, end, one) * _side(start, end, other) <= 0
        for one, other in pairwise((*corners, corners[0]))
    )


def _cut(corners: Sequence[PointNorm], line: Line, sign: float) -> tuple[PointNorm, ...]:
    """What of a polygon lies on one side of the endless line (Sutherland and Hodgman 1974)."""
    start, end = line.points_norm
    sign *= 1.0 if _side(start, end, line.beyond_norm) > 0 else -1.0
    kept: list[PointNorm] = []
    for one, other in pairwise((*corners, corners[0])):
        here, there = sign * _side(start, end, one), sign * _side(start, end, other)
        if here >= 0:
            kept.append(one)
        if here * there < 0:
            share = here / (here - there)
            kept.append((one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])))
    return tuple(kept) if _area(kept) > _NOTHING else ()


def _area(corners: Sequence[PointNorm]) -> float:
    """Of a polygon, in shares of the picture; 0 for less than three corners."""
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise((*corners, *corners[:1])))) / 2


def _side(start: PointNorm, end: PointNorm, point: PointNorm) -> float:
    """Twice the area of the triangle: positive on the right of who walks from start to end."""
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])
