"""Runs an ONNX detector the way the product does: one thread, no spinning, letterbox, decode."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
from labels import STREET_LABELS, coco_rows
from numpy.typing import NDArray
from pictures import letterbox, to_tensor

#: Names of the COCO classes that matter here, by their index in 80-class weights.
_COCO_NAMES = {
    0: "person",
    1: "bicycle",
    2: "car",
    3: "motorcycle",
    5: "bus",
    7: "truck",
    9: "traffic light",
    13: "bench",
    25: "umbrella",
    56: "chair",
    60: "dining table",
}
END_TO_END_WIDTH = 6

#: As in the manifest: within a class, the worse of two boxes that overlap by more is dropped.
IOU_THRESHOLD = 0.7


def iou_matrix(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of boxes (n, 4) with boxes (m, 4), xyxy: shape (n, m)."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    inner = np.clip(high - low, 0, None).prod(2)
    areas = [(b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) for b in (first, second)]
    return np.asarray(inner / np.maximum(areas[0][:, None] + areas[1][None] - inner, 1e-9))


def suppress(detections: NDArray[np.float32], iou_threshold: float) -> NDArray[np.float32]:
    """Non-maximum suppression within each class on rows x1, y1, x2, y2, score, class."""
    rows = detections[np.argsort(-detections[:, 4])]
    overlaps = iou_matrix(rows[:, :4], rows[:, :4]) > iou_threshold
    overlaps &= rows[:, None, 5] == rows[None, :, 5]
    alive = np.ones(len(rows), bool)
    for index in range(len(rows)):
        if alive[index]:
            alive[index + 1 :] &= ~overlaps[index, index + 1 :]
    return rows[alive]


class OnnxDetector:
    """A detector file, either end-to-end with the street classes or 80-class with NMS.

    Args:
        file: The ONNX file.
        threads: Threads for one operator.
    """

    def __init__(self, file: Path, *, threads: int = 1) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self._input = self.session.get_inputs()[0].name

    def raw(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network on a (b, 3, h, w) input and return its first output."""
        output: NDArray[np.float32] = self.session.run(None, {self._input: tensor})[0]
        return output

    def detect(
        self, picture_bgr: NDArray[np.uint8], size_wh: tuple[int, int], *, score_threshold: float = 0.001
    ) -> NDArray[np.float32]:
        """Find objects in one picture.

        Args:
            picture_bgr: (h, w, 3).
            size_wh: Input size in pixels.
            score_threshold: Rows below are dropped.

        Returns:
            (n, 6) float32: x1, y1, x2, y2 in picture pixels, score, street class; best first.
        """
        canvas, place = letterbox(picture_bgr, size_wh)
        output = self.raw(to_tensor(canvas))[0]
        if output.shape[-1] == END_TO_END_WIDTH:
            rows = suppress(output[output[:, 4] >= score_threshold], IOU_THRESHOLD)
        else:
            rows = self._rows_of_coco(output, score_threshold)
        rows[:, :4] = place.to_picture(rows[:, :4])
        height, width = picture_bgr.shape[:2]
        rows[:, :4] = np.clip(rows[:, :4], 0, np.array([width, height, width, height], np.float32))
        return rows

    @staticmethod
    def _rows_of_coco(output: NDArray[np.float32], score_threshold: float) -> NDArray[np.float32]:
        scores = output[4:][coco_rows(_COCO_NAMES)]
        classes, anchors = np.nonzero(scores >= score_threshold)
        cx, cy, w, h = output[:4, anchors]
        values = scores[classes, anchors]
        rows = np.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, values, classes.astype(np.float32)], 1)
        best = rows[np.argsort(-rows[:, 4])[:3000]]
        return suppress(best, IOU_THRESHOLD)[:300]


def label_of(row: NDArray[np.float32]) -> str:
    """Name the class of a detection row."""
    return STREET_LABELS[int(row[5])]
