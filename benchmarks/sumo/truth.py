"""What really happened: acts, whether each was evident to the camera, and what every other vehicle did."""

from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np

from benchmarks.sumo.actors import Actor
from benchmarks.sumo.junction import JunctionRun
from benchmarks.sumo.pavement import Stay
from benchmarks.sumo.pinhole import RESOLUTION_WH
from benchmarks.sumo.view import View

GRACE_S = 0.5
_NO_OFFENCE_BY_BICYCLE = ("STOP_LINE", "WRONG_WAY")  # the catalogue has no row for it
STOP_S = 2.0
MIN_WRONG_WAY_M = 10.0
_YELLOW_S = 4.0
_CLEARLY_SEEN = 0.5  # of the box uncovered
_MOUTH_LEFT = 0.25  # of an exit's mouth: too little is left ahead for a turn into it
_SHOWN = 3  # pictures


@dataclass(slots=True, kw_only=True)
class Act:
    """One offence."""

    rule: str
    actor: int
    kind: str
    begin_s: float
    end_s: float
    evident: bool = False
    why_not: str = ""
    ignored: bool = False  # so close to the law's own limit that neither a case nor none is wrong

    def ignore_bicycle(self, label: str) -> None:
        """What a bicycle does where the catalogue names no offence by one is neither right nor wrong to report."""
        self.ignored = self.ignored or (label == "bicycle" and self.rule in _NO_OFFENCE_BY_BICYCLE)

    def as_json(self) -> dict[str, object]:
        """For the truth file."""
        return asdict(self)


@dataclass(slots=True, kw_only=True)
class Seen:
    """When an actor was clearly seen: delivered pictures with at least half of its box uncovered."""

    view: View
    delivered: np.ndarray  # bool for every picture

    def times(self, actor: int, begin_s: float, end_s: float, *, whole: bool = False) -> np.ndarray:
        """Instants of pictures that show the actor clearly within a span; ``whole``: and no edge of them cuts it."""
        rows = (self.view.actor == actor) & (self.view.visible >= _CLEARLY_SEEN)
        if whole:
            left, right, bottom = self.view.box[:, 0], self.view.box[:, 2], self.view.box[:, 3]
            width_px, height_px = RESOLUTION_WH
            rows &= (left > 0) & (right < width_px) & (bottom < height_px)
        pictures = self.view.picture[rows]
        at = self.view.times_s[pictures[self.delivered[pictures]]]
        return np.asarray(at[(at >= begin_s) & (at <= end_s)])


def _red_spans(run: JunctionRun, seconds: float) -> list[tuple[float, float]]:
    changes = [*run.signal, (seconds, "end")]
    return [
        (at, later) for (at, state), (later, _) in pairwise(changes)
        if state == "red" and later > 0
    ]  # fmt: skip


def junction_acts(
    run: JunctionRun, seconds: float, seen: Seen, *, rears: bool, right_is_lawful: bool
) -> tuple[list[Act], dict[int, str]]:
    """RED_LIGHT and STOP_LINE acts, and what the other vehicles that crossed near a red did."""
    acts: list[Act] = []
    kinds: dict[int, str] = {}
    reds = _red_spans(run, seconds)
    for index, actor in enumerate(run.actors):
        if not actor.route.startswith("s_in"):
            continue
        past = actor.xy_m[:, 1] - run.line_y_m
        crossed = np.flatnonzero((past[:-1] < 0) & (past[1:] >= 0))
        if len(crossed) == 0:
            kinds[index] = f"{actor.kind}/before_line"
            continue
        first = int(crossed[0])
        at = float(np.interp(0, past[first : first + 2], actor.t_s[first : first + 2]))
        red = next(((begin, end) for begin, end in reds if begin <= at < end), None)
        if red is None:
            kinds[index] = f"{actor.kind}/{_crossed_lawfully(actor, past, at, reds)}"
            acts += _stopped_over_after_yellow(index, actor, past, at, reds)
            continue
        act = _act_on_red(index, actor, past, at, red, right_is_lawful=right_is_lawful)
        if act is None:
            lawful_turn = right_is_lawful and actor.route.endswith("e_out")
            kinds[index] = f"{actor.kind}/{'right_on_red' if lawful_turn else 'slightly_over'}"
            continue
        act.ignored = act.ignored or at - red[0] < GRACE_S + 0.3
        act.ignore_bicycle(actor.label)
        act.why_not = _unclear_at_line(act, actor, past, red, seen, rears=rears)
        if right_is_lawful and not act.why_not:
            act.why_not = _unclear_way_out(act, actor, run, seen)
        act.evident = not act.why_not
        acts.append(act)
    return acts, kinds


