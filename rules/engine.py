"""Runs a camera's rules over its scenes; events become cases and alerts. Pure: the scene brings the clock."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.alert import Alert
from domain.camera import CameraConfig, RuleUse
from domain.cases.case import Case
from domain.errors import CatalogueError, ConfigurationFaults, Fault
from domain.event import Event, Finding, FindingKind, Hold, Passage, Release
from domain.instants import seconds_between
from domain.law.catalogue import Catalogue
from domain.model_ref import ModelRef
from domain.reminder import Reminder
from domain.seen.looks import Look
from domain.seen.scene import Scene
from rules.acts.exclusion import ONE_ACT, ONE_STAY, SAME_CROSSING_S
from rules.acts.memory import CameraMemory, LastingRule
from rules.alert_rule import AlertRule, alert_rule
from rules.case_building import REFUSED_MOMENT_MISSING, CaseMaker, missing_moments
from rules.fact_rule import JudgedByFacts
from rules.facts.facts import FactBook, Facts
from rules.interlocks import Interlocks
from rules.kit.line.line_rule import share_judges
from rules.passages import passage_of
from rules.proof import MeasuredFigures, is_proven
from rules.recall import RecallCounts
from rules.registry import read_use
from rules.reminders.reminder_rule import ReminderRule, hold_key, reminder_rule
from rules.rule import Refusals, Rule, RuleProblem

logger = logging.getLogger(__name__)

RuleOutput = Case | Alert | Reminder | Passage | Hold | Release

REFUSED_NO_CATALOGUE_ROW = "no_catalogue_row"  # no offence is in force for this kind of vehicle on that date
REFUSED_SAME_ACT = "same_act_as_other_rule"  # another rule that excludes this one has a case of the act already
REFUSED_TOLD_BEFORE = "told_before"  # there is a case of this act, perhaps under another track or an earlier process
REFUSED_KEPT_UNREADABLE = "kept_unreadable"  # acts in progress could not be taken over, they begin again

_FACTS = "facts"  # under which the facts that last are kept; no rule is called so
_MOST_EMITTED = 256
_FORGET_EMITTED_S = 60.0
_TOLD_LATELY_S = 60.0


@dataclass(slots=True, kw_only=True)
class _RunningRule:
    """One use of a rule with what the engine keeps of it."""

    index: int  # place among the camera's rules
    name: str  # code and number among the camera's uses of it: what it keeps is found again by this
    use: RuleUse
    rule: Rule | JudgedByFacts[Any]
    refusals: Refusals
    maker: CaseMaker
    alerts: AlertRule | None  # None: its events become no alerts
    reminders: ReminderRule | None  # None: nor are they of occupied places, and become cases or counts

    @property
    def code(self) -> str:
        return self.rule.CODE

    @property
    def counts(self) -> bool:
        """Whether its events are only counted."""
        return isinstance(self.rule, JudgedByFacts) and self.rule.rule.KIND is FindingKind.COUNT

    def own_key(self, key: str) -> str:
        """A hold's key, unique in the camera."""
        return hold_key(self.index, self.code, key)


