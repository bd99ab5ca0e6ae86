import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import available_providers, open_session
from domain.errors import ConfigurationError, DetectionError, ModelError, ModelIntegrityError
from tests.builders.detecting import ScriptedSession, frame_of, spec_of
from tests.builders.tiny_networks import entry, network

REPOSITORY = Path(__file__).resolve().parents[3]


def picture(width: int = 128, height: int = 64, value: int = 0) -> NDArray[np.uint8]:
    return np.full((height, width, 3), value, np.uint8)


def end_to_end(*rows: list[float]) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    def answer(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        output = np.zeros((len(tensor), 300, 6), np.float32)
        output[:, : len(rows)] = np.array(rows, np.float32).reshape(-1, 6)
        return output

    return answer


def test_boxes_are_told_in_source_pixels_clipped_and_with_an_area() -> None:
    session = ScriptedSession(end_to_end([-8, 4, 16, 20, 0.9, 1], [70, 0, 90, 9, 0.8, 0], [0, 0, 9, 9, 0.2, 0]))
    (found,) = OnnxDetector(spec=spec_of(), session=session).detect([frame_of(picture())])
    assert found.boxes_xyxy_px.tolist() == [[0, 8, 32, 40]]
    assert [found.label_of(0), len(found)] == ["car", 1]


def test_frames_of_many_sizes_come_back_in_order_whatever_the_batch() -> None:
    def brightness_as_score(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        output = np.zeros((len(tensor), 300, 6), np.float32)
        output[:, 0] = [[24, 8, 40, 24, 0, 0]]
        output[:, 0, 4] = tensor[:, 0, 16, 32]
        return output

    frames = [frame_of(picture(50 + 20 * n, 40, 80 + 20 * n), camera_id=f"cam-{n}") for n in range(5)]
    for most in (1, 2, 8):
        session = ScriptedSession(brightness_as_score)
        found = OnnxDetector(spec=spec_of(), session=session, max_batch=most).detect(frames)
        np.testing.assert_allclose([one.scores[0] for one in found], [(80 + 20 * n) / 255 for n in range(5)], rtol=1e-5)
        assert max(session.batches) == min(most, 5)
        assert sum(session.batches) == 5


def test_a_network_of_fixed_batch_is_always_fed_that_many() -> None:
    session = ScriptedSession(end_to_end([0, 0, 9, 9, 0.9, 1]), input_shape=(2, 3, 32, 64), output_shape=(2, 300, 6))
    found = OnnxDetector(spec=spec_of(), session=session).detect([frame_of(picture())] * 3)
    assert [len(one) for one in found] == [1, 1, 1]
    assert session.batches == [2, 2]


def test_no_frames_no_work() -> None:
    session = ScriptedSession(end_to_end())
    assert OnnxDetector(spec=spec_of(), session=session).detect([]) == []
    assert session.batches == []


def out_of_memory(_: NDArray[np.float32]) -> NDArray[np.float32]:
    raise RuntimeError("bad allocation")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (out_of_memory, "failed on 1 pictures: bad allocation"),
        (end_to_end([0, 0, 9, 9, np.nan, 1]), "not finite"),
        (end_to_end([0, 0, np.inf, 9, 0.9, 1]), "not finite"),
        (end_to_end([0, 0, 9, 9, 0.9, 7]), "does not describe"),
        (lambda tensor: np.zeros((0, 300, 6), np.float32), "shape"),
        (lambda tensor: np.zeros((len(tensor), 300), np.float32), "shape"),
        (lambda tensor: np.zeros((len(tensor), 84, 8400), np.float32), "shape"),
    ],
)
def test_a_failure_is_never_an_empty_picture(
    answer: Callable[[NDArray[np.float32]], NDArray[np.float32]], words: str
) -> None:
    detector = OnnxDetector(spec=spec_of(), session=ScriptedSession(answer))
    with pytest.raises(DetectionError, match=words):
        detector.detect([frame_of(picture())])


@pytest.mark.parametrize(
    ("family", "input_shape", "output_shape"),
    [
        ("yolo26-e2e", (1, 3, 64, 64), (1, 300, 6)),
        ("yolo26-e2e", ("n", 3, "h", "w"), ("n", 300, 7)),
        ("yolov8", ("n", 3, "h", "w"), ("n", 84, "anchors")),
        ("yolox", ("n", 3, "h", "w"), ("n", "anchors", 85)),
        ("yolox", ("n", "pixels"), ("n", "anchors", 7)),
    ],
)
def test_a_network_that_its_entry_does_not_describe_is_refused_at_once(
    family: str, input_shape: tuple[int | str, ...], output_shape: tuple[int | str, ...]
) -> None:
    session = ScriptedSession(end_to_end(), input_shape=input_shape, output_shape=output_shape)
    with pytest.raises(ConfigurationError, match="test-net"):
        OnnxDetector(spec=spec_of(family=family), session=session)


