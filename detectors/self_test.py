"""Whether a quantised network sees on this processor what the network sees that it was made of.

Integer arithmetic is not the same on all processors: sums may saturate, and there are public reports of wrong results
of ONNX Runtime with AMX and VNNI (https://github.com/microsoft/onnxruntime/issues/26324).
"""

from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict

from detectors.onnx_detector import OnnxDetector
from detectors.painted_streets import painted_street
from domain.geometry import iou_matrix
from domain.seen.detections import Detections

VERSION: Final = 1
"""Changes when pictures or limits do: an earlier result does not count then."""

SURE: Final = 0.5
"""Score from which an object of one network must be told by the other."""

TOLD: Final = 0.25
"""Score from which the other network tells it; detectors that are compared must give everything from here."""

_SAME_IOU: Final = 0.5
_LEAST_AGREEMENT: Final = 0.95  # a right pair reaches 1; damage that costs a tenth of the objects does not
_LEAST_SURE: Final = 20  # objects of the full network; fewer say nothing
_PICTURES: Final = 12


class Agreement(BaseModel):
    """How many objects that one of two networks is sure of the other tells too, both ways."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sure_of_full: int  # that the full network is sure of
    sure: int  # that either is sure of
    agreed: int  # of these the other one tells

    @property
    def right(self) -> bool:
        """Whether the quantised network may look."""
        return self.sure_of_full >= _LEAST_SURE and self.agreed >= _LEAST_AGREEMENT * self.sure

    def __str__(self) -> str:
        return f"{self.agreed} of {self.sure} objects are told by both"


def compare(full: OnnxDetector, quantised: OnnxDetector) -> Agreement:
    """Let both look at the same painted streets; both must be opened with the score threshold ``TOLD``.

    Raises:
        DetectionError: one of them fails.
    """
    sure_of_full = sure = agreed = 0
    for seed in range(_PICTURES):
        picture_bgr = painted_street(seed)
        (seen_in_full,), (seen,) = full.look([picture_bgr]), quantised.look([picture_bgr])
        forth, back = told_by_other(seen_in_full, seen), told_by_other(seen, seen_in_full)
        sure_of_full += forth[0]
        sure += forth[0] + back[0]
        agreed += forth[1] + back[1]
    return Agreement(sure_of_full=sure_of_full, sure=sure, agreed=agreed)


def told_by_other(one: Detections, other: Detections) -> tuple[int, int]:
    """How many objects one network is sure of, and how many of them the other tells: of the same class, overlapping."""
    sure, told = np.flatnonzero(one.scores >= SURE), np.flatnonzero(other.scores >= TOLD)
    if not (len(sure) and len(told)):
        return len(sure), 0
    same = one.class_ids[sure][:, None] == other.class_ids[told][None]
    overlapping = iou_matrix(one.boxes_xyxy_px[sure], other.boxes_xyxy_px[told]) >= _SAME_IOU
    return len(sure), int((same & overlapping).any(axis=1).sum())
