"""One stop line watched by one set of measures: crossings that go on, and those of which all is clear."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import shapely

from domain.camera import CameraConfig
from domain.geometry import SizeWh
from domain.instants import seconds_between
from domain.seen.scene import Scene
from domain.seen.timeline import SignalState
from rules.facts.contact import Contact
from rules.facts.line.arrow_flow import ArrowFlow, Driven
from rules.facts.line.course import Course, CourseFinder, Did
from rules.facts.line.directed_line import DirectedLine
from rules.facts.line.exits import WayOut, WaysOut, zone_polygon
from rules.facts.line.left_behind import FOUND_WITHIN_S, KNOWN_AFTER_S, is_left_behind
from rules.facts.line.measures import LineMeasures
from rules.facts.line.passage import Passage
from rules.facts.line.sighting import Sighting
from rules.facts.road_user import RoadUser

OTHERS_SHOWN_WITHIN_S: Final = 10.0
"""So long after a crossing at a lamp in the picture it is known whether the whole queue crossed with it."""

_WAY_SHOWN_S = 5.0  # so long after a crossing it is clear, most often, by which way it left
_BLOCKED_WITHIN_S = 2.0  # of a crossing: who stood there stood in its way
_BLOCKS_BOX_HEIGHTS = (0.5, 4.0)  # beyond the line: nearer it stands over the line itself


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCrossing:
    """A crossing of which all is clear that will be: handed out once."""

    passage: Passage
    courses: Mapping[str, Course]  # by each signal that governs a way on
    ways: Sequence[WayOut]  # by which it may have left; one: it is known
    in_flow: bool = False  # a whole queue went by the same lamp, one beside the line's own, while it read red
    others_shown: bool = True  # whether it was waited for who else crossed
    left_behind: bool | None = None  # somebody stands where it stood; None: it was not waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What is known of one stop line after one picture."""

    clear: tuple[LineCrossing, ...] = ()  # complete now, in order of crossing
    open: tuple[Passage, ...] = ()  # those that go on


@dataclass(slots=True, kw_only=True)
class _Open:
    passage: Passage
    courses: dict[str, Course] = field(default_factory=dict)
    clear_at: datetime | None = None  # since when there is one for every signal
    left_behind: bool | None = None  # None: not known yet, or never
    asked: bool = False  # it is as known as it will be
    unwatched: bool = False  # pictures are missing while somebody left behind would have been found


