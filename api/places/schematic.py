"""A map of the city without a map: borders of wards and marks of cameras as SVG, which asks nobody for anything."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from statistics import median
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from api.places.ward_map import METRES_A_DEGREE, Ward
from domain.camera import Position

WIDTH: Final = 1000
_FARTHEST_DEG: Final = 1.0  # about 110 km: farther from its middle no city reaches
_LEAST_M: Final = 400.0  # a single camera still has streets around it
_MARGIN: Final = 0.06
_TALLEST: Final = 1.3  # of the width
_FLATTEST: Final = 0.45
_MARK: Final = 11.0
_FINEST_M: Final = 5.0  # borders are drawn no finer


class MarkKind(StrEnum):
    """How a camera is, the worst first; each has a colour and a shape of its own."""

    ALERT = "alert"  # an alert stands there
    LOST = "lost"  # no pictures: its stream or its box is away
    UNWELL = "unwell"  # its box names a problem of it
    UNKNOWN = "unknown"  # nothing was said of its stream yet
    WELL = "well"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One camera on the map."""

    position: Position
    kind: MarkKind
    title: str  # read aloud, and shown when it is pointed at
    href: str


def schematic_svg(wards: Sequence[Ward], marks: Sequence[Mark], *, label: str) -> str:
    """The map; what has no place (0, 0), or one far from the city, is not on it.

    Args:
        wards: whose borders are drawn; may be empty.
        marks: cameras; those that need a look are drawn last, over the others.
        label: what the map is, for who does not see it.
    """
    placed = in_the_city(wards, marks)
    frame = _Frame.around(wards, placed)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {frame.height:.0f}" role="group"'
        f' aria-label="{escape(label)}" class="mt-map">'
    ]
    parts += [_ward(ward, frame) for ward in wards]
    order = list(MarkKind)
    parts += [_mark(mark, frame) for mark in sorted(placed, key=lambda mark: -order.index(mark.kind))]
    return "".join([*parts, "</svg>"])


def in_the_city(wards: Sequence[Ward], marks: Sequence[Mark]) -> list[Mark]:
    """Marks that a map can show: one wrong place may not make all the others a single point.

    Args:
        wards: the city; none: most of the marks lie in it.
        marks: of cameras.
    """
    placed = [mark for mark in marks if mark.position.latitude_deg or mark.position.longitude_deg]
    if not placed:
        return []
    boxes = [ward.outline.bounds for ward in wards]
    if boxes:
        longitude = (min(box[0] for box in boxes) + max(box[2] for box in boxes)) / 2
        latitude = (min(box[1] for box in boxes) + max(box[3] for box in boxes)) / 2
    else:
        longitude = median(mark.position.longitude_deg for mark in placed)
        latitude = median(mark.position.latitude_deg for mark in placed)
    near = [
        mark
        for mark in placed
        if abs(mark.position.latitude_deg - latitude) <= _FARTHEST_DEG
        and abs(mark.position.longitude_deg - longitude) <= _FARTHEST_DEG
    ]
    return near or placed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """From degrees to the drawing: true to scale within a city."""

    west: float
    north: float
    per_longitude: float
    per_latitude: float
    height: float

    @classmethod
    def around(cls, wards: Sequence[Ward], marks: Sequence[Mark]) -> "_Frame":
        points = [(mark.position.longitude_deg, mark.position.latitude_deg) for mark in marks]
        for ward in wards:
            west, south, east, north = ward.outline.bounds
            points += [(west, south), (east, north)]
        points = points or [(107.59, 16.46)]
        west, east = min(x for x, _ in points), max(x for x, _ in points)
        south, north = min(y for _, y in points), max(y for _, y in points)
        squeeze = max(math.cos(math.radians((south + north) / 2)), 1e-3)
        least = _LEAST_M / METRES_A_DEGREE
        wide = max((east - west) * squeeze, least) * (1 + 2 * _MARGIN)
        high = max(north - south, least) * (1 + 2 * _MARGIN)
        high, wide = max(high, wide * _FLATTEST), max(wide, high / _TALLEST)
        scale = WIDTH / wide
        return cls(
            west=(west + east) / 2 - wide / squeeze / 2,
            north=(south + north) / 2 + high / 2,
            per_longitude=scale * squeeze,
            per_latitude=scale,
            height=high * scale,
        )

    def at(self, longitude_deg: float, latitude_deg: float) -> tuple[float, float]:
        return (longitude_deg - self.west) * self.per_longitude, (self.north - latitude_deg) * self.per_latitude


def _ward(ward: Ward, frame: _Frame) -> str:
    outline = shapely.simplify(ward.outline, _FINEST_M / METRES_A_DEGREE)
    rings = " ".join(_path(ring.coords, frame) for ring in _rings(outline))
    x, y = frame.at(*ward.outline.representative_point().coords[0])
    name = escape(ward.name)
    return (
        f'<path class="mt-map-ward" d="{rings}"/>'
        f'<text class="mt-map-name" x="{x:.0f}" y="{y:.0f}" text-anchor="middle">{name}</text>'
    )


def _rings(outline: BaseGeometry) -> Iterator[BaseGeometry]:
    for polygon in shapely.get_parts(outline):
        yield polygon.exterior
        yield from polygon.interiors


def _path(points: Sequence[tuple[float, ...]], frame: _Frame) -> str:
    corners = [frame.at(point[0], point[1]) for point in points]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"


def _mark(mark: Mark, frame: _Frame) -> str:
    x, y = frame.at(mark.position.longitude_deg, mark.position.latitude_deg)
    title = escape(mark.title)
    return (
        f'<a href="{escape(mark.href)}" class="mt-map-{mark.kind}" aria-label="{title}"><title>{title}</title>'
        f"{_SHAPES[mark.kind].format(x=round(x, 1), y=round(y, 1), r=_MARK, path=_polygon(mark.kind, x, y))}</a>"
    )


_CORNERS: Mapping[MarkKind, tuple[tuple[float, float], ...]] = {
    MarkKind.LOST: ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    MarkKind.UNWELL: ((0.0, -1.1), (1.0, 0.8), (-1.0, 0.8)),
    MarkKind.ALERT: ((0.0, -1.4), (1.4, 0.0), (0.0, 1.4), (-1.4, 0.0)),
}
_SHAPES: Mapping[MarkKind, str] = {
    MarkKind.ALERT: '<circle class="mt-map-ring" cx="{x}" cy="{y}" r="24"/><polygon points="{path}"/>',
    MarkKind.LOST: '<polygon points="{path}"/>',
    MarkKind.UNWELL: '<polygon points="{path}"/>',
    MarkKind.UNKNOWN: '<circle cx="{x}" cy="{y}" r="{r}"/>',
    MarkKind.WELL: '<circle cx="{x}" cy="{y}" r="{r}"/>',
}


def _polygon(kind: MarkKind, x: float, y: float) -> str:
    return " ".join(f"{x + dx * _MARK:.1f},{y + dy * _MARK:.1f}" for dx, dy in _CORNERS.get(kind, ()))
