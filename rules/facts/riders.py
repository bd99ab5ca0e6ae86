"""Who rides a motorcycle, by all the looks that its track was given: each tied by the boxes that were looked at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.coordinates import BoxPx
from domain.model_ref import ModelRef
from domain.seen.riders import RidersLook
from domain.seen.scene import Scene
from domain.seen.track import Track

_UNTIED_FOR = timedelta(seconds=2)  # a track is told only when it is confirmed; its first sightings come with it
_PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class RidersSighting:
    """One look at a motorcycle's riders, with its place in time."""

    at: datetime
    look: RidersLook
    model: ModelRef  # the weights that told the heads apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Riders:
    """The looks at one track's riders."""

    sightings: tuple[RidersSighting, ...] = ()  # oldest first
    people: frozenset[int] = frozenset()  # tracks of those who were seen on it
    swapped: bool = False  # somebody was seen on this motorcycle and on another: whose riders these are is not known


class RiderBook:
    """Ties looks to tracks, and people to the motorcycle that they were seen on."""

    def __init__(self) -> None:
        self._riders: dict[int, Riders] = {}
        self._untied: list[RidersSighting] = []
        self._seats: dict[int, int] = {}  # person's track -> motorcycle's track

    def step(self, scene: Scene) -> Mapping[int, Riders]:
        """Take in one scene; returns what is known by motorcycle's track, of those who were looked at."""
        if scene.riders is None and not self._untied and not self._riders:
            return self._riders
        alive = {track.track_id for track in scene.tracks}
        just_gone = {track_id: riders for track_id, riders in self._riders.items() if track_id not in alive}
        for track_id in just_gone:
            del self._riders[track_id]
        self._seats = {person: seat for person, seat in self._seats.items() if person in alive}
        if scene.riders is not None:
            self._untied += [
                RidersSighting(at=scene.at, look=look, model=scene.riders.model) for look in scene.riders.looks
            ]
        self._tie(scene)
        return just_gone | self._riders

    @property
    def newest(self) -> Mapping[int, Riders]:
        """What is known of the tracks of the last scene."""
        return self._riders

    def _tie(self, scene: Scene) -> None:
        self._untied = [sighting for sighting in self._untied if sighting.at >= scene.at - _UNTIED_FOR]
        if not self._untied:
            return
        sighted = _sightings(scene.tracks, self._untied[0].at)
        people = _sightings([track for track in scene.tracks if track.label == _PERSON], self._untied[0].at)
        left = []
        for sighting in self._untied:
            track_id = sighted.get((sighting.at, sighting.look.motorcycle_xyxy_px))
            if track_id is None:
                left.append(sighting)
                continue
            riders = self._riders.get(track_id, Riders())
            seated = (people.get((sighting.at, rider.person_xyxy_px)) for rider in sighting.look.riders)
            known = frozenset(person for person in seated if person is not None)
            self._riders[track_id] = replace(
                riders, sightings=(*riders.sightings, sighting), people=riders.people | known
            )
            self._seat(known, track_id)
        self._untied = left

    def _seat(self, people: Iterable[int], motorcycle: int) -> None:
        for person in sorted(people):
            before = self._seats.get(person, motorcycle)
            if before != motorcycle:
                for track_id in (before, motorcycle):
                    self._riders[track_id] = replace(self._riders.get(track_id, Riders()), swapped=True)
            self._seats[person] = motorcycle


def _sightings(tracks: Iterable[Track], since: datetime) -> dict[tuple[datetime, BoxPx], int]:
    """Whose sighting a box of an instant is."""
    found: dict[tuple[datetime, BoxPx], int] = {}
    for track in tracks:
        for point in reversed(track.points):
            if point.at < since:
                break
            found[point.at, point.box_xyxy_px] = track.track_id
    return found
