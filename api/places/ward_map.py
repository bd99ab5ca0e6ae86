"""The wards of the city as polygons: which ward a point lies in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from domain.camera import Position

NEAR_BORDER_M: Final = 20.0  # a camera's place is measured no better
METRES_A_DEGREE: Final = 111_320.0  # of latitude; of longitude times the cosine of the latitude


@dataclass(frozen=True, slots=True, kw_only=True)
class Ward:
    """One ward: a commune-level unit with borders."""

    key: str  # as accounts and topics name it
    name: str  # as its people write it
    outline: BaseGeometry  # polygon or multipolygon; longitude and latitude in degrees (WGS-84)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWard:
    """The ward of a point."""

    ward: Ward
    neighbour: Ward | None  # so near that an error of the point could make it another ward's


class WardMap:
    """All wards, by place. Safe to use from every thread.

    Args:
        wards: whose outlines do not overlap, but for slivers along borders.
    """

    def __init__(self, wards: Sequence[Ward]) -> None:
        self.wards = tuple(sorted(wards, key=lambda ward: ward.key))
        self._tree = shapely.STRtree([ward.outline for ward in self.wards])

    def find(self, position: Position) -> FoundWard | None:
        """The ward of a point; None where no ward is. In a sliver that two wards hold, the first by key."""
        point = shapely.Point(position.longitude_deg, position.latitude_deg)
        around = _around(position, NEAR_BORDER_M)
        near = [self.wards[index] for index in sorted(self._tree.query(around, predicate="intersects").tolist())]
        within = [ward for ward in near if shapely.intersects(ward.outline, point)]
        if not within:
            return None
        others = [ward for ward in near if ward is not within[0]]
        return FoundWard(ward=within[0], neighbour=others[0] if others else None)


def _around(position: Position, radius_m: float) -> BaseGeometry:
    """A circle of metres around a point, in degrees."""
    high = radius_m / METRES_A_DEGREE
    wide = high / max(math.cos(math.radians(position.latitude_deg)), 1e-3)
    circle = shapely.Point(0.0, 0.0).buffer(1.0)
    return shapely.transform(circle, lambda xy: xy * (wide, high) + (position.longitude_deg, position.latitude_deg))
