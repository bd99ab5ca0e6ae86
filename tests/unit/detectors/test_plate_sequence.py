"""A character that was left out or read twice costs confidence, though every character that was read is sure."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.plates.ctc import best_path
from detectors.plates.sequence import total_chances

ALPHABET = "AB"


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    """What a path of labels spells: repeats are one, blanks are nothing (Graves et al. 2006)."""
    return tuple(label for place, label in enumerate(path) if label and (place == 0 or path[place - 1] != label))


def by_hand(chances: NDArray[np.float64], text: tuple[int, ...]) -> float:
    """The sum over every path that spells a text."""
    steps, labels = chances.shape
    return sum(
        float(np.prod([chances[step, label] for step, label in enumerate(path)]))
        for path in product(range(labels), repeat=steps)
        if collapsed(path) == text
    )


@given(
    st.lists(st.tuples(*(st.floats(0.01, 1.0) for _ in range(3))), min_size=1, max_size=5),
    st.lists(st.lists(st.integers(1, 2), max_size=4).map(tuple), min_size=2, max_size=4, unique=True),
)
def test_the_total_over_all_paths_is_that_of_the_definition(
    rows: list[tuple[float, ...]], texts: list[tuple[int, ...]]
) -> None:
    chances = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    wanted = np.array([by_hand(chances, text) for text in texts])
    found = total_chances(chances, texts)
    assert found * wanted.sum() == pytest.approx(wanted * found.sum(), rel=1e-6, abs=1e-12)


def logits(*rows: tuple[float, float, float]) -> NDArray[np.float32]:
    return np.log(np.array(rows) + 1e-9).astype(np.float32)


SURE, BLANK = (0.01, 0.98, 0.01), (0.98, 0.01, 0.01)


def test_a_character_that_all_but_was_told_makes_the_length_doubtful() -> None:
    told = best_path(logits(SURE, BLANK, (0.55, 0.01, 0.44), BLANK, SURE), ALPHABET, 1.0)
    assert (told.text, min(told.confidences)) == ("AA", pytest.approx(0.98))
    assert told.length_chance < 0.6


def test_a_character_that_may_be_one_seen_twice_makes_the_length_doubtful() -> None:
    told = best_path(logits(SURE, (0.5, 0.49, 0.01), SURE), ALPHABET, 1.0)
    assert (told.text, told.length_chance) == ("AA", pytest.approx(0.5, abs=0.05))


def test_a_clear_text_has_a_sure_length_and_an_empty_one_says_nothing() -> None:
    assert best_path(logits(SURE, BLANK, BLANK, (0.01, 0.01, 0.98)), ALPHABET, 1.0).length_chance > 0.9
    assert best_path(logits(BLANK, BLANK), ALPHABET, 1.0).length_chance == 1.0


@given(st.lists(st.tuples(*(st.floats(0.001, 1.0) for _ in range(3))), min_size=1, max_size=24), st.floats(0.5, 3))
def test_the_chance_of_the_length_is_one(rows: list[tuple[float, float, float]], temperature: float) -> None:
    assert 0 < best_path(logits(*rows), ALPHABET, temperature).length_chance <= 1
