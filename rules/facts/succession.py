"""Where one track ends and another begins at the same vehicle: who turns changes shape and heading at once."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.geometry import SizeWh, off_stretch
from domain.instants import seconds_between
from rules.facts.contact import Contact
from rules.facts.road_user import RoadUser

_WITHIN_S = 1.5
_REACH_SIZES = 0.6  # from where it was going
_REACH_PER_S = 1.0  # sizes: so much more with every second unseen
_FASTEST = 1.6  # times the speed it had: who comes out of a turn speeds up
_ALONE_SIZES = 1.5  # nobody else of its kind is so near ...
_ABOUT_S = 1.0  # ... about that time
_CLOSE_S = 1.0
_AREA_RATIO = 2.5
_ASKED = 3  # sightings, the newest ones about that time


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """The second track goes on with the first one's vehicle."""

    before: RoadUser
    after: RoadUser
    is_close: bool  # lost for no longer than a second, and found no farther off than anybody else might be


def successions(users: Sequence[RoadUser], resolution_wh: SizeWh) -> Iterator[Succession]:
    """The tracks that begin with this scene's sightings just where one of their kind was lost, and nobody else is.

    Args:
        users: everybody, with what became known with this scene.
        resolution_wh: of the picture; at its edges one leaves and another comes in, and nothing is known.
    """
    for user in users:
        if not user.new or user.leg != 0 or user.way[0] is not user.new[0] or user.track.vehicle_kind is None:
            continue
        first = user.new[0]
        if first.is_cut(resolution_wh):
            continue
        others = [other for other in users if other is not user and other.way and is_of_its_kind(other, user)]
        lost = [other for other in others if _fits(other, first)]
        if len(lost) != 1 or lost[0].way[-1].is_cut(resolution_wh):
            continue
        if _is_behind(lost[0], first):
            continue
        if not any(other is not lost[0] and _is_near(other, first, _ALONE_SIZES) for other in others):
            yield Succession(before=lost[0], after=user, is_close=_is_close(lost[0], first))


def is_of_its_kind(other: RoadUser, user: RoadUser) -> bool:
    """Whether both are vehicles, and either none or both are cars: two-wheelers' names are confused."""
    kinds = {other.track.vehicle_kind, user.track.vehicle_kind}
    return None not in kinds and (len(kinds) == 1 or "car" not in kinds)


def _is_near(other: RoadUser, first: Contact, reach_sizes: float) -> bool:
    """Whether somebody was seen about there at about that time."""
    reach_px = reach_sizes * _size_px(first)
    asked = 0
    for item in reversed(other.way):
        before_s = seconds_between(item.at, first.at)
        if before_s > _ABOUT_S or asked == _ASKED:
            return False
        if before_s >= -_ABOUT_S:
            asked += 1
            if math.dist(item.point_px, first.point_px) <= reach_px:
                return True
    return False


def _fits(lost: RoadUser, first: Contact) -> bool:
    last = lost.way[-1]
    unseen_s = seconds_between(max(last.at, lost.seen_until), first.at)
    if not 0 < unseen_s <= _WITHIN_S:
        return False
    area = (last.height_px * last.width_px) / (first.height_px * first.width_px)
    if not 1 / _AREA_RATIO <= area <= _AREA_RATIO:
        return False
    reach_px = (_REACH_SIZES + _REACH_PER_S * unseen_s) * max(_size_px(first), _size_px(last))
    way_px = (first.point_px[0] - last.point_px[0], first.point_px[1] - last.point_px[1])
    x_px_s, y_px_s = lost.speed_px_s or (0.0, 0.0)
    return off_stretch(way_px, (x_px_s * unseen_s * _FASTEST, y_px_s * unseen_s * _FASTEST)) <= reach_px


def _is_behind(lost: RoadUser, first: Contact) -> bool:
    """Whether it would have come back: who drove on is not found behind where he was lost."""
    last = lost.way[-1]
    unseen_s = seconds_between(last.at, first.at)
    way_px = (first.point_px[0] - last.point_px[0], first.point_px[1] - last.point_px[1])
    x_px_s, y_px_s = lost.speed_px_s or (0.0, 0.0)
    shaken_px = _REACH_SIZES * max(_size_px(first), _size_px(last))
    backwards = way_px[0] * x_px_s + way_px[1] * y_px_s < 0
    return backwards and math.hypot(*way_px) > shaken_px and math.hypot(x_px_s, y_px_s) * unseen_s > shaken_px


def _is_close(lost: RoadUser, first: Contact) -> bool:
    last = lost.way[-1]
    unseen_s = seconds_between(max(last.at, lost.seen_until), first.at)
    reach_px = min(_ALONE_SIZES, _REACH_SIZES + _ALONE_SIZES * unseen_s) * _size_px(first)
    return unseen_s <= _CLOSE_S and math.dist(last.point_px, first.point_px) <= reach_px


def _size_px(contact: Contact) -> float:
    return math.sqrt(contact.height_px * contact.width_px)
