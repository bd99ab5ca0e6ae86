"""What is wrong with a box is told once, in order, and never without bound."""

import pytest

from edge.box.problems import ProblemBoard


def test_a_problem_is_logged_when_it_begins_when_it_changes_and_when_it_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    board = ProblemBoard()
    for _ in range(3):
        board.tell("broker", "the broker is away")
    board.tell("broker", "the broker refuses the box")
    board.over("broker")
    board.over("broker")
    actions = [(record.action, record.levelname) for record in caplog.records]  # type: ignore[attr-defined]
    assert actions == [("problem_began", "ERROR"), ("problem_began", "ERROR"), ("problem_over", "INFO")]


def test_very_many_problems_are_counted() -> None:
    board = ProblemBoard()
    for number in range(70):
        board.tell(f"damaged:{number}", f"file {number} is damaged")
    texts = board.texts()
    assert texts[:2] == ("file 0 is damaged", "file 1 is damaged")
    assert texts[50:] == ("and 20 more problems",)
