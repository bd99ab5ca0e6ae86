"""Who is in which zone, since when, where it came from and how it went on."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

import numpy as np
import shapely

from domain.camera import Zone
from domain.geometry import Mask
from domain.instants import seconds_between
from rules.facts.contact import Contact
from rules.facts.ground_plane import GroundPlane, PointGround
from rules.facts.placed import Placed
from rules.facts.road_user import RoadUser
from rules.facts.stillness import STANDS_OVER_S, stands
from rules.facts.ways import direction_of
from rules.kit.rows import with_rows

_BELIEVED_AFTER = 2  # sightings inside, or outside again
_MOST_CONTACTS = 512
_CLASS_AFTER_S = 6.0
_OUTSIDE_BOX_HEIGHTS = (
    0.1  # nearer to the zone's edge a sighting outside is jitter: it may be somebody who lives inside
)
_FAR_BOX_HEIGHTS = 1.0  # farther outside than any box shakes


class VisitEnd(Enum):
    """How a visit ended."""

    LEFT = "left"  # seen outside again
    LOST = "lost"  # its track ended inside
    JUMPED = "jumped"  # its track went over to another object


@dataclass(slots=True, kw_only=True, eq=False)
class Visit:
    """One road user's time in one zone; believed from its second sighting inside on."""

    zone_id: str
    user: RoadUser
    came_from: Contact | None  # last sighting clearly outside; None: it was first seen inside, or at the edge
    contacts: list[Contact] = field(default_factory=list)  # inside, oldest first, thinned where there are many
    left_to: Contact | None = None  # first sighting outside again
    end: VisitEnd | None = None  # None: it goes on
    axis: PointGround | None = None  # the zone's lawful direction, a unit vector on the ground
    against: float = 0.0  # how far its newest sighting lies behind its farthest one, by the zone's direction
    most_against: float = 0.0  # the most that this has been
    others_standing: int = 0  # the most other vehicles that stood there at one time meanwhile
    _unbroken: Contact | None = None  # all sightings since this one lie inside
    _farthest: float = -math.inf
    _outside: list[Contact] = field(default_factory=list)

    @property
    def began_at(self) -> datetime:
        """First sighting inside."""
        return self.contacts[0].at

    @property
    def lasted_s(self) -> float:
        """From the first sighting inside to the last."""
        return seconds_between(self.contacts[0].at, self.contacts[-1].at)

    @property
    def shows_class(self) -> bool:
        """Whether nothing more will be seen, or enough was: from afar a bus passes for a truck."""
        return self.end is not None or self.lasted_s >= _CLASS_AFTER_S

    @property
    def stands(self) -> bool:
        """Whether its road user kept his place lately, by his sightings inside."""
        newest, since = self.contacts[-1], self._unbroken
        if since is not None and self.user.way and self.user.way[-1] is newest:
            long_inside = seconds_between(since.at, newest.at) > STANDS_OVER_S
            if long_inside or since.number == 0:
                return self.user.stands
        return stands(self.contacts)

    def add(self, contact: Contact, *, inside: bool) -> None:
        """Take in the next sighting of its road user."""
        if inside:
            self._outside.clear()
            if not self.contacts or contact.number != self.contacts[-1].number + 1:
                self._unbroken = contact
            self.contacts.append(contact)
            if self.axis is not None:
                along = contact.ground[0] * self.axis[0] + contact.ground[1] * self.axis[1]
                self._farthest = max(self._farthest, along)
                self.against = self._farthest - along
                self.most_against = max(self.most_against, self.against)
            if len(self.contacts) > _MOST_CONTACTS:
                half = _MOST_CONTACTS // 2
                self.contacts = self.contacts[:half:2] + self.contacts[half:]
            return
        self._outside.append(contact)
        if len(self._outside) >= _BELIEVED_AFTER:
            self.left_to, self.end = self._outside[0], VisitEnd.LEFT


