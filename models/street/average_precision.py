"""Judges rows with class numbers, as the recipes hold them, by the product's own average precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matthan.model_eval import average_precision
from matthan.model_eval.average_precision import ClassResult
from matthan.model_eval.matching import Judged


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


def class_result(pictures: list[Labelled], label: int, working_score: float) -> ClassResult | None:
    """Judge one class over all pictures, or None when no object of it is labelled."""
    judged = [_judged(picture, label) for picture in pictures]
    return average_precision.class_result(judged, working_score, with_interval=False)


def _judged(picture: Labelled, label: int) -> Judged:
    found = picture.found[picture.found[:, 5] == label]
    return Judged(
        truth_xyxy_px=picture.truth[picture.truth[:, 4] == label, :4],
        ignored_xyxy_px=picture.ignored[np.isin(picture.ignored[:, 4], (label, -1)), :4],
        found_xyxy_px=found[:, :4],
        scores=found[:, 4],
    )
