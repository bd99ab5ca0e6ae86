"""Scripted ways: driven like driven ones, and set where they run into nobody."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.sumo.actors import Actor
from benchmarks.sumo.trips import Trip, runs_into


def _actor(trip: Trip, label: str = "motorcycle") -> Actor:
    actor = trip.actor("one", label, "kind", np.random.default_rng(1), seconds=600)
    assert actor is not None
    return actor


@given(mps=st.floats(1, 12), turn_m=st.floats(2, 20), wait_s=st.floats(0, 8))
def test_it_gets_there_without_jumps_of_place_or_speed(mps: float, turn_m: float, wait_s: float) -> None:
    actor = _actor(Trip(5.0, (0.0, 0.0)).go((0, 30), (turn_m, 30), mps=mps).wait(wait_s).go((turn_m, 60), mps=mps / 2))
    steps_m = np.hypot(*np.diff(actor.xy_m, axis=0).T)
    assert actor.xy_m[-1] == pytest.approx((turn_m, 60), abs=0.5)
    assert steps_m.max() <= 0.1 * mps * 1.2 + 0.05
    assert np.abs(np.diff(steps_m)).max() <= 0.1 * mps / 4


def test_in_reverse_it_keeps_its_heading() -> None:
    actor = _actor(Trip(0.0, (0.0, 0.0)).go((0, 20), mps=4).wait(2).go((0, 12), mps=1, reverse=True))
    assert np.abs(np.sin(actor.heading_rad)).max() < 1e-6
    assert np.cos(actor.heading_rad).min() > 0.99
    assert actor.xy_m[-1, 1] < actor.xy_m[:, 1].max() - 5


def test_what_lies_outside_the_scene_is_nobody() -> None:
    assert Trip(700.0, (0, 0)).go((0, 30), mps=5).actor("x", "car", "k", np.random.default_rng(0), seconds=600) is None


def test_only_who_is_there_at_the_same_time_is_in_the_way() -> None:
    first = _actor(Trip(0.0, (0.0, 0.0)).go((0, 60), mps=6))
    across = _actor(Trip(0.0, (-30.0, 30.0)).go((30, 30), mps=6))
    beside = _actor(Trip(0.0, (2.0, 0.0)).go((2, 60), mps=6))
    later = _actor(Trip(60.0, (0.0, 0.0)).go((0, 60), mps=6))
    assert runs_into(first, [across])
    assert not runs_into(first, [beside, later])
