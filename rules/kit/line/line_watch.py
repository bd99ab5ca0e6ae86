"""Follows every track around one stop line and keeps its crossings until they are judged."""

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from domain.camera import CameraConfig, Line
from domain.geometry import BoxPx, PointPx, bottom_centre, off_stretch
from domain.instants import seconds_between
from domain.seen.scene import Scene
from domain.seen.track import Track, TrackPoint
from rules.kit.line.crossing_parameters import CrossingParameters
from rules.kit.line.front import FrontFinder, heading_of
from rules.kit.line.passage import Passage
from rules.kit.line.sighting import Sighting
from rules.kit.stays.standing import newer_points
from rules.kit.steadying import Steadied

MAX_BEFORE = 64
_KEEP_BEFORE_S = 20.0
_FORGET_S = 10.0
_JUMP_BOX_HEIGHTS = 0.5
_JUMP_PER_S = 0.3  # box heights
_JUMP_PER_S2 = 0.25  # box heights: about twice what brakes and engines do
_FASTEST = 1.3  # times the speed it had
_SPEED_OVER_S = 0.5
_AREA_RATIO = 4.0
_SIGMA_OF_BENDS = 1.21  # for white noise: of the median of how far each place lies off the straight of its neighbours
_BEND_S = 0.5  # neighbours farther apart tell nothing of shaking


@dataclass(slots=True, kw_only=True)
class _Watched:
    """What is kept of one track."""

    seen_until: datetime
    newest_in_scene_at: datetime
    track: Track
    steadied: Steadied = field(default_factory=Steadied)
    way: deque[tuple[PointPx, float]] = field(default_factory=lambda: deque(maxlen=MAX_BEFORE))
    bends: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_BEFORE))
    heading_px: PointPx | None = None  # the last one known
    recent: deque[Sighting] = field(default_factory=deque)  # of the last half second, the newest last
    before: deque[Sighting] = field(default_factory=lambda: deque(maxlen=MAX_BEFORE))
    passage: Passage | None = None

    def jitter_heights(self) -> float:
        """How far the track's own bounding boxes shake, in their heights."""
        return _SIGMA_OF_BENDS * median(self.bends) if self.bends else 0.0


