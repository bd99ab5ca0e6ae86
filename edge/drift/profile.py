"""What was seen at one camera in one day, in counts that fit into a few kilobytes."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from domain.geometry import Float32Array, SizeWh
from domain.seen.detections import Detections

SCORE_BINS = 20
"""Bins of equal width over [0, 1]."""
HEIGHT_BINS = 32
"""Bins of a quarter of an octave below the picture's height, the last one holds everything smaller than 1/215."""
_BINS_PER_OCTAVE = 4

Count = Annotated[int, Field(ge=0)]


class _Counts(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=False)


class LabelCounts(_Counts):
    """One class of objects."""

    objects: Count = 0
    scores: Annotated[list[Count], Field(min_length=SCORE_BINS, max_length=SCORE_BINS)] = [0] * SCORE_BINS
    heights: Annotated[list[Count], Field(min_length=HEIGHT_BINS, max_length=HEIGHT_BINS)] = [0] * HEIGHT_BINS

    def mean_score(self) -> float:
        """Mean of the scores, as exact as the bins are (half a bin, 0.025)."""
        centres = (np.arange(SCORE_BINS) + 0.5) / SCORE_BINS
        return float(np.average(centres, weights=self.scores))

    def median_height_share(self) -> float:
        """Median height as a share of the picture's height, as exact as the bins are (9 %)."""
        middle = int(np.searchsorted(np.cumsum(self.heights), self.objects / 2))
        return float(2.0 ** (-(middle + 0.5) / _BINS_PER_OCTAVE))


class DayProfile(_Counts):
    """One camera, one day (in Hue), one network; the counts only grow."""

    day: date
    detector_sha256: str
    pictures: Count = 0  # looked at
    labels: dict[str, LabelCounts] = {}
    plates_agreed: Count = 0  # cases of vehicles whose plate was read
    plates_unread: Count = 0

    def add(self, detections: Detections, resolution_wh: SizeWh) -> None:
        """Count one picture that was looked at.

        Args:
            detections: N rows, boxes in pixels of the picture.
            resolution_wh: of the picture, in pixels.
        """
        self.pictures += 1
        boxes = detections.boxes_xyxy_px
        scores = np.minimum((detections.scores * SCORE_BINS).astype(np.int64), SCORE_BINS - 1)
        heights = _height_bins((boxes[:, 3] - boxes[:, 1]) / np.float32(resolution_wh[1]))
        for class_id in np.unique(detections.class_ids).tolist():
            mine = detections.class_ids == class_id
            label = detections.labels[class_id]
            if label not in self.labels:
                self.labels[label] = LabelCounts()
            counts = self.labels[label]
            counts.objects += int(mine.sum())
            _count(scores[mine], counts.scores)
            _count(heights[mine], counts.heights)

    def add_plate(self, *, agreed: bool) -> None:
        """Count one case of a vehicle whose plate was looked for."""
        if agreed:
            self.plates_agreed += 1
        else:
            self.plates_unread += 1


def figures_of(profile: DayProfile, *, least_objects: int, least_plates: int) -> Mapping[str, float]:
    """What is compared from day to day; a figure that rests on too little is left out.

    Args:
        profile: of one day with at least one picture.
        least_objects: a class with fewer gives its number a picture, but no score and no height.
        least_plates: with fewer looked for there is no read rate.

    Returns:
        By name, e.g. ``"motorcycle: objects a picture"``; names are shown to people.
    """
    figures: dict[str, float] = {}
    for label, counts in sorted(profile.labels.items()):
        figures[f"{label}: {OBJECTS}"] = counts.objects / profile.pictures
        if counts.objects >= least_objects:
            figures[f"{label}: {SCORE}"] = counts.mean_score()
            figures[f"{label}: {HEIGHT}"] = counts.median_height_share()
    plates = profile.plates_agreed + profile.plates_unread
    if plates >= least_plates:
        figures[READ_RATE] = profile.plates_agreed / plates
    return figures


OBJECTS = "objects a picture"
SCORE = "mean score"
HEIGHT = "median height, share of the picture's"
READ_RATE = "plates read, share of those looked for"


def _height_bins(height_share: Float32Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    octaves_below = -np.log2(np.clip(height_share, 2.0**-30, 1.0))
    return np.minimum((octaves_below * _BINS_PER_OCTAVE).astype(np.int64), HEIGHT_BINS - 1)


def _count(bins: np.ndarray[tuple[int], np.dtype[np.int64]], counts: list[int]) -> None:
    for place in bins.tolist():
        counts[place] += 1