def _crossed_lawfully(actor: Actor, past: np.ndarray, at: float, reds: list[tuple[float, float]]) -> str:
    rear = np.flatnonzero(past >= actor.length_m)
    rear_at = float(actor.t_s[rear[0]]) if len(rear) else float(actor.t_s[-1])
    if any(begin <= rear_at < end and at < begin for begin, end in reds):
        return "rear_passes_after_red"
    return "crosses_lawfully"


def _stopped_over_after_yellow(
    index: int, actor: Actor, past: np.ndarray, at: float, reds: list[tuple[float, float]]
) -> list[Act]:
    """A front that passed the line just before the red and stands over it then: neither a decoy nor a clear act."""
    red = next(((begin, end) for begin, end in reds if 0 < begin - at < _YELLOW_S), None)
    if red is None:
        return []
    during = (actor.t_s >= red[0]) & (actor.t_s < red[1])
    standing = during & (_speed_mps(actor) < 0.1) & (past < max(actor.length_m, 4.0) + 1.5)
    if standing.sum() * 0.1 < STOP_S:
        return []
    times = actor.t_s[standing]
    kind = f"{actor.kind}/stands_over_since_yellow"
    return [
        Act(rule="STOP_LINE", actor=index, kind=kind, begin_s=float(times[0]), end_s=float(times[-1]), ignored=True)
    ]


def _speed_mps(actor: Actor) -> np.ndarray:
    return np.asarray(np.hypot(*np.gradient(actor.xy_m, axis=0).T) / np.gradient(actor.t_s))


def _act_on_red(
    index: int, actor: Actor, past: np.ndarray, at: float, red: tuple[float, float], *, right_is_lawful: bool
) -> Act | None:
    """What a crossing on red was: RED_LIGHT where it went in, STOP_LINE where it stood over the line till green."""
    during = (actor.t_s >= at) & (actor.t_s < red[1])
    farthest = float(past[during].max(initial=0.0))
    exits_right = actor.route.endswith("e_out")
    entered = farthest >= max(actor.length_m, 4.0) + 1.5
    if entered and not (exits_right and right_is_lawful):
        rear_past = during & (past >= actor.length_m)
        end_s = max(at + 3, float(actor.t_s[rear_past][0])) if rear_past.any() else at + 3
        return Act(rule="RED_LIGHT", actor=index, kind=f"{actor.kind}/{_turn(actor)}", begin_s=at, end_s=end_s)
    if entered:
        return None
    speed = _speed_mps(actor)
    standing = during & (speed < 0.1) & (past > 0.05)
    if standing.sum() * 0.1 < STOP_S:
        if exits_right and right_is_lawful:
            return None
        return _rolls_on(index, at, farthest, float(speed[during][-1]) if during.any() else 0.0, actor.kind)
    times = actor.t_s[standing]
    return Act(
        rule="STOP_LINE", actor=index, kind=actor.kind, begin_s=float(times[0]), end_s=float(times[-1]),
        ignored=exits_right and right_is_lawful,
    )  # fmt: skip


def _rolls_on(index: int, at: float, farthest: float, speed_mps: float, kind: str) -> Act | None:
    """Over the line under red without a stop, and still rolling on when the red ended: it did not wait either."""
    if farthest < 0.3 or speed_mps < 1.0:
        return None
    return Act(rule="RED_LIGHT", actor=index, kind=f"{kind}/rolls_on", begin_s=at, end_s=at + 3, ignored=farthest < 2.0)


def _turn(actor: Actor) -> str:
    return {"e": "right", "w": "left"}.get(actor.route.split()[-1][0], "ahead")


def _unclear_at_line(
    act: Act, actor: Actor, past: np.ndarray, red: tuple[float, float], seen: Seen, *, rears: bool
) -> str:
    """Why an act at the line was not evident; empty where it was."""
    crossing = float(np.interp(0, past, actor.t_s)) if act.rule == "STOP_LINE" else act.begin_s
    crossing = min(crossing, act.begin_s)
    before = seen.times(act.actor, max(red[0], crossing - 6), crossing)
    if len(before) < 3:
        return "not seen before the line under red"
    if act.rule == "RED_LIGHT":
        return _unclear_beyond(act, actor, past, red, seen, before_s=float(before[-1]), crossing_s=crossing)
    return _unclear_standing(act, actor, past, seen, rears=rears)


def _unclear_way_out(act: Act, actor: Actor, run: JunctionRun, seen: Seen) -> str:
    """Where a right turn is lawful on red, the pictures must show that it was none: most of that exit lies behind."""
    ends = [y for _, y in run.exit_right_m[:2]]
    passed = actor.xy_m[:, 1] - actor.length_m / 2 >= max(ends) - _MOUTH_LEFT * (max(ends) - min(ends))
    if not passed.any():
        return "still before the exit by which it might have left lawfully"
    since = float(actor.t_s[passed][0])
    shown = seen.times(act.actor, since, float(actor.t_s[-1]), whole=True)
    return "" if len(shown) >= _SHOWN else "not shown by which exit it left"


