"""Whether a quantised network sees on this processor what the network sees that it was made of.

Integer arithmetic is not the same on all processors: sums may saturate, and there are public reports of wrong results
of ONNX Runtime with AMX and VNNI (https://github.com/microsoft/onnxruntime/issues/26324).
"""

from collections import Counter
from typing import Final, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, NonNegativeInt, model_validator

from detectors.onnx_detector import OnnxDetector
from detectors.painted_streets import painted_street
from domain.geometry import iou_matrix
from domain.seen.detections import Detections

VERSION: Final = 2
"""Changes when pictures or limits do: an earlier result does not count then."""

SURE: Final = 0.5
"""Score from which an object of one network must be told by the other."""

TOLD: Final = 0.25
"""Score from which the other network tells it; detectors that are compared must give everything from here."""

_SAME_IOU: Final = 0.5
_LEAST_AGREEMENT: Final = 0.95  # a right pair reaches 1; damage that costs a tenth of the objects does not
_LEAST_SURE: Final = 20  # objects of the full network; fewer say nothing
_ENOUGH_OF_CLASS: Final = 10  # objects of one class, from which it is judged by itself
_LEAST_OF_CLASS: Final = 0.8
_PICTURES: Final = 16


class Seen(BaseModel):
    """Objects that either network is sure of, and how many of them the other tells."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sure: NonNegativeInt
    agreed: NonNegativeInt

    @model_validator(mode="after")
    def _cannot_be_more(self) -> Self:
        if self.agreed > self.sure:
            msg = f"{self.agreed} of {self.sure} objects cannot be told by both"
            raise ValueError(msg)
        return self


class Agreement(Seen):
    """How many objects that one of two networks is sure of the other tells too, both ways; also by class."""

    sure_of_full: NonNegativeInt  # that the full network is sure of
    classes: dict[str, Seen]  # what is lost of one kind alone is little of all

    @property
    def lost(self) -> tuple[str, ...]:
        """Classes that the two do not tell alike."""
        return tuple(
            label
            for label, seen in sorted(self.classes.items())
            if seen.sure >= _ENOUGH_OF_CLASS and seen.agreed < _LEAST_OF_CLASS * seen.sure
        )

    @property
    def right(self) -> bool:
        """Whether the quantised network may look."""
        return self.sure_of_full >= _LEAST_SURE and self.agreed >= _LEAST_AGREEMENT * self.sure and not self.lost

    def __str__(self) -> str:
        lost = (f"{label} {self.classes[label].agreed} of {self.classes[label].sure}" for label in self.lost)
        return ", ".join([f"{self.agreed} of {self.sure} objects are told by both", *lost])


def compare(full: OnnxDetector, quantised: OnnxDetector) -> Agreement:
    """Let both look at the same painted streets; both must be opened with the score threshold ``TOLD``.

    Raises:
        DetectionError: one of them fails.
    """
    pictures = [painted_street(seed) for seed in range(_PICTURES)]
    sure, agreed, sure_of_full = Counter[str](), Counter[str](), 0
    for one, other in zip(full.look(pictures), quantised.look(pictures), strict=True):
        forth, back = told_by_other(one, other), told_by_other(other, one)
        sure_of_full += len(forth)
        for label, told in (*forth, *back):
            sure[label] += 1
            agreed[label] += told
    return Agreement(
        sure_of_full=sure_of_full,
        sure=sure.total(),
        agreed=agreed.total(),
        classes={label: Seen(sure=sure[label], agreed=agreed[label]) for label in sorted(sure)},
    )


def told_by_other(one: Detections, other: Detections) -> list[tuple[str, bool]]:
    """The class of each object that one network is sure of, and whether the other tells one of it there."""
    sure, told = np.flatnonzero(one.scores >= SURE), np.flatnonzero(other.scores >= TOLD)
    same = one.class_ids[sure][:, None] == other.class_ids[told][None]
    overlapping = iou_matrix(one.boxes_xyxy_px[sure], other.boxes_xyxy_px[told]) >= _SAME_IOU
    return [
        (one.label_of(row), bool(there))
        for row, there in zip(sure.tolist(), (same & overlapping).any(axis=1), strict=True)
    ]