class LineWatch:
    """Finds crossings of one line in the direction of ``beyond_norm``.

    A track must be seen wholly before the line first: one that begins on or beyond it has no crossing. A crossing
    begins when the front may have reached the line.

    Args:
        camera: what it sees of vehicles, and its ground.
        line: of the camera.
        parameters: of the rule.
    """

    def __init__(self, *, camera: CameraConfig, line: Line, parameters: CrossingParameters) -> None:
        self._camera = camera
        self._line = line
        self._parameters = parameters
        self._watched: dict[int, _Watched] = {}
        self._closed: list[Passage] = []
        self._front: FrontFinder | None = None

    def __len__(self) -> int:
        return len(self._watched)

    @property
    def open_passages(self) -> list[Passage]:
        """Crossings that wait for their judgement, in order of their crossing, then of their track."""
        passages = [item.passage for item in self._watched.values() if item.passage and not item.passage.judged]
        passages += self._closed
        return sorted(passages, key=lambda passage: (passage.crossing_at, passage.track.track_id))

    def is_gone(self, passage: Passage, now: datetime) -> bool:
        """Whether nothing more will be seen of a crossing: turned back, taken over, or lost for long enough."""
        watched = self._watched.get(passage.track.track_id)
        if watched is None or watched.passage is not passage:
            return True
        absent = watched.newest_in_scene_at < now
        return absent and seconds_between(passage.past[-1].at, now) > self._parameters.lost_after_s

    def step(self, scene: Scene) -> None:
        """Take in the new sightings of every track."""
        if self._front is None or scene.resolution_wh != self._front.resolution_wh:
            self._front = FrontFinder.of(self._camera, self._line, self._parameters.contact, scene.resolution_wh)
            self._watched = {}
        for track in scene.tracks:
            self._follow(track, scene.at)
        for watched in self._watched.values():
            self._take_ripe(watched, scene.at, self._front)
        self._forget(scene.at)

    def finish(self, now: datetime) -> None:
        """Nothing more will be seen: take in the sightings that still waited for what came after them."""
        if self._front is not None:
            for watched in self._watched.values():
                self._take_ripe(watched, now, self._front, ended=True)

    def _follow(self, track: Track, now: datetime) -> None:
        watched = self._watched.get(track.track_id)
        if watched is None:
            before_all = track.points[0].at - timedelta(microseconds=1)
            watched = _Watched(seen_until=before_all, newest_in_scene_at=now, track=track)
            self._watched[track.track_id] = watched
        watched.newest_in_scene_at, watched.track = now, track
        if watched.passage is not None:
            watched.passage.track = track
        for point in newer_points(track, watched.seen_until):
            if point.at <= now:
                watched.seen_until = point.at
                watched.steadied.add(point)

    def _take_ripe(self, watched: _Watched, now: datetime, front: FrontFinder, *, ended: bool = False) -> None:
        for point, steady in watched.steadied.ripe(now, ended=ended):
            self._take(watched, self._measured(watched, point, steady, front))

    @staticmethod
    def _measured(watched: _Watched, point: TrackPoint, steady: BoxPx, front: FrontFinder) -> Sighting:
        watched.way.append((bottom_centre(steady), steady[3] - steady[1]))
        watched.heading_px = heading_of(watched.way) or watched.heading_px
        return front.measure(watched.track, point, steady, watched.heading_px)

    def _take(self, watched: _Watched, sighting: Sighting) -> None:
        last = watched.recent[-1] if watched.recent else None
        if last is not None and is_jump(watched.recent[0] if len(watched.recent) > 1 else None, last, sighting):
            watched.recent.clear()
            watched.before.clear()  # another object has taken the track over, or it skipped a stretch: start afresh
            self._close(watched)
        passage = watched.passage
        margin = max(self._parameters.before_margin_box_heights, watched.jitter_heights())
        if sighting.wholly_before(margin):
            if passage is not None and not passage.judged:
                passage.rolled_back_at = sighting.at
                watched.before.extend(passage.before)
            self._close(watched)
            self._remember_before(watched, sighting)
        elif passage is not None:
            passage.add(sighting, self._parameters)
        elif watched.before and last is not None and sighting.most_past_px >= 0:
            watched.passage = self._cross(watched, last, sighting)
        if len(watched.recent) > 1:
            watched.bends.extend(_bend(watched.recent[-2], watched.recent[-1], sighting))
        watched.recent.append(sighting)
        while len(watched.recent) > 2 and seconds_between(watched.recent[0].at, sighting.at) > _SPEED_OVER_S:  # noqa: PLR2004 - a speed needs two
            watched.recent.popleft()

    def _close(self, watched: _Watched) -> None:
        """Nothing more will be added to the track's crossing; it waits for its judgement apart from the track."""
        if watched.passage is not None and not watched.passage.judged:
            self._closed.append(watched.passage)
        watched.passage = None

    @staticmethod
    def _remember_before(watched: _Watched, sighting: Sighting) -> None:
        watched.before.append(sighting)
        while seconds_between(watched.before[0].at, sighting.at) > _KEEP_BEFORE_S:
            watched.before.popleft()

    def _cross(self, watched: _Watched, last: Sighting, sighting: Sighting) -> Passage | None:
        """A new crossing, if the path goes through the drawn line and not round its ends."""
        to_line_px, step_px = -last.most_past_px, sighting.most_past_px - last.most_past_px
        share = to_line_px / step_px if to_line_px > 0 else 0.0
        along = last.along + share * (sighting.along - last.along)
        if not 0.0 <= along <= 1.0:
            watched.before.clear()
            return None
        gap_s = seconds_between(last.at, sighting.at)
        passage = Passage(
            track=watched.track,
            crossing_at=last.at + timedelta(seconds=share * gap_s),
            gap_s=gap_s,
            height_px=last.height_px + share * (sighting.height_px - last.height_px),
            jitter_heights=watched.jitter_heights(),
            before=tuple(watched.before),
        )
        passage.add(sighting, self._parameters)
        watched.before.clear()
        return passage

    def _forget(self, now: datetime) -> None:
        """Tracks that have left the scene are dropped once their crossing is judged, at the latest after a while."""
        self._closed = [passage for passage in self._closed if not passage.judged]
        for track_id in [key for key, item in self._watched.items() if self._is_over(item, now)]:
            del self._watched[track_id]

    @staticmethod
    def _is_over(watched: _Watched, now: datetime) -> bool:
        absent_s = seconds_between(watched.newest_in_scene_at, now)
        return absent_s > _FORGET_S or (absent_s > 0 and watched.passage is not None and watched.passage.judged)


def is_jump(earlier: Sighting | None, last: Sighting, sighting: Sighting) -> bool:
    """Whether a track's next sighting cannot be of the same vehicle: not where it was heading, or of another size.

    Args:
        earlier: a sighting some time before ``last``; None: the speed is not known.
        last: the sighting before ``sighting``.
        sighting: the one in question.
    """
    span_s = seconds_between(last.at, sighting.at)
    height_px = max(last.height_px, sighting.height_px)
    way_px = (sighting.contact_px[0] - last.contact_px[0], sighting.contact_px[1] - last.contact_px[1])
    off_px = math.hypot(*way_px)
    if earlier is not None:
        share = _FASTEST * span_s / seconds_between(earlier.at, last.at)
        going_px = (
            share * (last.contact_px[0] - earlier.contact_px[0]),
            share * (last.contact_px[1] - earlier.contact_px[1]),
        )
        off_px = off_stretch(way_px, going_px)
    allowed_px = (_JUMP_BOX_HEIGHTS + _JUMP_PER_S * span_s + _JUMP_PER_S2 * span_s**2) * height_px
    ratio = sighting.height_px * sighting.width_px / (last.height_px * last.width_px)
    return off_px > allowed_px or not 1 / _AREA_RATIO <= ratio <= _AREA_RATIO


def _bend(one: Sighting, middle: Sighting, other: Sighting) -> tuple[float, ...]:
    """How far a sighting as detected lies off the straight between its neighbours, in box heights; () after a gap."""
    span_s = seconds_between(one.at, other.at)
    if span_s > _BEND_S:
        return ()
    share = seconds_between(one.at, middle.at) / span_s
    straight_px = one.raw_past_px + share * (other.raw_past_px - one.raw_past_px)
    return (abs(middle.raw_past_px - straight_px) / middle.height_px,)
