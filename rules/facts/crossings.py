"""Who crossed which drawn line, in which direction, and which pictures show it."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from domain.camera import Line
from domain.geometry import SizeWh
from domain.instants import seconds_between
from rules.facts.contact import Contact
from rules.facts.follower import RoadUser
from rules.kit.sighting import DirectedLine

_LEAST_SIGHTINGS = 2  # on either side: one box decides nothing
_LEAST_MARGIN_BOX_HEIGHTS = 0.03
_MOST_BETWEEN = 256
_WHEELS_SHARE = 0.3  # wheels stand this far on either side of a box's middle, in its widths, at least
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
    # a crossing round the line's ends is none


@dataclass(slots=True, kw_only=True)
class _Approach:
    """One road user at one line."""

    leg: int
    side: int = 0  # the last clear one: -1 before, +1 beyond, 0 not known yet
    clear: deque[Contact] = field(default_factory=lambda: deque(maxlen=8))  # in a row on that side
    sure: int = 0  # how many in a row
    between: list[Contact] = field(default_factory=list)
    over: list[Contact] = field(default_factory=list)  # clearly on the other side, not yet believed


class LineWatch:
    """Finds the crossings of one line in either direction.

    Args:
        line: of the camera.
        resolution_wh: of the pictures.
    """

    def __init__(self, line: Line, resolution_wh: SizeWh) -> None:
        self.line_id = line.id
        self._line = DirectedLine.of(line, resolution_wh)
        self._half_share = _WHEELS_SHARE if line.kind == SOLID_LINE else 0.0
        self._approaches: dict[int, _Approach] = {}

    def step(self, users: Iterable[RoadUser]) -> Iterator[Crossing]:
        """Take in what became known of everybody; yields the crossings that are complete now."""
        for user in users:
            for contact in user.new:
                crossing = self._take(user, contact)
                if crossing is not None:
                    yield crossing
            if user.gone:
                self._approaches.pop(user.track.track_id, None)

    def _take(self, user: RoadUser, contact: Contact) -> Crossing | None:
        approach = self._approaches.get(user.track.track_id)
        if approach is None or approach.leg != contact.leg:
            approach = self._approaches[user.track.track_id] = _Approach(leg=contact.leg)
        side = self._side(contact, user.jitter_box_heights)
        if side == 0:
            approach.over.clear()
            _keep(approach.between, contact)
            return None
        if approach.side in {side, 0}:
            if side != approach.side or approach.between or approach.over:
                approach.sure = 0
                approach.clear.clear()
            approach.side = side
            approach.clear.append(contact)
            approach.sure += 1
            approach.between.clear()
            approach.over.clear()
            return None
        approach.over.append(contact)
        if len(approach.over) < _LEAST_SIGHTINGS:
            return None
        crossing = self._crossing(user, approach) if approach.sure >= _LEAST_SIGHTINGS else None
        approach.side, approach.sure = side, len(approach.over)
        approach.clear = deque(approach.over, maxlen=8)
        approach.between, approach.over = [], []
        return crossing

    def _crossing(self, user: RoadUser, approach: _Approach) -> Crossing | None:
        way = [approach.clear[-1], *approach.between, approach.over[0]]
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
        )

    def _passed(self, way: list[Contact], from_side: int) -> datetime | None:
        """When the contact passed the drawn line for the last time; None where it went round the line's ends."""
        past = [from_side * -1 * self._line.past_px(item.point_px) for item in way]  # negative: not yet
        last = max(index for index, value in enumerate(past[:-1]) if value <= 0 or index == 0)
        one, other = way[last], way[last + 1]
        step_px = past[last + 1] - past[last]
        share = min(1.0, max(0.0, -past[last] / step_px)) if step_px > 0 else 0.0
        along = self._line.along(one.point_px)
        along += share * (self._line.along(other.point_px) - along)
        if not 0.0 <= along <= 1.0:
            return None
        return one.at + timedelta(seconds=share * seconds_between(one.at, other.at))

    def _side(self, contact: Contact, jitter_box_heights: float) -> int:
        """-1 clearly before the line, +1 clearly beyond it, 0 on it or too near to say."""
        margin_px = max(_LEAST_MARGIN_BOX_HEIGHTS, jitter_box_heights) * contact.height_px
        x, y = contact.point_px
        half_px = self._half_share * contact.width_px
        past = [self._line.past_px((x + dx, y)) for dx in ((-half_px, half_px) if half_px else (0.0,))]
        if max(past) <= -margin_px:
            return -1
        return 1 if min(past) >= margin_px else 0


def _keep(between: list[Contact], contact: Contact) -> None:
    """Bounded: who stands on the line for long leaves its first and its newest sightings."""
    between.append(contact)
    if len(between) > _MOST_BETWEEN:
        del between[_MOST_BETWEEN // 2]
