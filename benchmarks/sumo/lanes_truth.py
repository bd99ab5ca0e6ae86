"""What really happened on a street of several lanes and at a junction's gates, and what of it the camera could see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.sumo.actors import Actor, Floats
from benchmarks.sumo.lanes_scene import LanesScene
from benchmarks.sumo.pinhole import RESOLUTION_WH
from benchmarks.sumo.truth import Act, Seen

Segment = tuple[tuple[float, float], tuple[float, float]]

MOTOR = ("motorcycle", "car", "truck", "bus")
STREET_Y_M = (-30.0, 60.0)  # what of the street's zones is drawn, as far as it is in view
_STANDS_MPS = 0.2
_WHEELS = 0.3  # of the width, on either side of the middle
_FORCED_M = 30.0  # so far before whoever stands, and beyond him, a change of lanes is forced
_TURN_S = 40.0
_CLEAR = 3  # pictures
_LONG = 6  # pictures of a way
_BREAK_S = 1.2
_WAY_BREAK_S = 2.0
_LEAST_WAY_M = {"WRONG_LANE": 20.0, "DRIVE_PAVEMENT": 12.0, "PROHIBITED_ROAD": 10.0}
_IGNORED_FROM_M = {"WRONG_LANE": 14.0, "DRIVE_PAVEMENT": 8.0, "PROHIBITED_ROAD": 7.0}
_EVIDENT_WAY = {
    "WRONG_LANE": (28.0, 0.33),
    "DRIVE_PAVEMENT": (15.0, 0.27),
    "PROHIBITED_ROAD": (14.0, 0.2),
}  # m, heights
_LAWFUL_KINDS = {
    "WRONG_LANE": ("in_jam", "forced_into_kept_lane"),
    "DRIVE_PAVEMENT": ("pushed",),
    "PROHIBITED_ROAD": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """x and y ranges of a zone."""

    x_m: tuple[float, float]
    y_m: tuple[float, float]

    def holds(self, xy_m: Floats) -> np.ndarray:
        """Which places lie in it."""
        (left, right), (low, high) = self.x_m, self.y_m
        x, y = xy_m[:, 0], xy_m[:, 1]
        return np.asarray((x > left) & (x < right) & (y > low) & (y < high))


def lanes_acts(scene: LanesScene, actors: list[Actor], seen: Seen) -> tuple[list[Act], dict[int, str]]:
    """All acts on such a street."""
    acts: list[Act] = []
    kinds = {index: actor.kind for index, actor in enumerate(actors)}
    standing = [spot for index, actor in enumerate(actors) for spot in _stands(index, actor)]
    low, width = scene.gates_y_m[0], scene.width_m
    gate, out = ((-0.2, low), (width + 0.5, low)), ((-width - 0.5, low), (-0.2, low))
    closed = closed_road(scene)
    for index, actor in enumerate(actors):
        if actor.label not in MOTOR:
            continue
        changes = list(_changes(index, actor, scene, standing, seen))
        acts += [act for act in changes if isinstance(act, Act)]
        lawful = [change for change in changes if isinstance(change, str)]
        if lawful:
            kinds[index] = f"{actor.kind}/{lawful[0]}"
        elif not changes and _passes_standing(actor, standing, scene):
            kinds[index] = f"{actor.kind}/passes_standing"
        if actor.label not in scene.kept_for:
            kept = Rectangle(x_m=scene.kept_x_m, y_m=STREET_Y_M)
            acts += _ways("WRONG_LANE", index, actor, kept, seen, wholly=scene.lane_width_m / 2 + 0.3)
        acts += _ways("DRIVE_PAVEMENT", index, actor, Rectangle(x_m=scene.pavement_x_m, y_m=STREET_Y_M), seen)
        if closed is not None and actor.label in scene.closed_to:
            acts += _ways("PROHIBITED_ROAD", index, actor, closed, seen)
        acts += _turn("UTURN", index, actor, (gate, out), seen)
    return acts, kinds


def turn_acts(
    gates: dict[str, Segment], left_banned_for: tuple[str, ...], actors: list[Actor], seen: Seen
) -> tuple[list[Act], dict[int, str]]:
    """U-turns and left turns at a junction."""
    acts: list[Act] = []
    for index, actor in enumerate(actors):
        if actor.label not in MOTOR or actor.kind == "pushed_round":
            continue
        acts += _turn("UTURN", index, actor, (gates["south-in"], gates["south-out"]), seen)
        if not left_banned_for or actor.label in left_banned_for:
            acts += _turn("BANNED_TURN", index, actor, (gates["south-in"], gates["west-out"]), seen)
    return acts, {
        index: f"{actor.kind}/{actor.route.split()[-1]}" if actor.route else actor.kind
        for index, actor in enumerate(actors)
    }


def closed_road(scene: LanesScene) -> Rectangle | None:
    """The zone that is closed, if any."""
    if scene.closed_y_m is not None:
        return Rectangle(x_m=(0.0, scene.width_m), y_m=scene.closed_y_m)
    road = scene.side_road_m
    return None if road is None else Rectangle(x_m=road[:2], y_m=road[2:])


def _middle(actor: Actor) -> Floats:
    heading = np.column_stack([np.sin(actor.heading_rad), np.cos(actor.heading_rad)])
    return actor.xy_m - actor.length_m / 2 * heading


def _rear(actor: Actor) -> Floats:
    heading = np.column_stack([np.sin(actor.heading_rad), np.cos(actor.heading_rad)])
    return actor.xy_m - actor.length_m * heading


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Somebody who stood for a while."""

    actor: int
    begin_s: float
    end_s: float
    x_m: float
    front_y_m: float
    rear_y_m: float
    width_m: float


