"""Runs a camera's rules over its scenes and turns their events into cases. Pure: the scene brings the clock."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.camera import CameraConfig, RuleUse
from domain.cases.case import Case
from domain.errors import CatalogueError, ConfigurationFaults, Fault
from domain.event import Event, Finding, Hold, Release
from domain.law.catalogue import Catalogue
from domain.model_ref import ModelRef
from domain.scene import Scene
from rules.case_building import CaseMaker, missing_moments
from rules.exclusion import ONE_ACT, ExclusiveActs
from rules.registry import read_use
from rules.rule import Refusals, Rule, RuleProblem

RuleOutput = Case | Hold | Release

REFUSED_MOMENT_MISSING = "moment_missing"  # the event lacks a decisive moment that its rule declares
REFUSED_NO_CATALOGUE_ROW = "no_catalogue_row"  # no offence is in force for this kind of vehicle on that date
REFUSED_NOT_IN_FORCE = "rule_not_in_force"  # the act began outside the rule's dates or hours
REFUSED_CLOCK_OFF = "clock_off"  # the camera's clock was off by more than its limit around the act
REFUSED_PICTURE_CHANGED = "picture_changed"  # the picture's size changed between the act's moments
REFUSED_SAME_ACT = "same_act_as_other_rule"  # another rule that excludes this one has already told the act
SUSPENDED_CLOCK_OFF = "suspended_clock_off"  # spans, not acts: how often the rule was suspended for the clock

_REMEMBERED_SPANS = 64


@dataclass(slots=True, kw_only=True)
class _RunningRule:
    """One use of a rule with what the engine keeps of it."""

    index: int  # place among the camera's rules
    use: RuleUse
    rule: Rule
    refusals: Refusals
    maker: CaseMaker

    @property
    def code(self) -> str:
        return self.rule.CODE

    def own_key(self, key: str) -> str:
        """A hold's key, unique in the camera."""
        return f"{self.index}:{self.code}:{key}"


