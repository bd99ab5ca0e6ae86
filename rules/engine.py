"""Runs a camera's rules over its scenes; events become cases and alerts. Pure: the scene brings the clock."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from pydantic import JsonValue

from domain.alert import Alert
from domain.camera import CameraConfig, RuleUse
from domain.event import Hold
from domain.law.catalogue import Catalogue
from domain.model_ref import ModelRef
from domain.reminder import Reminder
from domain.seen.looks import Look
from domain.seen.scene import Scene
from rules.acts.memory import CameraMemory
from rules.case_building import CaseMaker
from rules.facts.facts import FactBook, Facts
from rules.facts.stays.stay_books import StayBooks
from rules.interlocks import Interlocks
from rules.outcome import Outcomes, RuleOutput
from rules.proof import MeasuredFigures
from rules.recall import RecallCounts
from rules.registry import CheckedUse
from rules.running_rule import RunningRule, running_rules
from rules.wanted import Wanted

logger = logging.getLogger(__name__)

REFUSED_LOOKS_BEGIN_ANEW = "looks_begin_anew"  # who was being looked at when a run ended is not told: once a run
REFUSED_KEPT_UNREADABLE = "kept_unreadable"  # acts in progress could not be taken over, they begin again

_FACTS, _ARROWS, _FLOW_ON_RED = "facts", "arrows", "flow_on_red"  # under which these are kept; no rule is called so


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
        self._counts: Counter[tuple[str, str]] = Counter()
        self._memory = CameraMemory() if memory is None else memory
        self._newest: Scene | None = None
        self._interlocks = Interlocks(camera)

        def make(use: RuleUse, checked: CheckedUse) -> CaseMaker:
            return CaseMaker(
                camera=camera,
                use=use,
                rule_version=checked.rule.VERSION,
                parameters=checked.parameters,
                box_id=box_id,
                catalogue=catalogue,
                detector=detector,
                tracker=tracker,
                software_version=software_version,
            )

        self._rules = running_rules(camera, box_id, make)
        wanted = self._wanted = Wanted(camera, [one.rule for one in self._rules])
        self._recall = RecallCounts((one.code for one in self._rules), wanted.judged_by_rule())
        self._book = FactBook(
            camera,
            wanted.places(occupied=False),
            wanted.places(occupied=True),
            wanted.judged_lines(),
            wanted.places_of_jams(),
        )
        self._stays = StayBooks(camera, [one.stays for one in self._rules if one.stays is not None])
        self._outcomes = Outcomes(
            catalogue=catalogue,
            memory=self._memory,
            interlocks=self._interlocks,
            stays=self._stays,
            figures={} if figures is None else figures,
            counts=self._counts,
        )

    def places_to_look_at(self, look: Look) -> frozenset[str]:
        """The zones and lines at which some rule wants a look; empty: nobody wants it."""
        return self._wanted.places_to_look_at(look)

    def places_told(self, look: Look, now: datetime) -> frozenset[str]:
        """The zones and lines where a rule that wants a look has shown an act lately, whatever became of it."""
        return self._wanted.places_told(look, now)

    @property
    def recall(self) -> Mapping[tuple[str, str], int]:
        """(rule, what it had before it) -> how often; only grows. See ``rules.recall``."""
        return self._recall.counts

    @property
    def rule_faults(self) -> Mapping[str, str]:
        """What each rule raised that is left out for a while, by the rule's name."""
        return {running.code: fault for running in self._rules if (fault := running.pause.fault) is not None}

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
            if self._interlocks.frozen.begins and self._newest is not None:
                self._stays.not_watched()
                self._keep(self._newest.at)
            return tuple(self._unwatched())
        scene = self._without_doubtful_points(scene)
        outputs: list[RuleOutput] = list(self._resume(scene)) if self._newest is None else []
        self._newest = scene
        self._memory.see(scene)
        facts = self._book.step(scene)
        self._recall.see(facts)
        outputs += self._stays.step(scene)
        for running in self._rules:
            outputs += self._judged(running, facts)
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
        facts = self._book.finish(self._newest)
        outputs: list[RuleOutput] = list(self._stays.finish())
        self._recall.see_last(facts)
        for running in self._rules:
            if running.reminders is not None:
                outputs += running.reminders.finish()
            elif running.alerts is None:
                outputs += [*self._judged(running, facts, ended=True), *running.let_go()]
        return (*outputs, *self._unwatched())

    def end_epoch(self, shift: timedelta) -> tuple[RuleOutput, ...]:
        """The clock was set: as ``finish``, but acts in progress end.

        Whom a misread lamp would accuse is known in the new time, too.

        Args:
            shift: by which times are later than they would have been.
        """
        try:
            return self.finish()
        finally:
            self._memory.begin_epoch(shift, self._of_others(shift))

    def _of_others(self, shift: timedelta = timedelta()) -> dict[str, JsonValue]:
        """What others did at the lamps lately, in times that are so much later."""
        return {
            _ARROWS: self._book.keep_arrows(shift),
            _FLOW_ON_RED: self._interlocks.flow_on_red.keep(shift),
        }

    def _unwatched(self) -> Iterable[Alert]:
        """Alerts that end because nobody looks any more."""
        return (alert for running in self._rules if running.alerts is not None for alert in running.alerts.end())

    def _judged(self, running: RunningRule, facts: Facts, *, ended: bool = False) -> list[RuleOutput]:
        """What one rule finds in a scene; what it throws stays with it."""
        outputs: list[RuleOutput] = []
        if running.pause.lasts(facts.scene.at):
            return outputs
        with running.pause.contain(facts.scene.at):
            own = running.facts(facts, self._stays)
            if running.alerts is not None:
                outputs.extend(running.alerts.step(own, self._interlocks))
            elif running.reminders is not None:
                for output in running.reminders.step(
                    own, self._interlocks, partial(self._outcomes.made, running, facts=own)
                ):
                    outputs.append(output)
                    self._memory.revision += isinstance(output, Reminder)
            else:
                for finding in running.findings(own, ended=ended):
                    with running.pause.contain_one(facts.scene.at):  # the rule will not find the others again
                        outputs.extend(self._outcomes.of(running, finding, own))
        return outputs

    def _keep(self, now: datetime) -> None:
        reminded = {one.name: one.reminders.keep() for one in self._rules if one.reminders is not None}
        self._memory.keep(
            reminded | self._stays.keep() | self._of_others() | {_FACTS: self._book.keep()},
            now,
        )

    def _resume(self, scene: Scene) -> Iterator[RuleOutput]:
        """Go on with what lasts, before the first scene; once, so that what breaks here does not break for ever."""
        since = self._memory.resume(scene)
        kept, self._memory.kept = self._memory.kept, {}
        if since is None:
            return
        for code in {one.code for one in self._rules if Look.HEADS in one.rule.rule.LOOKS}:
            self._counts[code, REFUSED_LOOKS_BEGIN_ANEW] += 1
        if _FACTS in kept:
            with self._kept_readable(_FACTS):
                self._book.resume(kept[_FACTS])
        if _ARROWS in kept:
            with self._kept_readable(_ARROWS):
                self._book.resume_arrows(kept[_ARROWS])
        if _FLOW_ON_RED in kept:
            with self._kept_readable(_FLOW_ON_RED):
                self._interlocks.flow_on_red.resume(kept[_FLOW_ON_RED], scene.at)
        for resumed in self._stays.resume(kept, since=since, scene=scene):
            if isinstance(resumed, Hold):
                yield resumed
            else:
                self._counts[resumed.partition(":")[0], REFUSED_KEPT_UNREADABLE] += 1
        for running in self._rules:
            if running.reminders is not None and running.name in kept:
                with self._kept_readable(running.code):
                    yield from running.reminders.resume(kept[running.name])

    @contextmanager
    def _kept_readable(self, name: str) -> Iterator[None]:
        """What a predecessor kept may be unreadable; then it begins again, and that is counted."""
        try:
            yield
        except ValueError as error:
            self._counts[name, REFUSED_KEPT_UNREADABLE] += 1
            fields = {"action": "kept_unreadable", "camera_id": self._camera.id, "reason": str(error)}
            logger.warning("Acts in progress begin again", extra=fields)

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
