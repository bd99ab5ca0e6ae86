"""Acts that have become cases, so that none becomes a second one, whichever rule, track, configuration or process."""

import math
import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.cases.case import Case
from domain.event import PLACE_KEY, Event
from domain.geometry import BoxPx, box_iou
from domain.instants import seconds_between
from domain.scene import Scene
from domain.track import Track, TrackPoint
from rules.kit.standing import newer_points, off_sizes

KEEP_POINTS = 64
_MAX_ACTS = 512
_MAX_TRACKS = 1024
_KEEP_MOVING_S = 60.0
_KEEP_STANDING_S = 7800.0  # a stay may be unseen for two hours and still be the same one
_KEEP_TRACK_S = 60.0
_BREAK_S = 1.5
_SAME_ID_S = 10.0
_TWIN_IOU = 0.6
_CONTINUES_IOU = 0.25
_MIN_TWIN_INSTANTS = 2
_SAME_PLACE_SIZES = 0.13  # neighbours in a row of motorcycles are farther off
PLACE_FREE_S = 10.0  # a place that shows nothing for so long while somebody looks is free
_LONGEST_BLIND_STAY_S = 600.0  # nobody looked for so long: what stands there again is taken for what stood there
_LONGEST_BLIND_DRIVE_S = 20.0
_LONGEST_UNSEEN_DRIVE_S = 4.0
_FOUND_AGAIN_S = 3.0  # so soon after nobody looked its vehicle has its new track
_REACH = 1.5  # how much faster than last seen a vehicle may have gone on while nobody looked


@dataclass(slots=True, kw_only=True)
class ToldAct:
    """One act of which there is a case, and what has been seen of its vehicle since."""

    code: str
    case_id: str
    zone_ids: tuple[str, ...]
    track_ids: tuple[int, ...]  # empty when the act is of an earlier process: ids begin anew there
    began_at: datetime
    told_at: datetime
    points: deque[TrackPoint] = field(default_factory=lambda: deque(maxlen=KEEP_POINTS))
    place_px: BoxPx | None = None  # where it stands; None: it moves
    seen_until: datetime  # when its vehicle, or its place taken by a vehicle, was last seen
    broken: bool = False  # its track has jumped away: what it shows now is another object

    def follow(self, track: Track) -> None:
        """Take in newer sightings of the act's own track for as long as they are of the same object."""
        for point in () if self.broken else newer_points(track, self.points[-1].at):
            if box_iou(point.box_xyxy_px, self.expected(point.at)) <= 0.0:
                self.broken = True
                return
            self.points.append(point)
            if self.place_px is None:
                self.seen_until = point.at

    def expected(self, at: datetime) -> BoxPx:
        """Where the vehicle should be: moved on from its last sighting at its last speed."""
        last = self.points[-1]
        shift_s = seconds_between(last.at, at)
        x_px_s, y_px_s = self.speed_px_s
        x1, y1, x2, y2 = last.box_xyxy_px
        return (x1 + x_px_s * shift_s, y1 + y_px_s * shift_s, x2 + x_px_s * shift_s, y2 + y_px_s * shift_s)

    @property
    def speed_px_s(self) -> tuple[float, float]:
        """How the middle of the box went over its last sightings."""
        last, earlier = self.points[-1], self.points[max(0, len(self.points) - 4)]
        span_s = seconds_between(earlier.at, last.at)
        if span_s <= 0:
            return (0.0, 0.0)
        (x, y), (earlier_x, earlier_y) = _middle(last.box_xyxy_px), _middle(earlier.box_xyxy_px)
        return ((x - earlier_x) / span_s, (y - earlier_y) / span_s)

    def fit(self, point: TrackPoint) -> float:
        """How well a later sighting fits what should be seen of the vehicle then, in [0, 1]."""
        return max(
            box_iou(point.box_xyxy_px, self.expected(point.at)), box_iou(point.box_xyxy_px, self.points[-1].box_xyxy_px)
        )

    def rescale(self, x: float, y: float) -> None:
        """The picture's size has changed by these factors."""
        self.points = deque(
            (
                TrackPoint(at=point.at, box_xyxy_px=_scaled(point.box_xyxy_px, x, y), score=point.score)
                for point in self.points
            ),
            KEEP_POINTS,
        )
        self.place_px = None if self.place_px is None else _scaled(self.place_px, x, y)

    def shift(self, by: timedelta) -> None:
        """The clock was set: all its times are this much later now."""
        self.began_at, self.told_at, self.seen_until = self.began_at + by, self.told_at + by, self.seen_until + by
        self.points = deque((replace(point, at=point.at + by) for point in self.points), KEEP_POINTS)


