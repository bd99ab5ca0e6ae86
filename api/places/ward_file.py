"""Reads ward borders from GeoJSON (RFC 7946) and tells every fault at once, with its place and what to do."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from api.places.ward_map import METRES_A_DEGREE, Ward, WardMap
from domain.errors import ConfigurationFaults, Fault
from domain.reminder_outcome import ward_key

OVERLAP_TOLERANCE_M: Final = 20.0  # borders of neighbours that were drawn apart may cross by so much
_MOST_BYTES: Final = 20_000_000
_MOST_WARDS: Final = 2000
_LARGEST: Final = 1e9  # of a coordinate; more is no number of this world, nor is what is none
_LONGEST_POINT: Final = 3  # longitude, latitude, a height
_LEAST_RING: Final = 4  # points, the last of them the first
_CLOSED = "end each ring with its first point"
_WGS84 = "export it as WGS-84 (EPSG:4326), longitude before latitude"
_REPAIR = "mend it there in the map program (QGIS: Fix geometries)"


def read_wards(path: Path) -> WardMap:
    """The wards of a file.

    Args:
        path: a FeatureCollection of polygons or multipolygons, each with a property ``name``.

    Raises:
        ConfigurationFaults: everything that is wrong with it.
    """
    features = _features(path)
    faults: list[Fault] = []
    wards: dict[str, Ward] = {}
    for number, feature in enumerate(features):
        name = _name(feature)
        where = f"features[{number}]" + (f" ({name})" if name else "")
        found = list(_faults_of(feature, name))
        key = ward_key(name)
        if not found and key in wards:
            found = [(f"{wards[key].name!r} is there already under the key {key!r}", "give each ward one feature")]
        faults += [_fault(path, where, *each) for each in found]
        if not found:
            wards[key] = Ward(key=key, name=name, outline=shape(feature["geometry"]))
    faults += [_fault(path, *each) for each in _overlaps(tuple(wards.values()))]
    if faults:
        raise ConfigurationFaults(tuple(faults))
    return WardMap(tuple(wards.values()))


def _features(path: Path) -> list[Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        told = _fault(path, "", f"the file cannot be read ({error.strerror})", "check the path and who may read it")
        raise ConfigurationFaults((told,)) from error
    if len(content) > _MOST_BYTES:
        told = _fault(path, "", f"the file has more than {_MOST_BYTES:,} bytes", "simplify the borders to about 1 m")
        raise ConfigurationFaults((told,))
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        told = _fault(path, "", f"no JSON ({error})", "export it anew as GeoJSON")
        raise ConfigurationFaults((told,)) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not 0 < len(features) <= _MOST_WARDS:
        problem = f"no FeatureCollection with 1 to {_MOST_WARDS} features"
        raise ConfigurationFaults((_fault(path, "features", problem, "export one feature a ward"),))
    named = str(document.get("crs", ""))
    if named and not any(word in named for word in ("CRS84", "4326", "WGS")):
        raise ConfigurationFaults((_fault(path, "crs", "another coordinate system than WGS-84", _WGS84),))
    return features


def _name(feature: Any) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name.strip()[:300] if isinstance(name, str) else ""


def _faults_of(feature: Any, name: str) -> Iterator[tuple[str, str]]:
    """What is wrong with one feature, and what to do."""
    if not ward_key(name):
        yield "it has no property `name` with letters", 'add one, e.g. "name": "Phường Thuận Hóa"'
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    geometry = geometry if isinstance(geometry, dict) else {}
    kind = geometry.get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        yield f"its geometry is {kind or 'missing'}, not a Polygon or MultiPolygon", "draw the ward's border as an area"
        return
    coordinates = geometry.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    found = list(_ring_faults(polygons))
    yield from found
    if not found:
        yield from _shape_faults(geometry)


def _ring_faults(polygons: Any) -> Iterator[tuple[str, str]]:
    if not _is_list(polygons) or not all(_is_list(polygon) for polygon in polygons):
        yield "its coordinates are no lists of rings", "export it anew as GeoJSON"
        return
    for ring in (ring for polygon in polygons for ring in polygon):
        if not _is_list(ring) or not all(_is_point(point) for point in ring):
            yield "a ring holds something that is no [longitude, latitude]", "export it anew as GeoJSON"
        elif outside := next((point for point in ring if not _on_earth(point)), None):
            swapped = abs(outside[0]) <= 90 and abs(outside[1]) <= 180  # noqa: PLR2004 - degrees
            problem = f"the point {outside[:2]} is no longitude and latitude in degrees"
            yield problem, "exchange them: longitude stands first" if swapped else _WGS84
        elif len({len(point) for point in ring}) > 1 or len(ring[0]) > _LONGEST_POINT:
            problem = f"the points of a ring near {_at(ring[0])} have different lengths, or more than a height"
            yield problem, "export it anew as GeoJSON without heights"
        elif len(ring) < _LEAST_RING:
            yield f"a ring near {_at(ring[0])} has {len(ring)} points, at least {_LEAST_RING} are needed", _CLOSED
        elif ring[0][:2] != ring[-1][:2]:
            yield f"the ring that begins at {_at(ring[0])} is not closed, it ends at {_at(ring[-1])}", _CLOSED


def _shape_faults(geometry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    outline = shape(geometry)
    if not outline.is_valid:
        # e.g. "Self-intersection[107.58 16.46]"
        yield f"its border is no simple one: {shapely.is_valid_reason(outline)}", _REPAIR
    elif outline.area == 0:
        yield "its border encloses nothing", "draw the ward's border as an area"


def _overlaps(wards: tuple[Ward, ...]) -> Iterator[tuple[str, str, str]]:
    """Wards that hold the same ground, by more than neighbours' borders may cross."""
    tree = shapely.STRtree([ward.outline for ward in wards])
    for index, ward in enumerate(wards):
        for other in sorted(tree.query(ward.outline, predicate="intersects").tolist()):
            if other <= index:
                continue
            shared = _in_metres(shapely.intersection(ward.outline, wards[other].outline))
            if shared.area == 0 or shared.buffer(-OVERLAP_TOLERANCE_M / 2).is_empty:
                continue
            deepest = shapely.intersection(ward.outline, wards[other].outline).representative_point()
            problem = (
                f"it overlaps {wards[other].name} over {shared.area / 10_000:.1f} ha, around {_at(deepest.coords[0])}"
            )
            yield ward.name, problem, f"draw one border; crossings up to {OVERLAP_TOLERANCE_M:.0f} m wide are let pass"


def _in_metres(outline: BaseGeometry) -> BaseGeometry:
    """An outline in metres east and north, true to about a thousandth within a city."""
    if outline.is_empty:
        return outline
    latitude = outline.centroid.y
    scale = (METRES_A_DEGREE * math.cos(math.radians(latitude)), METRES_A_DEGREE)
    return shapely.transform(outline, lambda xy: xy * scale)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_point(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= 2  # noqa: PLR2004 - longitude and latitude, perhaps a height
        and all(_is_number(each) for each in value)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _on_earth(point: list[float]) -> bool:
    return abs(point[0]) <= 180 and abs(point[1]) <= 90  # noqa: PLR2004 - degrees


def _at(point: Any) -> str:
    return f"{point[1]:.5f}, {point[0]:.5f}"


def _fault(path: Path, where: str, problem: str, remedy: str) -> Fault:
    return Fault(file=str(path), line=None, where=where, problem=problem, remedy=remedy)
