"""One track with all that is known of its way on the ground."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import median

from domain.geometry import BoxPx, PointPx, bottom_centre
from domain.instants import seconds_between
from domain.seen.track import Track, TrackPoint
from rules.facts.contact import Contact
from rules.facts.jumps import goes_on_at, is_jump
from rules.facts.stillness import Stillness
from rules.kit.stays.standing import newer_points
from rules.kit.steadying import Steadied

MAX_WAY = 512
_SHAKES = 64
_SPEED_OVER_S = 0.5
_LEAST_SPEED_S = 0.19  # over less than that, jitter is taken for speed


@dataclass(slots=True, kw_only=True)
class RoadUser:
    """One track with all that is known of its way; belongs to the follower."""

    track: Track  # as last seen
    row: int  # of what is kept of it as columns
    in_scene_at: datetime  # the newest picture after which the tracker still knew it
    seen_until: datetime  # newer sightings have not been taken in
    leg: int = 0
    way: deque[Contact] = field(default_factory=lambda: deque(maxlen=MAX_WAY))  # of this leg, oldest first
    new: tuple[Contact, ...] = ()  # became ripe with this scene
    gone: bool = False  # the tracker has given it up: nothing more will come
    _steadied: Steadied = field(default_factory=Steadied)
    _shakes: deque[float] = field(default_factory=lambda: deque(maxlen=_SHAKES))
    _jitter: tuple[Contact | None, float] = (None, 0.0)  # after which sighting it was asked for, and what it was
    _stillness: Stillness = field(default_factory=Stillness)

    @property
    def jitter_box_heights(self) -> float:
        """How far its bounding boxes shake about their own medians; there is at least one sighting."""
        newest = self.way[-1]
        if self._jitter[0] is not newest:
            self._jitter = (newest, median(self._shakes))
        return self._jitter[1]

    @property
    def stands(self) -> bool:
        """Whether it kept its place lately, by its newest sightings; there is at least one."""
        return self._stillness.of(self.way)

    def see(self, track: Track, now: datetime) -> None:
        """Take in the newer sightings of its track."""
        self.track, self.in_scene_at = track, now
        for point in newer_points(track, self.seen_until):
            if point.at <= now:
                self.seen_until = point.at
                self._steadied.add(point)

    def next_ripe(self, now: datetime) -> tuple[TrackPoint, Sequence[BoxPx]] | None:
        """The next sighting whose surroundings are known by now, with the bounding boxes around it."""
        return self._steadied.next_ripe(now, ended=self.gone)

    def place(self, contact: Contact, *, no_jump: bool) -> Contact:
        """Take in its next sighting, which begins a leg if it is a jump; returns it with its leg and number."""
        if not no_jump and self.way and self.jumps_to(contact):
            self.leg += 1
            self.way.clear()
            self._shakes.clear()
            contact = replace(contact, leg=self.leg, number=0)
        self._shakes.append(math.dist(bottom_centre(contact.box_xyxy_px), contact.point_px) / contact.height_px)
        self.way.append(contact)
        self.new = (*self.new, contact)
        return contact

    def jumps_to(self, contact: Contact) -> bool:
        """Whether a sighting cannot be its next one: not where it was heading, or of another size."""
        return is_jump(self.speed_px_s, self.way[-1], contact)

    def goes_on_at(self, contact: Contact) -> bool:
        """Whether another track's first sighting lies just where it was heading, or standing; nothing else will do."""
        return goes_on_at(self.speed_px_s, self.way[-1], contact)

    @property
    def speed_px_s(self) -> PointPx | None:
        """How its contact went over its last half second; None where that is not known."""
        last = self.way[-1]
        earlier = last
        for item in reversed(self.way):
            if seconds_between(item.at, last.at) > _SPEED_OVER_S:
                break
            earlier = item
        span_s = seconds_between(earlier.at, last.at)
        if span_s < _LEAST_SPEED_S:
            return None
        return (
            (last.point_px[0] - earlier.point_px[0]) / span_s,
            (last.point_px[1] - earlier.point_px[1]) / span_s,
        )
