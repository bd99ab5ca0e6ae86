"""By which way a vehicle left a junction, as far as that can be seen."""

import math
from dataclasses import dataclass

import shapely

from domain.geometry import PointNorm, SizeWh
from domain.instants import seconds_between
from rules.kit.line_rule import touches
from rules.kit.passage import Passage

_AWAY_NORM = 0.01  # a hundredth of the picture's width or height
_HEADING_S = 1.0
_FAR_NORM = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What is known of a vehicle's exit."""

    lawful: bool  # it was seen in an allowed exit
    clear: bool  # it goes away from every allowed exit and does not head for one


def exit_of(passage: Passage, exits: tuple[shapely.Polygon, ...], resolution_wh: SizeWh) -> Leaving:
    """Judge a vehicle's exit by its sightings beyond the line.

    Args:
        passage: its crossing with everything seen since.
        exits: zones by which it may leave on red, normalised.
        resolution_wh: of the picture.
    """
    if any(touches(polygon, sighting, resolution_wh) for sighting in passage.past for polygon in exits):
        return Leaving(lawful=True, clear=False)
    path = [
        (item.contact_px[0] / resolution_wh[0], item.contact_px[1] / resolution_wh[1])
        for item in (passage.before[-1], *passage.past)
    ]
    newest_at = passage.past[-1].at
    recent = [item for item in passage.past if seconds_between(item.at, newest_at) <= _HEADING_S]
    start = (recent[0].contact_px[0] / resolution_wh[0], recent[0].contact_px[1] / resolution_wh[1])
    clear = all(_goes_away(path, polygon) and not _heads_for(start, path[-1], polygon) for polygon in exits)
    return Leaving(lawful=False, clear=clear)


def _goes_away(path: list[PointNorm], polygon: shapely.Polygon) -> bool:
    """Whether the way has been nearer to a zone than it is now."""
    distances = shapely.distance(polygon, shapely.points(path))
    return bool(distances[-1] >= float(distances.min()) + _AWAY_NORM)


def _heads_for(start: PointNorm, end: PointNorm, polygon: shapely.Polygon) -> bool:
    """Whether the last stretch of a way, drawn on, meets a zone; one too short to tell a heading does."""
    length = math.dist(start, end)
    if length == 0:
        return True
    ahead = (end[0] + (end[0] - start[0]) / length * _FAR_NORM, end[1] + (end[1] - start[1]) / length * _FAR_NORM)
    return bool(shapely.intersects(polygon, shapely.LineString([end, ahead])))
