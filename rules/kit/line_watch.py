"""Follows every track around one stop line and keeps its crossings until they are judged."""

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.camera import Line
from domain.geometry import SizeWh
from domain.instants import seconds_between
from domain.scene import Scene
from domain.track import Track
from rules.kit.crossing_parameters import CrossingParameters
from rules.kit.passage import Passage
from rules.kit.sighting import DirectedLine, Sighting
from rules.kit.standing import newer_points

MAX_BEFORE = 64
_KEEP_BEFORE_S = 20.0
_FORGET_S = 10.0
_JUMP_BOX_HEIGHTS = 0.6
_JUMP_BOX_HEIGHTS_PER_S = 4.0
_SPEED_HOLDS_S = 1.0
_AREA_RATIO = 4.0


@dataclass(slots=True, kw_only=True)
class _Watched:
    """What is kept of one track."""

    seen_until: datetime
    newest_in_scene_at: datetime
    previous: Sighting | None = None
    last: Sighting | None = None
    before: deque[Sighting] = field(default_factory=lambda: deque(maxlen=MAX_BEFORE))
    passage: Passage | None = None


class LineWatch:
    """Finds crossings of one line in the direction of ``beyond_norm``.

    A track must be seen wholly before the line first: one that begins on or beyond it has no crossing.

    Args:
        line: of the camera configuration.
        parameters: of the rule.
    """

    def __init__(self, *, line: Line, parameters: CrossingParameters) -> None:
        self._line = line
        self._parameters = parameters
        self._watched: dict[int, _Watched] = {}
        self._closed: list[Passage] = []
        self._directed: DirectedLine | None = None
        self._resolution_wh: SizeWh | None = None

    def __len__(self) -> int:
        return len(self._watched)

    @property
    def open_passages(self) -> list[Passage]:
        """Crossings that wait for their verdict, in order of their crossing, then of their track."""
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
        if self._directed is None or scene.resolution_wh != self._resolution_wh:
            self._directed = DirectedLine.of(self._line, scene.resolution_wh)
            self._resolution_wh = scene.resolution_wh
            self._watched = {}
        for track in scene.tracks:
            self._follow(track, scene.at, self._directed)
        self._forget(scene.at)

    def _follow(self, track: Track, now: datetime, line: DirectedLine) -> None:
        watched = self._watched.get(track.track_id)
        if watched is None:
            before_all = track.points[0].at - timedelta(microseconds=1)
            watched = self._watched[track.track_id] = _Watched(seen_until=before_all, newest_in_scene_at=now)
        watched.newest_in_scene_at = now
        if watched.passage is not None:
            watched.passage.track = track
        for point in newer_points(track, watched.seen_until):
            if point.at <= now:
                watched.seen_until = point.at
                self._take(watched, track, line.measure(point, self._parameters.contact))

    def _take(self, watched: _Watched, track: Track, sighting: Sighting) -> None:
        if watched.last is not None and is_jump(watched.previous, watched.last, sighting):
            watched.before.clear()  # another object has taken the track over, or it skipped a stretch: start afresh
            self._close(watched)
        passage = watched.passage
        if sighting.wholly_before(self._parameters.before_margin_box_heights):
            if passage is not None and not passage.judged:
                passage.rolled_back_at = sighting.at
                watched.before.extend(passage.before)
            self._close(watched)
            self._remember_before(watched, sighting)
        elif passage is not None:
            passage.add(sighting, self._parameters)
        elif watched.before and watched.last is not None and sighting.past_px >= 0:
            watched.passage = self._cross(watched, watched.last, track, sighting)
        watched.previous, watched.last = watched.last, sighting

    def _close(self, watched: _Watched) -> None:
        """Nothing more will be added to the track's crossing; it waits for its verdict apart from the track."""
        if watched.passage is not None and not watched.passage.judged:
            self._closed.append(watched.passage)
        watched.passage = None

    @staticmethod
    def _remember_before(watched: _Watched, sighting: Sighting) -> None:
        watched.before.append(sighting)
        while seconds_between(watched.before[0].at, sighting.at) > _KEEP_BEFORE_S:
            watched.before.popleft()

    def _cross(self, watched: _Watched, last: Sighting, track: Track, sighting: Sighting) -> Passage | None:
        """A new crossing, if the path goes through the drawn line and not round its ends."""
        share = -last.past_px / (sighting.past_px - last.past_px) if last.past_px < 0 else 0.0
        along = last.along + share * (sighting.along - last.along)
        if not 0.0 <= along <= 1.0:
            watched.before.clear()
            return None
        gap_s = seconds_between(last.at, sighting.at)
        passage = Passage(
            track=track,
            crossing_at=last.at + timedelta(seconds=share * gap_s),
            gap_s=gap_s,
            height_px=last.height_px + share * (sighting.height_px - last.height_px),
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


def is_jump(previous: Sighting | None, last: Sighting, sighting: Sighting) -> bool:
    """Whether a track's next sighting cannot be of the same vehicle: not where it was heading, or of another size.

    Args:
        previous: the sighting before ``last``; None: the speed is not known.
        last: the sighting before ``sighting``.
        sighting: the one in question.
    """
    span_s = seconds_between(last.at, sighting.at)
    height_px = max(last.height_px, sighting.height_px)
    expected_x, expected_y = last.contact_px
    if previous is not None and span_s <= _SPEED_HOLDS_S:
        share = span_s / seconds_between(previous.at, last.at)
        expected_x += (last.contact_px[0] - previous.contact_px[0]) * share
        expected_y += (last.contact_px[1] - previous.contact_px[1]) * share
    off_px = min(
        math.dist((expected_x, expected_y), sighting.contact_px), math.dist(last.contact_px, sighting.contact_px)
    )
    allowed_px = (_JUMP_BOX_HEIGHTS + _JUMP_BOX_HEIGHTS_PER_S * span_s) * height_px
    ratio = sighting.height_px * sighting.width_px / (last.height_px * last.width_px)
    return off_px > allowed_px or not 1 / _AREA_RATIO <= ratio <= _AREA_RATIO
