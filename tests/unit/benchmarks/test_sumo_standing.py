"""Simulated standing: when somebody stood, how much of it was of his own will, and whom a zone means."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.sumo.actors import Actor
from benchmarks.sumo.standing.scene import Stretch, street
from benchmarks.sumo.standing.spans import free_s, standing_spans
from benchmarks.sumo.trips import Trip
from rules.registry import RULES

RULES_ON_ROADS = ("STOP_NO_STOPPING", "PARK_NO_PARKING", "PARK_JUNCTION", "PARK_BRIDGE", "PARK_DOUBLE", "PARK_ROADWAY")
spans = st.tuples(st.floats(0, 500), st.floats(0.1, 100)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def _actor(trip: Trip) -> Actor:
    actor = trip.actor("one", "car", "stays", np.random.default_rng(1), seconds=600)
    assert actor is not None
    return actor


@given(first_s=st.floats(8, 60), second_s=st.floats(8, 60))
def test_each_stand_is_a_span_about_as_long_as_it_waited(first_s: float, second_s: float) -> None:
    trip = Trip(5.0, (0.0, 0.0)).go((0, 40), mps=8).wait(first_s).go((0, 60), mps=3).wait(second_s).go((0, 90), mps=8)
    found = [end - begin for begin, end in standing_spans(_actor(trip))]
    assert found == pytest.approx([first_s, second_s], abs=2.5)


def test_who_drives_never_stands() -> None:
    assert list(standing_spans(_actor(Trip(0.0, (0.0, 0.0)).go((0, 200), mps=6)))) == []


@given(span=spans, jam=spans)
def test_what_a_jam_takes_away_is_what_both_share(span: tuple[float, float], jam: tuple[float, float]) -> None:
    free = free_s(span, [jam])
    assert 0.0 <= free <= span[1] - span[0] + 1e-9
    assert free_s(span, [span]) == pytest.approx(0.0)
    if jam[1] <= span[0] or jam[0] >= span[1]:
        assert free == pytest.approx(span[1] - span[0])


@pytest.mark.parametrize("rule", RULES_ON_ROADS)
def test_stretches_ask_what_the_product_allows_and_mean_whom_its_catalogue_names(rule: str) -> None:
    stretch = Stretch(y_m=(0, 10), rule=rule)
    RULES[rule].PARAMETERS.model_validate({"threshold_s": stretch.threshold_s})
    kinds = {"motorbike" if label == "motorcycle" else "car" for label in stretch.means}
    assert kinds == set(RULES[rule].OFFENCES)


def test_nobody_stands_in_two_stretches() -> None:
    stretches = street("PARK_BRIDGE", "PARK_ROADWAY").stretches
    for one, next_one in pairwise(stretches):
        assert one.y_m[1] <= next_one.y_m[0]