class ZoneWatch:
    """Finds the visits of one zone.

    Args:
        zone: of the camera.
        plane: of the camera.
    """

    def __init__(self, zone: Zone, plane: GroundPlane) -> None:
        self.zone_id = zone.id
        self._axis = None if zone.direction_norm is None else direction_of(zone, plane)
        self._polygon = plane.polygon_px(zone)
        self._bounds_px: tuple[float, float, float, float] = self._polygon.bounds
        self._visits: dict[int, Visit] = {}
        self._last_outside: dict[int, Contact] = {}
        self._quiet = np.zeros(0, np.bool_)  # by row: last seen far outside

    def step(self, placed: Iterable[Placed], gone: Iterable[RoadUser]) -> Iterator[Visit]:
        """Take in what became known, and who is gone; yields believed visits, going on or ended now."""
        ended = [visit for sightings in placed for visit in self._look(sightings)]
        ended.sort(key=lambda visit: visit.user.track.track_id)
        gone_ids = {user.track.track_id for user in gone}
        for track_id in gone_ids & self._visits.keys():
            self._visits[track_id].end = VisitEnd.LOST
        known = [*ended, *(self._visits[track_id] for track_id in sorted(self._visits))]
        yield from (visit for visit in known if len(visit.contacts) >= _BELIEVED_AFTER)
        for track_id in gone_ids:
            self._visits.pop(track_id, None)
            self._last_outside.pop(track_id, None)

    def _look(self, sightings: Placed) -> Iterator[Visit]:
        """Yields the visits that ended; whoever stays clearly outside is not looked at."""
        rows = sightings.rows
        self._quiet = with_rows(self._quiet, rows)
        inside, clear, far = self._places(sightings)
        outside = clear | far
        quiet = outside & self._quiet[rows] & ~sightings.begins
        for index in np.flatnonzero(~quiet).tolist():
            user, before = sightings.users[index], sightings.before[index]
            if before is not None and self._quiet[user.row]:
                self._last_outside[user.track.track_id] = before
            ended = self._take(user, sightings.contacts[index], inside=bool(inside[index]), clear=bool(clear[index]))
            if ended is not None:
                yield ended
            self._quiet[user.row] = outside[index] and user.track.track_id not in self._visits

    def _places(self, sightings: Placed) -> tuple[Mask, Mask, Mask]:
        """(N,) who is inside; who is farther outside than his boxes shake; and who is farther than any box shakes."""
        (x, y), heights_px = sightings.points_px.T, sightings.heights_px
        x1, y1, x2, y2 = self._bounds_px
        off_px = np.maximum(np.maximum(x1 - x, x - x2), np.maximum(y1 - y, y - y2))
        least_px = np.maximum(_OUTSIDE_BOX_HEIGHTS, 2 * sightings.jitters) * heights_px
        inside, clear = np.zeros(len(x), np.bool_), off_px > least_px
        near = np.flatnonzero(off_px <= 0)
        inside[near] = shapely.intersects_xy(self._polygon, x[near], y[near])
        asked = np.flatnonzero(~(inside | clear))
        clear[asked] = shapely.distance(self._polygon, shapely.points(x[asked], y[asked])) >= least_px[asked]
        return inside, clear, off_px > _FAR_BOX_HEIGHTS * heights_px

    def _take(self, user: RoadUser, contact: Contact, *, inside: bool, clear: bool) -> Visit | None:
        """Add a sighting, inside, clearly outside or between; returns the visit that it ended."""
        track_id = user.track.track_id
        visit = self._visits.get(track_id)
        jumped = visit is not None and visit.contacts[-1].leg != contact.leg
        if visit is not None and jumped:
            visit.end = VisitEnd.JUMPED
        elif visit is not None:
            visit.add(contact, inside=inside)
        ended = visit if visit is not None and visit.end is not None else None
        if ended is not None:
            del self._visits[track_id]
        if inside and (visit is None or jumped):
            came_from = self._last_outside.get(track_id)
            if came_from is not None and came_from.leg != contact.leg:
                came_from = None
            new = Visit(zone_id=self.zone_id, user=user, came_from=came_from, axis=self._axis)
            new.add(contact, inside=True)
            self._visits[track_id] = new
        if clear:
            self._last_outside[track_id] = contact
        return ended
