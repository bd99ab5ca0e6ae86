"""Acts that have become cases, so that none becomes a second one, whichever rule, track, configuration or process."""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np

from domain.cases.case import Case
from domain.event import PLACE_KEY, Event
from domain.geometry import BoxPx
from domain.instants import seconds_between
from domain.seen.scene import Scene
from domain.seen.track import Track, TrackPoint
from rules.acts.act_sameness import BREAK_S, are_twins, goes_on_from, went_on_along_path, went_on_near
from rules.acts.told_act import KEEP_POINTS, ToldAct
from rules.kit.stays.standing import off_sizes, off_sizes_matrix

_MAX_ACTS = 512
_MAX_TRACKS = 1024
_KEEP_MOVING_S = 60.0
_KEEP_STANDING_S = 7800.0  # a stay may be unseen for two hours and still be the same one
_KEEP_TRACK_S = 60.0
_SAME_ID_S = 10.0
_SAME_PLACE_SIZES = 0.13  # neighbours in a row of motorcycles are farther off
PLACE_FREE_S = 10.0  # a place that shows nothing for so long while somebody looks is free
_LONGEST_BLIND_STAY_S = 600.0  # nobody looked for so long: what stands there again is taken for what stood there
_LONGEST_BLIND_DRIVE_S = 20.0
_FOUND_AGAIN_S = 3.0  # so soon after nobody looked its vehicle has its new track


