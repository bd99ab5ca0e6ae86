"""Average precision as COCO computes it: ten IoU steps, 101 recall points, sizes of objects, regions left out.

Two things differ: an object's size is that of its box, not of its outline; and a find that lies half inside an ignored
region is left out at every IoU step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from domain.geometry import Float32Array

IOU_STEPS = np.arange(0.50, 0.96, 0.05)
SIZES_PX: dict[str, tuple[float, float]] = {"small": (0, 32**2), "medium": (32**2, 96**2), "large": (96**2, np.inf)}
"""COCO's sizes by area in pixels of the picture."""

_ANY_SIZE_PX = (0.0, np.inf)

_RECALL_POINTS = np.linspace(0, 1, 101)
_IGNORED_SHARE = 0.5  # of a find's area inside a region
_RESAMPLES = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """One class in one picture: what is there and what was found."""

    truth_xyxy_px: Float32Array  # (n, 4)
    ignored_xyxy_px: Float32Array  # (m, 4)
    found_xyxy_px: Float32Array  # (k, 4)
    scores: Float32Array  # (k,)
    areas_px: tuple[float, float] = _ANY_SIZE_PX  # objects below the one or from the other on count neither way


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassResult:
    """How well one class is found."""

    objects: int
    ap50: float
    ap50_interval: tuple[float, float] | None  # 95 %, bootstrap over pictures; None: not asked for
    ap: float  # mean over IoU 0.50 to 0.95
    recall: float  # at IoU 0.5 and the working score
    precision: float | None  # None: nothing was found at that score
    false: int  # finds at the working score that hit nothing


def class_result(pictures: Sequence[Judged], working_score: float, *, with_interval: bool = True) -> ClassResult | None:
    """Judge one class over all pictures; None when no object of it is labelled."""
    counts = np.array([_sized(picture.truth_xyxy_px, picture).sum() for picture in pictures], np.int64)
    objects = int(counts.sum())
    if not objects:
        return None
    at_half = [_matches(picture, IOU_STEPS[0]) for picture in pictures]
    steps = [_average([_matches(picture, float(iou)) for picture in pictures], objects) for iou in IOU_STEPS[1:]]
    scores, hits = _ordered(at_half)
    shown = hits[scores >= working_score]
    ap50 = _average(at_half, objects)
    return ClassResult(
        objects=objects,
        ap50=ap50,
        ap50_interval=_bootstrap(at_half, counts) if with_interval else None,
        ap=float(np.mean([ap50, *steps])),
        recall=float(shown.sum()) / objects,
        precision=float(shown.mean()) if len(shown) else None,
        false=int((~shown).sum()),
    )


def of_size(picture: Judged, size: str) -> Judged:
    """The same picture with only one size of objects counting; other objects and finds count neither way."""
    return replace(picture, areas_px=SIZES_PX[size])


def iou_matrix(first_xyxy: Float32Array, second_xyxy: Float32Array) -> Float32Array:
    """(n, 4) and (m, 4) boxes to (n, m) intersections over unions."""
    low = np.maximum(first_xyxy[:, None, :2], second_xyxy[None, :, :2])
    high = np.minimum(first_xyxy[:, None, 2:], second_xyxy[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = _areas(first_xyxy)[:, None] + _areas(second_xyxy)[None] - shared
    result: Float32Array = (shared / np.maximum(areas, 1e-9)).astype(np.float32)
    return result


def _areas(boxes: Float32Array) -> NDArray[np.float64]:
    areas: NDArray[np.float64] = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).astype(np.float64).prod(axis=1)
    return areas


def _sized(boxes: Float32Array, picture: Judged) -> NDArray[np.bool_]:
    """Which boxes are of the size that counts."""
    areas, (least, too_much) = _areas(boxes), picture.areas_px
    inside: NDArray[np.bool_] = (areas >= least) & (areas < too_much)
    return inside


Matches = tuple[Float32Array, NDArray[np.bool_]]
"""Scores of the finds that count, and which of them are right."""


def _matches(picture: Judged, iou: float) -> Matches:
    """Best finds first, each takes the free object that it covers best, one that counts before one that does not."""
    order = np.argsort(-picture.scores, kind="stable")
    found, scores = picture.found_xyxy_px[order], picture.scores[order]
    counting = _sized(picture.truth_xyxy_px, picture)
    free = np.ones(len(counting), np.bool_)
    hits, aside = np.zeros(len(found), np.bool_), np.zeros(len(found), np.bool_)
    for row, overlap in enumerate(iou_matrix(found, picture.truth_xyxy_px) if len(free) else []):
        for wanted, taken in ((counting, hits), (~counting, aside)):
            fitting = np.where(free & wanted, overlap, -1.0)
            best = int(fitting.argmax())
            if fitting[best] >= iou:
                free[best], taken[row] = False, True
                break
    aside |= ~_sized(found, picture) | _mostly_inside(found, picture.ignored_xyxy_px)
    counted = hits | ~aside
    return scores[counted], hits[counted]


def _mostly_inside(found: Float32Array, regions: Float32Array) -> NDArray[np.bool_]:
    low = np.maximum(found[:, None, :2], regions[None, :, :2])
    high = np.minimum(found[:, None, 2:], regions[None, :, 2:])
    share = np.clip(high - low, 0, None).prod(axis=2) / np.maximum(_areas(found), 1e-9)[:, None]
    inside: NDArray[np.bool_] = (share >= _IGNORED_SHARE).any(axis=1)
    return inside


def _ordered(matches: Sequence[Matches]) -> Matches:
    scores = np.concatenate([one for one, _ in matches])
    order = np.argsort(-scores, kind="stable")
    return scores[order], np.concatenate([one for _, one in matches])[order]


def _average(matches: Sequence[Matches], objects: int) -> float:
    _, hits = _ordered(matches)
    if not objects or not len(hits):
        return 0.0
    right = np.cumsum(hits)
    envelope = np.maximum.accumulate((right / np.arange(1, len(hits) + 1))[::-1])[::-1]
    places = np.searchsorted(right / objects, _RECALL_POINTS, side="left")
    return float(np.where(places < len(envelope), envelope[np.minimum(places, len(envelope) - 1)], 0.0).mean())


def _bootstrap(matches: Sequence[Matches], counts: NDArray[np.int64]) -> tuple[float, float]:
    """Percentiles over resampled pictures (Efron 1979); the same every time."""
    rng = np.random.default_rng(0)
    values = []
    for _ in range(_RESAMPLES):
        chosen = rng.integers(len(matches), size=len(matches))
        values.append(_average([matches[place] for place in chosen], int(counts[chosen].sum())))
    low, high = np.percentile(values, (2.5, 97.5)).tolist()
    return low, high