def _unclear_beyond(
    act: Act,
    actor: Actor,
    past: np.ndarray,
    red: tuple[float, float],
    seen: Seen,
    *,
    before_s: float,
    crossing_s: float,
) -> str:
    rear_past = actor.t_s[past >= actor.length_m + 0.5]
    since = float(rear_past[0]) if len(rear_past) else 1e9
    after = seen.times(act.actor, since, min(red[1], since + 6))
    if len(after) < 3:
        return "not seen beyond the line under red"
    if after[0] - before_s > 2.0 + (since - crossing_s):
        return "not seen around the line"
    return ""


def _unclear_standing(act: Act, actor: Actor, past: np.ndarray, seen: Seen, *, rears: bool) -> str:
    standing = (actor.t_s >= act.begin_s) & (actor.t_s <= act.end_s)
    if float(np.median(past[standing])) < (1.2 if rears else 0.6):
        return "hardly over the line"
    if rears and actor.label in {"truck", "bus"}:
        return "length of a long vehicle is not known"
    clear = seen.times(act.actor, act.begin_s, act.end_s)
    if len(clear) < 5 or clear[-1] - clear[0] < STOP_S + 1.0:
        return "not seen standing for long enough"
    return ""


def wrong_way_acts(
    actors: list[Actor], zone_m: tuple[float, float, float, float], seen: Seen, view: View, picture_height_px: int
) -> tuple[list[Act], dict[int, str]]:
    """Riders who went far enough against the lane; zone as x and y ranges."""
    x_low, x_high, y_low, y_high = zone_m
    acts: list[Act] = []
    kinds: dict[int, str] = {}
    for index, actor in enumerate(actors):
        kinds[index] = actor.kind
        if not actor.kind.startswith("wrong_way"):
            continue
        x, y = actor.xy_m[:, 0], actor.xy_m[:, 1]
        inside = (x > x_low) & (x < x_high) & (y > y_low) & (y < y_high)
        if inside.sum() < 2 or y[inside].max() - y[inside].min() < MIN_WRONG_WAY_M:
            continue
        times = actor.t_s[inside]
        act = Act(rule="WRONG_WAY", actor=index, kind=actor.kind, begin_s=float(times[0]), end_s=float(times[-1]))
        act.ignore_bicycle(actor.label)
        clear = seen.times(index, act.begin_s, act.end_s)
        if len(clear) < 6:
            act.why_not = "seen in too few pictures"
        else:
            way = np.interp(clear, actor.t_s, y)
            rows = (view.actor == index) & np.isin(view.times_s[view.picture], clear)
            bottom = view.box[rows, 3]
            if way.max() - way.min() < 1.5 * MIN_WRONG_WAY_M or np.ptp(bottom) < 0.2 * picture_height_px:
                act.why_not = "seen over too short a way"
            elif np.diff(clear).max() > 2.0 and _longest_seen_way(clear, way) < 1.5 * MIN_WRONG_WAY_M:
                act.why_not = "seen with long breaks only"
        act.evident = not act.why_not
        acts.append(act)
    return acts, kinds


def _longest_seen_way(clear: np.ndarray, way: np.ndarray) -> float:
    cuts = np.flatnonzero(np.diff(clear) > 2.0) + 1
    return max(float(np.ptp(part)) for part in np.split(way, cuts))


def pavement_acts(
    actors: list[Actor], stays: list[Stay], threshold_s: float, seen: Seen
) -> tuple[list[Act], dict[int, str]]:
    """Stays that reached the threshold."""
    index_of = {actor.name: index for index, actor in enumerate(actors)}
    kinds = {index: actor.kind for index, actor in enumerate(actors)}
    acts: list[Act] = []
    for stay in stays:
        lasts = stay.end_s - stay.begin_s
        index = index_of[stay.actor]
        if stay.in_bay:
            kinds[index] = f"{kinds[index]}/in_bay"
            continue
        if lasts < threshold_s:
            continue
        act = Act(
            rule="PARK_PAVEMENT", actor=index, kind=actors[index].kind, begin_s=stay.begin_s, end_s=stay.end_s,
            ignored=abs(lasts - threshold_s) < 1.5,
        )  # fmt: skip
        clear = seen.times(index, stay.begin_s, stay.end_s)
        pictures = int(((seen.view.times_s >= stay.begin_s) & (seen.view.times_s <= stay.end_s)).sum())
        if len(clear) < 0.3 * pictures:
            act.why_not = "covered for most of the stay"
        elif clear[-1] - clear[0] < threshold_s + 5:
            act.why_not = "seen for too short a span"
        act.evident = not act.why_not
        acts.append(act)
    return acts, kinds
