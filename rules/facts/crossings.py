"""Who crossed which drawn line, in which direction, and which pictures show it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from domain.camera import Line
from domain.geometry import Float64Array, Int64Array, to_px
from domain.instants import seconds_between
from rules.facts.contact import Contact, are_cut
from rules.facts.footprint import RoadLine, wheels_share
from rules.facts.ground_plane import GroundPlane
from rules.facts.line.directed_line import DirectedLine, DirectedLines
from rules.facts.placed import Placed
from rules.facts.road_user import RoadUser
from rules.facts.settling import Settling
from rules.facts.succession import Succession
from rules.kit.rows import Rows, with_rows

_LEAST_SIGHTINGS = 2  # on either side: one box decides nothing
_LEAST_MARGIN_BOX_HEIGHTS = 0.03
_MOST_BETWEEN = 256
_FAR_HEIGHTS = 1.0  # farther from a line than any box shakes
_NEAR_WIDTHS = 3.0  # farther from a solid line than so many widths of its box a vehicle is clearly beside it
_LEAST_MARGIN_M = 0.1
SOLID_LINE = "solid_line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A road user was clearly on one side of a line, and then clearly on the other."""

    line_id: str
    user: RoadUser
    at: datetime  # interpolated: when its contact passed the line
    forward: bool  # towards the line's ``beyond_norm``
    before: Contact  # the last one clearly before
    after: Contact  # the first one clearly beyond
    touching: tuple[Contact, ...]  # those between, on or over the line
    gap_s: float  # the longest span without a sighting from before to after
    sure_before: int  # sightings clearly before, in a row
    track_ids: tuple[int, ...]  # of the same vehicle one after another; the last one is the user's
    label_share: float  # of the track that is least sure of the class
    # a crossing round the line's ends is none
    way: tuple[Contact, ...] = ()  # over a solid line: from some seconds before it to some seconds after


@dataclass(slots=True, kw_only=True)
class _Approach:
    """One road user at one line."""

    leg: int
    side: int = 0  # the last clear one: -1 before, +1 beyond, 0 not known yet
    clear: Contact | None = None  # the newest one on that side
    sure: int = 0  # how many in a row
    number: int = 0  # of the newest sighting that was looked at
    between: list[Contact] = field(default_factory=list)
    over: list[Contact] = field(default_factory=list)  # clearly on the other side, not yet believed
    earlier: tuple[RoadUser, ...] = ()  # tracks of the same vehicle before this one

    def catch_up(self, contact: Contact, before: Contact | None) -> None:
        """Take in the sightings that were not looked at, all of them clearly on its side."""
        if before is not None and contact.number > self.number + 1:
            self.sure += contact.number - self.number - 1
            self.clear = before
        self.number = contact.number


