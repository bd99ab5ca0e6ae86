"""A camera's rules as the engine runs them: each with its use, its counts and what it has yielded already."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.camera import CameraConfig, RuleUse
from domain.errors import ConfigurationFaults, Fault
from domain.event import Finding, FindingKind, Hold, Release
from rules.acts.emitted_acts import EmittedActs
from rules.alert_rule import AlertRule, alert_rule
from rules.case_building import CaseMaker
from rules.fact_rule import JudgedByFacts
from rules.facts.facts import Facts
from rules.facts.stays.stay_books import StayAsker, StayBooks
from rules.registry import CheckedUse, read_use
from rules.reminders.reminder_rule import ReminderRule, hold_key, reminder_rule
from rules.rule import Refusals, RuleProblem
from rules.rule_pause import RulePause


@dataclass(slots=True, kw_only=True)
class RunningRule:
    """One use of a rule with what the engine keeps of it."""

    index: int  # place among the camera's rules
    name: str  # code and number among the camera's uses of it: what it keeps is found again by this
    use: RuleUse
    rule: JudgedByFacts[Any]
    refusals: Refusals
    maker: CaseMaker
    alerts: AlertRule | None  # None: its events become no alerts
    reminders: ReminderRule | None  # None: nor are they of occupied places, and become cases or counts
    pause: RulePause
    emitted: EmittedActs = field(default_factory=EmittedActs)
    stays: StayAsker | None = None  # None: it judges nobody who stands
    held: frozenset[str] = frozenset()  # keys of moments whose pictures are kept

    @property
    def code(self) -> str:
        """The rule's name."""
        return self.rule.CODE

    @property
    def counts(self) -> bool:
        """Whether its events are only counted."""
        return self.rule.rule.KIND is FindingKind.COUNT

    def own_key(self, key: str) -> str:
        """A hold's key, unique in the camera."""
        return hold_key(self.index, self.code, key)

    def facts(self, facts: Facts, books: StayBooks) -> Facts:
        """The scene's facts with those that are its own."""
        stays = facts.stays if self.stays is None else books.of(self.stays.name)
        return replace(facts, stays=stays, emitted=self.emitted)

    def findings(self, facts: Facts, *, ended: bool) -> Sequence[Finding]:
        """What it finds now and did not find before."""
        judged = self.rule.judge(facts)
        new = [event for event in judged.events if self.emitted.note(event, facts.scene)]
        return new if ended else [*new, *self._hold(judged.holds)]

    def let_go(self) -> Iterator[Release]:
        """Nothing more will come: no moment is needed any more, whether the rule can say so or fails."""
        yield from (Release(key=self.own_key(key)) for key in sorted(self.held))
        self.held = frozenset()

    def _hold(self, wanted: Mapping[str, datetime]) -> Iterator[Finding]:
        """Keep these moments of a rule over facts, and let go what is not wanted any more."""
        yield from (Release(key=key) for key in sorted(self.held - wanted.keys()))
        yield from (Hold(key=key, at=at) for key, at in wanted.items() if key not in self.held)
        self.held = frozenset(wanted)


def running_rules(
    camera: CameraConfig, box_id: str, make: Callable[[RuleUse, CheckedUse], CaseMaker]
) -> list[RunningRule]:
    """Every use of a rule at a camera, ready to run.

    Args:
        camera: with the rules.
        box_id: which box runs them.
        make: what makes the cases of one use.

    Raises:
        ConfigurationFaults: unknown rules, bad parameters, missing zones, lines or signals; all at once.
    """
    running: list[RunningRule] = []
    faults: list[Fault] = []
    told_by: dict[str, int] = {}
    for index, use in enumerate(camera.rules):
        checked = read_use(camera, use)
        if isinstance(checked, tuple):
            faults += [_fault(camera, index, problem) for problem in checked]
            continue
        refusals = Refusals()
        rule = checked.rule(camera=camera, parameters=checked.parameters, refusals=refusals)
        maker = make(use, checked)
        name = f"{rule.CODE}:{sum(other.code == rule.CODE for other in running)}"
        running.append(
            RunningRule(
                index=index,
                name=name,
                use=use,
                rule=rule,
                refusals=refusals,
                maker=maker,
                alerts=alert_rule(rule, camera=camera, use=use, box_id=box_id),
                reminders=reminder_rule(rule, maker=maker, told_by=told_by, index=index),
                pause=RulePause(rule.CODE, camera.id, refusals),
                stays=_asker(name, use, rule, camera),
            )
        )
    if faults:
        raise ConfigurationFaults(tuple(faults))
    return running


def _asker(name: str, use: RuleUse, rule: JudgedByFacts[Any], camera: CameraConfig) -> StayAsker | None:
    wanted = rule.rule.stays_wanted(camera, rule.parameters)
    return None if wanted is None else StayAsker(name=name, use=use, wanted=wanted)


def _fault(camera: CameraConfig, index: int, problem: RuleProblem) -> Fault:
    where = f"rules.{index}.parameters.{problem.parameter}" if problem.parameter else f"rules.{index}"
    return Fault(file=f"camera {camera.id}", line=None, where=where, problem=problem.problem, remedy=problem.remedy)