class RuleEngine:
    """All rules of one camera.

    Args:
        camera: the configuration, with the rules to run.
        box_id: which box runs it; part of every case id.
        catalogue: the violation catalogue to look offences up in.
        detector: the weights that look; None when detections come from a log.
        tracker: name and version of the tracker.
        software_version: of the product.
        before: the engine that ran this camera until now; what stands there and was told by it is not told again.

    Raises:
        ConfigurationFaults: unknown rules, bad parameters, missing zones, lines or signals; all at once.
    """

    def __init__(
        self,
        *,
        camera: CameraConfig,
        box_id: str,
        catalogue: Catalogue,
        detector: ModelRef | None,
        tracker: str,
        software_version: str,
        before: "RuleEngine | None" = None,
    ) -> None:
        self._camera = camera
        self._catalogue = catalogue
        self._counts: Counter[tuple[str, str]] = Counter()
        self._exclusive = ExclusiveActs(ONE_ACT)
        self._newest: Scene | None = None
        self._suspended_since: datetime | None = None
        self._suspensions: deque[tuple[datetime, datetime]] = deque(maxlen=_REMEMBERED_SPANS)
        self._picture_since: datetime | None = None
        self._rules = self._build(box_id, catalogue, detector, tracker, software_version)
        if before is not None:
            self._take_over(before)

    def _build(
        self, box_id: str, catalogue: Catalogue, detector: ModelRef | None, tracker: str, software_version: str
    ) -> list[_RunningRule]:
        running, faults = [], []
        for index, use in enumerate(self._camera.rules):
            checked = read_use(self._camera, use)
            if isinstance(checked, tuple):
                faults += [_fault(self._camera, index, problem) for problem in checked]
                continue
            refusals = Refusals()
            rule = checked.rule(camera=self._camera, parameters=checked.parameters, refusals=refusals)
            maker = CaseMaker(
                camera=self._camera,
                use=use,
                rule_version=checked.rule.VERSION,
                parameters=checked.parameters,
                box_id=box_id,
                catalogue=catalogue,
                detector=detector,
                tracker=tracker,
                software_version=software_version,
            )
            running.append(_RunningRule(index=index, use=use, rule=rule, refusals=refusals, maker=maker))
        if faults:
            raise ConfigurationFaults(tuple(faults))
        return running

    def _take_over(self, before: "RuleEngine") -> None:
        """Pair the rules' uses with those of the engine before, in order, rule by rule."""
        for code in {running.code for running in self._rules}:
            for rule, predecessor in zip(self.rules_of(code), before.rules_of(code), strict=False):
                rule.take_over(predecessor)

    def rules_of(self, code: str) -> tuple[Rule, ...]:
        """The running rules of one offence, in the order of the configuration."""
        return tuple(running.rule for running in self._rules if running.code == code)

    @property
    def refusals(self) -> Mapping[tuple[str, str], int]:
        """(rule, reason) -> how often; only grows."""
        counts = Counter(self._counts)
        for running in self._rules:
            for reason, count in running.refusals.counts.items():
                counts[running.code, reason] += count
        return dict(sorted(counts.items()))

    def step(self, scene: Scene) -> tuple[RuleOutput, ...]:
        """Take in one scene; one that is not newer than the last changes nothing.

        Returns:
            Cases, holds and releases in order; keys of holds are unique in the camera.
        """
        if self._newest is not None and scene.at <= self._newest.at:
            return ()
        if self._suspended(scene):
            return ()
        if self._newest is not None and scene.resolution_wh != self._newest.resolution_wh:
            self._picture_since = scene.at
        scene = self._without_doubtful_points(scene)
        self._newest = scene
        outputs: list[RuleOutput] = []
        for running in self._rules:
            findings = running.rule.step(scene, active=running.use.active_at(scene.at))
            outputs += self._outputs(running, findings, scene)
        return tuple(outputs)

    def finish(self) -> tuple[RuleOutput, ...]:
        """End of the stream or reload of the camera: finished acts only, and releases for what is still held."""
        if self._newest is None:
            return ()
        outputs: list[RuleOutput] = []
        for running in self._rules:
            outputs += self._outputs(running, running.rule.finish(), self._newest)
        return tuple(outputs)

    def _suspended(self, scene: Scene) -> bool:
        """Whether the camera's clock is off by more than its limit; an unknown error is accepted and told."""
        limit_ms = self._camera.stream.clock_offset_limit_ms
        off = scene.clock_error_ms is not None and scene.clock_error_ms > limit_ms
        if off and self._suspended_since is None:
            self._suspended_since = scene.at
            for running in self._rules:
                self._counts[running.code, SUSPENDED_CLOCK_OFF] += 1
        elif not off and self._suspended_since is not None:
            self._suspensions.append((self._suspended_since, scene.at))
            self._suspended_since = None
        return off

    def _without_doubtful_points(self, scene: Scene) -> Scene:
        """Leave out sightings from before the clock was right again or the picture had its present size."""
        starts = [end for _, end in self._suspensions]
        starts += [] if self._picture_since is None else [self._picture_since]
        if not starts or all(track.points[0].at >= max(starts) for track in scene.tracks):
            return scene
        since = max(starts)
        tracks = [
            replace(track, points=points)
            for track in scene.tracks
            if (points := tuple(point for point in track.points if point.at >= since))
        ]
        return replace(scene, tracks=tuple(tracks))

    def _outputs(self, running: _RunningRule, findings: tuple[Finding, ...], scene: Scene) -> list[RuleOutput]:
        outputs: list[RuleOutput] = []
        for finding in findings:
            match finding:
                case Hold():
                    outputs.append(Hold(key=running.own_key(finding.key), at=finding.at))
                case Release():
                    outputs.append(Release(key=running.own_key(finding.key)))
                case Event():
                    made = self._case(running, finding, scene)
                    if isinstance(made, str):
                        self._counts[running.code, made] += 1
                    else:
                        outputs.append(made)
        return outputs

    def _case(self, running: _RunningRule, event: Event, scene: Scene) -> Case | str:
        """The case of an event, or the reason why there is none."""
        reason = self._objection(running, event)
        if reason is not None:
            return reason
        try:
            row = self._catalogue.row_for(event.code, event.subject.vehicle_kind, event.began_at)
        except CatalogueError:
            return REFUSED_NO_CATALOGUE_ROW
        if not self._exclusive.claim(event):
            return REFUSED_SAME_ACT
        return running.maker.make(event, row, scene)

    def _objection(self, running: _RunningRule, event: Event) -> str | None:
        """What speaks against an event whatever the catalogue says."""
        if missing_moments(event, running.rule.MOMENTS):
            return REFUSED_MOMENT_MISSING
        if not running.use.active_at(event.began_at):
            return REFUSED_NOT_IN_FORCE
        if any(self._clock_was_off(instant) for instant in (event.began_at, *(item.at for item in event.moments))):
            return REFUSED_CLOCK_OFF
        if self._picture_since is not None and event.moments[0].at < self._picture_since:
            return REFUSED_PICTURE_CHANGED
        return None

    def _clock_was_off(self, instant: datetime) -> bool:
        return any(start <= instant < end for start, end in self._suspensions)


def _fault(camera: CameraConfig, index: int, problem: RuleProblem) -> Fault:
    where = f"rules.{index}.parameters.{problem.parameter}" if problem.parameter else f"rules.{index}"
    return Fault(file=f"camera {camera.id}", line=None, where=where, problem=problem.problem, remedy=problem.remedy)
