from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.manifest import find_model, read_manifest
from detectors.model_specs import HeadSpec
from detectors.riders.head_classifier import LEAST_HEAD_PX, HeadClassifier
from detectors.riders.head_region import cut_head
from detectors.sessions import open_session
from detectors.small_networks import calibrated
from domain.errors import ConfigurationError, ConfigurationFaults, DetectionError
from domain.geometry import BoxPx
from tests.builders.detecting import ScriptedSession

MANIFEST = Path(__file__).resolve().parents[3] / "models" / "manifest.toml"
HEAD: BoxPx = (20.0, 20.0, 44.0, 46.0)
SMALL: BoxPx = (20.0, 20.0, 20.0 + LEAST_HEAD_PX - 0.5, 40.0)
GREY = np.full((80, 90, 3), 120, np.uint8)


def spec(**changes: Any) -> HeadSpec:
    values: dict[str, Any] = {
        "name": "heads",
        "file": "heads.onnx",
        "task": "heads",
        "sha256": "0" * 64,
        "family": "head-classifier",
        "input_size_wh": (16, 16),
        "color": "rgb",
        "scale": 1 / 255,
        "labels": ("helmet", "bare", "other"),
        "temperature": 1.0,
        "least_confidence": {"helmet": 0.8, "bare": 0.8, "other": 0.8},
        "licence": "MIT",
        "card": "heads.md",
    }
    return HeadSpec(**{**values, **changes})


def answering(*rows: tuple[float, ...]) -> ScriptedSession:
    return session(lambda _: np.array(rows, np.float32))


def session(answer: Any, takes: Any = ("batch", 3, 16, 16), gives: Any = ("batch", 3)) -> ScriptedSession:
    return ScriptedSession(answer, input_shape=takes, output_shape=gives)


@pytest.mark.parametrize(
    ("logits", "wear"), [((5.0, 0.0, 0.0), "helmet"), ((0.0, 5.0, 0.0), "bare"), ((0.0, 0.0, 5.0), "other")]
)
def test_a_head_is_told_by_the_likeliest_label(logits: tuple[float, ...], wear: str) -> None:
    (look,) = HeadClassifier(spec=spec(), session=answering(logits)).look(GREY, [HEAD])
    assert (look.wear, look.head_xyxy_px) == (wear, HEAD)
    assert look.confidence > 0.9


def test_what_is_not_sure_cannot_be_told_and_says_how_sure_it_is() -> None:
    (look,) = HeadClassifier(spec=spec(), session=answering((0.2, 0.9, 0.1))).look(GREY, [HEAD])
    assert look.wear == "cannot_tell"
    assert 0.33 < look.confidence < 0.8


def test_the_temperature_decides_how_sure_it_is() -> None:
    sure, unsure = (
        HeadClassifier(spec=spec(temperature=t), session=answering((0.0, 2.5, 0.0))).look(GREY, [HEAD])[0]
        for t in (1.0, 3.0)
    )
    assert (sure.wear, unsure.wear) == ("bare", "cannot_tell")


def test_a_head_that_is_too_small_is_not_looked_at() -> None:
    scripted = answering((0.0, 9.0, 0.0))
    classifier = HeadClassifier(spec=spec(), session=scripted)
    looks = classifier.look(GREY, [SMALL, HEAD, SMALL])

    assert [look.wear for look in looks] == ["cannot_tell", "bare", "cannot_tell"]
    assert [look.confidence == 0.0 for look in looks] == [True, False, True]
    assert scripted.batches == [1]
    assert [look.wear for look in classifier.look(GREY, [SMALL])] == ["cannot_tell"]
    assert classifier.look(GREY, []) == ()
    assert scripted.batches == [1]


@pytest.mark.parametrize(
    ("takes", "gives"),
    [
        (("batch", 3, 32, 32), ("batch", 3)),
        (("batch", 1, 16, 16), ("batch", 3)),
        (("batch", 3, 16, 16), ("batch", 2)),
        (("batch", 3, 16, 16), ("batch", 3, 1)),
    ],
)
def test_a_network_that_does_not_fit_is_refused(takes: Any, gives: Any) -> None:
    with pytest.raises(ConfigurationError, match="head-classifier"):
        HeadClassifier(spec=spec(), session=session(lambda _: None, takes, gives))


def test_labels_that_are_not_ours_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="hairdo"):
        HeadClassifier(
            spec=spec(
                labels=("helmet", "bare", "hairdo"), least_confidence={"helmet": 0.8, "bare": 0.8, "hairdo": 0.8}
            ),
            session=answering((1.0, 0.0, 0.0)),
        )


