"""Sampled plates are lawful by the grammar and of a size that their form is made in."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.plate_renderer import kind_weights, sample_plate
from deploy.plate_renderer.formats import STREET_WEIGHTS
from domain.plates.grammar import plate_grammar

TODAY = date(2026, 11, 24)
KINDS = {kind.id: kind for kind in plate_grammar().kinds}


@given(seed=st.integers(0, 2**32), kind_id=st.sampled_from(sorted(KINDS)))
def test_every_sampled_plate_is_lawful(seed: int, kind_id: str) -> None:
    plate = sample_plate(np.random.default_rng(seed), {kind_id: 1.0})
    readings = plate_grammar().readings(plate.text, vehicle=KINDS[kind_id].vehicle, layout=plate.layout, on=TODAY)
    assert kind_id in {reading.kind.id for reading in readings}
    assert plate.colour in KINDS[kind_id].colours
    assert plate.kind == kind_id


@given(seed=st.integers(0, 2**32))
def test_size_fits_vehicle_and_layout(seed: int) -> None:
    plate = sample_plate(np.random.default_rng(seed))
    if KINDS[plate.kind].vehicle == "motorbike":
        assert plate.size == "motorbike"
    else:
        assert plate.size.startswith("car_long" if plate.layout == "one_line" else "car_short")


def test_street_mix_names_kinds_of_the_grammar_and_reaches_all() -> None:
    assert set(STREET_WEIGHTS) <= set(KINDS)
    assert set(kind_weights()) == set(KINDS)
    assert min(kind_weights().values()) > 0


def test_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'moped'"):
        sample_plate(np.random.default_rng(0), {"moped": 1.0})


def test_weights_without_a_positive_sum_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a positive sum"):
        sample_plate(np.random.default_rng(0), {"car": 0.0})
