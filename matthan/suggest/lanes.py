"""From how traffic goes to lanes: connected cells whose vehicles go the same way."""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from domain.geometry import PointNorm
from matthan.suggest.traffic import COLUMNS, HEADINGS, ROWS, Traffic

_LEAST_SHARE = 0.03  # of all vehicles that must have gone over a cell that is part of a lane
_LEAST_MOVES = 5
_LEAST_CELLS = 8
_SAME_WAY_BINS = 1.5  # neighbours of one lane differ by no more
_SIMPLIFY = 0.01  # of the picture
_LEAST_SHARE_OF_BUSIEST = 0.08  # of the busiest lane's moves
_ARROW_SHARE = 0.5  # of the lane's length
_STOP_AHEAD_QUANTILE = 0.9
_LEAST_STOPS = 8
_LEAST_STOPS_SHARE = 0.1  # of all vehicles: fewer stopped for reasons of their own

_Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A stretch of road on which traffic goes one way; everything in shares of the picture."""

    polygon_norm: tuple[PointNorm, ...]
    direction_norm: tuple[PointNorm, PointNorm]  # tail and head of an arrow
    moves: int  # vehicles times cells of it
    stop_line_norm: tuple[PointNorm, PointNorm] | None  # where those who wait come to stand, across the lane
    beyond_norm: PointNorm | None  # a point beyond that line


def lanes_of(traffic: Traffic, aspect: float) -> Iterator[Lane]:
    """The lanes, busiest first.

    Args:
        traffic: as it was seen.
        aspect: width over height of the picture: headings are of pixels.
    """
    found = []
    least = max(_LEAST_MOVES, _LEAST_SHARE * traffic.vehicles)
    left = traffic.moves.astype(float)
    for _ in range(
        2
    ):  # two lanes may lie over each other in the picture: what is left after the first is looked at again
        way, moves = _main_way(left)
        for cells in _regions(way, moves >= least):
            lane = _lane(cells, way, moves, traffic, aspect)
            if lane is not None:
                found.append(lane)
        left = _without(left, way)
    busiest = max((lane.moves for lane in found), default=0)
    yield from sorted(
        (lane for lane in found if lane.moves >= _LEAST_SHARE_OF_BUSIEST * busiest), key=lambda lane: -lane.moves
    )


def _main_way(moves: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each cell's commonest heading in bins, and how many moves go about that way."""
    about = moves + np.roll(moves, 1, axis=2) + np.roll(moves, -1, axis=2)
    best = about.argmax(axis=2)
    offsets = np.stack([np.take_along_axis(moves, ((best + by) % HEADINGS)[..., None], 2)[..., 0] for by in (-1, 0, 1)])
    total = offsets.sum(axis=0)
    shift = np.divide(offsets[2] - offsets[0], total, out=np.zeros_like(total), where=total > 0)
    return best + shift, total


def _without(moves: NDArray[np.float64], way: NDArray[np.float64]) -> NDArray[np.float64]:
    bins = np.arange(HEADINGS)[None, None, :]
    off = np.abs((bins - way[..., None] + HEADINGS / 2) % HEADINGS - HEADINGS / 2)
    return np.where(off <= 2, 0.0, moves)  # noqa: PLR2004 - an eighth of a turn


def _regions(way: NDArray[np.float64], busy: _Bool) -> Iterator[list[tuple[int, int]]]:
    """Connected busy cells whose headings change little from one to the next."""
    todo = busy.copy()
    for row, column in np.argwhere(busy).tolist():
        if not todo[row, column]:
            continue
        cells, queue = [], deque([(row, column)])
        todo[row, column] = False
        while queue:
            here = queue.popleft()
            cells.append(here)
            for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                there = (here[0] + down, here[1] + right)
                if not (0 <= there[0] < ROWS and 0 <= there[1] < COLUMNS and todo[there]):
                    continue
                if abs((way[there] - way[here] + HEADINGS / 2) % HEADINGS - HEADINGS / 2) <= _SAME_WAY_BINS:
                    todo[there] = False
                    queue.append(there)
        if len(cells) >= _LEAST_CELLS:
            yield cells


