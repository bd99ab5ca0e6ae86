"""What is wrong with a drawing that is a valid file all the same: each mistake with its place and remedy."""

from collections.abc import Iterable, Iterator, Sequence

import shapely

from domain.camera import CameraConfig, Line, LineKind, Zone, ZoneKind
from domain.geometry import SizeWh, to_px
from matthan.drawing.approaches import approach_mistakes
from matthan.drawing.calibration import calibration_mistakes, calibration_of
from matthan.drawing.gates import gate_mistakes
from matthan.drawing.ground_mistakes import ground_mistakes
from matthan.drawing.low_spots import low_spot_mistakes
from matthan.drawing.mistake import Mistake
from matthan.drawing.occupied import occupied_mistakes
from plumbing.yaml_documents import Place

_NO_VEHICLES = frozenset(
    {ZoneKind.PRIVACY_MASK, ZoneKind.IGNORE, ZoneKind.CROSSWALK, ZoneKind.PERMITTED_USE, ZoneKind.LOW_SPOT}
)
_OPEN_TO = frozenset({ZoneKind.LANE, ZoneKind.CLOSED_ROAD})
_NEED_DIRECTION = frozenset({"WRONG_WAY", "WRONG_LANE"})

_LEAST_VEHICLE_M2 = 1.2  # a motorcycle: 1.8 m by 0.7 m
_LEAST_VEHICLE_SHARE = 0.0004  # of the picture: 30 by 27 pixels of 1920 by 1080
_LEAST_LINE_M = {LineKind.STOP_LINE: 1.5, LineKind.SOLID_LINE: 3.0, LineKind.GATE: 1.5, LineKind.WATERLINE: 1.0}
_LEAST_LINE_SHARE = 0.02  # of the picture's width
_AT_EDGE = 0.003
_MOSTLY = 0.5


def drawing_mistakes(camera: CameraConfig) -> tuple[Mistake, ...]:
    """Every mistake of a camera's drawing, in the order of the file's parts."""
    return (
        *(mistake for index, zone in enumerate(camera.zones) for mistake in _zone_mistakes(camera, index, zone)),
        *(mistake for index, line in enumerate(camera.lines) for mistake in _line_mistakes(camera, index, line)),
        *gate_mistakes(camera),
        *ground_mistakes(camera),
        *approach_mistakes(camera),
        *_directions_missing(camera),
        *_closed_and_open(camera),
        *occupied_mistakes(camera),
        *low_spot_mistakes(camera),
        *calibration_mistakes(camera),
    )


def _zone_mistakes(camera: CameraConfig, index: int, zone: Zone) -> Iterator[Mistake]:
    place: Place = ("zones", index, "polygon_norm")
    shape = shapely.Polygon(zone.polygon_norm)
    if not shape.is_valid:
        where = shapely.is_valid_reason(shape).rpartition("[")[2].rstrip("]").split()
        at = f" near [{float(where[0]):.3f}, {float(where[1]):.3f}]" if len(where) == 2 else ""  # noqa: PLR2004 - x, y
        yield Mistake(place, f"zone {zone.id}: its border crosses itself{at}", "draw its corners in order, around it")
        return
    yield from _too_small(camera, place, zone)
    if zone.kind not in _NO_VEHICLES and _blind_share(camera, shape) > _MOSTLY:
        problem = f"zone {zone.id} lies mostly where nothing is looked for (zones of kind ignore)"
        yield Mistake(place, problem, "shrink the ignored place, or leave the zone out", certain=False)
    if zone.direction_norm is not None:
        if zone.kind is not ZoneKind.LANE:
            problem = f"zone {zone.id}: only lanes have a direction"
            yield Mistake(("zones", index, "direction_norm"), problem, "leave it out, or make it a lane", certain=False)
        elif not shape.intersects(shapely.LineString(zone.direction_norm)):
            problem = f"zone {zone.id}: its direction's arrow lies outside it"
            yield Mistake(("zones", index, "direction_norm"), problem, "draw the arrow inside its lane", certain=False)
    if zone.open_to and zone.kind not in _OPEN_TO:
        problem = f"zone {zone.id}: open_to means nothing for the kind {zone.kind}"
        yield Mistake(
            ("zones", index, "open_to"), problem, "leave it out; lanes and closed roads have it", certain=False
        )


def _too_small(camera: CameraConfig, place: Place, zone: Zone) -> Iterator[Mistake]:
    if zone.kind in _NO_VEHICLES:
        return
    calibration = calibration_of(camera)
    if calibration is not None and calibration.all_before_horizon(zone.polygon_norm):
        area = shapely.Polygon([calibration.at(corner) for corner in zone.polygon_norm]).area
        if area < _LEAST_VEHICLE_M2:
            problem = f"zone {zone.id} has {area:.1f} m2: no vehicle fits"
            yield Mistake(place, problem, "draw the whole area, or mend the ground points", certain=False)
    elif (share := shapely.Polygon(zone.polygon_norm).area) < _LEAST_VEHICLE_SHARE:
        problem = f"zone {zone.id} covers {share:.3%} of the picture: no vehicle that is found fits"
        yield Mistake(place, problem, "draw the whole area", certain=False)


