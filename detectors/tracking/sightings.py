"""Detections made ready for matching: unusable scores dropped, doubles of one object suppressed, groups numbered."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from detectors.suppression import suppress
from detectors.tracking.settings import TrackerSettings
from domain.geometry import Float64Array
from domain.seen.detections import Detections


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sightings:
    """Columns of N rows, best score first, equal ones from left to right."""

    boxes_xyxy_px: Float64Array  # (N, 4)
    scores: Float64Array  # (N,)
    groups: NDArray[np.int64]  # (N,)
    labels: tuple[str, ...]  # N class names

    def __len__(self) -> int:
        return len(self.labels)


def usable_sightings(detections: Detections, settings: TrackerSettings, group_ids: dict[str, int]) -> Sightings:
    """Choose the detections that matching works on.

    Args:
        detections: as the detector gave them; not written to.
        settings: thresholds and groups.
        group_ids: numbers given to groups so far; new groups are added.

    Returns:
        Detections of at least ``low_score`` with an area, without doubles inside one group.
    """
    boxes = np.asarray(detections.boxes_xyxy_px, dtype=np.float64)
    scores = np.asarray(detections.scores, dtype=np.float64)
    names = [settings.groups.get(label, label) for label in detections.labels]
    numbers = np.array([group_ids.setdefault(name, len(group_ids)) for name in names], np.int64)
    usable = (scores >= settings.low_score) & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    rows = np.flatnonzero(usable)
    # by score, then by place: track ids, and with them case ids, must not depend on the order of the detections
    x1, y1, x2, y2 = boxes[rows].T
    by_name = _places_by_name(detections.labels)[detections.class_ids[rows]]
    rows = rows[np.lexsort((by_name, y2, x2, y1, x1, -scores[rows]))]
    groups = numbers[detections.class_ids[rows]] if len(rows) else np.zeros(0, np.int64)
    single = suppress(boxes[rows], groups, settings.duplicate_iou)
    rows = rows[single]
    return Sightings(
        boxes_xyxy_px=boxes[rows],
        scores=scores[rows],
        groups=groups[single],
        labels=tuple(detections.labels[class_id] for class_id in detections.class_ids[rows].tolist()),
    )


@lru_cache(maxsize=64)
def _places_by_name(labels: tuple[str, ...]) -> NDArray[np.int64]:
    """The place of each class in the alphabet; at least one, so that it can be asked for none."""
    alphabet = {name: place for place, name in enumerate(sorted(set(labels)))}
    return np.array([alphabet[name] for name in labels] or [0], np.int64)
