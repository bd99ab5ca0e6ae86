"""Every plate reader answers plates in order, refuses what does not fit its entry, and never hides a failure."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.model_specs import PlateReaderSpec
from detectors.plates.corners import PlateShape
from detectors.plates.rapidocr_reader import RapidOcrReader
from detectors.plates.reader import PlatePicture, PlateReader, RowCtcReader
from domain.errors import ConfigurationError, DetectionError
from domain.plates.reading import PlateLayout

ROW_ALPHABET = "0159FA"
LISTED = "0\n1\n5\n9\nf\nA\n-\n."


class ScriptedReaderSession:
    """A session that answers every line with the same characters."""

    def __init__(self, answer: Callable[[NDArray[np.float32]], NDArray[np.float32]], labels: int, height: Any) -> None:
        self._answer = answer
        self._labels = labels
        self._height = height
        self.listed = LISTED

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="plates", shape=["b", 3, self._height, "w"])]

    def get_outputs(self) -> list[Any]:
        return [SimpleNamespace(name="steps", shape=["b", "t", self._labels])]

    def get_modelmeta(self) -> Any:
        return SimpleNamespace(custom_metadata_map={"character": self.listed} if self.listed else {})

    def run(self, output_names: list[str] | None, inputs: dict[str, Any]) -> list[Any]:
        return [self._answer(inputs["plates"])]


def saying(columns: list[int], labels: int) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    def answer(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        steps = np.zeros((len(tensor), 2 * len(columns), labels), np.float32)
        for place, column in enumerate(columns):
            steps[:, 2 * place, column] = 12.0
            steps[:, 2 * place + 1, 0] = 12.0
        return steps

    return answer


def spec_of(**changes: Any) -> PlateReaderSpec:
    values: dict[str, Any] = {
        "name": "reader",
        "file": "reader.onnx",
        "task": "plate-read",
        "sha256": "0" * 64,
        "family": "row-ctc",
        "alphabet": ROW_ALPHABET,
        "color": "rgb",
        "scale": 1 / 255,
        "licence": "MIT",
        "card": "reader.md",
        "folder": Path(),
    }
    return PlateReaderSpec(**{**values, **changes})


def row_ctc(session: ScriptedReaderSession) -> PlateReader:
    return RowCtcReader(spec=spec_of(), session=session)


def rapidocr(session: ScriptedReaderSession) -> PlateReader:
    return RapidOcrReader(spec=spec_of(family="rapidocr-rec", alphabet="", scale=2 / 255), session=session)


MAKERS = {"row-ctc": (row_ctc, [3, 4, 5], 7, "h"), "rapidocr-rec": (rapidocr, [3, 4, 7, 5], 10, 48)}
"""Per family: how to make it, the columns of 5, 9, (a dash) and F, how many columns there are, the input's height."""


def plate(layout: PlateLayout) -> PlatePicture:
    corners = np.array([(10, 10), (90, 10), (90, 50), (10, 50)], np.float32)
    picture = np.full((60, 100, 3), 128, np.uint8)
    return PlatePicture(picture_bgr=picture, shape=PlateShape(corners_px=corners, layout=layout, layout_confidence=1.0))


@pytest.fixture(params=list(MAKERS))
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def session_of(family: str, **changes: Any) -> ScriptedReaderSession:
    _, columns, labels, height = MAKERS[family]
    given = {"answer": saying(columns, labels), "labels": labels, "height": height}
    return ScriptedReaderSession(**{**given, **changes})


def test_plates_are_read_in_order_with_probabilities(family: str) -> None:
    reader = MAKERS[family][0](session_of(family))

    texts = reader.read([plate("one_line"), plate("two_lines"), plate("one_line")])

    two_lines = "59F59F" if family == "rapidocr-rec" else "59F"  # the one reads line by line, the other all at once
    assert [text.text for text in texts] == ["59F", two_lines, "59F"]
    assert all(0.9 < confidence <= 1 for text in texts for confidence in text.confidences)
    assert reader.model.name == "reader"


def test_no_plates_are_no_texts(family: str) -> None:
    assert MAKERS[family][0](session_of(family)).read([]) == []


def test_a_failing_network_is_an_error_and_no_empty_plate(family: str) -> None:
    def broken(_: NDArray[np.float32]) -> NDArray[np.float32]:
        raise RuntimeError("out of memory")

    reader = MAKERS[family][0](session_of(family, answer=broken))

    with pytest.raises(DetectionError, match="reader failed on 1 plates: out of memory"):
        reader.read([plate("one_line")])


@pytest.mark.parametrize("shape", [(1, 5), (1, 5, 3), (2, 5, 7), (1, 4, 7, 1)])
def test_an_answer_of_another_shape_is_an_error(family: str, shape: tuple[int, ...]) -> None:
    reader = MAKERS[family][0](session_of(family, answer=lambda _: np.zeros(shape, np.float32)))

    with pytest.raises(DetectionError, match="shape"):
        reader.read([plate("one_line")])


def test_numbers_that_are_none_are_an_error(family: str) -> None:
    labels = MAKERS[family][2]
    reader = MAKERS[family][0](session_of(family, answer=lambda _: np.full((1, 5, labels), np.nan, np.float32)))

    with pytest.raises(DetectionError, match="not finite"):
        reader.read([plate("one_line")])


@pytest.mark.parametrize("wrong", [{"labels": 4}, {"height": 31}])
def test_a_network_that_does_not_fit_is_refused_with_what_was_expected(family: str, wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match=f"family '{family}' needs"):
        MAKERS[family][0](session_of(family, **wrong))


def test_a_foreign_reader_must_tell_its_characters_and_its_scale() -> None:
    session = session_of("rapidocr-rec")
    with pytest.raises(ConfigurationError, match="scale"):
        RapidOcrReader(spec=spec_of(family="rapidocr-rec", alphabet=""), session=session)
    session.listed = ""
    with pytest.raises(ConfigurationError, match="names no characters"):
        rapidocr(session)