def _stands(index: int, actor: Actor) -> Iterator[_Spot]:
    if len(actor.t_s) < 3:
        return
    speed = np.hypot(*np.gradient(actor.xy_m, axis=0).T) / np.gradient(actor.t_s)
    for rows in _runs(speed < _STANDS_MPS):
        if actor.t_s[rows[-1]] - actor.t_s[rows[0]] < 3.0:
            continue
        x, y = actor.xy_m[rows[0]]
        rear = y - actor.length_m * float(np.cos(actor.heading_rad[rows[0]]))
        yield _Spot(
            actor=index, begin_s=float(actor.t_s[rows[0]]), end_s=float(actor.t_s[rows[-1]]), x_m=float(x),
            front_y_m=float(y), rear_y_m=float(rear), width_m=actor.width_m,
        )  # fmt: skip


def _runs(mask: np.ndarray) -> list[np.ndarray]:
    """Indices of each unbroken run of true values."""
    rows = np.flatnonzero(mask)
    return [part for part in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if len(part)]


def _changes(
    index: int, actor: Actor, scene: LanesScene, standing: Sequence[_Spot], seen: Seen
) -> Iterator[Act | str | None]:
    """Every change over the solid line; a word for one that is lawful, None for whoever turns across it."""
    half = _WHEELS * actor.width_m
    front, rear = actor.xy_m[:, 0] - scene.solid_x_m, _rear(actor)[:, 0] - scene.solid_x_m
    left = np.maximum(front, rear) < -half
    right = np.minimum(front, rear) > half
    side = np.where(left, -1, np.where(right, 1, 0))
    clear = np.flatnonzero(side)
    low, high = scene.solid_y_m
    for one, other in pairwise(clear.tolist()):
        if side[one] == side[other]:
            continue
        y_one, y_other = actor.xy_m[one, 1], actor.xy_m[other, 1]
        if max(y_one, y_other) < low or min(y_one, y_other) > high:
            continue
        act = Act(
            rule="LANE_CHANGE", actor=index, kind=actor.kind, begin_s=float(actor.t_s[one]),
            end_s=float(actor.t_s[other]),
        )  # fmt: skip
        if _is_forced(index, actor, one, other, standing):
            yield "forced_over"
            continue
        turned = np.degrees(np.ptp(actor.heading_rad[max(0, one - 30) : other + 30]))
        heading = np.degrees(actor.heading_rad[one : other + 1])
        angle = float(np.max(np.abs((heading + 90) % 180 - 90)))
        if angle > 60:
            yield None
            continue
        act.ignored = bool(min(y_one, y_other) < low + 1 or max(y_one, y_other) > high - 1 or angle > 35 or turned > 60)
        act.why_not = _unclear_change(index, actor, (one, other), side, seen)
        act.evident = not act.why_not
        yield act


