"""STOP_LINE: over the line on red, standing there, and not on into the junction."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, cast

from domain.camera import CameraConfig
from domain.event import Event, Finding, Hold, Release
from domain.instants import seconds_between
from domain.seen.scene import Scene
from rules import interlocks
from rules.kit.line.crossing_parameters import CrossingParameters, crossing_problems
from rules.kit.line.judgement import Judgement, Outcome
from rules.kit.line.line_rule import StopLineWatcher, moment, subject_of
from rules.kit.line.passage import Passage
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_ENTERED = "entered_junction"  # it went on into the junction: that is RED_LIGHT's act, or nothing of ours

BEFORE_LINE = "before_line"
OVER_LINE = "over_line"
STILL_OVER_LINE = "still_over_line"


class StopLineParameters(CrossingParameters):
    """Parameters of STOP_LINE."""


class StopLine:
    """Standing over the stop line on red. Reported when the red ends, so that who drives on is RED_LIGHT's alone."""

    CODE: ClassVar[str] = "STOP_LINE"
    OFFENCES: ClassVar[Mapping[str, str]] = {"car": "STOP_LINE", "motorbike": "STOP_LINE"}
    VERSION: ClassVar[str] = "2.1"
    MOMENTS: ClassVar[tuple[str, ...]] = (BEFORE_LINE, OVER_LINE, STILL_OVER_LINE)
    INTERLOCKS: ClassVar[frozenset[str]] = interlocks.ALL
    PARAMETERS: ClassVar[type[RuleParameters]] = StopLineParameters

    def __init__(self, *, camera: CameraConfig, parameters: RuleParameters, refusals: Refusals) -> None:
        self._parameters = cast("StopLineParameters", parameters)
        self._refusals = refusals
        self.watcher = StopLineWatcher(camera=camera, parameters=self._parameters, refusals=refusals)
        self._held: set[str] = set()
        self._newest: Scene | None = None

    @classmethod
    def problems(cls, camera: CameraConfig, parameters: RuleParameters) -> tuple[RuleProblem, ...]:
        """The line and its signal must be drawn."""
        return crossing_problems(camera, cast("StopLineParameters", parameters))

    def step(self, scene: Scene, *, active: bool) -> tuple[Finding, ...]:
        """Take in one scene; the engine asks for the act's own instant whether the rule was in force."""
        del active
        self._newest = scene
        return (*self._judged(self.watcher.step(scene), scene), *self._holds())

    def finish(self) -> tuple[Finding, ...]:
        """Stops that are ripe by what was seen."""
        if self._newest is None:
            return ()
        findings = self._judged(self.watcher.finish(), self._newest)
        findings += [Release(key=key) for key in sorted(self._held)]
        self._held.clear()
        return tuple(findings)

    def _judged(self, judged: Iterable[tuple[Passage, Judgement]], scene: Scene) -> list[Finding]:
        findings: list[Finding] = []
        for passage, judgement in judged:
            if judgement.outcome == Outcome.ENTERED:
                self._refusals.add(REFUSED_ENTERED)
            elif judgement.outcome == Outcome.STOPPED:
                findings += self._event(passage, scene)
        return findings

    def _event(self, passage: Passage, scene: Scene) -> list[Finding]:
        stop = passage.stop
        if stop is None:
            return []
        signal_id = self.watcher.signal_id
        return [
            Event(
                code=self.CODE,
                subject=subject_of(passage.track),
                began_at=passage.crossing_at,
                ended_at=stop.confirmed.at,
                moments=(
                    moment(BEFORE_LINE, passage.before[-1], scene, signal_id),
                    moment(OVER_LINE, stop.first, scene, signal_id),
                    moment(STILL_OVER_LINE, stop.confirmed, scene, signal_id),
                ),
                zone_ids=(self._parameters.line,),
                measurements={
                    "stood_at_least_s": seconds_between(stop.first.at, stop.confirmed.at),
                    "over_line_box_heights": stop.advance,
                    "signal_id": signal_id,
                },
            )
        ]

    def _holds(self) -> list[Finding]:
        """The red may last longer than the ring: keep the pictures of a stop until its judgement."""
        wanted = {
            key: sighting.at
            for passage in self.watcher.open_passages
            if passage.stop is not None and passage.track.vehicle_kind is not None
            for key, sighting in zip(
                _hold_keys(passage),
                (passage.before[-1], passage.stop.first, passage.stop.confirmed),
                strict=True,
            )
        }
        findings: list[Finding] = [Release(key=key) for key in sorted(self._held - wanted.keys())]
        findings += [Hold(key=key, at=at) for key, at in wanted.items() if key not in self._held]
        self._held = set(wanted)
        return findings


def _hold_keys(passage: Passage) -> tuple[str, str, str]:
    crossing = passage.crossing_at.isoformat(timespec="milliseconds")
    return (
        f"{BEFORE_LINE}:{passage.track.track_id}:{crossing}",
        f"{OVER_LINE}:{passage.track.track_id}:{crossing}",
        f"{STILL_OVER_LINE}:{passage.track.track_id}:{crossing}",
    )