class RuleEngine:
    """All rules of one camera.

    Args:
        camera: the configuration, with the rules to run.
        box_id: which box runs it; part of every case id.
        catalogue: the violation catalogue to look offences up in.
        detector: the weights that look; None when detections come from a log.
        tracker: name and version of the tracker.
        software_version: of the product.
        memory: of the camera; hand the same one to every engine of it, so that no act becomes a second case and long
            acts go on. It is first read with the first scene, by the thread that brings it.
        figures: how often weights were measured to be right; what needs proof and has none stays in shadow.

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
        memory: CameraMemory | None = None,
        figures: MeasuredFigures | None = None,
    ) -> None:
        self._camera = camera
        self._catalogue = catalogue
        self._counts: Counter[tuple[str, str]] = Counter()
        self._memory = CameraMemory() if memory is None else memory
        self._figures: MeasuredFigures = {} if figures is None else figures
        self._newest: Scene | None = None
        self._interlocks = Interlocks(camera)
        self._rules = self._build(box_id, catalogue, detector, tracker, software_version)
        self._recall = RecallCounts((one.code for one in self._rules), self._places_by_rule(occupied=False))
        self._book = FactBook(
            camera,
            frozenset().union(*self._places_by_rule(occupied=False).values()),
            frozenset().union(*self._places_by_rule(occupied=True).values()),
        )
        self._emitted: dict[tuple[int, str, datetime], datetime] = {}

    def _build(
        self, box_id: str, catalogue: Catalogue, detector: ModelRef | None, tracker: str, software_version: str
    ) -> list[_RunningRule]:
        running: list[_RunningRule] = []
        faults: list[Fault] = []
        told_by: dict[str, int] = {}
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
            number = sum(other.code == rule.CODE for other in running)
            running.append(
                _RunningRule(
                    index=index,
                    name=f"{rule.CODE}:{number}",
                    use=use,
                    rule=rule,
                    refusals=refusals,
                    maker=maker,
                    alerts=alert_rule(rule, camera=self._camera, use=use, box_id=box_id),
                    reminders=reminder_rule(rule, maker=maker, told_by=told_by, index=index),
                )
            )
        if faults:
            raise ConfigurationFaults(tuple(faults))
        share_judges(one.rule for one in running)
        return running

    def _places_by_rule(self, *, occupied: bool) -> Mapping[str, frozenset[str]]:
        """The zones and lines of which each rule wants facts, or wants to know what occupies them."""
        places: dict[str, frozenset[str]] = {}
        for one in self._judging():
            if occupied == (one.rule.KIND is FindingKind.REMINDER):
                wanted = one.rule.place_ids(self._camera, one.parameters)
                places[one.CODE] = places.get(one.CODE, frozenset()) | wanted
        return places

    def _judging(self) -> Iterator[JudgedByFacts[Any]]:
        return (running.rule for running in self._rules if isinstance(running.rule, JudgedByFacts))

    def places_to_look_at(self, look: Look) -> frozenset[str]:
        """The zones and lines at which some rule wants a look; empty: nobody wants it."""
        return frozenset(
            place
            for one in self._judging()
            if look in one.rule.LOOKS
            for place in one.rule.place_ids(self._camera, one.parameters)
        )

    def places_told(self, look: Look, now: datetime) -> frozenset[str]:
        """The zones and lines where a rule that wants a look has shown an act lately, whatever became of it."""
        return frozenset(
            place
            for one in self._judging()
            if look in one.rule.LOOKS
            for place, at in one.told.items()
            if abs(seconds_between(at, now)) <= _TOLD_LATELY_S
        )

    @property
    def recall(self) -> Mapping[tuple[str, str], int]:
        """(rule, what it had before it) -> how often; only grows. See ``rules.recall``."""
        return self._recall.counts

    @property
    def refusals(self) -> Mapping[tuple[str, str], int]:
        """(rule, reason) -> how often; only grows."""
        counts = Counter(self._counts)
        for running in self._rules:
            for reason, count in running.refusals.counts.items():
                counts[running.code, reason] += count
            for reason, count in self._interlocks.suspensions.items():
                counts[running.code, reason] += count
        return dict(sorted(counts.items()))

    def step(self, scene: Scene) -> tuple[RuleOutput, ...]:
        """Take in one scene; one that is not newer than the last changes nothing.

        Returns:
            Cases, alerts, holds and releases in order; keys of holds are unique in the camera.
        """
        if self._newest is not None and scene.at <= self._newest.at:
            return ()
        if self._interlocks.stop(scene):
            return tuple(self._unwatched())
        scene = self._without_doubtful_points(scene)
        if self._newest is None:
            self._resume_facts()
        facts = self._book.step(scene)
        self._recall.see(facts)
        outputs = self._resume(facts) if self._newest is None else []
        self._newest = scene
        self._memory.see(scene)
        for running in self._rules:
            with _named(running.code):
                outputs += self._found(running, facts)
        if self._memory.is_time_to_keep(scene.at):
            self._keep(scene.at)
        return tuple(outputs)

    def finish(self) -> tuple[RuleOutput, ...]:
        """End of the stream or reload of the camera: finished acts only, and releases for what is still held.

        Acts in progress stay in the camera's memory, for whoever runs it next.
        """
        if self._newest is None:
            return ()
        self._keep(self._newest.at)
        outputs: list[RuleOutput] = []
        facts = self._book.finish(self._newest)
        self._recall.see_last(facts)
        for running in self._rules:
            with _named(running.code):
                if running.reminders is not None:
                    outputs += running.reminders.finish()
                elif running.alerts is None:
                    outputs += self._outputs(running, self._findings(running, facts, ended=True), facts)
        return (*outputs, *self._unwatched())

    def _found(self, running: _RunningRule, facts: Facts) -> Iterable[RuleOutput]:
        """What one rule finds in one scene."""
        if running.alerts is not None:
            return running.alerts.step(facts, self._interlocks)
        if running.reminders is None:
            return self._outputs(running, self._findings(running, facts), facts)
        outputs = tuple(
            running.reminders.step(facts, self._interlocks, lambda event: self._made(running, event, facts))
        )
        if any(isinstance(one, Reminder) for one in outputs):
            self._memory.revision += 1
        return outputs

    def _unwatched(self) -> Iterable[Alert]:
        """Alerts that end because nobody looks any more."""
        return (alert for running in self._rules if running.alerts is not None for alert in running.alerts.end())

    def _findings(self, running: _RunningRule, facts: Facts, *, ended: bool = False) -> tuple[Finding, ...]:
        if isinstance(running.rule, JudgedByFacts):
            return self._not_yet_emitted(running, running.rule.judge(facts), facts.scene.at)
        if ended:
            return running.rule.finish()
        return running.rule.step(facts.scene, active=running.use.active_at(facts.scene.at))

    def _not_yet_emitted(self, running: _RunningRule, events: Iterable[Event], now: datetime) -> tuple[Event, ...]:
        """The events that a rule did not yield before: an act that goes on is yielded scene after scene."""
        new = []
        for event in events:
            key = (running.index, event.subject.key, event.began_at)
            if key not in self._emitted:
                new.append(event)
            self._emitted[key] = now
        if len(self._emitted) > _MOST_EMITTED:
            for key in [key for key, at in self._emitted.items() if seconds_between(at, now) > _FORGET_EMITTED_S]:
                del self._emitted[key]
        return tuple(new)

    def _keep(self, now: datetime) -> None:
        lasting = ((running.name, running.reminders or running.rule) for running in self._rules)
        kept = {name: one.keep() for name, one in lasting if isinstance(one, LastingRule | ReminderRule)}
        self._memory.keep(kept | {_FACTS: self._book.keep()}, now)

    def _resume_facts(self) -> None:
        """Go on with the facts that outlive a restart, before the first scene is taken in."""
        kept = self._memory.kept.get(_FACTS)
        if kept is not None:
            with self._kept_readable(_FACTS):
                self._book.resume(kept)

    @contextmanager
    def _kept_readable(self, name: str) -> Iterator[None]:
        """What a predecessor kept may be unreadable; then it begins again, and that is counted."""
        try:
            yield
        except ValueError as error:
            self._counts[name, REFUSED_KEPT_UNREADABLE] += 1
            fields = {"action": "kept_unreadable", "camera_id": self._camera.id, "reason": str(error)}
            logger.warning("Acts in progress begin again", extra=fields)

    def _resume(self, facts: Facts) -> list[RuleOutput]:
        """Hand every rule what its predecessor kept; once, so that what breaks a rule does not break it for ever."""
        since = self._memory.resume(facts.scene)
        kept, self._memory.kept = self._memory.kept, {}
        outputs: list[RuleOutput] = []
        for running in self._rules:
            if since is None or running.name not in kept:
                continue
            with self._kept_readable(running.code):
                if running.reminders is not None:
                    outputs += running.reminders.resume(kept[running.name])
                elif isinstance(running.rule, LastingRule):
                    findings = running.rule.resume(kept[running.name], since=since, scene=facts.scene)
                    outputs += self._outputs(running, findings, facts)
        return outputs

    def _without_doubtful_points(self, scene: Scene) -> Scene:
        """Leave out sightings from before the last interlock let go."""
        since = self._interlocks.doubtful_until()
        if since is None or all(track.points[0].at >= since for track in scene.tracks):
            return scene
        tracks = [
            replace(track, points=points)
            for track in scene.tracks
            if (points := tuple(point for point in track.points if point.at >= since))
        ]
        return replace(scene, tracks=tuple(tracks))

    def _outputs(self, running: _RunningRule, findings: tuple[Finding, ...], facts: Facts) -> list[RuleOutput]:
        outputs: list[RuleOutput] = []
        for finding in findings:
            match finding:
                case Hold():
                    outputs.append(Hold(key=running.own_key(finding.key), at=finding.at))
                case Release():
                    outputs.append(Release(key=running.own_key(finding.key)))
                case Event():
                    made = self._made(running, finding, facts)
                    if isinstance(made, str):
                        self._counts[running.code, made] += 1
                    else:
                        outputs.append(made)
        return outputs

    def _made(self, running: _RunningRule, event: Event, facts: Facts) -> Case | Passage | str:
        """What becomes of an event, or the reason why nothing does."""
        if missing_moments(event, running.rule.MOMENTS):
            return REFUSED_MOMENT_MISSING
        reason = self._interlocks.refusal(event, running.use, facts, running.rule.INTERLOCKS)
        if reason is not None:
            return reason
        return passage_of(event) if running.counts else self._case(running, event, facts.scene)

    def _case(self, running: _RunningRule, event: Event, scene: Scene) -> Case | str:
        try:
            row = self._catalogue.row_for(event.code, event.subject.vehicle_kind, event.began_at)
        except CatalogueError:
            return REFUSED_NO_CATALOGUE_ROW
        told = self._memory.told
        case = running.maker.make(event, row, scene, proven=self._is_proven(running, event))
        if told.is_told(event, str(case.case_id), scene.at):
            return REFUSED_TOLD_BEFORE
        if told.excluding(event, ONE_ACT, SAME_CROSSING_S) or told.holds_stay(event, ONE_STAY):
            return REFUSED_SAME_ACT
        told.add(event, str(case.case_id), scene.at)
        self._memory.revision += 1
        return case

    def _is_proven(self, running: _RunningRule, event: Event) -> bool:
        told = running.rule.rule.PROOF if isinstance(running.rule, JudgedByFacts) else ""
        return not told or is_proven(told, (event.looked_with, running.maker.detector), self._figures)


@contextmanager
def _named(code: str) -> Iterator[None]:
    """Note the rule's name on what it raises: that ends the run of all, and somebody must know whose fault it is."""
    try:
        yield
    except Exception as error:
        error.add_note(f"in rule {code}")
        raise


def _fault(camera: CameraConfig, index: int, problem: RuleProblem) -> Fault:
    where = f"rules.{index}.parameters.{problem.parameter}" if problem.parameter else f"rules.{index}"
    return Fault(file=f"camera {camera.id}", line=None, where=where, problem=problem.problem, remedy=problem.remedy)
