"""The red-light rule on labelled tracks of three Vietnamese junctions, ids thrown away."""

from pathlib import Path

import pytest

from benchmarks.vn_tracks import FAULTY_LABELS, UNSEEN_AT_LINE, Score, read_clips, score


@pytest.fixture(scope="module")
def result(shared_data: Path) -> Score:
    return score(read_clips(shared_data))


def test_every_offence_that_the_pictures_show_is_told_once_and_nothing_else(result: Score) -> None:
    assert result.truth == 126
    assert result.wrong == ()
    assert result.precision >= 0.97
    assert result.found == result.truth - len(FAULTY_LABELS | UNSEEN_AT_LINE)


def test_what_is_missed_is_known_by_name(result: Score) -> None:
    """The labels in FAULTY_LABELS show no crossing; whoever finds one of them has made a wrong accusation."""
    assert set(result.missed) == set(FAULTY_LABELS | UNSEEN_AT_LINE)


def test_nobody_is_told_on_green(result: Score) -> None:
    assert result.green_cases == 0
