"""Which finds are right: as COCO matches them, with sizes of objects and regions left out.

Two things differ from COCO: an object's size is that of its box, not of its outline; and a find that lies half inside
an ignored region is left out at every overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from domain.geometry import Float32Array

SIZES_PX: dict[str, tuple[float, float]] = {"small": (0, 32**2), "medium": (32**2, 96**2), "large": (96**2, np.inf)}
"""COCO's sizes by area in pixels of the picture."""

_ANY_SIZE_PX = (0.0, np.inf)
_IGNORED_SHARE = 0.5  # of a find's area inside a region


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """One class in one picture: what is there and what was found."""

    truth_xyxy_px: Float32Array  # (n, 4)
    ignored_xyxy_px: Float32Array  # (m, 4)
    found_xyxy_px: Float32Array  # (k, 4)
    scores: Float32Array  # (k,)
    areas_px: tuple[float, float] = _ANY_SIZE_PX  # objects below the one or from the other on count neither way


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranked:
    """The finds of one class that count, in all pictures, best first."""

    scores: Float32Array  # (n,)
    hits: NDArray[np.bool_]  # (n,) which of them are right
    pictures: NDArray[np.int64]  # (n,) place of the picture that each is from
    objects: NDArray[np.int64]  # of each picture, those that count


def of_size(picture: Judged, size: str) -> Judged:
    """The same picture with only one size of objects counting; other objects and finds count neither way."""
    return replace(picture, areas_px=SIZES_PX[size])


def ranked(pictures: Sequence[Judged], iou: float) -> Ranked:
    """Match the finds of one class.

    Args:
        pictures: at least one.
        iou: from which a find may be an object.
    """
    matched = [_matches(picture, iou) for picture in pictures]
    scores = np.concatenate([one for one, _ in matched])
    order = np.argsort(-scores, kind="stable")
    return Ranked(
        scores=scores[order],
        hits=np.concatenate([one for _, one in matched])[order],
        pictures=np.repeat(np.arange(len(matched)), [len(one) for one, _ in matched])[order],
        objects=np.array([_sized(picture.truth_xyxy_px, picture).sum() for picture in pictures], np.int64),
    )


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


def _matches(picture: Judged, iou: float) -> tuple[Float32Array, NDArray[np.bool_]]:
    """Scores of the finds that count, and which are right.

    Best finds first, each takes the free object that it covers best; objects that count come before others.
    """
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
    aside |= ~_sized(found, picture) | mostly_inside(found, picture.ignored_xyxy_px)
    counted = hits | ~aside
    return scores[counted], hits[counted]


def mostly_inside(found: Float32Array, regions: Float32Array) -> NDArray[np.bool_]:
    """Which of (k, 4) finds lie with half of their area or more in one of (m, 4) regions."""
    low = np.maximum(found[:, None, :2], regions[None, :, :2])
    high = np.minimum(found[:, None, 2:], regions[None, :, 2:])
    share = np.clip(high - low, 0, None).prod(axis=2) / np.maximum(_areas(found), 1e-9)[:, None]
    inside: NDArray[np.bool_] = (share >= _IGNORED_SHARE).any(axis=1)
    return inside
