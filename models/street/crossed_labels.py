"""Crosses what a teacher saw in a picture with boxes that its source drew, where neither is a label by itself.

The boxes of ``fixed_cams`` hold a motorcycle with its rider and leave far vehicles out. A mark confirms a doubtful
sighting, tells the kind of a vehicle, and stands for what the teacher missed. Above the lower edge of the farthest mark
nothing is punished and sure sightings stay; below it, a car, bus or truck without a mark is doubtful.
"""

from __future__ import annotations

import numpy as np
from labels import STREET_LABELS
from numpy.typing import NDArray
from onnx_detector import iou_matrix

#: A sighting belongs to a mark of a motorcycle and its rider when so much of it lies inside and it fills so much of it.
INSIDE_SHARE, FILLED_SHARE = 0.75, 0.25
SAME_VEHICLE_IOU = 0.5
#: Under this a sighting is noise, even inside a mark.
LEAST_SCORE = 0.10
PERSON, BICYCLE, MOTORCYCLE = (STREET_LABELS.index(label) for label in ("person", "bicycle", "motorcycle"))
FOUR_WHEELS = tuple(STREET_LABELS.index(label) for label in ("car", "bus", "truck"))
TWO_WHEELS = (BICYCLE, MOTORCYCLE)

Sighting = tuple[NDArray[np.float32], float, int, int]
Rows = list[list[float]]


def shares_inside(boxes: NDArray[np.float32], mark: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of each box (n, 4) that lies in a mark (4,)."""
    low, high = np.maximum(boxes[:, :2], mark[:2]), np.minimum(boxes[:, 2:], mark[2:])
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    return np.asarray(np.clip(high - low, 0, None).prod(1) / np.maximum(areas, 1e-9), np.float32)


def _filling(seen: list[Sighting], mark: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which sightings may be the motorcycle of a mark."""
    boxes = np.array([box for box, *_ in seen], np.float32).reshape(-1, 4)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    big = areas >= FILLED_SHARE * float((mark[2:4] - mark[:2]).prod())
    return np.asarray((shares_inside(boxes, mark) > INSIDE_SHARE) & big, bool)


def _of(seen: list[Sighting], mark: NDArray[np.float32], taken: set[int]) -> int | None:
    """The best untaken sighting that a mark may mean, of its own kind of vehicle."""
    label = int(mark[4])
    if label == MOTORCYCLE:
        fits = _filling(seen, mark[:4]) & np.array([k in TWO_WHEELS for _, _, k, _ in seen], bool)
    else:
        kinds = FOUR_WHEELS if label in FOUR_WHEELS else TWO_WHEELS
        boxes = np.array([box for box, *_ in seen], np.float32).reshape(-1, 4)
        fits = iou_matrix(mark[None, :4], boxes)[0] > SAME_VEHICLE_IOU
        fits &= np.array([k in kinds for _, _, k, _ in seen], bool)
    free = [k for k in np.flatnonzero(fits).tolist() if k not in taken and seen[k][1] >= LEAST_SCORE]
    of_own_class = [k for k in free if seen[k][2] == label]
    return max(of_own_class or free, key=lambda k: seen[k][1], default=None)


def crossed(
    seen: list[Sighting], sure: tuple[Rows, Rows], marks: NDArray[np.float32], size_wh: tuple[int, int]
) -> tuple[Rows, Rows]:
    """Correct a teacher's labels by the source's boxes.

    Args:
        seen: Merged sightings: box, best score, class, number of views.
        sure: What the teacher alone would have made of them: labels and ignored rows.
        marks: (n, 5) the source's boxes, a motorcycle's with its rider.
        size_wh: Of the picture, pixels.

    Returns:
        Labels and ignored rows, both x1, y1, x2, y2, class.
    """
    unmarked, ignored = ([list(row) for row in rows] for rows in sure)
    confirmed: Rows = []
    taken: set[int] = set()
    for mark in marks:
        index = _of(seen, mark, taken)
        label = int(mark[4])
        place = mark[:4] if index is None else seen[index][0]
        if index is not None:
            taken.add(index)
        group = TWO_WHEELS if label in TWO_WHEELS else FOUR_WHEELS
        known = np.asarray(place, np.float32)[None]
        for rows in (unmarked, ignored):
            rows[:] = [row for row in rows if int(row[4]) not in group or _other(known, row)]
        confirmed.append([*map(float, place), float(label)])
        if label == MOTORCYCLE:
            ignored.append([*map(float, mark[:4]), float(PERSON)])
    if not len(marks):
        return unmarked, ignored
    far_px = float(marks[:, 3].min())
    doubtful = [row for row in unmarked if row[3] > far_px and int(row[4]) in FOUR_WHEELS]
    far = (0.0, 0.0, float(size_wh[0]), far_px)
    ignored += doubtful + [[*far, float(label)] for label in (PERSON, *TWO_WHEELS, *FOUR_WHEELS)]
    return [row for row in unmarked if row not in doubtful] + confirmed, ignored


def _other(known: NDArray[np.float32], row: list[float]) -> bool:
    """Whether a row shows another object than the one at the known place (1, 4)."""
    return float(iou_matrix(known, np.array([row[:4]], np.float32))[0, 0]) < SAME_VEHICLE_IOU