def _is_forced(index: int, actor: Actor, one: int, other: int, standing: Sequence[_Spot]) -> bool:
    """Round somebody who stands in its own lane, or back after that."""
    begin, end = actor.t_s[one], actor.t_s[other]
    x0, y0 = actor.xy_m[one]
    x1, rear1 = actor.xy_m[other, 0], _rear(actor)[other, 1]
    for spot in standing:
        if spot.actor == index or spot.end_s < begin - 3 or spot.begin_s > end:
            continue
        beside = (actor.width_m + spot.width_m) / 2 + 0.6
        ahead = 0 < spot.rear_y_m - y0 < _FORCED_M and abs(spot.x_m - x0) < beside
        behind = 0 < rear1 - spot.front_y_m < _FORCED_M and abs(spot.x_m - x1) < beside
        if ahead or behind:
            return True
    return False


def _passes_standing(actor: Actor, standing: Sequence[_Spot], scene: LanesScene) -> bool:
    y, x = actor.xy_m[:, 1], actor.xy_m[:, 0]
    for spot in standing:
        during = (actor.t_s > spot.begin_s) & (actor.t_s < spot.end_s)
        if during.any() and (y[during].min() < spot.rear_y_m - 2) and (y[during].max() > spot.front_y_m + 2):
            return bool(0 < x[during].mean() < scene.width_m)
    return False


def _unclear_change(index: int, actor: Actor, rows: tuple[int, int], side: np.ndarray, seen: Seen) -> str:
    begin, end = actor.t_s[rows[0]], actor.t_s[rows[1]]
    before = [row for row in range(max(0, rows[0] - 50), rows[0] + 1) if side[row] == side[rows[0]]]
    after = [row for row in range(rows[1], min(len(side), rows[1] + 50)) if side[row] == side[rows[1]]]
    if len(seen.times(index, float(actor.t_s[before[0]]), float(begin), whole=True)) < _CLEAR:
        return "not seen before the line"
    if len(seen.times(index, float(end), float(actor.t_s[after[-1]]), whole=True)) < _CLEAR:
        return "not seen beyond the line"
    on_it = seen.times(index, float(begin), float(end), whole=True)
    if len(on_it) < _CLEAR:
        return "not seen on the line in three pictures"
    around = seen.times(index, float(begin) - 1.0, float(end) + 1.0)
    if np.diff(around).max(initial=0.0) > 1.0:
        return "not seen around the line"
    margin = min(np.abs(actor.xy_m[before, 0] - actor.xy_m[rows[0], 0]).max(initial=0.0),
                 np.abs(actor.xy_m[after, 0] - actor.xy_m[rows[1], 0]).max(initial=0.0))  # fmt: skip
    return "hardly beyond the line" if margin < 0.2 else ""


def _ways(
    rule: str, index: int, actor: Actor, zone: Rectangle, seen: Seen, *, wholly: float | None = None
) -> Iterator[Act]:
    """Ways within a zone that are long enough; ``wholly``: half of what its whole width must fit into."""
    if actor.kind in _LAWFUL_KINDS[rule]:
        return
    middle = _middle(actor)
    for rows in _runs(zone.holds(middle)):
        way = np.ptp(middle[rows, 1]) if rule != "PROHIBITED_ROAD" else _farthest(middle[rows])
        if way < _IGNORED_FROM_M[rule] or (rule == "PROHIBITED_ROAD" and rows[0] == 0):
            continue
        act = Act(
            rule=rule, actor=index, kind=actor.kind, begin_s=float(actor.t_s[rows[0]]),
            end_s=float(actor.t_s[rows[-1]]), ignored=bool(way < _LEAST_WAY_M[rule]),
        )  # fmt: skip
        if wholly is not None:
            off = np.abs(middle[rows, 0] - (zone.x_m[0] + zone.x_m[1]) / 2) + actor.width_m / 2
            inner = max((float(np.ptp(middle[rows[part], 1])) for part in _runs(off < wholly)), default=0.0)
            act.ignored = bool(inner < _LEAST_WAY_M[rule])
        act.why_not = _unclear_way(act, actor, rows, middle, seen)
        act.evident = not act.why_not
        yield act


