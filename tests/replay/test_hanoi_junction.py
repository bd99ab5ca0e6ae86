"""One real minute of a Hanoi junction, dense with motorcycles, against what a person saw in it."""

from pathlib import Path

import pytest

from benchmarks.hanoi.playing import SIGNAL, Minute, play


@pytest.fixture(scope="module")
def minute(shared_data: Path) -> Minute:
    return play(shared_data)


def test_no_lamp_is_read_wrong_and_red_nearly_always(minute: Minute) -> None:
    readings = minute.truth.lamp_readings(minute.recorded.seen, SIGNAL)
    assert sum(counts["wrong"] for counts in readings.values()) == 0
    assert readings["red"]["right"] >= 0.99 * readings["red"].total()


def test_who_drove_over_the_line_on_red_is_told_once_and_nobody_else(minute: Minute) -> None:
    score = minute.truth.red_light(minute.recorded.cases)
    assert score.wrong == ()
    assert score.missed == ()


def test_thirty_who_wait_for_a_minute_are_no_case_of_any_rule(minute: Minute) -> None:
    assert {case.provenance.rule for case in minute.recorded.cases} == {"RED_LIGHT"}


def test_when_the_red_ends_nobody_is_told_who_stood_before_the_line(minute: Minute) -> None:
    for findings in (minute.continued, minute.calibrated):
        assert minute.truth.stop_line(findings.cases).wrong == ()
        assert minute.truth.red_light(findings.cases).wrong == ()


def test_everybody_over_the_line_is_counted_once(minute: Minute) -> None:
    counted = [passage for passage in minute.recorded.passages if passage.direction == "in"]
    assert len(counted) == len(minute.truth.crossings)