class LineWatches:
    """Finds the crossings of a camera's lines in either direction; where everybody is, all lines are asked together.

    Args:
        lines: of the camera.
        plane: of the camera.
    """

    def __init__(self, lines: Sequence[Line], plane: GroundPlane) -> None:
        self._watches = [_LineWatch(line, plane) for line in lines]
        self._lines = DirectedLines([watch.line for watch in self._watches])
        self._far_widths = np.array([[_NEAR_WIDTHS if watch.is_solid else 0.0] for watch in self._watches])
        self._quiet = np.zeros((0, len(lines)), np.int8)  # by row: the side on which all is settled, 0 where it is not
        self._solid_ids = frozenset(line.id for line in lines if line.kind == SOLID_LINE)
        self._settling = Settling()

    def step(
        self, placed: Iterable[Placed], gone: Iterable[RoadUser], successions: Sequence[Succession] = ()
    ) -> list[Crossing]:
        """Take in what became known, and who is gone; the crossings that are complete now.

        Over a solid line one is complete when its vehicle was seen to drive on, or is gone: who turns round changes no
        lane.
        """
        if not self._watches:
            return []
        for watch in self._watches:
            watch.hand_over(successions)
        crossings = [item for sightings in placed for item in self._look(sightings)]
        crossings.sort(key=lambda item: item[0])
        found = [crossing for _, crossing in crossings]
        over_solid = [crossing for crossing in found if crossing.line_id in self._solid_ids]
        settled = self._settling.step(over_solid, successions)
        complete = [*(crossing for crossing in found if crossing.line_id not in self._solid_ids), *settled]
        for user in gone:
            for watch in self._watches:
                watch.forget(user)
        return complete

    def _look(self, sightings: Placed) -> Iterator[tuple[int, Crossing]]:
        """Whoever is clearly on his side of a line, where all is settled, is not looked at there."""
        rows = sightings.rows
        self._quiet = with_rows(self._quiet, sightings.room)
        sides = self._sides(sightings)
        quiet = (sides != 0) & (sides == self._quiet[rows].T) & ~sightings.begins
        for number, index in zip(*(column.tolist() for column in (~quiet).nonzero()), strict=True):
            side = int(sides[number, index])
            crossing, is_settled = self._watches[number].take(sightings, index, side)
            if crossing is not None:
                yield number, crossing
            self._quiet[rows[index], number] = side if is_settled else 0

    def _sides(self, sightings: Placed) -> Int64Array:
        """(L, N) -1 clearly before a line, +1 clearly beyond it, 0 on it or too near to say."""
        past_px, heights_px = self._lines.all_past_px(sightings.points_px), sightings.heights_px
        sides = np.where(past_px > 0, 1, -1)
        numbers, near = (
            np.abs(past_px) <= _FAR_HEIGHTS * heights_px + self._far_widths * sightings.widths_px
        ).nonzero()
        margins_px = np.maximum(_LEAST_MARGIN_BOX_HEIGHTS, sightings.jitters[near]) * heights_px[near]
        past_px = past_px[numbers, near]
        sides[numbers, near] = _sides_of(past_px, past_px, margins_px)
        for number, watch in enumerate(self._watches):
            if watch.is_solid and (own := numbers == number).any():
                sides[number, near[own]] = watch.sides_of_whole(sightings, near[own], margins_px[own])
        return sides


