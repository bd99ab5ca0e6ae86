"""Clocks of a case: sorted, in bands, over working days, and forecast."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cases.clocks import (
    HOLIDAYS,
    TARGET_DAYS,
    Band,
    ClockKind,
    Deadline,
    after_working_days,
    clocks,
    forecast,
    is_working_day,
)
from domain.cases.states import FINAL_STATES, CaseState
from domain.cases.words import CLOCK_WORDS
from domain.instants import HUE_TIME

AT = datetime(2026, 1, 5, 5, tzinfo=UTC)
instants = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.sampled_from(CaseState), instants, st.integers(0, 400))
def test_the_first_to_end_comes_first_and_nothing_runs_for_what_has_ended(
    state: CaseState, at: datetime, days: int
) -> None:
    found = clocks(state, began_at=at, entered_at=at + timedelta(days=days))
    assert list(found) == sorted(found, key=lambda clock: clock.ends_at)
    assert len({clock.kind for clock in found}) == len(found)
    assert all(clock.ends_at > clock.began_at for clock in found)
    if state in FINAL_STATES:
        assert found == ()


@pytest.mark.parametrize(
    ("state", "kind", "after"),
    [
        (CaseState.QUEUED, ClockKind.LOOK, timedelta(days=1)),
        (CaseState.READY, ClockKind.TARGET, timedelta(days=3)),
        (CaseState.OWNER_IDENTIFIED, ClockKind.NOTICE, timedelta(days=10)),
        (CaseState.TRANSFERRED, ClockKind.ACKNOWLEDGE, timedelta(hours=1)),
        (CaseState.VERIFYING, ClockKind.VERIFICATION, timedelta(days=30)),
        (CaseState.NOTICE_SENT, ClockKind.ANSWER, timedelta(days=20)),
        (CaseState.CONTESTED, ClockKind.LIMITATION, timedelta(days=365)),
    ],
)
def test_each_term_is_the_law_s_or_our_own(state: CaseState, kind: ClockKind, after: timedelta) -> None:
    found = {clock.kind: clock.ends_at for clock in clocks(state, began_at=AT, entered_at=AT)}
    assert found[kind] - AT == after


@given(instants, st.integers(1, 15))
def test_so_many_working_days_lie_between(at: datetime, days: int) -> None:
    ends = after_working_days(at, days)
    first = at.astimezone(HUE_TIME).date() + timedelta(days=1)
    between = [first + timedelta(days=n) for n in range((ends.date() - first).days)]
    assert sum(map(is_working_day, between)) == days
    assert is_working_day(between[-1])


def test_the_table_names_weekdays_only_and_tet_is_a_week_without_work() -> None:
    assert all(day.weekday() < 5 for day in HOLIDAYS)
    week = [date(2026, 2, 14) + timedelta(days=n) for n in range(9)]
    assert not any(map(is_working_day, week))
    assert is_working_day(date(2026, 2, 23))


@given(st.floats(0, 12))
def test_a_band_only_comes_nearer(days: float) -> None:
    clock = Deadline(kind=ClockKind.NOTICE, began_at=AT, ends_at=AT + timedelta(days=10))
    order = [Band.FAR, Band.NEAR, Band.CLOSE, Band.OVER]
    now, later = clock.band(AT + timedelta(days=days)), clock.band(AT + timedelta(days=days + 0.5))
    assert order.index(later) >= order.index(now)
    assert (now == Band.OVER) == (days >= 10)


@given(st.lists(st.floats(0, 100), max_size=50), st.floats(0.1, 20))
def test_the_forecast_is_what_working_it_off_gives(ages_h: list[float], speed: float) -> None:
    acts = [AT - timedelta(hours=age) for age in ages_h]
    told = forecast(acts, now=AT, reviewed_an_hour=speed, arriving_an_hour=0.0)
    late = [
        begun + timedelta(days=TARGET_DAYS)
        for place, begun in enumerate(sorted(acts), start=1)
        if AT + timedelta(hours=place / speed) > begun + timedelta(days=TARGET_DAYS)
    ]
    assert told.misses_at == (max(AT, late[0]) if late else None)
    assert told.waiting == len(acts)


def test_a_backlog_that_grows_misses_it_one_day_and_one_that_nobody_works_off_at_once() -> None:
    grows = forecast([AT], now=AT, reviewed_an_hour=10.0, arriving_an_hour=11.0)
    assert grows.grows
    assert grows.misses_at is not None
    assert grows.misses_at > AT + timedelta(days=TARGET_DAYS)
    nobody = forecast([AT], now=AT, reviewed_an_hour=0.0, arriving_an_hour=0.0)
    assert nobody.misses_at == AT + timedelta(days=TARGET_DAYS)


def test_every_clock_has_words() -> None:
    assert set(CLOCK_WORDS) == set(ClockKind)
