"""Reminders: states that follow one another, ids that follow from what is named, newer messages that go on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.canonical import canonical_bytes
from domain.reminder import NEXT_STATES, NoPicture, Reminder, ReminderPicture, ReminderState
from domain.reminder_words import REMINDER_STATE_WORDS
from edge.reminders.place_pictures import TakenPicture
from tests.builders.cases import NOON
from tests.builders.reminders import build_reminder, place_picture, steps_of, with_pictures

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


def test_a_message_without_pictures_has_the_bytes_that_it_had_before_there_were_any() -> None:
    assert b"pictures" not in canonical_bytes(build_reminder())
    shown = with_pictures(build_reminder(), {0: place_picture()})
    assert Reminder.model_validate_json(canonical_bytes(shown)) == shown


@pytest.mark.parametrize("steps", [(1,), (0, 0), (1, 0)], ids=str)
def test_pictures_are_of_steps_that_there_are_each_once_and_in_order(steps: tuple[int, ...]) -> None:
    named = tuple(TakenPicture(at=NOON, missing=NoPicture.FAILED).named(step) for step in steps)
    plain = build_reminder().model_dump() | {"pictures": [one.model_dump() for one in named]}
    with pytest.raises(ValidationError, match="each once and in order"):
        Reminder.model_validate(plain)


@pytest.mark.parametrize(
    "fields",
    [{}, {"sha256": "0" * 64}, {"size_bytes": 3}, {"sha256": "0" * 64, "size_bytes": 3, "missing": "failed"}],
    ids=str,
)
def test_a_picture_is_named_whole_or_says_why_it_is_missing(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="a reason why it is missing"):
        ReminderPicture.model_validate({"step": 0, "at": NOON, **fields})


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
