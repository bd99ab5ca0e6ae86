"""Mistakes of a drawing that concern what may occupy its zones: permits, and widths that must stay free."""

import math
from collections.abc import Iterator
from itertools import pairwise

import shapely

from domain.camera import CameraConfig, Zone, ZoneKind
from matthan.drawing.calibration import calibration_of
from matthan.drawing.mistake import Mistake

_MAY_BE_PERMITTED = frozenset({ZoneKind.PAVEMENT, ZoneKind.ROADWAY, ZoneKind.MEDIAN})
_WHOLLY = 0.95


def occupied_mistakes(camera: CameraConfig) -> Iterator[Mistake]:
    """Each with its place and remedy; none is certain to be meant otherwise."""
    permitted = [zone for zone in camera.zones if zone.kind is ZoneKind.PERMITTED_USE and _shape(zone).is_valid]
    usable = [zone for zone in camera.zones if zone.kind in _MAY_BE_PERMITTED and _shape(zone).is_valid]
    for index, zone in enumerate(camera.zones):
        if zone.free_width_m is not None:
            yield from _width_mistakes(camera, index, zone)
        if zone in usable and _permitted_share(zone, permitted) >= _WHOLLY:
            problem = f"zone {zone.id} lies wholly in places whose use is permitted: nothing there is ever told"
            yield Mistake(
                ("zones", index), problem, "shrink the permitted place to what the permit says", certain=False
            )
        if zone not in permitted:
            continue
        if not zone.instrument:
            problem = f"zone {zone.id} names no permit: nobody can say why what stands there is lawful"
            yield Mistake(("zones", index), problem, "write the permit and its date into `instrument`", certain=False)
        if not any(_shape(zone).intersects(_shape(other)) for other in usable):
            problem = f"zone {zone.id} permits the use of a place where no pavement, roadway or median is drawn"
            yield Mistake(("zones", index), problem, "draw the pavement around it, or leave it out", certain=False)


def _width_mistakes(camera: CameraConfig, index: int, zone: Zone) -> Iterator[Mistake]:
    place = ("zones", index, "free_width_m")
    if zone.kind is not ZoneKind.PAVEMENT:
        problem = f"zone {zone.id}: free_width_m means nothing for the kind {zone.kind}"
        yield Mistake(place, problem, "leave it out; pavements have it", certain=False)
        return
    calibration = calibration_of(camera)
    if calibration is None or not _shape(zone).is_valid or not calibration.all_before_horizon(zone.polygon_norm):
        return
    around = shapely.MultiPoint([calibration.at(corner) for corner in zone.polygon_norm]).minimum_rotated_rectangle
    width_m = min(math.dist(one, other) for one, other in pairwise(shapely.get_coordinates(around).tolist()))
    if zone.free_width_m is not None and zone.free_width_m >= width_m:
        problem = f"zone {zone.id} is {width_m:.1f} m wide, and {zone.free_width_m:g} m of it must stay free"
        yield Mistake(place, problem, "correct the width, or leave it out: then nothing may stand there", certain=False)


def _shape(zone: Zone) -> shapely.Polygon:
    return shapely.Polygon(zone.polygon_norm)


def _permitted_share(zone: Zone, permitted: list[Zone]) -> float:
    shape = _shape(zone)
    free = shapely.union_all([_shape(other) for other in permitted])
    return float(shape.intersection(free).area / shape.area) if shape.area else 0.0
