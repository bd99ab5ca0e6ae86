"""What is wrong with a box stands with since when and what to do, is logged once, and never grows without bound."""

import pytest

from domain.fleet.health import LONGEST_TEXT, ProblemCode
from edge.health.problems import ProblemBoard
from edge.health.remedies import REMEDIES
from tests.builders.box_fakes import NOON, ManualClock

BROKER = ProblemCode.BROKER_AWAY


def test_a_problem_is_logged_when_it_begins_when_it_changes_and_when_it_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    board = ProblemBoard()
    for _ in range(3):
        board.report(BROKER, "the broker is away")
    board.report(BROKER, "the broker refuses the box")
    board.clear(BROKER)
    board.clear(BROKER)
    actions = [(record.action, record.levelname) for record in caplog.records]  # type: ignore[attr-defined]
    assert actions == [("problem_began", "ERROR"), ("problem_changed", "ERROR"), ("problem_over", "INFO")]


def test_a_problem_keeps_since_when_it_stands_while_its_words_change_and_begins_anew_after_its_end() -> None:
    clock = ManualClock()
    board = ProblemBoard(clock)
    board.report(BROKER, "the broker is away")
    clock.pass_s(60)
    board.report(BROKER, "the broker refuses the box")
    (problem,) = board.problems()
    assert (problem.since, problem.text, problem.remedy) == (NOON, "the broker refuses the box", REMEDIES[BROKER])
    board.clear(BROKER)
    board.report(BROKER, "the broker is away")
    assert (board.problems()[0].since - NOON).total_seconds() == 60


def test_cameras_and_cases_have_problems_of_their_own() -> None:
    board = ProblemBoard()
    for camera_id in ("cam-1", "cam-2"):
        board.report(ProblemCode.NOT_JUDGED, "no picture was judged", camera_id=camera_id)
    for about in ("case 1", "case 2"):
        board.report(ProblemCode.CASE_DAMAGED, f"{about} is damaged", about=about)
    board.clear(ProblemCode.CASE_DAMAGED, about="case 1")
    board.clear_camera("cam-2")
    assert [(problem.code, problem.camera_id) for problem in board.problems()] == [
        ("not_judged", "cam-1"),
        ("case_damaged", None),
    ]
    assert board.stands(ProblemCode.CASE_DAMAGED, about="case 2")
    assert not board.stands(ProblemCode.CASE_DAMAGED, about="case 1")


def test_long_words_are_cut() -> None:
    board = ProblemBoard()
    board.report(BROKER, "ở" * 5_000, remedy="x" * 5_000)
    (problem,) = board.problems()
    assert len(problem.text) == len(problem.remedy) == LONGEST_TEXT


def test_every_code_has_a_remedy() -> None:
    assert set(REMEDIES) == set(ProblemCode)
    assert all(0 < len(remedy) <= LONGEST_TEXT for remedy in REMEDIES.values())