def _line_mistakes(camera: CameraConfig, index: int, line: Line) -> Iterator[Mistake]:
    place: Place = ("lines", index, "points_norm")
    if _along_an_edge(line.points_norm):
        problem = f"line {line.id} lies on the picture's edge: nobody is seen on both sides of it"
        yield Mistake(place, problem, "draw it inside the picture")
    yield from _too_short(camera, place, line)
    blind = _blind_share(camera, shapely.LineString(line.points_norm))
    if blind > _MOSTLY:
        problem = f"line {line.id} lies mostly where nothing is looked for (zones of kind ignore)"
        yield Mistake(place, problem, "shrink the ignored place, or leave the line out", certain=False)
    if line.signal is not None and line.kind is not LineKind.STOP_LINE:
        problem = f"line {line.id}: a signal governs stop lines, not a {line.kind}"
        yield Mistake(("lines", index, "signal"), problem, "leave it out, or make it a stop line", certain=False)


def _too_short(camera: CameraConfig, place: Place, line: Line) -> Iterator[Mistake]:
    remedy = "draw it from one end of its marking or mouth to the other"
    calibration = calibration_of(camera)
    if calibration is not None and calibration.all_before_horizon(line.points_norm):
        length_m = shapely.LineString([calibration.at(point) for point in line.points_norm]).length
        if length_m < _LEAST_LINE_M[line.kind]:
            yield Mistake(place, f"line {line.id} is {length_m:.1f} m long: too short", remedy, certain=False)
        return
    width_px, _ = size_wh = camera.reference_still_wh
    length_px = shapely.LineString(_px(line.points_norm, size_wh)).length
    if length_px < _LEAST_LINE_SHARE * width_px:
        problem = f"line {line.id} is {length_px:.0f} pixels long in a picture {width_px} wide: too short"
        yield Mistake(place, problem, remedy, certain=False)


def _px(points_norm: Iterable[tuple[float, float]], size_wh: SizeWh) -> list[tuple[float, float]]:
    return [to_px(point, size_wh) for point in points_norm]


def _along_an_edge(points_norm: Sequence[tuple[float, float]]) -> bool:
    return any(
        all(abs(point[axis] - edge) <= _AT_EDGE for point in points_norm) for axis in (0, 1) for edge in (0.0, 1.0)
    )


def _blind_share(camera: CameraConfig, shape: shapely.Geometry) -> float:
    """The share of a shape that lies in places where nothing is looked for."""
    ignored = [shapely.Polygon(zone.polygon_norm) for zone in camera.zones if zone.kind is ZoneKind.IGNORE]
    hidden = shape.intersection(shapely.union_all([one for one in ignored if one.is_valid]))
    return float(hidden.area / shape.area) if shape.area else float(hidden.length / shape.length)


def _directions_missing(camera: CameraConfig) -> Iterator[Mistake]:
    """Lanes that a rule would judge if they had a direction: it leaves them out without a word."""
    for code in sorted({use.rule for use in camera.rules} & _NEED_DIRECTION):
        named = {
            str(zone_id)
            for use in camera.rules
            if use.rule == code and isinstance(ids := use.parameters.get("zones", ()), list | tuple)
            for zone_id in ids
        }
        for index, zone in enumerate(camera.zones):
            meant = zone.id in named if named else (code == "WRONG_WAY" or bool(zone.open_to))
            if zone.kind is ZoneKind.LANE and zone.direction_norm is None and meant:
                problem = f"lane {zone.id} has no direction, so {code} does not judge it"
                remedy = "draw its arrow, or name in the rule's `zones` the lanes that are meant"
                yield Mistake(("zones", index), problem, remedy, certain=False)


def _closed_and_open(camera: CameraConfig) -> Iterator[Mistake]:
    """Classes that the rule is told the sign means, while every closed road that it judges is open to them."""
    for number, use in enumerate(camera.rules):
        named, closed_to = (use.parameters.get(key, ()) for key in ("zones", "closed_to"))
        if use.rule != "PROHIBITED_ROAD" or not isinstance(closed_to, list | tuple):
            continue
        roads = [zone for zone in camera.zones if zone.kind is ZoneKind.CLOSED_ROAD and (not named or zone.id in named)]
        for label in map(str, closed_to):
            if roads and all(label in zone.open_to for zone in roads):
                problem = f"{label}: closed_to says closed, open_to of {', '.join(zone.id for zone in roads)} says open"
                remedy = "nobody of it is accused anywhere: take it out of closed_to, or out of open_to of a road"
                yield Mistake(("rules", number, "parameters", "closed_to"), problem, remedy)
