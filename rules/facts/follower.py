"""Follows every road user of a camera: steady places on the ground, and where a track went over to another object."""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.geometry import BoxPx, PointPx, bottom_centre, off_stretch
from domain.instants import seconds_between
from domain.seen.scene import Scene
from domain.seen.track import Track, TrackPoint
from rules.facts.contact import Contact
from rules.facts.ground_plane import GroundPlane
from rules.facts.running_median import RunningMedian
from rules.kit.stays.standing import newer_points
from rules.kit.steadying import Steadied

MAX_WAY = 512
_SHAKES = 64
_SPEED_OVER_S = 0.5
_LEAST_SPEED_S = 0.19  # over less than that, jitter is taken for speed
_ANY_SPEED = 6.0  # sizes a second: as fast as anybody goes where the speed is not known
_JUMP_SIZES = 0.5
_JUMP_PER_S = 0.3  # sizes
_JUMP_PER_S2 = 0.25  # sizes: about twice what brakes and engines do
_FASTEST = 1.3  # times the speed it had
_AREA_RATIO = 4.0
_GOES_ON_SIZES = 0.25
_GOES_ON_PER_S = 0.1  # sizes


@dataclass(slots=True, kw_only=True)
class RoadUser:
    """One track with all that is known of its way; belongs to the follower."""

    track: Track  # as last seen
    in_scene_at: datetime  # the newest picture after which the tracker still knew it
    seen_until: datetime  # newer sightings have not been taken in
    leg: int = 0
    way: deque[Contact] = field(default_factory=lambda: deque(maxlen=MAX_WAY))  # of this leg, oldest first
    new: tuple[Contact, ...] = ()  # became ripe with this scene
    gone: bool = False  # the tracker has given it up: nothing more will come
    _steadied: Steadied = field(default_factory=Steadied)
    _shakes: RunningMedian = field(default_factory=lambda: RunningMedian(_SHAKES))

    @property
    def jitter_box_heights(self) -> float:
        """How far its bounding boxes shake about their own medians."""
        return self._shakes.value

    def see(self, track: Track, now: datetime) -> None:
        """Take in the newer sightings of its track."""
        self.track, self.in_scene_at = track, now
        for point in newer_points(track, self.seen_until):
            if point.at <= now:
                self.seen_until = point.at
                self._steadied.add(point)

    def ripen(self, now: datetime, plane: GroundPlane) -> None:
        """Place the sightings whose surroundings are known by now."""
        self.new = tuple(self._placed(now, plane))

    def jumps_to(self, contact: Contact) -> bool:
        """Whether a sighting cannot be its next one: not where it was heading, or of another size."""
        return _is_jump(self._speed_px_s(), self.way[-1], contact)

    def goes_on_at(self, contact: Contact) -> bool:
        """Whether another track's first sighting lies just where it was heading, or standing; nothing else will do."""
        speed_px_s, last = self._speed_px_s(), self.way[-1]
        if speed_px_s is None or self.jumps_to(contact):
            return False
        span_s = seconds_between(last.at, contact.at)
        way_px = (contact.point_px[0] - last.point_px[0], contact.point_px[1] - last.point_px[1])
        off_px = off_stretch(way_px, (speed_px_s[0] * span_s * _FASTEST, speed_px_s[1] * span_s * _FASTEST))
        return off_px <= (_GOES_ON_SIZES + _GOES_ON_PER_S * span_s) * max(_size_px(last), _size_px(contact))

    def _placed(self, now: datetime, plane: GroundPlane) -> Iterator[Contact]:
        for point, steady in self._steadied.ripe(now, ended=self.gone):
            contact = self._contact(point, steady, plane)
            if self.way and self.jumps_to(contact):
                self.leg += 1
                self.way.clear()
                self._shakes.clear()
                contact = self._contact(point, steady, plane)
            self._shakes.add(math.dist(bottom_centre(point.box_xyxy_px), contact.point_px) / contact.height_px)
            self.way.append(contact)
            yield contact

    def _contact(self, point: TrackPoint, steady: BoxPx, plane: GroundPlane) -> Contact:
        place = bottom_centre(steady)
        return Contact(
            at=point.at,
            leg=self.leg,
            box_xyxy_px=point.box_xyxy_px,
            steady_xyxy_px=steady,
            point_px=place,
            ground=plane.at(place),
        )

    def _speed_px_s(self) -> PointPx | None:
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


class Follower:
    """All road users of one camera at one picture size."""

    def __init__(self, plane: GroundPlane) -> None:
        self._plane = plane
        self._users: dict[int, RoadUser] = {}

    def step(self, scene: Scene) -> tuple[RoadUser, ...]:
        """Take in one scene.

        Returns:
            Everybody, by track id; who is ``gone`` is handed out for the last time.
        """
        self._users = {track_id: user for track_id, user in self._users.items() if not user.gone}
        for track in scene.tracks:
            user = self._users.get(track.track_id)
            if user is None:
                before_all = track.points[0].at - timedelta(microseconds=1)
                user = RoadUser(track=track, in_scene_at=scene.at, seen_until=before_all)
                self._users[track.track_id] = user
            user.see(track, scene.at)
        return self._ripened(scene.at, ended=False)

    def finish(self, now: datetime) -> tuple[RoadUser, ...]:
        """The stream has ended: everybody is gone."""
        self._users = {track_id: user for track_id, user in self._users.items() if not user.gone}
        return self._ripened(now, ended=True)

    def _ripened(self, now: datetime, *, ended: bool) -> tuple[RoadUser, ...]:
        for user in self._users.values():
            user.gone = ended or user.in_scene_at < now
            user.ripen(now, self._plane)
        return tuple(self._users[track_id] for track_id in sorted(self._users))


def _is_jump(speed_px_s: PointPx | None, last: Contact, contact: Contact) -> bool:
    """Whether a track's next sighting cannot be of the same object: not where it was heading, or of another size."""
    span_s = seconds_between(last.at, contact.at)
    size_px = max(_size_px(last), _size_px(contact))
    way_px = (contact.point_px[0] - last.point_px[0], contact.point_px[1] - last.point_px[1])
    off_px, per_s = math.hypot(*way_px), _ANY_SPEED
    if speed_px_s is not None:
        off_px = off_stretch(way_px, (speed_px_s[0] * span_s * _FASTEST, speed_px_s[1] * span_s * _FASTEST))
        per_s = _JUMP_PER_S
    allowed_px = (_JUMP_SIZES + per_s * span_s + _JUMP_PER_S2 * span_s**2) * size_px
    ratio = contact.height_px * contact.width_px / (last.height_px * last.width_px)
    return off_px > allowed_px or not 1 / _AREA_RATIO <= ratio <= _AREA_RATIO


def _size_px(contact: Contact) -> float:
    """Its height, or more where it is wide: the middle of a long side that comes into view shifts by its share."""
    return max(contact.height_px, math.sqrt(contact.height_px * contact.width_px))