def test_labels_must_differ() -> None:
    with pytest.raises(ValueError, match="differ"):
        spec(labels=("helmet", "bare", "bare"))


@pytest.mark.parametrize("output", [np.zeros((2, 3)), np.full((1, 3), np.nan)])
def test_a_wrong_answer_is_an_error_and_no_bare_head(output: NDArray[np.float64]) -> None:
    with pytest.raises(DetectionError):
        HeadClassifier(spec=spec(), session=session(lambda _: output)).look(GREY, [HEAD])


def test_a_failing_network_is_an_error_of_ours() -> None:
    def broken(_: NDArray[np.float32]) -> NDArray[np.float32]:
        raise RuntimeError("out of memory")

    with pytest.raises(DetectionError, match="heads failed on 1 heads: out of memory"):
        HeadClassifier(spec=spec(), session=session(broken)).look(GREY, [HEAD])


@given(
    st.lists(st.lists(st.floats(-60, 60, width=32), min_size=3, max_size=3), min_size=1, max_size=5),
    st.floats(0.3, 5.0),
)
def test_chances_add_to_one_and_keep_the_order(logits: list[list[float]], temperature: float) -> None:
    array = np.array(logits, np.float32)
    chances = calibrated(array, temperature)
    assert chances.sum(axis=1) == pytest.approx(np.ones(len(array)))
    assert (chances >= 0).all()
    assert [row[index] for row, index in zip(chances, array.argmax(axis=1), strict=True)] == pytest.approx(
        chances.max(axis=1)
    )


def test_bare_is_told_later_than_helmet() -> None:
    asked = {"helmet": 0.5, "bare": 0.9, "other": 0.9}
    for row, wear in (((0.7, 0.0, 0.0), "helmet"), ((0.0, 1.5, 0.0), "cannot_tell"), ((0.0, 5.0, 0.0), "bare")):
        (look,) = HeadClassifier(spec=spec(least_confidence=asked), session=answering(row)).look(GREY, [HEAD])
        assert look.wear == wear


def test_a_network_may_say_that_nobody_can_tell() -> None:
    four = spec(labels=("helmet", "bare", "other", "cannot_tell"))
    says = session(lambda _: np.array([(0.0, 0.0, 0.0, 5.0)], np.float32), gives=("batch", 4))
    (look,) = HeadClassifier(spec=four, session=says).look(GREY, [HEAD])
    assert look.wear == "cannot_tell"
    assert look.confidence > 0.9


@pytest.mark.parametrize("given", [{"helmet": 0.5}, {"helmet": 0.5, "bare": 0.5, "other": 0.5, "cannot_tell": 0.5}])
def test_every_label_that_is_told_has_its_limit_and_no_other(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="least_confidence must name each of bare, helmet, other"):
        spec(least_confidence=given)


@given(st.floats(-300, 300), st.floats(-300, 300), st.floats(1, 400), st.floats(1, 400))
def test_a_head_is_cut_from_any_place_and_the_picture_stays(x: float, y: float, width: float, height: float) -> None:
    picture = np.zeros((60, 60, 3), np.uint8)
    picture[20:40, 20:40] = 200
    before = picture.copy()
    assert cut_head(picture, (x, y, x + width, y + height), (16, 24)).shape == (24, 16, 3)
    assert (picture == before).all()


def test_the_cut_shows_the_head_in_its_middle() -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[80:120, 80:120] = 255
    cut = cut_head(picture, (80.0, 80.0, 120.0, 120.0), (48, 48))
    assert (cut[10:38, 10:38] == 255).all()
    assert (cut[:7] == 0).all()


def test_the_network_that_ships_fits_its_entry_and_tells_nothing_of_a_grey_wall() -> None:
    shipped = find_model(read_manifest(MANIFEST), "heads", HeadSpec)
    classifier = HeadClassifier(spec=shipped, session=open_session(shipped))
    looks = classifier.look(GREY, [HEAD, SMALL, HEAD])
    assert [look.wear for look in looks] == ["cannot_tell"] * 3
    assert looks[0] == looks[2]


def test_a_missing_threshold_is_told(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text(
        '[[model]]\nname = "heads"\nfile = "h.onnx"\ntask = "heads"\nsha256 = "' + "0" * 64 + '"\n'
        'family = "head-classifier"\ninput_size_wh = [48, 48]\ncolor = "rgb"\nscale = 0.004\n'
        'labels = ["helmet", "bare"]\nlicence = "MIT"\ncard = "h.md"\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationFaults, match="least_confidence"):
        read_manifest(path)
