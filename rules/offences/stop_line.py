"""STOP_LINE: over the line on red, standing there, and not on into the junction.

Told when the red ends, so that who drives on is RED_LIGHT's alone.
"""

from collections.abc import Iterator, Mapping

from domain.camera import CameraConfig
from domain.event import Event, Hold
from domain.instants import seconds_between
from rules import interlocks
from rules.fact_rule import FactRule
from rules.facts.facts import Facts
from rules.kit.line.crossing_parameters import CrossingParameters, crossing_problems, measures_of, no_places
from rules.kit.line.ruling import (
    BEFORE_LINE,
    OVER_LINE,
    STILL_OVER_LINE,
    Outcome,
    holds_of,
    moment,
    ruling_of,
    subject_at_line,
)
from rules.proof import RuleFigure
from rules.rule import Refusals

REFUSED_ENTERED = "entered_junction"  # it went on into the junction: that is RED_LIGHT's act, or nothing of ours

OFFENCES: Mapping[str, str] = {"car": "STOP_LINE", "motorbike": "STOP_LINE"}


class StopLineParameters(CrossingParameters):
    """Parameters of STOP_LINE."""


def judge(
    facts: Facts, camera: CameraConfig, parameters: StopLineParameters, refusals: Refusals
) -> Iterator[Event | Hold]:
    """Who stood over the line under the red that governs every way he may have wanted to take."""
    at_line = facts.stop_lines[measures_of(camera, parameters)]
    for crossing in at_line.clear:
        ruling = ruling_of(crossing, facts.scene, camera, parameters)
        reason = ruling.reason or (REFUSED_ENTERED if ruling.outcome in {Outcome.ENTERED, Outcome.FREE} else "")
        if reason:
            refusals.add(reason)
        elif ruling.stop is not None:
            shown = {
                BEFORE_LINE: crossing.passage.before[-1],
                OVER_LINE: ruling.stop.first,
                STILL_OVER_LINE: ruling.stop.confirmed,
            }
            yield Event(
                code="STOP_LINE",
                subject=subject_at_line(crossing.passage),
                began_at=crossing.passage.crossing_at,
                ended_at=ruling.stop.confirmed.at,
                moments=tuple(moment(name, item, facts.scene, ruling.signal) for name, item in shown.items()),
                zone_ids=(parameters.line,),
                measurements={
                    "stood_at_least_s": seconds_between(ruling.stop.first.at, ruling.stop.confirmed.at),
                    "over_line_box_heights": ruling.stop.advance,
                    "signal_id": ruling.signal,
                },
            )
    yield from holds_of(at_line.open, (BEFORE_LINE, OVER_LINE, STILL_OVER_LINE))


STOP_LINE = FactRule(
    CODE="STOP_LINE",
    OFFENCES=OFFENCES,
    VERSION="3.11",
    MEASURED=RuleFigure(version="3.11", right=651, judged=680, source="benchmarks/sumo.md"),
    MOMENTS=(BEFORE_LINE, OVER_LINE, STILL_OVER_LINE),
    PARAMETERS=StopLineParameters,
    judge=judge,
    places=no_places,
    check=crossing_problems,
    INTERLOCKS=interlocks.ALL
    - {interlocks.JAM},  # who stands in the junction blocks it, and that is judged at the line
    stop_line=measures_of,
)
