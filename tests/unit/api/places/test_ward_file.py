"""Borders of wards: every mistake is told with its place and what to do; a point is in the ward that holds it."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.places.ward_file import read_wards
from api.places.ward_map import FoundWard
from domain.camera import Position
from domain.errors import ConfigurationFaults
from tests.builders.wards import PHU_XUAN, THUAN_HOA, feature, write_wards

METRE = 1 / 106_700  # degrees of longitude at Hue


def at(latitude: float, longitude: float) -> Position:
    return Position(latitude_deg=latitude, longitude_deg=longitude)


def faults(path: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(ConfigurationFaults) as told:
        read_wards(path)
    assert all(fault.file == str(path) and fault.remedy for fault in told.value.faults)
    return [(fault.where, fault.problem, fault.remedy) for fault in told.value.faults]


def keys(found: FoundWard | None) -> tuple[str, str | None] | None:
    return None if found is None else (found.ward.key, found.neighbour.key if found.neighbour else None)


def test_a_point_is_in_the_ward_that_holds_it(tmp_path: Path) -> None:
    wards = read_wards(write_wards(tmp_path))
    assert [(ward.key, ward.name) for ward in wards.wards] == [
        ("phu-xuan", "Phường Phú Xuân"),
        ("thuan-hoa", "Phường Thuận Hóa"),
    ]
    assert keys(wards.find(at(16.4637, 107.5909))) == ("thuan-hoa", None)
    assert keys(wards.find(at(16.4637, 107.5500))) == ("phu-xuan", None)
    assert wards.find(at(16.4637, 107.7000)) is None
    assert wards.find(at(16.4637, 107.5400 - 5 * METRE)) is None, "nobody's, however near"


def test_at_a_border_the_neighbour_is_named_and_on_it_the_first_by_key_holds(tmp_path: Path) -> None:
    wards = read_wards(write_wards(tmp_path))
    assert keys(wards.find(at(16.4637, 107.57 + 15 * METRE))) == ("thuan-hoa", "phu-xuan")
    assert keys(wards.find(at(16.4637, 107.57 + 25 * METRE))) == ("thuan-hoa", None)
    assert keys(wards.find(at(16.4637, 107.57))) == ("phu-xuan", "thuan-hoa")


def test_an_island_of_another_ward_is_a_hole_and_a_ward_may_have_several_parts(tmp_path: Path) -> None:
    hole = [[107.58, 16.46], [107.59, 16.46], [107.59, 16.47], [107.58, 16.47], [107.58, 16.46]]
    far = [[108.0, 16.0], [108.1, 16.0], [108.1, 16.1], [108.0, 16.1], [108.0, 16.0]]
    parts = {"type": "MultiPolygon", "coordinates": [[hole], [far]]}
    island = {"type": "Feature", "properties": {"name": "Kim Long"}, "geometry": parts}
    wards = read_wards(write_wards(tmp_path, [feature("Thuận Hóa", THUAN_HOA, hole), island]))
    assert keys(wards.find(at(16.465, 107.585))) == ("kim-long", None)
    assert keys(wards.find(at(16.05, 108.05))) == ("kim-long", None)
    assert keys(wards.find(at(16.475, 107.585))) == ("thuan-hoa", None)


def test_borders_that_cross_a_little_are_let_pass_and_more_is_told(tmp_path: Path) -> None:
    def shifted(metres: float) -> list[list[float]]:
        return [[x + metres * METRE if x == 107.57 else x, y] for x, y in PHU_XUAN]

    little = write_wards(tmp_path, [feature("Thuận Hóa", THUAN_HOA), feature("Phú Xuân", shifted(15))])
    assert len(read_wards(little).wards) == 2
    told = faults(write_wards(tmp_path, [feature("Thuận Hóa", THUAN_HOA), feature("Phú Xuân", shifted(60))]))
    ((where, problem, remedy),) = told
    assert where == "Thuận Hóa"
    assert problem.startswith("it overlaps Phú Xuân over 20.0 ha, around 16.46")
    assert "one border" in remedy


OPEN = THUAN_HOA[:-1]
BOW = [[107.57, 16.45], [107.60, 16.48], [107.60, 16.45], [107.57, 16.48], [107.57, 16.45]]
FLAT = [[107.57, 16.45], [107.58, 16.45], [107.59, 16.45], [107.57, 16.45]]
SWAPPED = [[y, x] for x, y in THUAN_HOA]
IN_METRES = [[560_000.0, 1_820_000.0], *THUAN_HOA]


@pytest.mark.parametrize(
    ("wrong", "problem", "remedy"),
    [
        (feature("Thuận Hóa", OPEN), "is not closed, it ends at 16.48", "first point"),
        (feature("Thuận Hóa", OPEN[:3]), "has 3 points", "first point"),
        (feature("Thuận Hóa", BOW), "Self-intersection[107.58", "Fix geometries"),
        (feature("Thuận Hóa", FLAT), "no simple one", "Fix geometries"),
        (feature("Thuận Hóa", SWAPPED), "no longitude and latitude", "exchange them"),
        (feature("Thuận Hóa", IN_METRES), "no longitude and latitude", "EPSG:4326"),
        (feature("Thuận Hóa", [["a", 1], *THUAN_HOA]), "no [longitude, latitude]", "anew"),
        (feature("Thuận Hóa", [[*THUAN_HOA[0], 5.0], *THUAN_HOA[1:]]), "different lengths", "without heights"),
        (feature("Thuận Hóa", [[*each, 5.0, 1.0] for each in THUAN_HOA]), "more than a height", "without heights"),
        (feature("Thuận Hóa", [[107.57, 10**400], *THUAN_HOA[1:]]), "no [longitude, latitude]", "anew"),
        ({"properties": {"name": "X"}, "geometry": {"type": ["Polygon"]}}, "not a Polygon", "as an area"),
        (feature("", THUAN_HOA), "no property `name`", "add one"),
        ({"type": "Feature", "properties": {"name": "X"}, "geometry": None}, "missing", "as an area"),
        ({"properties": {"name": "X"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}, "is Point", "as an area"),
        ({"properties": {"name": "X"}, "geometry": {"type": "Polygon", "coordinates": "no"}}, "no lists", "anew"),
        (7, "no property `name`", "add one"),
    ],
)
def test_what_is_wrong_is_told_with_the_ward_and_what_to_do(
    tmp_path: Path, wrong: Any, problem: str, remedy: str
) -> None:
    told = faults(write_wards(tmp_path, [feature("Phường Phú Xuân", PHU_XUAN), wrong]))
    assert any(problem in each[1] and remedy in each[2] for each in told), told
    assert all(where.startswith("features[1]") for where, _, _ in told)


def test_every_fault_is_told_at_once_and_a_ward_is_there_once(tmp_path: Path) -> None:
    far = [[x + 1, y] for x, y in THUAN_HOA]
    told = faults(
        write_wards(
            tmp_path, [feature("P. Thuận Hoá", THUAN_HOA), feature("Thuận Hóa", far), feature("Phú Xuân", OPEN)]
        )
    )
    assert [where for where, _, _ in told] == ["features[1] (Thuận Hóa)", "features[2] (Phú Xuân)"]
    assert "is there already under the key 'thuan-hoa'" in told[0][1]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no FeatureCollection"),
        (b'{"features": []}', "no FeatureCollection"),
        (json.dumps({"features": [{}], "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::3405"}}}).encode(), "WGS"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "wards.geojson"
    path.write_bytes(content)
    assert problem in faults(path)[0][1]
    assert "cannot be read" in faults(tmp_path / "none.geojson")[0][1]


cuts = st.lists(st.integers(1, 199), min_size=1, max_size=6, unique=True).map(sorted)


@given(columns=cuts, x=st.integers(-10, 409), y=st.integers(-10, 209))
def test_whoever_stands_inside_one_strip_is_in_that_strip_alone(
    tmp_path_factory: pytest.TempPathFactory, columns: list[int], x: int, y: int
) -> None:
    edges = [0, *columns, 200]
    names = [f"Phường {number}" for number in range(len(edges) - 1)]

    def strip(left: int, right: int) -> list[list[float]]:
        corners = [(left, 0), (right, 0), (right, 100), (left, 100), (left, 0)]
        return [[107 + a / 1000, 16 + b / 1000] for a, b in corners]

    strips = [feature(name, strip(a, b)) for name, (a, b) in zip(names, pairwise(edges), strict=True)]
    wards = read_wards(write_wards(tmp_path_factory.mktemp("strips"), strips))
    found = wards.find(at(16 + (y + 0.5) / 2000, 107 + (x + 0.5) / 2000))
    place = (x + 0.5) / 2
    inside = [n for n, (a, b) in enumerate(pairwise(edges)) if a < place < b and 0 < y + 0.5 < 200]
    assert (found.ward.key if found else None) == (str(inside[0]) if inside else None)
