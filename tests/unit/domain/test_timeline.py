from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.seen.timeline import SignalState, SignalTimeline

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_signal_is_unknown_before_its_first_report() -> None:
    line = SignalTimeline(signal_id="S1")
    line.record(after(10), SignalState.RED)
    assert line.at(after(9.999)).state is SignalState.UNKNOWN
    assert line.at(after(9.999)).since is None


def test_the_beginning_of_the_first_state_was_not_seen() -> None:
    line = SignalTimeline(signal_id="S1")
    line.record(after(0), SignalState.RED)
    reading = line.at(after(5))
    assert (reading.state, reading.since, reading.beginning_seen) == (SignalState.RED, after(0), False)


def test_a_change_is_a_seen_beginning_and_a_repetition_keeps_it() -> None:
    line = SignalTimeline(signal_id="S1", max_age_s=5)
    line.record(after(0), SignalState.YELLOW)
    line.record(after(3), SignalState.RED)
    line.record(after(6), SignalState.RED)
    reading = line.at(after(7))
    assert (reading.since, reading.beginning_seen) == (after(3), True)


def test_a_silent_feed_becomes_unknown_and_its_state_begins_anew() -> None:
    line = SignalTimeline(signal_id="S1", max_age_s=5)
    line.record(after(0), SignalState.GREEN)
    line.record(after(1), SignalState.RED)
    assert line.at(after(6)).state is SignalState.RED
    assert line.at(after(6.001)).state is SignalState.UNKNOWN
    line.record(after(60), SignalState.RED)
    reading = line.at(after(60))
    assert (reading.since, reading.beginning_seen) == (after(60), False)


def test_a_state_after_unknown_has_no_seen_beginning() -> None:
    line = SignalTimeline(signal_id="S1")
    line.record(after(0), SignalState.UNKNOWN)
    line.record(after(1), SignalState.RED)
    assert not line.at(after(2)).beginning_seen


def test_reports_must_come_in_order() -> None:
    line = SignalTimeline(signal_id="S1")
    line.record(after(1), SignalState.RED)
    with pytest.raises(ValueError, match="older than the newest"):
        line.record(after(0), SignalState.GREEN)


@given(
    steps=st.lists(st.tuples(st.floats(0.1, 30), st.sampled_from(SignalState)), min_size=1, max_size=40),
    max_age_s=st.one_of(st.none(), st.floats(1, 20)),
)
def test_lookup_agrees_with_an_obvious_walk(steps: list[tuple[float, SignalState]], max_age_s: float | None) -> None:
    line = SignalTimeline(signal_id="S1", max_age_s=max_age_s, keep_s=1e6)
    reports, clock = [], 0.0
    for gap, state in steps:
        clock += gap
        reports.append((after(clock), state))
        line.record(after(clock), state)
    for instant in [after(clock * share / 7) for share in range(9)]:
        last = [(at, state) for at, state in reports if at <= instant]
        expected = last[-1][1] if last else SignalState.UNKNOWN
        if last and max_age_s is not None and instant - last[-1][0] > timedelta(seconds=max_age_s):
            expected = SignalState.UNKNOWN
        assert line.at(instant).state is expected


def test_memory_is_bounded_and_the_recent_past_is_kept() -> None:
    line = SignalTimeline(signal_id="S1", keep_s=60)
    for second in range(1000):
        line.record(after(second), SignalState.RED if second % 2 else SignalState.GREEN)
    assert len(line._states) <= 62
    assert line.at(after(945)).state is SignalState.RED
