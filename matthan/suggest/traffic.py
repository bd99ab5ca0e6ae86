"""How traffic goes over the picture: for each cell of a grid, which ways vehicles went and where they stood."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.tracking.tracker import SteadyTracker
from domain.geometry import PointNorm, SizeWh
from domain.instants import seconds_between
from domain.seen.track import Track
from edge.run.seen import Seen

COLUMNS, ROWS = 64, 36
HEADINGS = 16  # bins of a full turn
_STEP_SIZES = 0.5  # so far a vehicle goes before it counts again
_STANDS_S = 3.0
_STANDS_SIZES = 0.15


@dataclass(slots=True, kw_only=True)
class Traffic:
    """What was seen of vehicles, summed over all pictures.

    Headings are angles in the picture, 0 to the right and a quarter turn down, in bins of 1/16 of a turn.
    """

    moves: NDArray[np.int64] = field(default_factory=lambda: np.zeros((ROWS, COLUMNS, HEADINGS), np.int64))
    stops: list[PointNorm] = field(default_factory=list)  # where somebody stood for some seconds and drove on
    vehicles: int = 0
    pictures: int = 0


@dataclass(slots=True)
class _Going:
    """One vehicle since it was last counted."""

    place: PointNorm
    track: Track
    stood: bool = False


def traffic_of(pictures: Iterable[Seen]) -> Traffic:
    """Sum up a log of what was seen, e.g. of a day.

    Args:
        pictures: of one camera, in order of time; those that are not newer than the last are passed over.
    """
    traffic, tracker, going = Traffic(), SteadyTracker(), dict[int, _Going]()
    newest = None
    for seen in pictures:
        if newest is not None and seen.at <= newest:
            continue
        newest = seen.at
        traffic.pictures += 1
        tracks = [track for track in tracker.update(seen.at, seen.detections) if track.vehicle_kind is not None]
        for track in tracks:
            if track.observed:
                _follow(traffic, going, track, seen.resolution_wh)
        living = {track.track_id for track in tracks}
        going = {track_id: item for track_id, item in going.items() if track_id in living}
    return traffic


def _follow(traffic: Traffic, going: dict[int, _Going], track: Track, size_wh: SizeWh) -> None:
    width_px, height_px = size_wh
    x1, y1, x2, y2 = track.newest.box_xyxy_px
    place = ((x1 + x2) / 2 / width_px, y2 / height_px)
    item = going.get(track.track_id)
    if item is None:
        traffic.vehicles += 1
        going[track.track_id] = _Going(place, track)
        return
    item.track = track
    item.stood = item.stood or _stands(track)
    way_px = ((place[0] - item.place[0]) * width_px, (place[1] - item.place[1]) * height_px)
    if math.hypot(*way_px) < _STEP_SIZES * math.sqrt((x2 - x1) * (y2 - y1)):
        return
    if item.stood:
        traffic.stops.append(item.place)
    turn = math.atan2(way_px[1], way_px[0]) / (2 * math.pi)
    for row, column in _cells_between(item.place, place):
        traffic.moves[row, column, round(turn * HEADINGS) % HEADINGS] += 1
    going[track.track_id] = _Going(place, track)


def _cells_between(start: PointNorm, end: PointNorm) -> set[tuple[int, int]]:
    """The cells on the straight way from one place to another; not the first, which was counted when it was reached."""
    columns, rows = (end[0] - start[0]) * COLUMNS, (end[1] - start[1]) * ROWS
    steps = max(1, math.ceil(2 * max(abs(columns), abs(rows))))
    places = [(start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
              for share in (step / steps for step in range(1, steps + 1))]  # fmt: skip
    cells = {_cell(place) for place in places}
    return cells - {_cell(start)} or cells


def _cell(place: PointNorm) -> tuple[int, int]:
    return (
        min(max(int(place[1] * ROWS), 0), ROWS - 1),
        min(max(int(place[0] * COLUMNS), 0), COLUMNS - 1),
    )


def _stands(track: Track) -> bool:
    """Whether it kept its place for some seconds up to now."""
    newest = track.newest
    x1, y1, x2, y2 = newest.box_xyxy_px
    size_px = math.sqrt(max((x2 - x1) * (y2 - y1), 1.0))
    for point in reversed(track.points):
        px1, _, px2, py2 = point.box_xyxy_px
        if math.hypot((px1 + px2 - x1 - x2) / 2, py2 - y2) > _STANDS_SIZES * size_px:
            return False
        if seconds_between(point.at, newest.at) >= _STANDS_S:
            return True
    return False
