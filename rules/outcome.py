"""What becomes of what a rule finds: cases, counted passages, moments to keep; or a refusal that is counted."""

from collections import Counter
from collections.abc import Iterator

from domain.alert import Alert
from domain.cases.case import Case
from domain.errors import CatalogueError
from domain.event import Event, Finding, Hold, Passage, Release
from domain.law.catalogue import Catalogue
from domain.reminder import Reminder
from domain.seen.scene import Scene
from rules.acts.exclusion import ONE_ACT, ONE_STAY, SAME_CROSSING_S
from rules.acts.memory import CameraMemory
from rules.case_building import REFUSED_MOMENT_MISSING, missing_moments
from rules.facts.facts import Facts
from rules.facts.stays.stay_books import StayBooks
from rules.interlocks import Interlocks
from rules.passages import passage_of
from rules.proof import MeasuredFigures, of_models
from rules.running_rule import RunningRule

RuleOutput = Case | Alert | Reminder | Passage | Hold | Release

REFUSED_NO_CATALOGUE_ROW = "no_catalogue_row"  # no offence is in force for this kind of vehicle on that date
REFUSED_SAME_ACT = "same_act_as_other_rule"  # another rule that excludes this one has a case of the act already
REFUSED_TOLD_BEFORE = "told_before"  # there is a case of this act, perhaps under another track or an earlier process
_HAS_A_CASE = frozenset({REFUSED_SAME_ACT, REFUSED_TOLD_BEFORE})


class Outcomes:
    """Makes outputs of one camera's findings.

    Args:
        catalogue: the violation catalogue to look offences up in.
        memory: of the camera; what becomes a case is told there.
        interlocks: of the camera.
        stays: of the camera; those of which there is a case are told there.
        figures: how often weights were measured to be right.
        counts: of what was refused, by rule and reason; counted on here.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        memory: CameraMemory,
        interlocks: Interlocks,
        stays: StayBooks,
        figures: MeasuredFigures,
        counts: Counter[tuple[str, str]],
    ) -> None:
        self._catalogue = catalogue
        self._memory = memory
        self._interlocks = interlocks
        self._stays = stays
        self._figures = figures
        self._counts = counts

    def of(self, running: RunningRule, finding: Finding, facts: Facts) -> Iterator[RuleOutput]:
        """What becomes of a finding."""
        match finding:
            case Hold():
                yield Hold(key=running.own_key(finding.key), at=finding.at)
            case Release():
                yield Release(key=running.own_key(finding.key))
            case Event():
                made = self.made(running, finding, facts)
                if isinstance(made, str):
                    self._counts[running.code, made] += 1
                else:
                    yield made
                if isinstance(made, Case) or made in _HAS_A_CASE:
                    yield from self._stays.tell(finding)

    def made(self, running: RunningRule, event: Event, facts: Facts) -> Case | Passage | str:
        """What becomes of an event, or the reason why nothing does."""
        if missing_moments(event, running.rule.MOMENTS):
            return REFUSED_MOMENT_MISSING
        reason = self._interlocks.refusal(event, running.use, facts, running.rule.INTERLOCKS)
        if reason is not None:
            return reason
        return passage_of(event) if running.counts else self._case(running, event, facts.scene)

    def _case(self, running: RunningRule, event: Event, scene: Scene) -> Case | str:
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

    def _is_proven(self, running: RunningRule, event: Event) -> bool:
        looked = of_models((event.looked_with, running.maker.detector), self._figures)
        return running.rule.rule.why_shadow(looked) is None
