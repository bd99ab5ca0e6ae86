"""What every Detector keeps, on a real network and on the fake that other tests use."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import open_session
from domain.errors import DetectionError
from domain.ports import Detector
from tests.builders.detecting import PaintDetector, ScriptedSession, frame_of, spec_of

REPOSITORY = Path(__file__).resolve().parents[2]


def street() -> Detector:
    spec = find_model(read_manifest(REPOSITORY / "models" / "manifest.toml"), "street-n", DetectorSpec)
    return OnnxDetector(spec=spec, session=open_session(spec), score_threshold=0.01)


def street_in_batches() -> Detector:
    spec = find_model(read_manifest(REPOSITORY / "models" / "manifest.toml"), "street-n", DetectorSpec)
    return OnnxDetector(spec=spec, session=open_session(spec), score_threshold=0.01, max_batch=3)


@pytest.fixture(scope="module", params=[PaintDetector, street, street_in_batches])
def detector(request: pytest.FixtureRequest) -> Detector:
    make: Callable[[], Detector] = request.param
    return make()


def painted(width: int = 320, height: int = 200, *, seed: int = 0) -> NDArray[np.uint8]:
    image = np.random.default_rng(seed).integers(90, 140, (height, width, 3), np.uint8)
    image[50:150, 40:90] = (0, 0, 255)
    image[100:160, 150:280] = (255, 0, 0)
    return image


def test_one_answer_a_frame_inside_the_picture(detector: Detector) -> None:
    frames = [frame_of(painted()), frame_of(painted(640, 360), camera_id="cam-2"), frame_of(painted(321, 203))]
    found = detector.detect(frames)
    assert len(found) == 3
    for frame, detections in zip(frames, found, strict=True):
        boxes = detections.boxes_xyxy_px
        assert boxes.dtype == np.float32
        assert (boxes[:, 2:] > boxes[:, :2]).all()
        assert (boxes >= 0).all()
        assert (boxes <= np.array(frame.resolution_wh * 2)).all()
        assert ((detections.scores >= 0) & (detections.scores <= 1)).all()


def test_frames_are_not_written_to(detector: Detector) -> None:
    image = painted()
    image.setflags(write=False)
    before = image.copy()
    detector.detect([frame_of(image)])
    np.testing.assert_array_equal(image, before)


def test_an_answer_does_not_depend_on_the_company(detector: Detector) -> None:
    frames = [frame_of(painted(seed=n, width=300 + 40 * n)) for n in range(4)]
    together = detector.detect(frames)
    for frame, detections in zip(frames, together, strict=True):
        (alone,) = detector.detect([frame])
        np.testing.assert_allclose(alone.boxes_xyxy_px, detections.boxes_xyxy_px, atol=0.05)
        np.testing.assert_allclose(alone.scores, detections.scores, atol=1e-4)
        np.testing.assert_array_equal(alone.class_ids, detections.class_ids)


def test_earlier_answers_stay_as_they_were(detector: Detector) -> None:
    (first,) = detector.detect([frame_of(painted())])
    kept = first.boxes_xyxy_px.copy()
    detector.detect([frame_of(painted(seed=5, width=500))])
    np.testing.assert_array_equal(first.boxes_xyxy_px, kept)


def test_nothing_in_nothing_out_and_the_weights_have_a_name(detector: Detector) -> None:
    assert detector.detect([]) == []
    assert detector.model.name
    assert len(detector.model.sha256) == 64


def broken_network() -> Detector:
    return OnnxDetector(
        spec=spec_of(), session=ScriptedSession(lambda tensor: np.full((len(tensor), 300, 6), np.nan, np.float32))
    )


@pytest.mark.parametrize("make", [lambda: PaintDetector(broken=True), broken_network])
def test_a_failure_is_an_error(make: Callable[[], Detector]) -> None:
    with pytest.raises(DetectionError):
        make().detect([frame_of(painted())])
