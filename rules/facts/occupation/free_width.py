"""What a thing leaves free of a pavement's width: a span in metres, since a box says little of depth."""

import math

import shapely

from domain.camera import Zone
from domain.geometry import BoxPx
from rules.facts.ground_plane import GroundPlane, PointGround
from rules.facts.occupation.occupation import FreeWidth

_EDGE_OFF = 0.05  # of a box's height: how far its edges may be off


def free_width(plane: GroundPlane, zone: Zone, box_px: BoxPx) -> FreeWidth | None:
    """How wide the wider side beside a thing is, across the zone.

    The lower edge of its box is where it touches the ground at least; its upper corners, taken for ground, are where it
    may reach at most. The uncertainty of the calibration is in the span.

    Returns:
        None where the ground is not calibrated, or the zone does not lie around the thing.
    """
    if not plane.is_metric:
        return None
    along = plane.lengthwise(zone)
    across = (-along[1], along[0])
    x1, y1, x2, y2 = box_px
    touching = [plane.at((x, y2)) for x in (x1, (x1 + x2) / 2, x2)]
    zone_span = _span_of_zone(plane, zone, touching[1], across)
    if zone_span is None:
        return None
    error_m = plane.error_at(((x1 + x2) / 2, y2), _EDGE_OFF * (y2 - y1))
    least = _interval(touching, across)
    most = _interval([*touching, *(plane.at((x, y1 + 0.5 * (y2 - y1))) for x in (x1, x2))], across)
    return FreeWidth(
        least_m=round(max(0.0, _wider_side(zone_span, most) - error_m), 2),
        most_m=round(max(0.0, _wider_side(zone_span, least) + error_m), 2),
    )


def _span_of_zone(
    plane: GroundPlane, zone: Zone, place: PointGround, across: PointGround
) -> tuple[float, float] | None:
    """From where to where the zone reaches across, level with a place."""
    width_px, height_px = plane.resolution_wh
    corners = [plane.at((x * width_px, y * height_px)) for x, y in zone.polygon_norm]
    polygon = shapely.Polygon(corners)
    reach = 2 * max(math.dist(place, corner) for corner in corners)
    line = shapely.LineString(
        [(place[0] + sign * reach * across[0], place[1] + sign * reach * across[1]) for sign in (-1.0, 1.0)]
    )
    cut = polygon.intersection(line) if polygon.is_valid else shapely.LineString()
    if cut.is_empty:
        return None
    return _interval([(float(x), float(y)) for x, y in shapely.get_coordinates(cut)], across)


def _interval(points: list[PointGround], across: PointGround) -> tuple[float, float]:
    values = [x * across[0] + y * across[1] for x, y in points]
    return (min(values), max(values))


def _wider_side(zone: tuple[float, float], thing: tuple[float, float]) -> float:
    return max(thing[0] - zone[0], zone[1] - thing[1], 0.0)
