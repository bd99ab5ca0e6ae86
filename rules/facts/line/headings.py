"""Where everybody goes in the picture: by the last stretch of a way that is long enough to have a heading."""

import math
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from operator import attrgetter

import numpy as np

from domain.geometry import Float64Array, Mask, PointPx
from rules.facts.contact import Contact
from rules.facts.placed import Placed
from rules.facts.road_user import RoadUser
from rules.kit.rows import Rows, room_for, with_rows

HEADING_BOX_HEIGHTS = 0.6  # a shorter way has no heading
_LOOKED_BACK = 64  # sightings
_POINT = attrgetter("point_px")


class Headings:
    """The last known heading of every road user, by row."""

    def __init__(self) -> None:
        self._known = np.zeros((0, 2))  # unit vectors, not a number where nothing is known
        self._bounds = np.zeros((0, 4))  # around all places that are looked back at: least x and y, most x and y
        self._earlier: dict[int, tuple[PointPx, ...]] = {}  # where the same vehicle was under the track before

    def begin(self, rows: Rows) -> None:
        """Nothing is known of these."""
        room = room_for(rows)
        self._known, self._bounds = with_rows(self._known, room), with_rows(self._bounds, room)
        self._known[rows] = np.nan
        self._bounds[rows] = (np.inf, np.inf, -np.inf, -np.inf)
        for row in rows.tolist():
            self._earlier.pop(row, None)

    def hand_over(self, before: RoadUser, after: RoadUser) -> None:
        """A vehicle goes on under another track."""
        self.begin(np.array([after.row]))
        self._known[after.row], self._bounds[after.row] = self._known[before.row], self._bounds[before.row]
        way = islice(chain((item.point_px for item in reversed(before.way)), self._back(before.row)), _LOOKED_BACK)
        self._earlier[after.row] = tuple(way)
        self.begin(np.array([before.row]))

    def step(self, sightings: Placed) -> Float64Array:
        """Take in sightings; (N, 2) where each of them went, not a number where that is not known."""
        rows, points = sightings.rows, sightings.points_px
        bounds = np.concatenate(
            (np.minimum(self._bounds[rows, :2], points), np.maximum(self._bounds[rows, 2:], points)), axis=1
        )
        self._bounds[rows] = bounds
        reach_px = np.maximum(points - bounds[:, :2], bounds[:, 2:] - points).sum(axis=1)
        far: Mask = reach_px >= HEADING_BOX_HEIGHTS * sightings.heights_px  # most of what waits is done with here
        for index in np.flatnonzero(far).tolist():
            user, contact = sightings.users[index], sightings.contacts[index]
            heading = heading_of(contact.point_px, contact.height_px, self._way(user, contact))
            if heading is not None:
                self._known[user.row] = heading
            else:
                x, y = zip(contact.point_px, *self._way(user, contact), strict=True)
                self._bounds[user.row] = (min(x), min(y), max(x), max(y))
        return self._known[rows]

    def _way(self, user: RoadUser, contact: Contact) -> Iterator[PointPx]:
        """The places up to a sighting, newest first, also those of the track before."""
        newer = user.way[-1].number - contact.number if user.leg == contact.leg else len(user.way)
        return islice(chain(map(_POINT, islice(reversed(user.way), newer, None)), self._back(user.row)), _LOOKED_BACK)

    def _back(self, row: int) -> tuple[PointPx, ...]:
        return self._earlier.get(row, ())


def heading_of(point_px: PointPx, height_px: float, way_px: Iterable[PointPx]) -> PointPx | None:
    """The unit vector to a place from the last one that is far enough off; None: there is none.

    Args:
        point_px: where it is.
        height_px: of its bounding box.
        way_px: where it was, newest first.
    """
    x, y = point_px
    least_px = HEADING_BOX_HEIGHTS * height_px
    for from_x, from_y in way_px:
        if abs(x - from_x) + abs(y - from_y) < least_px:
            continue  # no way is longer than its two sides
        length_px = math.dist((x, y), (from_x, from_y))
        if length_px >= least_px:
            return ((x - from_x) / length_px, (y - from_y) / length_px)
    return None
