"""RED_LIGHT: wholly before the line while red is shown, then past it with red still shown, on into the junction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, cast

from pydantic import Field

from domain.camera import CameraConfig
from domain.event import Event, Finding, Hold, Release
from domain.instants import seconds_between
from domain.seen.scene import Scene
from rules import interlocks
from rules.flow_on_red import SHOWN_WITHIN_S, is_read_from_lamp
from rules.kit.line.crossing_parameters import CrossingParameters, crossing_problems, zone_problems
from rules.kit.line.exits import Exits, Leaving
from rules.kit.line.judgement import Judgement, Outcome
from rules.kit.line.line_rule import StopLineWatcher, moment, subject_of
from rules.kit.line.passage import Passage
from rules.rule import Refusals, RuleParameters, RuleProblem

REFUSED_LAWFUL_TURN = "lawful_turn"  # it left by an exit that is allowed on red
REFUSED_EXIT_UNKNOWN = "exit_unknown"  # lost before it was clear that it did not take an allowed exit
REFUSED_STOPPED = "stopped_over_line"  # it stood over the line and did not go on: that is STOP_LINE's act

BEFORE_LINE = "before_line"
AFTER_LINE = "after_line"


class RedLightParameters(CrossingParameters):
    """Parameters of RED_LIGHT."""

    lawful_exit_zones: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        Field(description="ids of zones by which a vehicle may lawfully leave on red, e.g. a permitted right turn"),
    ] = ()
    other_exit_zones: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        Field(description="ids of zones of the other ways out: a vehicle seen in one did not leave lawfully on red"),
    ] = ()
    exit_timeout_s: Annotated[
        float, Field(gt=0, le=20, description="how long after the crossing the exit is waited for, above 0 to 20 s")
    ] = 12.0


@dataclass(slots=True, kw_only=True)
class _Waits:
    passage: Passage
    judgement: Judgement


class RedLight:
    """Running a red light at one stop line."""

    CODE: ClassVar[str] = "RED_LIGHT"
    OFFENCES: ClassVar[Mapping[str, str]] = {"car": "RED_LIGHT", "motorbike": "RED_LIGHT", "bicycle": "RED_LIGHT"}
    VERSION: ClassVar[str] = "2.2"
    MOMENTS: ClassVar[tuple[str, ...]] = (BEFORE_LINE, AFTER_LINE)
    INTERLOCKS: ClassVar[frozenset[str]] = interlocks.ALL
    PARAMETERS: ClassVar[type[RuleParameters]] = RedLightParameters

    def __init__(self, *, camera: CameraConfig, parameters: RuleParameters, refusals: Refusals) -> None:
        self._parameters = cast("RedLightParameters", parameters)
        self._refusals = refusals
        self.watcher = StopLineWatcher(camera=camera, parameters=self._parameters, refusals=refusals)
        self._held: dict[str, datetime] = {}
        self._waiting: list[_Waits] = []
        line = camera.line(self._parameters.line)
        doubted = line is not None and is_read_from_lamp(camera, line)
        self._others_shown = timedelta(seconds=SHOWN_WITHIN_S if doubted else 0.0)
        self._exits = Exits.of(camera, self._parameters.lawful_exit_zones, self._parameters.other_exit_zones)
        self._newest: Scene | None = None

    @classmethod
    def problems(cls, camera: CameraConfig, parameters: RuleParameters) -> tuple[RuleProblem, ...]:
        """The line, its signal and the zones must be drawn."""
        own = cast("RedLightParameters", parameters)
        return (
            *crossing_problems(camera, own),
            *zone_problems(camera, "lawful_exit_zones", own.lawful_exit_zones),
            *zone_problems(camera, "other_exit_zones", own.other_exit_zones),
        )

    def step(self, scene: Scene, *, active: bool) -> tuple[Finding, ...]:
        """Take in one scene; the engine asks for the act's own instant whether the rule was in force."""
        del active
        self._newest = scene
        self._judged(self.watcher.step(scene))
        return (*self._exits_decided(scene, ended=False), *self._holds())

    def finish(self) -> tuple[Finding, ...]:
        """Crossings that are ripe by what was seen; the rest is refused or let go."""
        if self._newest is None:
            return ()
        self._judged(self.watcher.finish())
        findings = self._exits_decided(self._newest, ended=True)
        findings += [Release(key=key) for key in self._held]
        self._held.clear()
        return tuple(findings)

    def _judged(self, judged: Iterable[tuple[Passage, Judgement]]) -> None:
        for passage, judgement in judged:
            if judgement.outcome == Outcome.ENTERED:
                self._waiting.append(_Waits(passage=passage, judgement=judgement))
            elif judgement.outcome == Outcome.STOPPED:
                self._refusals.add(REFUSED_STOPPED)

    def _exits_decided(self, scene: Scene, *, ended: bool) -> list[Finding]:
        """Vehicles that have left by an allowed exit are let go, those that clearly have not are reported."""
        findings: list[Finding] = []
        still_open = []
        for item in self._waiting:
            over = ended or self._is_over(item.passage, scene.at)
            leaving = self._exits.leaving(item.passage, scene.resolution_wh)
            if leaving == Leaving.LAWFUL:
                self._refusals.add(REFUSED_LAWFUL_TURN)
            elif not over:
                still_open.append(item)
            elif leaving == Leaving.CLEAR:
                findings += self._event(item.passage, item.judgement, scene)
            else:
                self._refusals.add(REFUSED_EXIT_UNKNOWN)
        self._waiting = still_open
        return findings

    def _is_over(self, passage: Passage, now: datetime) -> bool:
        """Whether both its exit and whether others crossed with it are as clear as they will be."""
        if now - passage.crossing_at < self._others_shown:
            return False
        if not self._exits.lawful:
            return True
        lost = seconds_between(passage.past[-1].at, now) > self._parameters.lost_after_s
        return lost or now - passage.crossing_at > timedelta(seconds=self._parameters.exit_timeout_s)

    def _event(self, passage: Passage, judgement: Judgement, scene: Scene) -> list[Finding]:
        """The event of a crossing."""
        if judgement.before is None or judgement.after is None:
            return []
        signal_id = self.watcher.signal_id
        at_crossing = scene.signal_at(signal_id, passage.crossing_at)
        since = at_crossing.since or passage.crossing_at
        return [
            Event(
                code=self.CODE,
                subject=subject_of(passage.track),
                began_at=passage.surely_crossed_at(judgement.after),
                ended_at=judgement.after.at,
                moments=(
                    moment(BEFORE_LINE, judgement.before, scene, signal_id),
                    moment(AFTER_LINE, judgement.after, scene, signal_id),
                ),
                zone_ids=(self._parameters.line, *filter(None, [self._parameters.junction_zone])),
                measurements={
                    "red_before_crossing_s": seconds_between(since, passage.crossing_at),
                    "red_beginning_seen": at_crossing.beginning_seen,
                    "advance_box_heights": passage.advance(judgement.after),
                    "largest_advance_box_heights": max(passage.advance(item) for item in passage.past),
                    "gap_at_line_s": passage.gap_s,
                    "stood_over_line": passage.stop is not None,
                    "signal_id": signal_id,
                },
            )
        ]

    def _holds(self) -> list[Finding]:
        """A vehicle that stands over the line may go on much later: keep the pictures of it before the line."""
        findings: list[Finding] = []
        standing = {
            _hold_key(passage): passage.before[-1].at
            for passage in self.watcher.open_passages
            if passage.stop is not None and passage.track.vehicle_kind is not None
        }
        waiting = {_hold_key(item.passage) for item in self._waiting}
        standing |= {key: at for key, at in self._held.items() if key in waiting}
        for key in [key for key in self._held if key not in standing]:
            del self._held[key]
            findings.append(Release(key=key))
        for key, at in standing.items():
            if key not in self._held:
                self._held[key] = at
                findings.append(Hold(key=key, at=at))
        return findings


def _hold_key(passage: Passage) -> str:
    return f"before:{passage.track.track_id}:{passage.crossing_at.isoformat(timespec='milliseconds')}"
