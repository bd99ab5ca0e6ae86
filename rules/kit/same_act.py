"""Remembers acts that have been told, so that a vehicle whose track breaks, doubles or swaps is not told again."""

import statistics
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from domain.geometry import BoxPx, box_iou
from domain.instants import seconds_between
from domain.scene import Scene
from domain.track import Track, TrackPoint

_KEEP_S = 60.0
_KEEP_ACTS = 128
_KEEP_POINTS = 64
_BREAK_S = 1.5
_SAME_ID_S = 10.0
_TWIN_IOU = 0.6
_CONTINUES_IOU = 0.25
_MIN_TWIN_INSTANTS = 2


@dataclass(slots=True, kw_only=True)
class _ToldAct:
    track_id: int
    told_at: datetime
    points: deque[TrackPoint]
    broken: bool = False  # its track has jumped away: what it shows now is another object

    def follow(self, track: Track) -> None:
        """Take in newer sightings of the act's own track for as long as they are of the same object."""
        for point in track.points:
            if self.broken or point.at <= self.points[-1].at:
                continue
            if box_iou(point.box_xyxy_px, self.expected(point.at)) <= 0.0:
                self.broken = True
                return
            self.points.append(point)

    def expected(self, at: datetime) -> BoxPx:
        """Where the vehicle should be: moved on from its last sighting at its last speed."""
        last = self.points[-1]
        if len(self.points) == 1:
            return last.box_xyxy_px
        earlier = self.points[max(0, len(self.points) - 4)]
        share = seconds_between(last.at, at) / seconds_between(earlier.at, last.at)
        x1, y1, x2, y2 = last.box_xyxy_px
        ex1, ey1, ex2, ey2 = earlier.box_xyxy_px
        shift_x, shift_y = ((x1 + x2) - (ex1 + ex2)) / 2 * share, ((y1 + y2) - (ey1 + ey2)) / 2 * share
        return (x1 + shift_x, y1 + shift_y, x2 + shift_x, y2 + shift_y)

    def fit(self, point: TrackPoint) -> float:
        """How well a later sighting fits what should be seen of the vehicle then, in [0, 1]."""
        return max(
            box_iou(point.box_xyxy_px, self.expected(point.at)), box_iou(point.box_xyxy_px, self.points[-1].box_xyxy_px)
        )


class ActMemory:
    """Acts told in the last minute; bounded."""

    def __init__(self) -> None:
        self._acts: deque[_ToldAct] = deque(maxlen=_KEEP_ACTS)

    def __len__(self) -> int:
        return len(self._acts)

    def update(self, scene: Scene) -> None:
        """Follow the vehicles of told acts and forget old ones."""
        while self._acts and seconds_between(self._acts[0].told_at, scene.at) > _KEEP_S:
            self._acts.popleft()
        if not self._acts:
            return
        tracks = {track.track_id: track for track in scene.tracks}
        for act in self._acts:
            track = tracks.get(act.track_id)
            if track is not None:
                act.follow(track)

    def tell(self, track: Track, now: datetime) -> None:
        """Remember that an act of this track has been told."""
        self._acts.append(
            _ToldAct(track_id=track.track_id, told_at=now, points=deque(track.points[-_KEEP_POINTS:], _KEEP_POINTS))
        )

    def is_told(self, track: Track, *, shown_until: datetime, now: datetime) -> bool:
        """Whether an act of the same vehicle has been told: by this track, a twin, a successor or a swapped one.

        Args:
            track: of the act in question.
            shown_until: the last instant of that act; what the track shows later says nothing about it.
            now: the scene's instant.
        """
        points = tuple(point for point in track.points if point.at <= shown_until)
        return any(self._same_vehicle(act, track, points, now) for act in self._acts)

    @staticmethod
    def _same_vehicle(act: _ToldAct, track: Track, points: tuple[TrackPoint, ...], now: datetime) -> bool:
        if act.track_id == track.track_id:
            return seconds_between(act.told_at, now) <= _SAME_ID_S
        return _are_twins(act, points) or _goes_on_from(act, track, points)


def _are_twins(act: _ToldAct, points: tuple[TrackPoint, ...]) -> bool:
    """Two tracks at the same instants in the same place: one vehicle seen twice."""
    own = {point.at: point.box_xyxy_px for point in act.points}
    overlaps = [box_iou(point.box_xyxy_px, own[point.at]) for point in points if point.at in own]
    return len(overlaps) >= _MIN_TWIN_INSTANTS and statistics.median(overlaps) >= _TWIN_IOU


def _goes_on_from(act: _ToldAct, track: Track, points: tuple[TrackPoint, ...]) -> bool:
    """The track begins, or jumps to, where the act's vehicle should be just after that was last seen."""
    previous: TrackPoint | None = None
    for point in points:
        gap_s = seconds_between(act.points[-1].at, point.at)
        if gap_s > 0:
            if gap_s > _BREAK_S:
                return False
            fit = act.fit(point)
            own = box_iou(previous.box_xyxy_px, point.box_xyxy_px) if previous is not None else 0.0
            if previous is None and point.at > track.first_seen_at:
                return False  # the track's beginning is no longer kept, so nothing can be said of it
            return fit >= _CONTINUES_IOU and fit > own
        previous = point
    return False
