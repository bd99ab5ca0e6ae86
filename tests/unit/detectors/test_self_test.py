"""When two networks see the same, on detections made by hand and on painted streets."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector, Session
from detectors.painted_streets import SIZE_WH, painted_street
from detectors.self_test import TOLD, Agreement, Seen, compare, told_by_other
from detectors.sessions import open_session
from edge.networks.street_network import built_in_manifest
from tests.builders.detecting import detections_of

MOTORCYCLE = 2
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
    assert told_by_other(detections_of((*CAR, 0.8, "car")), detections_of(other)) == [("car", bool(told))]


def test_what_a_network_is_not_sure_of_is_not_asked_for() -> None:
    assert told_by_other(detections_of((*CAR, 0.49, "car")), detections_of()) == []


def agreement(sure_of_full: int, sure: int, agreed: int, **classes: tuple[int, int]) -> Agreement:
    seen = {label: Seen(sure=of, agreed=told) for label, (told, of) in classes.items()}
    return Agreement(sure_of_full=sure_of_full, sure=sure, agreed=agreed, classes=seen)


def test_too_few_objects_prove_nothing() -> None:
    assert not agreement(19, 38, 38).right
    assert agreement(20, 40, 38).right
    assert not agreement(20, 40, 37).right


def test_a_class_that_is_lost_is_not_made_up_for_by_the_others() -> None:
    lost = agreement(200, 400, 390, car=(390, 390), motorcycle=(0, 10))
    assert not lost.right
    assert str(lost) == "390 of 400 objects are told by both, motorcycle 0 of 10"
    assert agreement(200, 400, 390, car=(382, 390), motorcycle=(8, 10)).right
    assert agreement(200, 400, 391, car=(391, 391), motorcycle=(0, 9)).right, "too few to say anything of a class"


def test_a_result_that_cannot_be_is_none() -> None:
    with pytest.raises(ValidationError, match="41 of 40"):
        agreement(20, 40, 41)
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        agreement(20, -1, -1)


class WithoutMotorcycles:
    """A session that computes everything right but for one class."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.get_inputs, self.get_outputs = session.get_inputs, session.get_outputs

    def run(self, output_names: list[str] | None, inputs: dict[str, Any]) -> list[Any]:
        """Without what is scored as a motorcycle."""
        (rows,) = self._session.run(output_names, inputs)
        rows[rows[..., 5] == MOTORCYCLE] = 0
        return [rows]


def test_one_that_computes_only_motorcycles_wrong_is_found_out() -> None:
    specs = read_manifest(built_in_manifest())
    full, int8 = (find_model(specs, name, DetectorSpec) for name in ("street-n", "street-n-int8"))
    assert full.labels[MOTORCYCLE] == "motorcycle"
    one, other = (OnnxDetector(spec=spec, session=open_session(spec), score_threshold=TOLD) for spec in (full, int8))
    whole = compare(one, other)
    assert whole.right
    assert whole.classes["motorcycle"].sure >= 30, "the class that matters most here is among what is painted"
    broken = OnnxDetector(spec=int8, session=WithoutMotorcycles(open_session(int8)), score_threshold=TOLD)
    assert compare(one, broken).lost == ("motorcycle",)
    assert not compare(one, broken).right


def test_a_seed_paints_the_same_street_every_time_and_another_one_another() -> None:
    first = painted_street(3)
    assert first.shape == (SIZE_WH[1], SIZE_WH[0], 3)
    assert np.array_equal(first, painted_street(3))
    assert not np.array_equal(first, painted_street(4))
