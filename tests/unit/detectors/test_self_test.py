"""When two networks see the same, on detections made by hand and on painted streets."""

import numpy as np
import pytest

from detectors.painted_streets import SIZE_WH, painted_street
from detectors.self_test import Agreement, told_by_other
from tests.builders.detecting import detections_of

CAR = (100.0, 100.0, 200.0, 160.0)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        pytest.param((*CAR, 0.26, "car"), 1, id="less sure"),
        pytest.param((*CAR, 0.24, "car"), 0, id="not told"),
        pytest.param((*CAR, 0.9, "truck"), 0, id="another class"),
        pytest.param((110.0, 100.0, 210.0, 160.0, 0.9, "car"), 1, id="a little aside"),
        pytest.param((160.0, 100.0, 260.0, 160.0, 0.9, "car"), 0, id="elsewhere"),
    ],
)
def test_an_object_is_told_by_both_if_class_and_place_agree(
    other: tuple[float, float, float, float, float, str], told: int
) -> None:
    assert told_by_other(detections_of((*CAR, 0.8, "car")), detections_of(other)) == (1, told)


def test_what_a_network_is_not_sure_of_is_not_asked_for() -> None:
    assert told_by_other(detections_of((*CAR, 0.49, "car")), detections_of()) == (0, 0)


def test_too_few_objects_prove_nothing() -> None:
    assert not Agreement(sure_of_full=19, sure=38, agreed=38).right
    assert Agreement(sure_of_full=20, sure=40, agreed=38).right
    assert not Agreement(sure_of_full=20, sure=40, agreed=37).right


def test_a_seed_paints_the_same_street_every_time_and_another_one_another() -> None:
    first = painted_street(3)
    assert first.shape == (SIZE_WH[1], SIZE_WH[0], 3)
    assert np.array_equal(first, painted_street(3))
    assert not np.array_equal(first, painted_street(4))