def _farthest(places: Floats) -> float:
    return float(np.hypot(*(places - places[0]).T).max())


def _unclear_way(act: Act, actor: Actor, rows: np.ndarray, middle: Floats, seen: Seen) -> str:
    if act.rule == "PROHIBITED_ROAD" and len(seen.times(act.actor, act.begin_s - 6, act.begin_s - 0.3)) < _CLEAR:
        return "not seen before the sign"
    clear = seen.times(act.actor, act.begin_s, act.end_s)
    least_m, least_heights = _EVIDENT_WAY[act.rule]
    best = 0
    for part in np.split(clear, np.flatnonzero(np.diff(clear) > _WAY_BREAK_S) + 1):
        if len(part) < _LONG:
            continue
        best = max(best, 1)
        places = np.column_stack([np.interp(part, actor.t_s[rows], middle[rows, axis]) for axis in (0, 1)])
        if (
            max(np.ptp(places[:, 0]), np.ptp(places[:, 1])) >= least_m
            and _shift_px(act.actor, part, seen) >= least_heights * RESOLUTION_WH[1]
        ):
            return ""
    return "seen over too short a way" if best else "seen in too few pictures"


def _shift_px(actor: int, times: np.ndarray, seen: Seen) -> float:
    """How far the middle of its lower edge went in the picture."""
    view = seen.view
    rows = (view.actor == actor) & np.isin(view.times_s[view.picture], times[[0, -1]])
    box = view.box[rows]
    places = np.column_stack([(box[:, 0] + box[:, 2]) / 2, box[:, 3]])
    return float(np.hypot(*(places[-1] - places[0])))


def _turn(rule: str, index: int, actor: Actor, gates: tuple[Segment, Segment], seen: Seen) -> Iterator[Act]:
    """In over the one gate and out over the other, in one go."""
    entry = _crossing(actor.xy_m, actor.t_s, gates[0])
    leaving = _crossing(actor.xy_m, actor.t_s, gates[1])
    if entry is None or leaving is None or not 0 < leaving - entry < _TURN_S:
        return
    act = Act(rule=rule, actor=index, kind=f"{actor.kind}", begin_s=entry, end_s=leaving)
    rear_out = _crossing(_rear(actor), actor.t_s, gates[1])
    after = leaving if rear_out is None else max(leaving, rear_out)
    clear = seen.times(index, entry - 1.0, after + 1.0)
    if len(seen.times(index, entry - 6, entry)) < _CLEAR:
        act.why_not = "not seen before the gate"
    elif len(seen.times(index, after, after + 6)) < _CLEAR:
        act.why_not = "not seen behind the gate"
    elif np.diff(clear).max(initial=0.0) > _BREAK_S:
        act.why_not = "unseen for a while between the gates"
    act.evident = not act.why_not
    yield act


def _crossing(places: Floats, times: Floats, gate: Segment) -> float | None:
    """When a way first passes over a gate; None where it does not."""
    start, end = np.array(gate[0]), np.array(gate[1])
    along = end - start
    offset = places - start
    past = along[0] * offset[:, 1] - along[1] * offset[:, 0]
    share = offset @ along / (along @ along)
    rows = np.flatnonzero((past[:-1] * past[1:] <= 0) & (past[:-1] != past[1:]) & (share[:-1] > 0) & (share[:-1] < 1))
    return float(times[rows[0]]) if len(rows) else None