class _LineWatch:
    """One line.

    Over a solid line go wheels: all of them must have been on either side. Where the ground is calibrated that is
    where a vehicle of its class stands, elsewhere the lower edge of its bounding box, of two-wheelers its middle part.
    """

    def __init__(self, line: Line, plane: GroundPlane) -> None:
        self.line_id = line.id
        self.line = DirectedLine.of(line, plane.resolution_wh)
        self.is_solid = line.kind == SOLID_LINE
        self._resolution_wh = plane.resolution_wh
        beyond_px = to_px(line.beyond_norm, plane.resolution_wh)
        self._on_road = (
            RoadLine.of(self.line.start_px, self.line.end_px, beyond_px, plane)
            if self.is_solid and plane.is_metric
            else None
        )
        self._approaches: dict[int, _Approach] = {}

    def hand_over(self, successions: Iterable[Succession]) -> None:
        """Over a solid line a vehicle goes on under the next track only where it clearly goes on as it went."""
        for succession in successions if self.is_solid else ():
            self._hand_over(succession.before, succession.after)

    def forget(self, user: RoadUser) -> None:
        """Nothing more will come of somebody."""
        self._approaches.pop(user.track.track_id, None)

    def _hand_over(self, before: RoadUser, after: RoadUser) -> None:
        approach = self._approaches.get(before.track.track_id)
        if approach is None or approach.leg != before.leg or not before.goes_on_at(after.way[0]):
            return
        del self._approaches[before.track.track_id]
        last = before.way[-1]
        if last.number > approach.number:  # those that were not looked at are all clearly on its side
            approach.sure += last.number - approach.number
            approach.clear = last
        approach.leg, approach.number, approach.earlier = after.leg, -1, (*approach.earlier, before)
        self._approaches[after.track.track_id] = approach

    def take(self, sightings: Placed, index: int, side: int) -> tuple[Crossing | None, bool]:
        """Take in one sighting by its side; the crossing that it completes, and whether all is settled on that side."""
        user, contact = sightings.users[index], sightings.contacts[index]
        approach = self._approach(user, contact, sightings.before[index])
        crossing = self._take(user, contact, approach, side)
        return crossing, approach.side == side and not approach.between and not approach.over

    def sides_of_whole(self, sightings: Placed, near: Rows, margins_px: Float64Array) -> Int64Array:
        """On which sides whole vehicles (M,) of the N are, by margins (M,)."""
        points_px = sightings.points_px[near]
        labels = [sightings.users[index].track.label for index in near.tolist()]
        if self._on_road is None:
            off_px = np.array([wheels_share(label) for label in labels]) * sightings.widths_px[near]
            half_px = np.stack((off_px, np.zeros(len(near))), axis=1)
            left, right = (self.line.all_past_px(points_px + end) for end in (-half_px, half_px))
            sides = _sides_of(np.minimum(left, right), np.maximum(left, right), margins_px)
        else:
            margins_m = np.maximum(_LEAST_MARGIN_M, self._on_road.margins_m(points_px, margins_px))
            sides = _sides_of(*self._on_road.past_m(sightings.ground[near], labels), margins_m)
        return np.where(are_cut(sightings.steady_xyxy_px[near], self._resolution_wh), 0, sides)

    def _approach(self, user: RoadUser, contact: Contact, before: Contact | None) -> _Approach:
        approach = self._approaches.get(user.track.track_id)
        if approach is None or approach.leg != contact.leg:
            approach = self._approaches[user.track.track_id] = _Approach(leg=contact.leg)
        approach.catch_up(contact, before)
        return approach

    def _take(self, user: RoadUser, contact: Contact, approach: _Approach, side: int) -> Crossing | None:
        if side == 0:
            approach.over.clear()
            _keep(approach.between, contact)
            return None
        if approach.side in {side, 0}:
            if side != approach.side or approach.between or approach.over:
                approach.sure = 0
            approach.side, approach.clear = side, contact
            approach.sure += 1
            approach.between.clear()
            approach.over.clear()
            return None
        approach.over.append(contact)
        if len(approach.over) < _LEAST_SIGHTINGS:
            return None
        crossing = self._crossing(user, approach) if approach.sure >= _LEAST_SIGHTINGS else None
        approach.side, approach.sure = side, len(approach.over)
        approach.clear = approach.over[-1]
        approach.between, approach.over = [], []
        return crossing

    def _crossing(self, user: RoadUser, approach: _Approach) -> Crossing | None:
        if approach.clear is None:
            return None
        way = [approach.clear, *approach.between, approach.over[0]]
        users = (*approach.earlier, user)
        passed = self._passed(way, approach.side)
        if passed is None:
            return None
        return Crossing(
            line_id=self.line_id,
            user=user,
            at=passed,
            forward=approach.side < 0,
            before=way[0],
            after=way[-1],
            touching=tuple(approach.between),
            gap_s=max(seconds_between(one.at, other.at) for one, other in pairwise(way)),
            sure_before=approach.sure,
            track_ids=tuple(each.track.track_id for each in users),
            label_share=min(each.track.label_share for each in users),
            way=tuple(contact for each in users for contact in each.way) if self.is_solid else (),
        )

    def _passed(self, way: list[Contact], from_side: int) -> datetime | None:
        """When the contact passed the drawn line for the last time; None where it went round the line's ends."""
        past = [from_side * -1 * self.line.past_px(item.point_px) for item in way]  # negative: not yet
        last = max(index for index, value in enumerate(past[:-1]) if value <= 0 or index == 0)
        one, other = way[last], way[last + 1]
        step_px = past[last + 1] - past[last]
        share = min(1.0, max(0.0, -past[last] / step_px)) if step_px > 0 else 0.0
        along = self.line.along(one.point_px)
        along += share * (self.line.along(other.point_px) - along)
        if not 0.0 <= along <= 1.0:
            return None
        return one.at + timedelta(seconds=share * seconds_between(one.at, other.at))


def _sides_of(nearer: Float64Array, farther: Float64Array, margins: Float64Array) -> Int64Array:
    """By how far beyond the line the nearer and the farther sides are."""
    return np.where(farther <= -margins, -1, np.where(nearer >= margins, 1, 0))


def _keep(between: list[Contact], contact: Contact) -> None:
    """Bounded: who stands on the line for long leaves its first and its newest sightings."""
    between.append(contact)
    if len(between) > _MOST_BETWEEN:
        del between[_MOST_BETWEEN // 2]