class ToldActs:
    """The acts of one camera that have become cases; bounded in number and age.

    Args:
        acts: those of an earlier process.
    """

    def __init__(self, acts: Sequence[ToldAct] = ()) -> None:
        self._acts: deque[ToldAct] = deque(acts, maxlen=_MAX_ACTS)
        self._tracks: dict[int, Track] = {}  # by id, as last seen
        self._breaks: deque[tuple[datetime, datetime]] = deque(maxlen=8)

    def __len__(self) -> int:
        return len(self._acts)

    @property
    def acts(self) -> tuple[ToldAct, ...]:
        """Oldest first."""
        return tuple(self._acts)

    def resume(self, since: datetime, at: datetime) -> None:
        """Nobody looked between two instants, or the clock went back: what was there then may be there still."""
        self._breaks.append((min(since, at), at))
        for act in self._acts:
            was_there = seconds_between(act.seen_until, since) <= PLACE_FREE_S
            if act.place_px is not None and was_there and abs(seconds_between(since, at)) <= _LONGEST_BLIND_STAY_S:
                act.seen_until = at
            act.seen_until, act.told_at = min(act.seen_until, at), min(act.told_at, at)

    def update(self, scene: Scene) -> None:
        """Follow the vehicles and places of the acts and forget old ones."""
        self._tracks.update({track.track_id: track for track in scene.tracks})
        old = [key for key, item in self._tracks.items() if seconds_between(item.newest.at, scene.at) > _KEEP_TRACK_S]
        for key in [*old, *list(self._tracks)[: max(0, len(self._tracks) - _MAX_TRACKS)]]:
            self._tracks.pop(key, None)
        if not self._acts:
            return
        self._acts = deque((act for act in self._acts if not _is_old(act, scene.at)), _MAX_ACTS)
        tracks = {track.track_id: track for track in scene.tracks}
        seen = [track for track in scene.tracks if track.observed]
        for act in self._acts:
            track = tracks.get(act.track_ids[-1]) if act.track_ids else None
            if track is not None:
                act.follow(track)
            place = act.place_px
            if place is None or seconds_between(act.seen_until, scene.at) > PLACE_FREE_S:
                continue
            if any(_stands_in(one, place) for one in seen):
                act.seen_until = scene.at

    def shift(self, by: timedelta) -> None:
        """The clock was set by so much: what was told stays told, at its time by the clock of now."""
        for act in self._acts:
            act.shift(by)
        self._tracks.clear()
        self._breaks.clear()

    def rescale(self, x: float, y: float) -> None:
        """The picture's size has changed by these factors: places stay the same on the road."""
        for act in self._acts:
            act.rescale(x, y)

    def is_told(self, event: Event, case_id: str, now: datetime) -> bool:
        """Whether there is a case of this very act: by its id, its vehicle (whatever its track is called) or its place.

        Args:
            event: of the act in question.
            case_id: that its case would have.
            now: the scene's instant.
        """
        return any(
            act.case_id == case_id or (act.code == event.code and self._is_same(act, event, now)) for act in self._acts
        )

    def excluding(self, event: Event, groups: Sequence[frozenset[str]], within_s: float) -> bool:
        """Whether one of these groups allows only one case of the act, and another code of the group has it already."""
        return any(
            act.code != event.code
            and any({act.code, event.code} <= group for group in groups)
            and bool(set(act.track_ids) & set(event.subject.track_ids))
            and bool(set(act.zone_ids) & set(event.zone_ids))
            and abs(seconds_between(act.began_at, event.began_at)) <= within_s
            for act in self._acts
        )

    def add(self, event: Event, case_id: str, now: datetime) -> None:
        """Remember an act that becomes a case."""
        self._acts.append(
            ToldAct(
                code=event.code,
                case_id=case_id,
                zone_ids=event.zone_ids,
                track_ids=event.subject.track_ids,
                began_at=event.began_at,
                told_at=now,
                points=deque(self._points_of(event, now), KEEP_POINTS),
                place_px=_place_of(event),
                seen_until=now,
            )
        )

    def add_case(self, case: Case) -> None:
        """Remember a case that is known from elsewhere; one that is known already changes nothing."""
        if any(act.case_id == str(case.case_id) for act in self._acts):
            return
        subject, moments = case.subject, case.moments
        is_place = subject.key.startswith(PLACE_KEY)
        self._acts.append(
            ToldAct(
                code=case.violation.code,
                case_id=str(case.case_id),
                zone_ids=case.site.zone_ids,
                track_ids=(),
                began_at=case.began_at,
                told_at=case.ended_at,
                points=deque(
                    (TrackPoint(at=one.at, box_xyxy_px=one.box_xyxy_px, score=1.0) for one in moments), KEEP_POINTS
                ),
                place_px=moments[-1].box_xyxy_px if is_place else None,
                seen_until=case.ended_at,
            )
        )

    def _points_of(self, event: Event, until: datetime) -> tuple[TrackPoint, ...]:
        """The sightings of the event's newest track, of its decisive moments where the track is not known."""
        track = self._tracks.get(event.subject.track_ids[-1]) if event.subject.track_ids else None
        points = () if track is None else tuple(point for point in track.points if point.at <= until)
        return points or tuple(
            TrackPoint(at=moment.at, box_xyxy_px=moment.box_xyxy_px, score=1.0) for moment in event.moments
        )

    def _is_same(self, act: ToldAct, event: Event, now: datetime) -> bool:
        place = _place_of(event)
        if act.place_px is not None and place is not None:
            free_s = seconds_between(act.seen_until, event.began_at)
            return free_s <= PLACE_FREE_S and off_sizes(place, act.place_px) <= _SAME_PLACE_SIZES
        if set(act.track_ids) & set(event.subject.track_ids):
            return seconds_between(act.told_at, now) <= _SAME_ID_S
        points = self._points_of(event, event.ended_at)
        track = self._tracks.get(event.subject.track_ids[-1]) if event.subject.track_ids else None
        whole = track is None or track.first_seen_at >= points[0].at
        return (
            _are_twins(act, points)
            or _goes_on_from(act, points, whole=whole)
            or (whole and self._went_on_unseen(act, points))
        )

    def _went_on_unseen(self, act: ToldAct, points: Sequence[TrackPoint]) -> bool:
        """It was unseen for some seconds; then a track begins where it can have gone on to, and not behind."""
        first = points[0]
        last_at = act.points[-1].at
        gap_s = seconds_between(last_at, first.at)
        blind = any(
            last_at <= since + timedelta(seconds=_BREAK_S) and 0 <= seconds_between(at, first.at) <= _FOUND_AGAIN_S
            for since, at in self._breaks
        )
        if not 0 < gap_s <= (_LONGEST_BLIND_DRIVE_S if blind else _LONGEST_UNSEEN_DRIVE_S):
            return False
        (x, y), (last_x, last_y) = _middle(first.box_xyxy_px), _middle(act.points[-1].box_xyxy_px)
        speed_x, speed_y = act.speed_px_s
        size_px = _size_px(act.points[-1].box_xyxy_px)
        behind = (x - last_x) * speed_x + (y - last_y) * speed_y < -size_px * math.hypot(speed_x, speed_y)
        reach_px = _REACH * math.hypot(speed_x, speed_y) * gap_s + size_px
        return not behind and math.dist((x, y), (last_x, last_y)) <= reach_px


