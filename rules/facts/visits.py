"""Who is in which zone, since when, where it came from and how it went on."""

import math
from collections.abc import Iterable, Iterator, Sequence
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
    others_standing: int = 0  # the most others that stood there at one time; counted where jams refuse acts
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


class ZoneWatches:
    """Finds the visits of a camera's zones; where everybody is, all zones are asked together.

    Args:
        zones: of the camera.
        plane: of the camera.
    """

    def __init__(self, zones: Sequence[Zone], plane: GroundPlane) -> None:
        self._watches = [_ZoneWatch(zone, plane) for zone in zones]
        self._polygons = np.array([plane.polygon_px(zone) for zone in zones])
        self._bounds_px = shapely.bounds(self._polygons).T.reshape(4, -1, 1)
        self._quiet = np.zeros((0, len(zones)), np.bool_)  # by row: last seen far outside

    def step(self, placed: Iterable[Placed], gone: Iterable[RoadUser]) -> dict[str, tuple[Visit, ...]]:
        """Take in what became known, and who is gone; by zone the believed visits, going on or ended now."""
        if not self._watches:
            return {}
        for sightings in placed:
            self._look(sightings)
        gone_ids = {user.track.track_id for user in gone}
        return {watch.zone_id: tuple(watch.visits(gone_ids)) for watch in self._watches}

    def _look(self, sightings: Placed) -> None:
        """Whoever stays clearly outside a zone is not looked at there."""
        rows = sightings.rows
        self._quiet = with_rows(self._quiet, sightings.room)
        inside, clear, far = self._places(sightings)
        outside, was_quiet = clear | far, self._quiet[rows].T
        quiet = outside & was_quiet & ~sightings.begins
        for number, index in zip(*(column.tolist() for column in (~quiet).nonzero()), strict=True):
            is_visitor = self._watches[number].take(
                sightings,
                index,
                inside=bool(inside[number, index]),
                clear=bool(clear[number, index]),
                was_quiet=bool(was_quiet[number, index]),
            )
            self._quiet[rows[index], number] = outside[number, index] and not is_visitor

    def _places(self, sightings: Placed) -> tuple[Mask, Mask, Mask]:
        """(Z, N) who is inside; who is farther outside than his boxes shake; and who is farther than any box shakes."""
        (x, y), heights_px = sightings.points_px.T, sightings.heights_px
        x1, y1, x2, y2 = self._bounds_px
        off_px = np.maximum(np.maximum(x1 - x, x - x2), np.maximum(y1 - y, y - y2))
        least_px = np.maximum(_OUTSIDE_BOX_HEIGHTS, 2 * sightings.jitters) * heights_px
        inside, clear = np.zeros(off_px.shape, np.bool_), off_px > least_px
        numbers, near = (off_px <= 0).nonzero()
        inside[numbers, near] = shapely.intersects_xy(self._polygons[numbers], x[near], y[near])
        numbers, asked = (~(inside | clear)).nonzero()
        if len(asked):
            away_px = shapely.distance(self._polygons[numbers], shapely.points(x[asked], y[asked]))
            clear[numbers, asked] = away_px >= least_px[asked]
        return inside, clear, off_px > _FAR_BOX_HEIGHTS * heights_px


class _ZoneWatch:
    """One zone."""

    def __init__(self, zone: Zone, plane: GroundPlane) -> None:
        self.zone_id = zone.id
        self._axis = None if zone.direction_norm is None else direction_of(zone, plane)
        self._visits: dict[int, Visit] = {}
        self._ended: list[Visit] = []  # with this scene
        self._last_outside: dict[int, Contact] = {}

    def take(self, sightings: Placed, index: int, *, inside: bool, clear: bool, was_quiet: bool) -> bool:
        """Take in one sighting; whether he is visiting the zone now."""
        user, before = sightings.users[index], sightings.before[index]
        if before is not None and was_quiet:
            self._last_outside[user.track.track_id] = before
        self._take(user, sightings.contacts[index], inside=inside, clear=clear)
        return user.track.track_id in self._visits

    def visits(self, gone_ids: set[int]) -> Iterator[Visit]:
        """The believed visits after a scene; of those who are gone for the last time."""
        ended, self._ended = sorted(self._ended, key=lambda visit: visit.user.track.track_id), []
        for track_id in gone_ids & self._visits.keys():
            self._visits[track_id].end = VisitEnd.LOST
        known = [*ended, *(self._visits[track_id] for track_id in sorted(self._visits))]
        yield from (visit for visit in known if len(visit.contacts) >= _BELIEVED_AFTER)
        for track_id in gone_ids:
            self._visits.pop(track_id, None)
            self._last_outside.pop(track_id, None)

    def _take(self, user: RoadUser, contact: Contact, *, inside: bool, clear: bool) -> None:
        """Add a sighting, inside, clearly outside or between."""
        track_id = user.track.track_id
        visit = self._visits.get(track_id)
        jumped = visit is not None and visit.contacts[-1].leg != contact.leg
        if visit is not None and jumped:
            visit.end = VisitEnd.JUMPED
        elif visit is not None:
            visit.add(contact, inside=inside)
        if visit is not None and visit.end is not None:
            self._ended.append(visit)
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