def _lane(
    cells: Sequence[tuple[int, int]],
    way: NDArray[np.float64],
    moves: NDArray[np.float64],
    traffic: Traffic,
    aspect: float,
) -> Lane | None:
    squares = [
        shapely.box(column / COLUMNS, row / ROWS, (column + 1) / COLUMNS, (row + 1) / ROWS) for row, column in cells
    ]
    whole = shapely.union_all(squares, grid_size=1e-6)  # one piece: its cells touch side by side
    outline = shapely.Polygon(max(shapely.get_parts(whole), key=lambda part: part.area).exterior)
    outline = shapely.simplify(outline, _SIMPLIFY)
    if outline.is_empty or outline.area <= 0:
        return None
    rows, columns = np.array(cells).T
    weights = moves[rows, columns]
    angles = way[rows, columns] * 2 * math.pi / HEADINGS
    x, y = float((weights * np.cos(angles)).sum()), float((weights * np.sin(angles)).sum())
    length = math.hypot(x, y)
    if length == 0:
        return None
    unit = (x / length / aspect, y / length)  # a step of one picture height along the lane, in shares of the picture
    middle = (
        float(((columns + 0.5) * weights).sum() / weights.sum() / COLUMNS),
        float(((rows + 0.5) * weights).sum() / weights.sum() / ROWS),
    )
    reach = _ARROW_SHARE * _extent(outline, middle, (x / length, y / length), aspect) / 2
    tail, head = (_inside((middle[0] + by * unit[0], middle[1] + by * unit[1])) for by in (-reach, reach))
    line, beyond = _stop_line(outline, traffic, (x / length, y / length), aspect)
    return Lane(
        polygon_norm=tuple(_inside(corner) for corner in shapely.get_coordinates(outline).tolist()[:-1]),
        direction_norm=(tail, head),
        moves=int(weights.sum()),
        stop_line_norm=line,
        beyond_norm=beyond,
    )


def _extent(outline: shapely.Polygon, middle: PointNorm, along: PointNorm, aspect: float) -> float:
    """How long a lane is along its direction, in picture heights."""
    ahead = [
        (x - middle[0]) * aspect * along[0] + (y - middle[1]) * along[1] for x, y in shapely.get_coordinates(outline)
    ]
    return float(max(ahead) - min(ahead))


def _stop_line(
    outline: shapely.Polygon, traffic: Traffic, along: PointNorm, aspect: float
) -> tuple[tuple[PointNorm, PointNorm] | None, PointNorm | None]:
    """Across the lane, just ahead of nine tenths of those who came to stand in it and drove on."""
    own = [place for place in traffic.stops if outline.contains(shapely.Point(place))]
    if len(own) < max(_LEAST_STOPS, _LEAST_STOPS_SHARE * traffic.vehicles):
        return None, None
    ahead = [x * aspect * along[0] + y * along[1] for x, y in own]
    at = float(np.quantile(ahead, _STOP_AHEAD_QUANTILE))
    across = (-along[1], along[0])
    foot = (at * along[0], at * along[1])  # in picture heights
    ray = shapely.LineString([((foot[0] + by * across[0]) / aspect, foot[1] + by * across[1]) for by in (-4.0, 4.0)])
    crossed = ray.intersection(outline)
    if crossed.is_empty:
        return None, None
    longest = max(shapely.get_parts(crossed), key=lambda part: part.length)
    ends = shapely.get_coordinates(longest).tolist()
    middle = ((ends[0][0] + ends[-1][0]) / 2, (ends[0][1] + ends[-1][1]) / 2)
    beyond = _inside((middle[0] + 0.1 * along[0] / aspect, middle[1] + 0.1 * along[1]))
    return (_inside(ends[0]), _inside(ends[-1])), beyond


def _inside(point: Sequence[float]) -> PointNorm:
    x, y = (round(min(1.0, max(0.0, value)), 4) for value in point[:2])
    return (x, y)
