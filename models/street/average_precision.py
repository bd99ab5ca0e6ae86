"""Average precision as COCO computes it (ten IoU steps, 101 recall points), with ignored regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx_detector import iou_matrix

IOU_STEPS = np.arange(0.50, 0.96, 0.05)
RECALL_POINTS = np.linspace(0, 1, 101)
IGNORED_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What is in one picture and what was found in it.

    Attributes:
        truth: (n, 5) x1, y1, x2, y2, class in picture pixels.
        ignored: (m, 5) regions of a class (or of every class, -1) where detections count neither way.
        found: (k, 6) x1, y1, x2, y2, score, class.
    """

    truth: NDArray[np.float32]
    ignored: NDArray[np.float32]
    found: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassResult:
    """Average precision of one class.

    Attributes:
        objects: Labelled objects.
        ap50: At IoU 0.5.
        ap: Mean over IoU 0.5 to 0.95.
        recall: Share found at IoU 0.5 with a score of at least the working threshold.
        precision: Share of right ones among what is reported at that threshold.
    """

    objects: int
    ap50: float
    ap: float
    recall: float
    precision: float


def _inside_ignored(found: NDArray[np.float32], ignored: NDArray[np.float32]) -> NDArray[np.bool_]:
    if not len(found) or not len(ignored):
        return np.zeros(len(found), bool)
    low = np.maximum(found[:, None, :2], ignored[None, :, :2])
    high = np.minimum(found[:, None, 2:4], ignored[None, :, 2:4])
    own = np.maximum((found[:, 2:4] - found[:, :2]).prod(1), 1e-9)
    share = np.clip(high - low, 0, None).prod(2) / own[:, None]
    result: NDArray[np.bool_] = (share >= IGNORED_SHARE).any(1)
    return result


def _matched(found: NDArray[np.float32], truth: NDArray[np.float32], iou: float) -> NDArray[np.bool_]:
    hits = np.zeros(len(found), bool)
    if not len(found) or not len(truth):
        return hits
    overlaps = iou_matrix(found[:, :4], truth[:, :4])
    free = np.ones(len(truth), bool)
    for row, overlap in enumerate(overlaps):
        best = int(np.where(free, overlap, -1).argmax())
        if free[best] and overlap[best] >= iou:
            free[best], hits[row] = False, True
    return hits


def _curve(pictures: list[Labelled], label: int, iou: float) -> tuple[NDArray[np.float32], NDArray[np.bool_], int]:
    scores, hits, objects = [], [], 0
    for picture in pictures:
        found = picture.found[picture.found[:, 5] == label]
        found = found[np.argsort(-found[:, 4], kind="stable")]
        truth = picture.truth[picture.truth[:, 4] == label]
        away = picture.ignored[np.isin(picture.ignored[:, 4], (label, -1))]
        hit = _matched(found, truth, iou)
        counted = hit | ~_inside_ignored(found, away)
        scores.append(found[counted, 4])
        hits.append(hit[counted])
        objects += len(truth)
    order = np.argsort(-np.concatenate(scores), kind="stable")
    return np.concatenate(scores)[order], np.concatenate(hits)[order], objects


def _average(hits: NDArray[np.bool_], objects: int) -> float:
    right = np.cumsum(hits)
    recall = right / objects
    precision = right / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, RECALL_POINTS, side="left")
    return float(np.mean([envelope[p] if p < len(envelope) else 0.0 for p in places]))


def class_result(pictures: list[Labelled], label: int, working_score: float) -> ClassResult | None:
    """Judge one class over all pictures, or None when no object of it is labelled."""
    scores, hits, objects = _curve(pictures, label, 0.5)
    if not objects:
        return None
    steps = [_average(_curve(pictures, label, float(iou))[1], objects) for iou in IOU_STEPS]
    shown = hits[scores >= working_score]
    return ClassResult(
        objects=objects,
        ap50=steps[0],
        ap=float(np.mean(steps)),
        recall=float(shown.sum()) / objects,
        precision=float(shown.mean()) if len(shown) else 0.0,
    )
