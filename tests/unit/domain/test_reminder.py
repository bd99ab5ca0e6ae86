"""Reminders: states that follow one another, ids that follow from what is named, newer messages that go on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.reminder import NEXT_STATES, Reminder, ReminderState
from domain.reminder_words import REMINDER_STATE_WORDS
from tests.builders.cases import NOON
from tests.builders.reminders import build_reminder, steps_of

OBSERVED, STILL_THERE, CLEARED, CAME_BACK, BECAME_CASE = ReminderState
A_CASE = "6f0c2c5e-6f1b-5a57-9d0e-0b6f5c1a7e42"


@pytest.mark.parametrize(
    "states",
    [
        (OBSERVED,),
        (OBSERVED, STILL_THERE, CLEARED),
        (OBSERVED, CLEARED, CAME_BACK, CLEARED, CAME_BACK),
    ],
)
def test_states_that_follow_one_another_make_a_reminder(states: tuple[ReminderState, ...]) -> None:
    reminder = build_reminder(*states)
    assert reminder.state is states[-1]
    assert Reminder.model_validate_json(reminder.model_dump_json()) == reminder
    assert reminder.derived_id() == reminder.reminder_id


@pytest.mark.parametrize(
    "states",
    [
        (CLEARED,),
        (OBSERVED, CAME_BACK),
        (OBSERVED, OBSERVED),
        (OBSERVED, STILL_THERE, STILL_THERE),
        (OBSERVED, CLEARED, STILL_THERE),
    ],
)
def test_states_in_another_order_are_refused(states: tuple[ReminderState, ...]) -> None:
    with pytest.raises(ValidationError, match=r"cannot follow|must be observed"):
        build_reminder(*states)


def test_a_case_is_named_and_only_clearing_follows_it() -> None:
    assert build_reminder(OBSERVED, BECAME_CASE, CLEARED, case_id=A_CASE).state is CLEARED
    with pytest.raises(ValidationError, match="case_id belongs"):
        build_reminder(OBSERVED, BECAME_CASE)
    with pytest.raises(ValidationError, match="case_id belongs"):
        build_reminder(OBSERVED, case_id=A_CASE)
    with pytest.raises(ValidationError, match="nothing follows"):
        build_reminder(OBSERVED, BECAME_CASE, CLEARED, CAME_BACK, case_id=A_CASE)


def test_steps_that_go_back_in_time_are_refused() -> None:
    steps = steps_of((OBSERVED, CLEARED), NOON)
    with pytest.raises(ValidationError, match="lies before"):
        build_reminder(steps=(steps[0], steps[1].model_copy(update={"at": NOON})))


@given(st.lists(st.integers(0, 9), max_size=12), st.data())
def test_each_newer_message_goes_on_from_each_older_one_and_never_the_other_way(
    choices: list[int], data: st.DataObject
) -> None:
    states = [OBSERVED]
    for choice in choices:
        after = sorted(NEXT_STATES[states[-1]] - {BECAME_CASE})
        states.append(after[choice % len(after)])
    whole = build_reminder(*states)
    kept = data.draw(st.integers(1, len(states)))
    earlier = build_reminder(*states[:kept])
    assert whole.goes_on_from(earlier)
    assert earlier.goes_on_from(whole) == (kept == len(states))
    assert (whole.sha256() == earlier.sha256()) == (kept == len(states))


def test_every_state_has_words_in_both_languages() -> None:
    assert set(REMINDER_STATE_WORDS) == set(ReminderState)
    assert all(words.vi and words.en for words in REMINDER_STATE_WORDS.values())
