"""The bank of empty states against an obvious loop, and what it learns."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.surface.empty_states import CONFIRMED, STATES, EmptyStates
from tests.builders.surfaces import CHANNELS, COUNT, EMPTY, GROUND, NIGHT, vectors

ALL = np.ones(COUNT, np.bool_)


def learned(*looks: np.ndarray) -> EmptyStates:  # type: ignore[type-arg]
    states = EmptyStates.none_yet(GROUND.blocks, CHANNELS)
    for look in looks:
        for _ in range(CONFIRMED):
            states.take_in(ALL, look)
    return states


def slow_distances(states: EmptyStates, now: np.ndarray) -> list[float]:  # type: ignore[type-arg]
    found = []
    for number, (row, column) in enumerate(GROUND.blocks.tolist()):
        best = 0.0
        for other, (other_row, other_column) in enumerate(GROUND.blocks.tolist()):
            if max(abs(row - other_row), abs(column - other_column)) <= 2:
                for state in range(STATES):
                    if states.seen[other, state] >= CONFIRMED:
                        best = max(best, float(states.vectors[other, state] @ now[number]))
        found.append(1.0 - best)
    return found


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 1000))
def test_the_nearest_state_of_a_block_or_of_one_near_it_counts(seed: int) -> None:
    states = learned(EMPTY, NIGHT)
    now = vectors(seed)
    assert states.distances(now) == pytest.approx(slow_distances(states, now), abs=1e-5)


def test_what_was_learned_is_near_and_anything_else_is_far() -> None:
    states = learned(EMPTY, NIGHT)
    assert states.distances(EMPTY).max() < 0.01
    assert states.distances(NIGHT).max() < 0.01
    assert np.median(states.distances(vectors(9))) > 0.3


def test_what_was_seen_once_or_twice_does_not_count() -> None:
    states = learned(EMPTY)
    for _ in range(CONFIRMED - 1):
        states.take_in(ALL, NIGHT)
    assert np.median(states.distances(NIGHT)) > 0.3


def test_the_state_that_was_seen_least_makes_room() -> None:
    states = learned(EMPTY)
    for seed in range(100, 100 + 3 * STATES):
        states.take_in(ALL, vectors(seed))
    assert states.distances(EMPTY).max() < 0.01
    assert (np.linalg.norm(states.vectors, axis=2) < 1.001).all()


def test_no_blocks_are_learned_where_none_are_told() -> None:
    states = EmptyStates.none_yet(GROUND.blocks, CHANNELS)
    states.take_in(~ALL, EMPTY)
    assert not states.known.any()
    assert (states.distances(EMPTY) == 1.0).all()