class StopLineWatch:
    """Watches one stop line at one picture size.

    Args:
        camera: with the line, its signals, movements and zones.
        measures: of the line.
        resolution_wh: of the picture.

    Raises:
        ValueError: the line is missing or names no signal.
    """

    def __init__(self, *, camera: CameraConfig, measures: LineMeasures, resolution_wh: SizeWh) -> None:
        line = camera.line(measures.line)
        if line is None or line.signal is None:
            raise ValueError(f"line {measures.line} is missing or names no signal; check the rule's problems first")
        self._measures = measures
        self._resolution_wh = resolution_wh
        self._signal = line.signal
        self._line = DirectedLine.of(line, resolution_wh)
        self._junction = zone_polygon(camera, measures.junction_zone)
        self._finder = CourseFinder(measures=measures, in_junction=self._in_junction)
        self._ways = WaysOut.of(camera, line, measures)
        lamps = {signal.id for signal in camera.signals if signal.source == "lamp"}
        self._others_shown_s = OTHERS_SHOWN_WITHIN_S if lamps & set(self._ways.signals) else 0.0
        self._arrows = (lamps & set(self._ways.signals)) - {line.signal}  # read in the picture, beside the line's own
        self._open: list[_Open] = []
        self._flow = ArrowFlow()  # by those that read red
        self._seen_at: datetime | None = None  # the newest picture

    def __len__(self) -> int:
        return len(self._open)

    def step(
        self, scene: Scene, users: Sequence[RoadUser], begun: Iterable[Passage], *, ended: bool = False
    ) -> LineFacts:
        """Look at the crossings that go on.

        Args:
            scene: tells the time and the signals.
            users: everybody.
            begun: crossings that began with this scene; those that go on have taken in its sightings.
            ended: nothing more will come.
        """
        self._open += [_Open(passage=passage) for passage in begun]
        self._open.sort(key=lambda item: (item.passage.crossing_at, item.passage.track_ids))
        self._note_holes(scene.at)
        self._note_blockers(scene, users)
        clear = tuple(self._clear(scene, users, ended=ended))
        return LineFacts(clear=clear, open=tuple(item.passage for item in self._open))

    def _clear(self, scene: Scene, users: Sequence[RoadUser], *, ended: bool) -> Iterator[LineCrossing]:
        until = scene.at if ended else scene.at - timedelta(seconds=self._measures.signal_settle_s)
        still_open = []
        for item in self._open:
            gone = ended or self._is_gone(item.passage, scene.at)
            for signal in self._ways.signals:
                if signal not in item.courses:
                    reading = partial(scene.confirmed_signal_at, signal)
                    awaited_from = None if ended else scene.signal_awaited_from(signal)
                    awaits = awaited_from is not None and awaited_from < item.passage.past[-1].at
                    known_until = until if awaited_from is None else min(until, awaited_from)
                    course = self._finder.course(item.passage, reading, known_until, gone=gone and not awaits)
                    if course is not None:
                        item.courses[signal] = course
            if not item.asked and (ended or self._is_known_by(item, scene.at)):
                item.asked = True
                nobody = False if self._is_known_by(item, scene.at) and not item.unwatched else None
                item.left_behind = is_left_behind(item.passage, users) or nobody
            ways = None
            if len(item.courses) == len(self._ways.signals):
                item.clear_at = item.clear_at or scene.at
                ways = self._way_on(item, scene.at, item.clear_at, ended=ended)
            if ways is None:
                still_open.append(item)
            else:
                in_flow = self._is_in_flow(item, ways)
                yield LineCrossing(
                    passage=item.passage,
                    courses=item.courses,
                    ways=ways,
                    in_flow=in_flow,
                    left_behind=item.left_behind,
                    others_shown=self._others_are_shown(item, ways, scene.at),
                )
        self._open = still_open

    def _way_on(self, item: _Open, now: datetime, clear_at: datetime, *, ended: bool) -> Sequence[WayOut] | None:
        """By which ways it may have left, None while that may become clearer and matters."""
        did = {course.did for course in item.courses.values()}
        if did <= {Did.NOT_RED, Did.SIGNAL_UNKNOWN}:
            return ()
        ways = self._ways.possible(item.passage, self._resolution_wh)
        if ended or did.isdisjoint({Did.DROVE_IN, Did.STOOD}):
            return ways
        if not item.asked:
            return None
        if len(ways) == 1 and not _drove_in(item.courses, ways[0]):
            return ways
        if Did.DROVE_IN in did and not self._others_are_shown(item, ways, now):
            return None
        since = clear_at if Did.STOOD in did else item.passage.crossing_at
        lost = item.passage.unseen_s(now) > self._measures.lost_after_s
        waited_long = seconds_between(since, now) > self._measures.exit_timeout_s
        return ways if not self._ways.differ or lost or waited_long else None

    def _note_holes(self, now: datetime) -> None:
        """Who is not looked for cannot be found."""
        before, self._seen_at = self._seen_at, now
        if before is None or seconds_between(before, now) < self._measures.max_gap_s:
            return
        for item in self._open:
            item.unwatched |= before < item.passage.before[-1].at + timedelta(seconds=FOUND_WITHIN_S)

    @staticmethod
    def _is_known_by(item: _Open, now: datetime) -> bool:
        """Whether anybody who was left behind is known by now."""
        return seconds_between(item.passage.before[-1].at, now) >= KNOWN_AFTER_S

    def _others_are_shown(self, item: _Open, ways: Sequence[WayOut], now: datetime) -> bool:
        """Whether it is known by now who else crossed at the same lamp; of an arrow also by which way they left."""
        shown_s = self._others_shown_s + (_WAY_SHOWN_S if self._arrow_of(item, ways) else 0.0)
        return seconds_between(item.passage.crossing_at, now) >= shown_s

    def _is_in_flow(self, item: _Open, ways: Sequence[WayOut]) -> bool:
        """Whether so many others drove in by the same red arrow about then that it is most likely misread."""
        arrow = self._arrow_of(item, ways)
        if arrow is None:
            return False
        for one in self._open:
            if (own := self._arrow_of(one, self._ways.possible(one.passage, self._resolution_wh))) is not None:
                self._flow.note(one.passage.key, (own, one.passage.crossing_at))
        return self._flow.is_flow((arrow, item.passage.crossing_at))

    def arrows(self) -> list[Driven]:
        """Who drove in by a red arrow lately, for a successor.

        Whose way is not clear yet counts with the rest: rather too much flow than too little.
        """
        unclear = [
            (way.signal, item.passage.crossing_at)
            for item in self._open
            if item.passage.stop is None
            for way in self._ways.possible(item.passage, self._resolution_wh)
            if way.signal in self._arrows
            and (way.signal not in item.courses or item.courses[way.signal].did is Did.DROVE_IN)
        ]
        return [*self._flow.all(), *unclear]

    def resume_arrows(self, driven: Iterable[Driven]) -> None:
        """Go on with what a predecessor saw at the same line."""
        self._flow.resume(one for one in driven if one[0] in self._arrows)

    def _arrow_of(self, item: _Open, ways: Sequence[WayOut]) -> str | None:
        """The lamp beside the line's own by which a vehicle surely drove in while it read red; None: none."""
        if len(ways) != 1 or ways[0].signal not in self._arrows:
            return None
        course = item.courses.get(ways[0].signal)
        return ways[0].signal if course is not None and course.did is Did.DROVE_IN else None

    def _is_gone(self, passage: Passage, now: datetime) -> bool:
        """Whether nothing more will be seen of a crossing: turned back, taken over, or lost for long enough."""
        return passage.closed and (not passage.lost or passage.unseen_s(now) > self._measures.lost_after_s)

    def _in_junction(self, sighting: Sighting) -> bool:
        if self._junction is None:
            return False
        (x_px, y_px), (width_px, height_px) = sighting.contact_px, self._resolution_wh
        return bool(shapely.intersects_xy(self._junction, x_px / width_px, y_px / height_px))

    def _note_blockers(self, scene: Scene, users: Sequence[RoadUser]) -> None:
        """Count who has stood just beyond the line since before the red, for those who cross now."""
        crossing = [
            item.passage
            for item in self._open
            if seconds_between(item.passage.crossing_at, scene.at) <= _BLOCKED_WITHIN_S
        ]
        red = scene.signal_at(self._signal, scene.at)
        if not crossing or red.state is not SignalState.RED or red.since is None:
            return
        standing = [user.way[-1] for user in users if self._blocks(user, red.since)]
        for passage in crossing:
            if any(self._is_straight_ahead(other, passage.user.way[-1]) for other in standing):
                passage.blocked_by = max(passage.blocked_by, len(standing))

    def _blocks(self, user: RoadUser, red_since: datetime) -> bool:
        if not user.way or user.track.vehicle_kind is None or not self._just_beyond(user.way[-1]):
            return False
        as_red_began = next((item for item in reversed(user.way) if item.at <= red_since), None)
        return as_red_began is not None and self._just_beyond(as_red_began) and user.stands

    def _just_beyond(self, contact: Contact) -> bool:
        nearest, farthest = _BLOCKS_BOX_HEIGHTS
        beyond = nearest <= self._line.past_px(contact.point_px) / contact.height_px <= farthest
        return beyond and 0.0 <= self._line.along(contact.point_px) <= 1.0

    def _is_straight_ahead(self, other: Contact, own: Contact) -> bool:
        """Whether somebody is farther on, with less than the half of both widths aside."""
        aside = self._line.along(other.point_px) - self._line.along(own.point_px)
        aside_px = abs(aside) * math.dist(self._line.start_px, self._line.end_px)
        farther = self._line.past_px(other.point_px) > self._line.past_px(own.point_px)
        return farther and aside_px < (other.width_px + own.width_px) / 2


def _drove_in(courses: Mapping[str, Course], way: WayOut) -> bool:
    return way.signal is not None and courses[way.signal].did is Did.DROVE_IN
