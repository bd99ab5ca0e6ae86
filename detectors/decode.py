"""What a network says to boxes, one pure function a family; boxes are xyxy in pixels of the network's input."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.suppression import suppress
from domain.geometry import Float32Array, Int64Array, SizeWh

MAX_CANDIDATES = 1000
"""Suppression looks at no more than the best so many boxes of a picture."""

YOLOX_STRIDES = (8, 16, 32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Columns of N rows, best score first."""

    boxes_xyxy_px: Float32Array  # (N, 4) pixels of the network's input
    scores: Float32Array  # (N,)
    class_ids: Int64Array  # (N,)

    def __post_init__(self) -> None:
        _refuse_endless(self.boxes_xyxy_px)


def decode_end_to_end(output: Float32Array, *, score_threshold: float, iou_threshold: float = 1.0) -> Candidates:
    """Rows of an end-to-end head (YOLO26): hardly anything to suppress, yet such heads do yield some objects twice.

    Args:
        output: (R, 6): x1, y1, x2, y2 in input pixels, score, class.
        score_threshold: rows below are dropped.
        iou_threshold: overlap above which the worse of two boxes of a class is dropped; 1 drops none.
    """
    rows = output[output[:, 4] >= score_threshold]
    return _suppressed(rows[:, :4], rows[:, 4], np.rint(rows[:, 5]).astype(np.int64), iou_threshold)


def decode_anchor_free(output: Float32Array, *, score_threshold: float, iou_threshold: float) -> Candidates:
    """Rows of an anchor-free head (YOLOv8, YOLO11): the best class of every anchor, then suppression.

    Args:
        output: (4 + C, A): centre x, centre y, width, height in input pixels, then a score for every class.
        score_threshold: anchors below are dropped.
        iou_threshold: overlap above which the worse of two boxes of a class is dropped.
    """
    best = output[4:].max(axis=0)
    anchors = np.flatnonzero(best >= score_threshold)
    class_ids = output[4:, anchors].argmax(axis=0).astype(np.int64)
    return _suppressed(_corners(output[:4, anchors].T), best[anchors], class_ids, iou_threshold)


def decode_detr(
    output: Float32Array, *, input_wh: SizeWh, score_threshold: float, iou_threshold: float = 1.0
) -> Candidates:
    """Queries of a DETR head without a background class (RT-DETR, D-FINE, DEIM): the best class of every query.

    Their own evaluation lets one query tell several classes; here a vehicle is told once.

    Args:
        output: (Q, 4 + C): centre x, centre y, width, height as shares of the input, then a logit for every class.
        input_wh: input size in pixels.
        score_threshold: queries whose best class has less (the logit's sigmoid) are dropped.
        iou_threshold: overlap above which the worse of two boxes of a class is dropped; 1 drops none.
    """
    logits = output[:, 4:].max(axis=1)
    scores = np.exp(-np.logaddexp(0.0, -logits)).astype(np.float32)  # the sigmoid, without overflow
    queries = np.flatnonzero(scores >= score_threshold)
    boxes = _corners(output[queries, :4]) * np.array(input_wh * 2, np.float32)
    class_ids = output[queries, 4:].argmax(axis=1).astype(np.int64)
    return _suppressed(boxes, scores[queries], class_ids, iou_threshold)


def decode_yolox(output: Float32Array, *, input_wh: SizeWh, score_threshold: float, iou_threshold: float) -> Candidates:
    """Rows of a YOLOX head whose boxes are still relative to the grid.

    Args:
        output: (A, 5 + C): offset x, offset y in cells, log width, log height in cells, objectness, class scores.
        input_wh: input size in pixels, for the grid.
        score_threshold: rows whose objectness times class score is below are dropped.
        iou_threshold: overlap above which the worse of two boxes of a class is dropped.
    """
    rows = np.flatnonzero(output[:, 4] >= score_threshold)  # a class score is at most 1
    part = output[rows]
    by_class = part[:, 5:] * part[:, 4:5]
    scores = by_class.max(axis=1, initial=0.0)
    sure = np.flatnonzero(scores >= score_threshold)
    part, rows = part[sure], rows[sure]
    cells, strides = yolox_grid(input_wh)
    centres = (part[:, :2] + cells[rows]) * strides[rows, None]
    with np.errstate(over="ignore"):  # a box without end is refused by the caller
        sides = np.exp(part[:, 2:4]) * strides[rows, None]
    boxes = _corners(np.concatenate((centres, sides), axis=1).astype(np.float32))
    class_ids = by_class[sure].argmax(axis=1).astype(np.int64) if len(sure) else np.zeros(0, np.int64)
    return _suppressed(boxes, scores[sure], class_ids, iou_threshold)


def yolox_grid(input_wh: SizeWh) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cell (A, 2) as column and row, and stride (A,) of every row of a YOLOX head.

    Examples:
        >>> cells, strides = yolox_grid((64, 32))
        >>> len(strides), cells[1].tolist(), strides[-1].item()
        (42, [1.0, 0.0], 32.0)
    """
    cells, strides = [], []
    for stride in YOLOX_STRIDES:
        columns, rows = input_wh[0] // stride, input_wh[1] // stride
        x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
        cells.append(np.stack((x.ravel(), y.ravel()), axis=1))
        strides.append(np.full(columns * rows, stride, np.float32))
    return np.concatenate(cells), np.concatenate(strides)


def _refuse_endless(boxes_xyxy_px: Float32Array) -> None:
    if not np.isfinite(boxes_xyxy_px).all():
        msg = "every box must be finite"
        raise ValueError(msg)


def _corners(boxes_cxcywh: Float32Array) -> Float32Array:
    half = boxes_cxcywh[:, 2:] / 2
    return np.concatenate((boxes_cxcywh[:, :2] - half, boxes_cxcywh[:, :2] + half), axis=1)


def _suppressed(
    boxes_xyxy_px: Float32Array, scores: Float32Array, class_ids: Int64Array, iou_threshold: float
) -> Candidates:
    _refuse_endless(boxes_xyxy_px)
    order = np.argsort(-scores, kind="stable")[:MAX_CANDIDATES]
    kept = order[suppress(boxes_xyxy_px[order], class_ids[order], iou_threshold)]
    return Candidates(boxes_xyxy_px=boxes_xyxy_px[kept], scores=scores[kept], class_ids=class_ids[kept])