def _is_old(act: ToldAct, now: datetime) -> bool:
    if act.place_px is not None:
        return seconds_between(act.seen_until, now) > _KEEP_STANDING_S
    return seconds_between(act.seen_until, now) > _KEEP_MOVING_S


def _place_of(event: Event) -> BoxPx | None:
    return event.moments[-1].box_xyxy_px if event.subject.is_place else None


def _stands_in(track: Track, place_px: BoxPx) -> bool:
    return track.vehicle_kind is not None and off_sizes(track.newest.box_xyxy_px, place_px) <= _SAME_PLACE_SIZES


def _are_twins(act: ToldAct, points: Sequence[TrackPoint]) -> bool:
    """Two tracks at the same instants in the same place: one vehicle seen twice."""
    own = {point.at: point.box_xyxy_px for point in act.points}
    overlaps = [box_iou(point.box_xyxy_px, own[point.at]) for point in points if point.at in own]
    return len(overlaps) >= _MIN_TWIN_INSTANTS and statistics.median(overlaps) >= _TWIN_IOU


def _goes_on_from(act: ToldAct, points: Sequence[TrackPoint], *, whole: bool) -> bool:
    """The track begins, or jumps to, where the act's vehicle should be just after that was last seen.

    Args:
        act: that has its case.
        points: of the track in question, oldest first.
        whole: the points reach back to the track's beginning.
    """
    previous: TrackPoint | None = None
    for point in points:
        gap_s = seconds_between(act.points[-1].at, point.at)
        if gap_s > 0:
            if gap_s > _BREAK_S or (previous is None and not whole):
                return False
            own = box_iou(previous.box_xyxy_px, point.box_xyxy_px) if previous is not None else 0.0
            fit = act.fit(point)
            return fit >= _CONTINUES_IOU and fit > own
        previous = point
    return False


def _middle(box: BoxPx) -> tuple[float, float]:
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def _size_px(box: BoxPx) -> float:
    return math.sqrt(max((box[2] - box[0]) * (box[3] - box[1]), 1.0))


def _scaled(box: BoxPx, x: float, y: float) -> BoxPx:
    return (box[0] * x, box[1] * y, box[2] * x, box[3] * y)
