"""Real networks on real pictures: what is detected is what is labelled, and what a naive reading of the output says."""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detectors.letterbox import letterbox
from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import open_session
from domain.geometry import box_iou
from tests.builders.detecting import frame_of, spec_of

REPOSITORY = Path(__file__).resolve().parents[3]
COCO_NAMES = (
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,"
    "bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,"
    "skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,"
    "cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,"
    "potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,"
    "refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush"
)
PICTURES = 10


def spec_for(name: str, data: Path) -> DetectorSpec:
    if name == "street-n":
        return find_model(read_manifest(REPOSITORY / "models" / "manifest.toml"), "street-n", DetectorSpec)
    files = {"yolov8": "yolo26n_coco_rebuilt_dynamic.onnx", "yolox": "yolox_nano_coco_416.onnx"}
    path = data / "weights" / files[name]
    differences = {"yolov8": {"input_size_wh": (640, 640)}, "yolox": {"input_size_wh": (416, 416), "color": "bgr"}}
    return spec_of(
        name=name,
        folder=path.parent,
        file=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        family=name,
        labels=tuple(COCO_NAMES.split(",")),
        scale=1.0 if name == "yolox" else 1 / 255,
        iou_threshold=0.6,
        **differences[name],
    )


def pictures_with_labels(data: Path) -> list[tuple[NDArray[np.uint8], list[tuple[str, tuple[float, ...]]]]]:
    folder = data / "street" / "coco_subset"
    content = json.loads((folder / "instances.json").read_text())
    names = {category["id"]: category["name"] for category in content["categories"]}
    found = []
    for image in sorted(content["images"], key=lambda one: one["file_name"])[:PICTURES]:
        path = next(folder.rglob(image["file_name"]))
        picture = cv2.imread(str(path))
        assert picture is not None
        labelled = [
            (names[one["category_id"]], (x, y, x + width, y + height))
            for one in content["annotations"]
            if one["image_id"] == image["id"]
            for x, y, width, height in [one["bbox"]]
        ]
        found.append((np.asarray(picture, np.uint8), labelled))
    return found


@pytest.mark.parametrize("name", ["yolov8", "yolox", "street-n"])
def test_what_is_surely_detected_is_labelled(name: str, shared_data: Path) -> None:
    spec = spec_for(name, shared_data)
    detector = OnnxDetector(spec=spec, session=open_session(spec), score_threshold=0.55)
    right = told = 0
    for picture, labelled in pictures_with_labels(shared_data):
        (found,) = detector.detect([frame_of(picture)])
        classes = {label for label, _ in labelled}
        for row in range(len(found)):
            if found.label_of(row) not in classes:
                continue
            told += 1
            x1, y1, x2, y2 = found.boxes_xyxy_px[row].tolist()
            right += any(
                label == found.label_of(row) and box_iou((x1, y1, x2, y2), box) > 0.6
                for label, box in labelled  # type: ignore[arg-type]
            )
    assert told >= 15
    assert right >= 0.85 * told


def naive_boxes(spec: DetectorSpec, output: NDArray[np.float32], threshold: float) -> list[tuple[float, ...]]:
    """Input-pixel boxes with score and class, read off cell by cell."""
    rows: list[tuple[float, ...]] = []
    if spec.family == "yolo26-e2e":
        return [tuple(row) for row in output.tolist() if row[4] >= threshold]
    if spec.family == "yolov8":
        for anchor in np.flatnonzero(output[4:].max(axis=0) >= threshold):
            x, y, width, height = output[:4, anchor].tolist()
            best = int(output[4:, anchor].argmax())
            rows.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2, output[4 + best, anchor], best))
        return rows
    index = 0
    for stride in (8, 16, 32):
        for cell_y in range(spec.input_wh[1] // stride):
            for cell_x in range(spec.input_wh[0] // stride):
                x, y, width, height, objectness, *scores = output[index].tolist()
                index += 1
                score, best = objectness * max(scores), scores.index(max(scores))
                if score >= threshold:
                    cx, cy, w, h = (x + cell_x) * stride, (y + cell_y) * stride, np.exp(width), np.exp(height)
                    rows.append(
                        (
                            cx - w * stride / 2,
                            cy - h * stride / 2,
                            cx + w * stride / 2,
                            cy + h * stride / 2,
                            score,
                            best,
                        )
                    )
    return rows


@pytest.mark.parametrize("name", ["yolov8", "yolox", "street-n"])
def test_detections_agree_with_a_naive_reading_of_the_network(name: str, shared_data: Path) -> None:
    spec = spec_for(name, shared_data)
    session = open_session(spec)
    picture = np.asarray(cv2.imread(str(shared_data / "street/vn_redlight/frames/frame_0010.jpg")), np.uint8)
    (found,) = OnnxDetector(spec=spec, session=session, score_threshold=0.3).detect([frame_of(picture)])
    canvas, placement = letterbox(picture, spec.input_wh, spec.pad_value)
    channels = canvas[:, :, ::-1] if spec.color == "rgb" else canvas
    tensor = (channels.transpose(2, 0, 1)[None] * spec.scale).astype(np.float32)
    wanted = naive_boxes(spec, session.run(None, {session.get_inputs()[0].name: tensor})[0][0], 0.3)
    wanted.sort(key=lambda row: -row[4])
    kept: list[tuple[float, ...]] = []
    for row in wanted:
        clash = any(other[5] == row[5] and box_iou(other[:4], row[:4]) > spec.iou_threshold for other in kept)  # type: ignore[arg-type]
        if not clash:
            kept.append(row)
    assert kept
    np.testing.assert_allclose(found.scores, [row[4] for row in kept], atol=2e-3)
    assert found.class_ids.tolist() == [round(row[5]) for row in kept]
    np.testing.assert_allclose(found.boxes_xyxy_px, placement.to_picture(np.array([row[:4] for row in kept])), atol=0.5)
