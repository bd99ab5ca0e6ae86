"""One track with all that is known of its way on the ground."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.geometry import PointPx
from domain.instants import seconds_between
from domain.seen.track import Track, TrackPoint
from rules.facts.contact import Contact
from rules.facts.jumps import goes_on_at, is_jump
from rules.facts.stillness import Stillness
from rules.kit.stays.standing import newer_points

MAX_WAY = 512
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
    waiting: deque[TrackPoint] = field(default_factory=deque)  # not placed yet: what comes after them is not known
    new: tuple[Contact, ...] = ()  # became ripe with this scene
    gone: bool = False  # the tracker has given it up: nothing more will come
    _stillness: Stillness = field(default_factory=Stillness)

    @property
    def stands(self) -> bool:
        """Whether it kept its place lately, by its newest sightings; there is at least one."""
        return self._stillness.of(self.way)

    def see(self, track: Track, now: datetime) -> Sequence[TrackPoint]:
        """Take in its track; returns the newer sightings, which wait to be placed."""
        self.track, self.in_scene_at = track, now
        newer = newer_points(track, self.seen_until)
        if newer and newer[-1].at > now:
            newer = tuple(point for point in newer if point.at <= now)
        if newer:
            self.seen_until = newer[-1].at
            self.waiting.extend(newer)
        return newer

    def place(self, contact: Contact, *, no_jump: bool) -> bool:
        """Take in its next sighting as placed; returns whether it goes on with its leg, or begins one by a jump."""
        if not no_jump and self.way and self.jumps_to(contact):
            self.leg += 1
            self.way.clear()
            contact = contact._replace(leg=self.leg, number=0)
        goes_on = bool(self.way)
        self.way.append(contact)
        self.new = (*self.new, contact)
        return goes_on

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
