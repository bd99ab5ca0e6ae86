"""The life of an occupied place: what every order of looks, gaps, hours and clearings must keep."""

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.instants import seconds_between
from domain.reminder import NEXT_STATES, ReminderState, ReminderStep
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
from tests.builders.drives import at

LIMITS = LifeLimits(
    remind=True, confirm_s=180.0, grace_s=900.0, apart_s=600.0, threshold_s=1200.0, min_observed_share=0.5
)
DIRECT = replace(LIMITS, remind=False)
BOX = (0.4, 0.5, 0.5, 0.6)
A_CASE = UUID(int=7)
KEPT = TypeAdapter(PlaceLife)


@dataclass
class Followed:
    """One place with what was said of it, fed by events: (kind, seconds since the event before)."""

    limits: LifeLimits
    allowed: bool = True  # whether a case is let through
    life: PlaceLife | None = None
    now_s: float = 0.0
    seen_s: float = 0.0  # of the last look that showed it
    cases: int = 0
    told: int = 0  # messages
    restart: bool = False  # before every event

    def feed(self, kind: str, after_s: float) -> None:
        self.now_s += after_s
        if self.restart and self.life is not None:
            self.life = KEPT.validate_json(KEPT.dump_json(self.life))
        if kind == "clear":
            if self.life is not None:
                self._take(clear(self.life, at(self.now_s)))
        elif kind == "lapse":
            self.life = None if self.life is None else lapse(self.life)
        else:
            self._see()

    def _see(self) -> None:
        shown = Shown(at=at(self.now_s), box_norm=BOX)
        if self.life is not None and is_past(self.life, shown.at):
            self.life = None
        life = self.life or begin("place:p:1", "p", shown)
        after, wanted = see(life, shown, 1.0, self.limits)
        if wanted is Wanted.CASE:
            after = become_case(after, A_CASE) if self.allowed else observe_anew(after)
            self.cases += self.allowed
        self.life = life
        self._take(after)

    def _take(self, after: PlaceLife | None) -> None:
        before = () if self.life is None else self.life.steps
        self.life = after
        if after is not None and after.steps != before:
            assert after.steps[: len(before)] == before
            self.told += 1

    @property
    def steps(self) -> tuple[ReminderStep, ...]:
        return () if self.life is None else self.life.steps


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["see", "see", "see", "clear", "lapse"]), st.sampled_from([5.0, 60.0, 200.0, 700.0, 4000.0])
    ),
    max_size=30,
)


def follow(events: list[tuple[str, float]], limits: LifeLimits = LIMITS, *, restart: bool = False) -> Followed:
    followed = Followed(limits, restart=restart)
    for kind, after_s in events:
        followed.feed(kind, after_s)
    return followed


@given(EVENTS, st.booleans())
def test_its_steps_are_a_reminders_life_and_there_is_never_a_second_case_in_it(
    events: list[tuple[str, float]], allowed: bool
) -> None:
    followed = Followed(LIMITS, allowed=allowed)
    for kind, after_s in events:
        before = followed.life
        followed.feed(kind, after_s)
        life = followed.life
        if life is None:
            continue
        assert not life.steps or life.steps[0].state is ReminderState.OBSERVED
        assert all(other.state in NEXT_STATES[one.state] and other.at >= one.at for one, other in pairwise(life.steps))
        assert [step.state for step in life.steps].count(ReminderState.BECAME_CASE) <= 1
        if life.stage is Stage.CASE and (before is None or before.stage is not Stage.CASE):
            assert seconds_between(life.first.at, life.last.at) >= LIMITS.apart_s
            assert seconds_between(life.steps[0].at, life.last.at) >= LIMITS.confirm_s


@given(EVENTS, st.booleans())
def test_a_restart_between_any_two_events_changes_nothing(events: list[tuple[str, float]], remind: bool) -> None:
    limits = LIMITS if remind else DIRECT
    assert follow(events, limits) == replace(follow(events, limits, restart=True), restart=False)


@given(EVENTS, st.integers(1, 40))
def test_time_may_be_shifted_within_a_day(events: list[tuple[str, float]], shift_min: int) -> None:
    short = [(kind, min(after_s, 700.0)) for kind, after_s in events]
    followed, shifted = follow(short), Followed(LIMITS, now_s=shift_min * 60.0)
    for kind, after_s in short:
        shifted.feed(kind, after_s)
    by = timedelta(minutes=shift_min)
    assert [(one.state, one.at + by) for one in followed.steps] == [(one.state, one.at) for one in shifted.steps]
    assert (followed.cases, followed.told) == (shifted.cases, shifted.told)


@given(EVENTS)
def test_hours_that_lift_the_rule_bring_no_case_nearer(events: list[tuple[str, float]]) -> None:
    """While it stays: with a lapse anywhere there are no more cases, and none earlier, than without any."""
    stays = [("see" if kind == "clear" else kind, after_s) for kind, after_s in events]
    without = Followed(LIMITS)
    followed = Followed(LIMITS)
    for kind, after_s in stays:
        followed.feed(kind, after_s)
        without.feed("see", after_s)
        assert followed.cases <= without.cases


@given(st.lists(st.sampled_from([5.0, 60.0, 170.0]), max_size=40))
def test_who_clears_within_the_confirming_time_is_never_told(stays_s: list[float]) -> None:
    followed = Followed(LIMITS)
    for stay_s in stays_s:
        followed.feed("see", 60.0)
        followed.feed("see", stay_s)
        followed.feed("clear", 100.0)
    assert (followed.told, followed.cases) == (0, 0)


@given(EVENTS)
def test_without_a_reminder_there_are_only_cases(events: list[tuple[str, float]]) -> None:
    followed = follow(events, DIRECT)
    assert followed.told == 0
    if followed.cases:
        assert followed.now_s >= DIRECT.threshold_s


def test_a_case_is_not_told_twice_while_it_stays_and_nothing_follows_its_clearing_on_that_day() -> None:
    followed = follow([("see", 100.0)] * 40)
    assert (followed.cases, followed.told) == (1, 2)
    for kind in ("clear", "see", "see", "see", "see"):
        followed.feed(kind, 700.0)
    assert (followed.cases, followed.told) == (1, 3)
    assert followed.steps[-1].state is ReminderState.CLEARED
