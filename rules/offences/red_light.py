"""RED_LIGHT: wholly before the line while red is shown, then past it with red still shown, on into the junction."""

from collections.abc import Iterator, Mapping

from domain.camera import CameraConfig
from domain.event import Event, Hold
from domain.instants import seconds_between
from domain.seen.scene import Scene
from rules import interlocks
from rules.fact_rule import FactRule
from rules.facts.facts import Facts
from rules.facts.line.passage import Passage
from rules.kit.line.crossing_parameters import CrossingParameters, crossing_problems, measures_of, no_places
from rules.kit.line.ruling import (
    AFTER_LINE,
    BEFORE_LINE,
    Outcome,
    Ruling,
    holds_of,
    moment,
    ruling_of,
    subject_at_line,
)
from rules.proof import RuleFigure
from rules.rule import Refusals

REFUSED_LAWFUL_TURN = "lawful_turn"  # it left by an exit that is allowed on red
REFUSED_OWN_SIGNAL = "own_signal_not_red"  # the lamp of the way that it took was not red
REFUSED_STOPPED = "stopped_over_line"  # it stood over the line and did not go on: that is STOP_LINE's act

OFFENCES: Mapping[str, str] = {"car": "RED_LIGHT", "motorbike": "RED_LIGHT", "bicycle": "RED_LIGHT"}

_NO_ACT = {Outcome.FREE: REFUSED_LAWFUL_TURN, Outcome.STOPPED: REFUSED_STOPPED}


class RedLightParameters(CrossingParameters):
    """Parameters of RED_LIGHT."""


def judge(
    facts: Facts, camera: CameraConfig, parameters: RedLightParameters, refusals: Refusals
) -> Iterator[Event | Hold]:
    """Who drove in under the red that governed the way he took, whichever of the possible ways that was."""
    at_line = facts.stop_lines[measures_of(camera, parameters)]
    for crossing in at_line.clear:
        ruling = ruling_of(crossing, facts.scene, camera, parameters)
        reason = ruling.reason or _NO_ACT.get(ruling.outcome)
        if ruling.outcome is Outcome.LAWFUL and ruling.way is not None:
            reason = REFUSED_OWN_SIGNAL
        if reason:
            refusals.add(reason)
        elif ruling.before is not None and ruling.after is not None:
            moments = {BEFORE_LINE: ruling.before, AFTER_LINE: ruling.after}
            yield Event(
                code="RED_LIGHT",
                subject=subject_at_line(crossing.passage),
                began_at=crossing.passage.surely_crossed_at(ruling.after),
                ended_at=ruling.after.at,
                moments=tuple(moment(name, shown, facts.scene, ruling.signal) for name, shown in moments.items()),
                zone_ids=(parameters.line, *filter(None, [parameters.junction_zone])),
                measurements=_measurements(crossing.passage, ruling, facts.scene),
            )
    yield from holds_of(at_line.open, (BEFORE_LINE,))


def _measurements(passage: Passage, ruling: Ruling, scene: Scene) -> dict[str, float | str | bool]:
    at_crossing = scene.confirmed_signal_at(ruling.signal, passage.crossing_at)
    since = at_crossing.since or passage.crossing_at
    known = {} if ruling.way is None or not ruling.way.id else {"left_by": ruling.way.id}
    after = [] if ruling.after is None else [ruling.after]
    return {
        "red_before_crossing_s": seconds_between(since, passage.crossing_at),
        "red_beginning_seen": at_crossing.beginning_seen,
        "advance_box_heights": max(map(passage.advance, after), default=0.0),
        "largest_advance_box_heights": max(passage.advance(item) for item in passage.past),
        "gap_at_line_s": passage.gap_s,
        "stood_over_line": passage.stop is not None,
        "signal_id": ruling.signal,
        **known,
    }


RED_LIGHT = FactRule(
    CODE="RED_LIGHT",
    OFFENCES=OFFENCES,
    VERSION="3.11",
    MEASURED=RuleFigure(version="3.11", right=944, judged=970, source="benchmarks/sumo.md"),
    MOMENTS=(BEFORE_LINE, AFTER_LINE),
    PARAMETERS=RedLightParameters,
    judge=judge,
    places=no_places,
    check=crossing_problems,
    INTERLOCKS=interlocks.ALL
    - {interlocks.JAM},  # who stands in the junction blocks it, and that is judged at the line
    stop_line=measures_of,
)
