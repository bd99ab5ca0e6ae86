"""What lies below a waterline, and which waterline belongs to which low spot."""

import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.camera import CameraConfig, Line, LineKind, Zone, ZoneKind
from domain.coordinates import PointNorm
from domain.low_spots import above, below, waterlines_of
from tests.builders.drives import CameraBuilder

SQUARE = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
points = st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0))


def spot(corners: tuple[PointNorm, ...] = SQUARE) -> Zone:
    return Zone(id="dip", kind=ZoneKind.LOW_SPOT, polygon_norm=corners)


def level(start: PointNorm, end: PointNorm, beyond: PointNorm) -> Line:
    return Line(id="level", kind=LineKind.WATERLINE, points_norm=(start, end), beyond_norm=beyond)


def test_the_deep_side_is_the_one_that_is_pointed_at() -> None:
    line = level((0.1, 0.5), (0.9, 0.5), (0.5, 0.7))
    assert shapely.Polygon(below(spot(), line)).bounds == pytest.approx((0.2, 0.5, 0.8, 0.8))
    assert shapely.Polygon(above(spot(), line)).bounds == pytest.approx((0.2, 0.2, 0.8, 0.5))
    turned = level((0.9, 0.5), (0.1, 0.5), (0.5, 0.7))
    assert shapely.Polygon(below(spot(), turned)).equals(shapely.Polygon(below(spot(), line)))


def test_a_line_beside_the_zone_leaves_nothing_on_one_side() -> None:
    line = level((0.1, 0.1), (0.9, 0.1), (0.5, 0.7))
    assert above(spot(), line) == ()
    assert below(spot(), line) == SQUARE


@given(st.lists(points, min_size=3, max_size=6), points, points, points)
def test_both_parts_make_the_zone(corners: list[PointNorm], start: PointNorm, end: PointNorm, deep: PointNorm) -> None:
    hull = shapely.MultiPoint(corners).convex_hull
    assume(hull.geom_type == "Polygon" and hull.area > 0.01)
    area = (end[0] - start[0]) * (deep[1] - start[1]) - (end[1] - start[1]) * (deep[0] - start[0])
    assume(abs(area) > 1e-6)
    zone, line = spot(tuple(hull.exterior.coords[:-1])), level(start, end, deep)
    parts = [
        shapely.Polygon(part) if len(part) > 2 else shapely.Polygon() for part in (below(zone, line), above(zone, line))
    ]
    assert sum(part.area for part in parts) == pytest.approx(hull.area, abs=1e-5)
    assert parts[0].intersection(parts[1]).area == pytest.approx(0.0, abs=1e-9)
    if hull.contains(shapely.Point(deep)):
        assert parts[0].is_empty or parts[0].distance(shapely.Point(deep)) < 1e-9


def camera(*lines: tuple[str, LineKind, PointNorm, PointNorm]) -> CameraConfig:
    builder = CameraBuilder().zone("dip", ZoneKind.LOW_SPOT, *SQUARE)
    for name, kind, start, end in lines:
        builder.line(name, kind, start, end, beyond=(0.5, 0.95))
    return builder.build()


def test_a_waterline_belongs_to_the_low_spot_that_it_crosses() -> None:
    drawn = camera(
        ("level", LineKind.WATERLINE, (0.1, 0.5), (0.9, 0.5)),
        ("elsewhere", LineKind.WATERLINE, (0.1, 0.9), (0.9, 0.9)),
        ("marking", LineKind.SOLID_LINE, (0.1, 0.6), (0.9, 0.6)),
    )
    assert [line.id for line in waterlines_of(drawn, drawn.zones[0])] == ["level"]
    short = camera(("level", LineKind.WATERLINE, (0.4, 0.5), (0.6, 0.5)))
    assert waterlines_of(short, short.zones[0]) == (), "one that ends inside parts nothing"
