"""Average precision as COCO computes it: ten IoU steps, 101 recall points."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matthan.model_eval.matching import Judged, Ranked, ranked

IOU_STEPS = np.arange(0.50, 0.96, 0.05)

_RECALL_POINTS = np.linspace(0, 1, 101)
_RESAMPLES = 200
_LEAST_PICTURES = 5  # with objects; from fewer a bootstrap knows nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassResult:
    """How well one class is found."""

    objects: int
    ap50: float
    ap50_interval: tuple[float, float] | None  # 95 %, bootstrap over pictures; None: not asked for, or too few pictures
    ap: float  # mean over IoU 0.50 to 0.95
    recall: float  # at IoU 0.5 and the working score
    precision: float | None  # None: nothing was found at that score
    right: int  # finds at the working score that hit an object
    false: int  # finds at the working score that hit nothing


def class_result(pictures: Sequence[Judged], working_score: float, *, with_interval: bool = True) -> ClassResult | None:
    """Judge one class over all pictures; None when no object of it is labelled."""
    at_half = ranked(pictures, IOU_STEPS[0])
    objects = int(at_half.objects.sum())
    if not objects:
        return None
    shown = at_half.hits[at_half.scores >= working_score]
    ap50 = _average(at_half)
    return ClassResult(
        objects=objects,
        ap50=ap50,
        ap50_interval=mean_interval([at_half]) if with_interval else None,
        ap=float(np.mean([ap50, *(_average(ranked(pictures, float(iou))) for iou in IOU_STEPS[1:])])),
        recall=float(shown.sum()) / objects,
        precision=float(shown.mean()) if len(shown) else None,
        right=int(shown.sum()),
        false=int((~shown).sum()),
    )


def mean_interval(classes: Sequence[Ranked]) -> tuple[float, float] | None:
    """How sure the mean average precision of some classes is, in one set of pictures.

    Args:
        classes: of the same pictures, at least one, each with an object.

    Returns:
        The middle 95 % over resampled pictures (bootstrap, Efron 1979), the same every time; None where too few
        pictures show anything.
    """
    objects = np.stack([one.objects for one in classes])
    if (objects.sum(axis=0) > 0).sum() < _LEAST_PICTURES:
        return None
    rng = np.random.default_rng(0)
    pictures = objects.shape[1]
    means = []
    for _ in range(_RESAMPLES):
        times = np.bincount(rng.integers(pictures, size=pictures), minlength=pictures)
        shown = [_average(one, times) for one in classes if (one.objects * times).any()]
        if shown:
            means.append(np.mean(shown))
    low, high = np.percentile(means, (2.5, 97.5)).tolist()
    return low, high


def _average(one: Ranked, times: NDArray[np.int64] | None = None) -> float:
    """Average precision; ``times`` says how often each picture counts."""
    if not len(one.hits):
        return 0.0
    weights = np.ones(len(one.hits), np.int64) if times is None else times[one.pictures]
    objects = one.objects.sum() if times is None else (one.objects * times).sum()
    right = np.cumsum(one.hits * weights)
    precision = right / np.maximum(np.cumsum(weights), 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(right / objects, _RECALL_POINTS, side="left")
    return float(np.where(places < len(envelope), envelope[np.minimum(places, len(envelope) - 1)], 0.0).mean())
