"""A rule whose events are of occupied places: they are reminded first, and become cases when that is not heeded."""

from collections.abc import Callable, Iterator, MutableMapping
from datetime import datetime
from typing import Any, Final

from pydantic import JsonValue, TypeAdapter, ValidationError

from domain.cases.case import Case
from domain.event import Event, FindingKind, Hold, Passage, Release
from domain.reminder import Reminder
from domain.seen.scene import Scene
from rules.case_building import CaseMaker
from rules.fact_rule import JudgedByFacts
from rules.facts.facts import Facts
from rules.facts.occupation.occupation import Occupation
from rules.interlocks import NOT_KNOWN_YET, Interlocks
from rules.reminders.making import FIRST_OBSERVATION, LATER_OBSERVATION, OCCUPIED, ReminderMaker
from rules.reminders.parameters import ReminderParameters
from rules.reminders.place_life import (
    LifeLimits,
    PlaceLife,
    Shown,
    Stage,
    Wanted,
    become_case,
    begin,
    clear,
    is_past,
    lapse,
    observe_anew,
    see,
)

REFUSED_SOON_GONE = "soon_gone"  # it was cleared, or not seen any more, before it was there for long enough
REFUSED_NO_ROW = "no_catalogue_row"  # no offence is in force on that date
REFUSED_OTHER_RULE = "same_act_as_other_rule"  # another rule has reminded or accused this place
_TOLD_BEFORE = "told_before"  # the engine's word that there is a case of this act, by an earlier process

Output = Case | Reminder | Hold | Release
MakeCase = Callable[[Event], Case | Passage | str]