class ToldActs:
    """The acts of one camera that have become cases; bounded in number and age.

    Args:
        acts: those of an earlier process.
    """

    def __init__(self, acts: Sequence[ToldAct] = ()) -> None:
        self._acts: deque[ToldAct] = deque(acts, maxlen=_MAX_ACTS)
        self._tracks: dict[int, Track] = {}  # by id, as last seen
        self._beginnings: dict[int, TrackPoint] = {}  # of those tracks
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
        tracks = {track.track_id: track for track in scene.tracks}
        new_ids = tracks.keys() - self._tracks.keys()
        self._tracks.update(tracks)
        if new_ids:
            self._begin(tracks[track_id] for track_id in new_ids)
            self._forget_old(scene.at)
        if not self._acts:
            return
        self._acts = deque((act for act in self._acts if not _is_old(act, scene.at)), _MAX_ACTS)
        for act in self._acts:
            track = tracks.get(act.track_ids[-1]) if act.track_ids else None
            if track is not None:
                act.follow(track)
        self._look_at_places(scene)

    def _begin(self, tracks: Iterable[Track]) -> None:
        for track in tracks:
            if track.points[0].at <= track.first_seen_at:
                self._beginnings.setdefault(track.track_id, track.points[0])

    def _forget_old(self, now: datetime) -> None:
        for key in [key for key, track in self._tracks.items() if _is_forgotten(track, now)]:
            self._forget(key)
        for key in list(self._tracks)[: max(0, len(self._tracks) - _MAX_TRACKS)]:
            self._forget(key)

    def _forget(self, track_id: int) -> None:
        del self._tracks[track_id]
        self._beginnings.pop(track_id, None)

    def _look_at_places(self, scene: Scene) -> None:
        """A place in which a vehicle is seen is not free."""
        places = [
            (act, act.place_px)
            for act in self._acts
            if act.place_px is not None and seconds_between(act.seen_until, scene.at) <= PLACE_FREE_S
        ]
        if not places:
            return
        boxes = [one.newest.box_xyxy_px for one in scene.tracks if one.observed and one.vehicle_kind is not None]
        off = off_sizes_matrix(boxes, [place for _, place in places])
        for (act, _), is_taken in zip(places, np.any(off <= _SAME_PLACE_SIZES, axis=0).tolist(), strict=True):
            if is_taken:
                act.seen_until = scene.at

    def shift(self, by: timedelta) -> None:
        """The clock was set by so much: what was told stays told, at its time by the clock of now."""
        for act in self._acts:
            act.shift(by)
        self._tracks.clear()
        self._beginnings.clear()
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

    def holds_stay(self, event: Event, codes: frozenset[str]) -> bool:
        """Whether there is a case of this very stay under another of these codes."""
        place = _place_of(event)
        return (
            place is not None
            and event.code in codes
            and any(
                act.code in codes and act.place_px is not None and _is_same_stay(act, act.place_px, event, place)
                for act in self._acts
            )
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

    def _track_of(self, event: Event, now: datetime) -> Track | None:
        """The newest track of an event's vehicle, None where it has not been seen lately."""
        track = self._tracks.get(event.subject.track_ids[-1]) if event.subject.track_ids else None
        return None if track is None or _is_forgotten(track, now) else track

    def _points_of(self, event: Event, now: datetime) -> tuple[TrackPoint, ...]:
        """The sightings of the event's newest track, of its decisive moments where the track is not known."""
        track = self._track_of(event, now)
        points = () if track is None else tuple(point for point in track.points if point.at <= event.ended_at)
        return points or tuple(
            TrackPoint(at=moment.at, box_xyxy_px=moment.box_xyxy_px, score=1.0) for moment in event.moments
        )

    def _is_same(self, act: ToldAct, event: Event, now: datetime) -> bool:
        place = _place_of(event)
        if act.place_px is not None and place is not None:
            return _is_same_stay(act, act.place_px, event, place)
        if set(act.track_ids) & set(event.subject.track_ids):
            return seconds_between(act.told_at, now) <= _SAME_ID_S
        points, track = self._points_of(event, now), self._track_of(event, now)
        whole = track is None or track.first_seen_at >= points[0].at
        beginning = points[0] if whole or track is None else self._beginnings.get(track.track_id)
        return (
            are_twins(act, points)
            or goes_on_from(act, points, whole=whole)
            or went_on_along_path(act, _beginning_of(event))
            or (beginning is not None and self._went_on_unseen(act, beginning))
        )

    def _went_on_unseen(self, act: ToldAct, beginning: TrackPoint) -> bool:
        """Whether the act's vehicle was unseen for some seconds, and then this track began where it can be."""
        if self._nobody_looked(act, beginning.at):
            return went_on_near(act, beginning, _LONGEST_BLIND_DRIVE_S)
        return went_on_near(act, beginning) or went_on_along_path(act, beginning)

    def _nobody_looked(self, act: ToldAct, began_at: datetime) -> bool:
        """Whether nobody looked from the vehicle's last sighting until just before a track began."""
        last_at = act.points[-1].at
        return any(
            last_at <= since + timedelta(seconds=BREAK_S) and 0 <= seconds_between(at, began_at) <= _FOUND_AGAIN_S
            for since, at in self._breaks
        )


def _is_forgotten(track: Track, now: datetime) -> bool:
    return seconds_between(track.points[-1].at, now) > _KEEP_TRACK_S


def _is_old(act: ToldAct, now: datetime) -> bool:
    if act.place_px is not None:
        return seconds_between(act.seen_until, now) > _KEEP_STANDING_S
    return seconds_between(act.seen_until, now) > _KEEP_MOVING_S


def _beginning_of(event: Event) -> TrackPoint:
    """Where the act began: its track may have come over to the vehicle just then."""
    first = event.moments[0]
    return TrackPoint(at=first.at, box_xyxy_px=first.box_xyxy_px, score=1.0)


def _place_of(event: Event) -> BoxPx | None:
    return event.moments[-1].box_xyxy_px if event.subject.is_place else None


def _is_same_stay(act: ToldAct, act_place: BoxPx, event: Event, place: BoxPx) -> bool:
    free_s = seconds_between(act.seen_until, event.began_at)
    return free_s <= PLACE_FREE_S and off_sizes(place, act_place) <= _SAME_PLACE_SIZES