def detr(logits: list[list[float]], boxes: list[list[float]], *, logits_name: str = "logits") -> bytes:
    return network({logits_name: np.array(logits, np.float32), "pred_boxes": np.array(boxes, np.float32)})


def opened(folder: Path, content: bytes, **changes: object) -> OnnxDetector:
    values = entry(folder, "detr", content, task="detect", family="detr", input_size_wh=(64, 32), pad_value=114)
    thresholds = {"labels": ("person", "car"), "score_threshold": 0.3, "iou_threshold": 1.0}
    spec = DetectorSpec(**{**values, **thresholds, "folder": folder, **changes})  # type: ignore[arg-type]
    return OnnxDetector(spec=spec, session=open_session(spec))


def test_a_real_file_of_the_detr_family_tells_each_query_once_in_source_pixels(tmp_path: Path) -> None:
    content = detr(
        [[-4.0, 2.0], [1.0, 0.9], [-3.0, -3.0]], [[0.5, 0.5, 0.25, 0.5], [0.25, 0.5, 0.5, 1.0], [0.1, 0.1, 0.1, 0.1]]
    )
    (found,) = opened(tmp_path, content).detect([frame_of(picture())])
    assert [found.label_of(0), found.label_of(1), len(found)] == ["car", "person", 2]
    np.testing.assert_allclose(found.boxes_xyxy_px, [[48, 16, 80, 48], [0, 0, 64, 64]], atol=1e-4)
    np.testing.assert_allclose(found.scores, [1 / (1 + np.exp(-2.0)), 1 / (1 + np.exp(-1.0))], rtol=1e-5)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(detr([[0.0, 0.0, 0.0]], [[0.5] * 4]), id="three classes"),
        pytest.param(detr([[0.0, 0.0]], [[0.5] * 5]), id="boxes of five"),
        pytest.param(detr([[0.0, 0.0]], [[0.5] * 4], logits_name="labels"), id="another name"),
        pytest.param(network(np.zeros((3, 6), np.float32)), id="one output"),
    ],
)
def test_what_is_not_of_the_detr_family_is_refused_at_once(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="without its postprocessor"):
        opened(tmp_path, content)


def test_a_detr_answer_that_is_not_finite_is_a_failure(tmp_path: Path) -> None:
    detector = opened(tmp_path, detr([[np.nan, 0.0]], [[0.5] * 4]))
    with pytest.raises(DetectionError, match="not finite"):
        detector.detect([frame_of(picture())])


def test_a_batch_of_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="max_batch"):
        OnnxDetector(spec=spec_of(), session=ScriptedSession(end_to_end()), max_batch=0)


def test_a_session_runs_on_one_thread_without_spinning() -> None:
    spec = find_model(read_manifest(REPOSITORY / "models" / "manifest.toml"), "street-n", DetectorSpec)
    session = open_session(spec)
    options = session.get_session_options()
    assert options.intra_op_num_threads == 1
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert session.get_providers() == ["CPUExecutionProvider"]


def test_a_provider_that_is_not_there_is_named_with_those_that_are() -> None:
    absent = next((name for name in ("cuda", "openvino") if name not in available_providers()), None)
    if absent is None:
        pytest.skip("this runtime offers every provider")
    with pytest.raises(ConfigurationError, match=f"'{absent}' is not in this installation, which offers .*cpu"):
        open_session(spec_of(), provider=absent)


def test_settings_that_fit_nothing_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="use one of cpu, openvino, cuda"):
        open_session(spec_of(), provider="tpu")
    with pytest.raises(ConfigurationError, match="threads must be at least 1"):
        open_session(spec_of(), threads=0)


def test_a_file_that_is_no_network_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"not a network")
    spec = spec_of(folder=tmp_path, sha256=hashlib.sha256(b"not a network").hexdigest())
    with pytest.raises(ModelError, match="test-net cannot be opened with provider 'cpu'"):
        open_session(spec)
    with pytest.raises(ModelIntegrityError):
        open_session(spec_of(folder=tmp_path))


def test_a_failure_inside_the_real_runtime_is_translated() -> None:
    spec = find_model(read_manifest(REPOSITORY / "models" / "manifest.toml"), "street-n", DetectorSpec)
    session = open_session(spec)

    class WrongName:
        get_inputs, get_outputs = session.get_inputs, session.get_outputs

        def run(self, output_names: list[str] | None, inputs: dict[str, NDArray[np.float32]]) -> list[object]:
            return list(ort.InferenceSession.run(session, output_names, {"wrong": next(iter(inputs.values()))}))

    with pytest.raises(DetectionError, match="street-n failed"):
        OnnxDetector(spec=spec, session=WrongName()).detect([frame_of(picture())])
