"""Who stood in a zone for too long of his own will, whether it was evident, and what every other stander did."""

import numpy as np

from benchmarks.sumo.actors import Actor
from benchmarks.sumo.standing.scene import StandingRun, StandingScene, Stretch
from benchmarks.sumo.standing.spans import free_s, standing_spans
from benchmarks.sumo.truth import Act, Seen

_LIMIT_S = 1.5  # so near the threshold nobody is right or wrong
_SURPLUS_S = 5.0  # of an evident stay
_SEEN_SHARE = 0.3  # of its pictures


def standing_acts(scene: StandingScene, run: StandingRun, seen: Seen) -> tuple[list[Act], dict[int, str]]:
    """Acts, and the kinds of all others."""
    acts: list[Act] = []
    kinds: dict[int, str] = {}
    for index, actor in enumerate(run.actors):
        kinds[index] = actor.kind
        if actor.label in {"person", "bicycle"}:
            continue
        for begin_s, end_s in standing_spans(actor):
            stretch = _stretch_of(actor, (begin_s, end_s), scene, run.y0_m)
            if stretch is None:
                continue
            if actor.kind == "traffic":
                kinds[index] = "waits_at_light" if scene.junction else "waits_in_jam"
                continue
            kinds[index] = f"{actor.kind}/{'in_bay' if stretch.is_bay else stretch.rule or 'beside_zone'}"
            if actor.kind == "stays" and actor.label in stretch.means and not stretch.is_bay and stretch.rule:
                act = Act(rule=stretch.rule, actor=index, kind=actor.kind, begin_s=begin_s, end_s=end_s)
                _judge(act, stretch.threshold_s, run, seen)
                acts.append(act)
    return [act for act in acts if act.end_s - act.begin_s >= _threshold(act, scene) - _LIMIT_S], kinds


def _threshold(act: Act, scene: StandingScene) -> float:
    return next(stretch.threshold_s for stretch in scene.stretches if stretch.rule == act.rule)


def _stretch_of(actor: Actor, span_s: tuple[float, float], scene: StandingScene, y0_m: float) -> Stretch | None:
    """Where its middle stood; bays first."""
    at = (actor.t_s >= span_s[0]) & (actor.t_s <= span_s[1])
    x, y = np.median(actor.xy_m[at], axis=0).tolist()
    middle_y = y - actor.length_m / 2
    left, right = scene.strip_x_m
    for stretch in sorted(scene.stretches, key=lambda item: not item.is_bay):
        low, high = (y0_m + value for value in stretch.y_m)
        reach = 0.0 if stretch.is_bay or not stretch.rule else stretch.covers_lanes_m
        if low <= middle_y <= high and left - reach <= x <= right:
            return stretch
    return None


def _judge(act: Act, threshold_s: float, run: StandingRun, seen: Seen) -> None:
    """Whether it was evident."""
    begin_s, end_s = act.begin_s, act.end_s
    act.ignored = abs(end_s - begin_s - threshold_s) < _LIMIT_S
    clear = seen.times(act.actor, begin_s, end_s)
    pictures = int(((seen.view.times_s >= begin_s) & (seen.view.times_s <= end_s)).sum())
    if len(clear) < _SEEN_SHARE * pictures:
        act.why_not = "covered for most of the stay"
    elif clear[-1] - clear[0] < threshold_s + _SURPLUS_S:
        act.why_not = "seen for too short a span"
    elif free_s((begin_s, end_s), [*run.held.jams_s, *run.held.not_green_s]) < threshold_s + _SURPLUS_S:
        act.why_not = "stood mostly in a jam or while the light was not green"
    act.evident = not act.why_not
