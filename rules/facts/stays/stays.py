"""The stays of one camera as facts: one book for all rules that want them by the same limits in the same hours."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from domain.camera import CameraConfig, RuleUse
from domain.event import Event, Hold, Release
from domain.instants import seconds_between
from domain.seen.scene import Scene
from rules.facts.stays.drawn_zones import DrawnZones
from rules.facts.stays.jam import LONGEST_STEP_S, JamWatch
from rules.facts.stays.presence import StayLimits
from rules.facts.stays.row import row_of
from rules.facts.stays.stay import Stay
from rules.facts.stays.stay_book import REFUSED_NOT_WATCHED, StayBook, StayChanges

REFUSED_BAN_ENDED = "ban_ended_before_threshold"  # the hours of the ban were over


@dataclass(frozen=True, kw_only=True)
class StaysWanted:
    """Which stays a rule judges."""

    zone_ids: frozenset[str]
    limits: StayLimits
    on_road: bool = False  # traffic may have to stand there: time in a jam is told apart
    signal: str | None = None  # the one at which vehicles wait there


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """What one rule needs to know of who stands in its zones; what belongs to the stays is not to be written to."""

    zone_ids: frozenset[str] = frozenset()
    in_force: bool = False  # whether the rule holds now; outside its hours only stays that are told go on
    going_on: tuple[Stay, ...] = ()  # oldest first
    ended: tuple[tuple[Stay, str], ...] = ()  # now, without having been told, and why
    _watch: "StayWatch | None" = None

    def zone_of(self, stay: Stay) -> str:
        """The first of the rule's zones in which its place lies."""
        return next(zone_id for zone_id in stay.zone_ids if zone_id in self.zone_ids)

    def row_of(self, stay: Stay) -> tuple[Stay, ...]:
        """The vehicles of the row in which it stands in its zone now, itself among them, who came first foremost."""
        zone_id = self.zone_of(stay)
        return row_of(stay, (other for other in self.going_on if self.zone_of(other) == zone_id))

    def is_sure(self, stay: Stay) -> bool:
        """Whether it surely stands in the rule's zones, and is no neighbour that bears its name."""
        return self._watch is not None and self._watch.is_sure(stay, self.zone_ids)


class StayWatch:
    """The stays of some zones by the same limits, in the same hours.

    Args:
        camera: with its zones and lanes.
        name: of those who want them, the same again after a reload.
        use: of a rule that wants them; its hours are those of all.
        wanted: by all of them; limits and signal are the same.
    """

    def __init__(self, camera: CameraConfig, name: str, use: RuleUse, wanted: Iterable[StaysWanted]) -> None:
        self.name = name
        self._use = use
        asked = list(wanted)
        self._zones = DrawnZones(camera, (zone_id for one in asked for zone_id in one.zone_ids))
        self._jam = JamWatch(camera, asked[0].signal) if any(one.on_road for one in asked) else None
        self._book = StayBook(asked[0].limits, self._zones)
        self._in_force_since: datetime | None = None
        self._now: Scene | None = None
        self._changes = StayChanges()
        self._unwatched: list[tuple[Stay, str]] = []

    def step(self, scene: Scene) -> Iterator[Hold | Release]:
        """Take in one scene; outside the hours nothing begins, but what became a case is still followed."""
        self._now = scene
        self._in_force_since = self._in_force_since or scene.at if self._use.active_at(scene.at) else None
        self._changes = self._book.step(scene, begin_from=self._in_force_since)
        self._changes.ended[:0], self._unwatched = self._unwatched, []
        if self._in_force_since is None:
            self._book.end_where(lambda stay: not stay.told, REFUSED_BAN_ENDED, self._changes)
        if self._jam is not None:
            self._jam.step(scene, self._book.stays)
            for stay in self._book.stays:
                stay.jammed_s += self._jam.lasted_s(stay)
        yield from (Release(key=self._hold_key(stay)) for stay, _ in self._changes.ended if not stay.told)
        yield from self._held(self._changes.begun)

    def of(self, zone_ids: frozenset[str]) -> Stays:
        """The stays of some of its zones, as they are after the last scene."""
        return Stays(
            zone_ids=zone_ids,
            in_force=self._in_force_since is not None,
            going_on=tuple(stay for stay in self._book.stays if not zone_ids.isdisjoint(stay.zone_ids)),
            ended=tuple(
                (stay, reason)
                for stay, reason in self._changes.ended
                if not stay.told and not zone_ids.isdisjoint(stay.zone_ids)
            ),
            _watch=self,
        )

    def is_sure(self, stay: Stay, zone_ids: frozenset[str]) -> bool:
        """Whether a stay surely lies in some zones, and every vehicle about its place is seen beside it."""
        scene = self._now
        return (
            scene is not None
            and self._zones.surely_hold(stay, zone_ids, scene.resolution_wh)
            and self._book.stands_apart(stay, scene.at)
        )

    def tell(self, event: Event) -> Iterator[Release]:
        """There is a case of this act: nobody is accused by going on with its stay."""
        for stay in self._book.stays:
            if (
                not stay.told
                and stay.first.at == event.began_at
                and any(event.subject.key == stay.subject_key(zone_id) for zone_id in stay.zone_ids)
            ):
                stay.told = True
                yield Release(key=self._hold_key(stay))

    def not_watched(self) -> None:
        """End every stay that is not told; that is known with the next scene."""
        changes = StayChanges()
        self._book.end_where(lambda stay: not stay.told, REFUSED_NOT_WATCHED, changes)
        self._unwatched += changes.ended

    def keep(self) -> JsonValue:
        """The stays, as plain values."""
        return self._book.keep()

    def resume(self, kept: JsonValue, *, since: datetime, scene: Scene) -> Iterator[Hold]:
        """Go on with stays of before; their first sightings are to be held again.

        Raises:
            ValueError: they cannot be read.
        """
        changes = self._book.resume(kept, since=since, at=scene.at)
        unknown_s = seconds_between(since, scene.at)
        if self._jam is not None and unknown_s > LONGEST_STEP_S:
            for stay in changes.begun:
                stay.jammed_s += unknown_s
        self._unwatched = changes.ended
        yield from self._held(changes.begun)

    def finish(self) -> Iterator[Release]:
        """Nothing more will come."""
        ended, self._unwatched = StayChanges(ended=self._unwatched), []
        self._book.end_where(lambda stay: not stay.told, "", ended)
        self._changes = StayChanges()
        yield from (Release(key=self._hold_key(stay)) for stay, _ in ended.ended)

    def _held(self, stays: Iterable[Stay]) -> Iterator[Hold]:
        return (Hold(key=self._hold_key(stay), at=stay.first.at) for stay in stays)

    def _hold_key(self, stay: Stay) -> str:
        return f"stay:{self.name}:{stay.key}"