class ReminderRule:
    """One use of such a rule at one camera; what it knows of places survives reloads and restarts.

    Args:
        rule: at the camera.
        maker: of its reminders.
        told_by: which use of a rule has reminded or accused which place, shared by all of the camera: one place is told
            once.
        index: of its use among the camera's rules.
    """

    def __init__(
        self,
        rule: JudgedByFacts[Any],
        maker: ReminderMaker,
        told_by: MutableMapping[str, int],
        index: int,
    ) -> None:
        if not isinstance(rule.parameters, ReminderParameters):
            raise TypeError(f"{rule.CODE} needs ReminderParameters, got {type(rule.parameters).__name__}")
        own = rule.parameters
        self._rule, self._maker, self._told_by, self._index = rule, maker, told_by, index
        self._limits = LifeLimits(
            remind=own.remind,
            confirm_s=own.confirm_s,
            grace_s=own.grace_s,
            apart_s=own.apart_s,
            threshold_s=own.threshold_s,
            min_observed_share=own.min_observed_share,
        )
        self._lives: dict[str, PlaceLife] = {}
        self._held: dict[str, datetime] = {}
        self._refused: set[tuple[str, str]] = set()  # by place and reason, so that each counts once

    def step(self, facts: Facts, interlocks: Interlocks, make_case: MakeCase) -> Iterator[Output]:
        """Judge one scene; yields reminders whose state changes with it, cases, holds and releases.

        Args:
            facts: of the scene.
            interlocks: of the camera.
            make_case: makes the case of an event, or says why there is none.
        """
        known = {one.key: one for one in facts.occupations}
        for occupation in known.values():
            if occupation.cleared_now and occupation.key in self._lives:
                yield from self._clear(self._lives[occupation.key], occupation, facts.scene)
        for event in self._rule.judge(facts).events:
            yield from self._judged(event, known[event.subject.key], facts, interlocks, make_case)
        for life in [life for key, life in self._lives.items() if key not in known]:
            yield from self._forget(life)

    def finish(self) -> Iterator[Release]:
        """The stream has ended, or the camera is reloaded: what is held cannot be asked for any more."""
        yield from (Release(key=key) for key in self._held)
        self._held.clear()

    def keep(self) -> JsonValue:
        """What it knows of places, as plain values."""
        kept: JsonValue = _KEPT.dump_python(list(self._lives.values()), mode="json")
        return kept

    def resume(self, kept: JsonValue) -> Iterator[Hold | Release]:
        """Go on with what a predecessor knew; first observations are to be held again.

        Raises:
            ValueError: it cannot be read; every place begins anew.
        """
        try:
            lives = _KEPT.validate_python(kept)
        except ValidationError as error:
            raise ValueError(f"reminded places cannot be read: {error.error_count()} faults") from error
        self._lives = {life.key: life for life in lives}
        for life in lives:
            if life.stage is not Stage.CANDIDATE:
                self._told_by.setdefault(life.key, self._index)
            if life.stage not in {Stage.CASE, Stage.OVER}:
                yield from self._hold(life)

    def _judged(
        self, event: Event, occupation: Occupation, facts: Facts, interlocks: Interlocks, make_case: MakeCase
    ) -> Iterator[Output]:
        """Take in that the rule sees its offence at a place."""
        key = occupation.key
        if self._told_by.get(key, self._index) != self._index:
            self._count(key, REFUSED_OTHER_RULE)
            return
        before = self._lives.get(key)
        if before is not None and is_past(before, facts.scene.at):
            yield from self._forget(before)
            before = None
        reason = interlocks.refusal(event, self._maker.cases.use, facts, self._rule.INTERLOCKS)
        if reason is not None:
            self._count(key, reason)
            if before is not None and reason != NOT_KNOWN_YET:
                self._lives[key] = lapse(before)
            return
        shown = Shown(at=facts.scene.at, box_norm=occupation.place_norm)
        before = before or begin(key, occupation.zone_id, shown)
        life, wanted = see(before, shown, occupation.presence.observed_share, self._limits)
        if wanted is not Wanted.NOTHING and self._maker.violation(life) is None:
            self._count(key, REFUSED_NO_ROW)
            return
        case: Case | None = None
        if wanted is Wanted.CASE:
            event = self._maker.case_event(life, occupation, event, facts.scene.resolution_wh)
            life, case = self._accused(life, make_case(event))
        if wanted is not Wanted.NOTHING:
            self._told_by[key] = self._index
        self._lives[key] = life
        if life.stage in {Stage.CASE, Stage.OVER}:
            yield from () if case is None else (case,)
            yield from self._releases(key)
        else:
            yield from self._hold(life)
        if life.steps != before.steps:
            yield from self._reminder(life, occupation, facts.scene)

    def _accused(self, life: PlaceLife, case: Case | Passage | str) -> tuple[PlaceLife, Case | None]:
        if isinstance(case, Case):
            return become_case(life, case.case_id), case
        if case == _TOLD_BEFORE:
            return become_case(life, self._maker.case_id(life)), None
        self._count(life.key, str(case))
        return observe_anew(life), None

    def _clear(self, life: PlaceLife, occupation: Occupation, scene: Scene) -> Iterator[Output]:
        after = clear(life, occupation.cleared_at or scene.at)
        if after is None:
            yield from self._forget(life)
            return
        self._lives[life.key] = after
        if after.steps != life.steps:
            yield from self._reminder(after, occupation, scene)

    def _forget(self, life: PlaceLife) -> Iterator[Release]:
        """A place will not be asked for any more."""
        self._lives.pop(life.key, None)
        if life.stage is Stage.CANDIDATE:
            self._count(life.key, REFUSED_SOON_GONE)
        self._refused = {(key, reason) for key, reason in self._refused if key != life.key}
        if self._told_by.get(life.key) == self._index:
            del self._told_by[life.key]
        yield from self._releases(life.key)

    def _reminder(self, life: PlaceLife, occupation: Occupation, scene: Scene) -> Iterator[Reminder]:
        violation = self._maker.violation(life)
        if violation is not None:
            yield self._maker.reminder(life, occupation, violation, scene)

    def _hold(self, life: PlaceLife) -> Iterator[Hold | Release]:
        """Keep the pictures that a case may need when the ring has long forgotten them, and no others."""
        later_at = None if life.later is None else life.later.at
        for name, at in ((FIRST_OBSERVATION, life.first.at), (LATER_OBSERVATION, later_at)):
            key = hold_key(self._index, self._rule.CODE, f"{life.key}:{name}")
            if at is None:
                yield from self._release(key)
            elif self._held.get(key) != at:
                self._held[key] = at
                yield Hold(key=key, at=at)

    def _releases(self, place_key: str) -> Iterator[Release]:
        for name in (FIRST_OBSERVATION, LATER_OBSERVATION):
            yield from self._release(hold_key(self._index, self._rule.CODE, f"{place_key}:{name}"))

    def _release(self, key: str) -> Iterator[Release]:
        if self._held.pop(key, None) is not None:
            yield Release(key=key)

    def _count(self, key: str, reason: str) -> None:
        if (key, reason) not in self._refused:
            self._refused.add((key, reason))
            self._rule.refusals.add(reason)


def hold_key(index: int, code: str, key: str) -> str:
    """A hold's key, unique in the camera."""
    return f"{index}:{code}:{key}"


def reminder_rule(
    rule: JudgedByFacts[Any], *, maker: CaseMaker, told_by: MutableMapping[str, int], index: int
) -> ReminderRule | None:
    """The rule as one that reminds first; None where its events become something else.

    Args:
        rule: at the camera.
        maker: of its cases.
        told_by: see ``ReminderRule``.
        index: of its use among the camera's rules.
    """
    if rule.rule.KIND is not FindingKind.REMINDER:
        return None
    return ReminderRule(rule, ReminderMaker(cases=maker, offence=rule.rule.OFFENCES[OCCUPIED]), told_by, index)


_KEPT: Final = TypeAdapter(list[PlaceLife])
