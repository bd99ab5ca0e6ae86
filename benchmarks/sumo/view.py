"""What the camera would see of a scene without any detector's faults: boxes, and how much of each is covered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.sumo.actors import Actor
from benchmarks.sumo.pinhole import RESOLUTION_WH, Floats, Pinhole

_MIN_HEIGHT_PX = 16.0
_MIN_INSIDE = 0.3
_GRID = 7
_SHRINK = 0.08  # a silhouette is smaller than its box


@dataclass(slots=True, kw_only=True)
class View:
    """Rows sorted by picture."""

    times_s: Floats  # of the pictures
    picture: NDArray[np.int64]  # of each row
    actor: NDArray[np.int64]
    box: Floats  # (n, 4), cut to the picture
    visible: Floats  # share of the box that nothing nearer covers
    part: Floats  # (n, 4), the box of what is visible

    def rows_of(self, picture: int) -> slice:
        """The rows of one picture."""
        low, high = np.searchsorted(self.picture, [picture, picture + 1])
        return slice(int(low), int(high))


def look(actors: list[Actor], camera: Pinhole, times_s: Floats) -> View:
    """Project every actor in every picture and find who covers whom."""
    pictures, owners, boxes, depths = [], [], [], []
    for index, actor in enumerate(actors):
        low, high = np.searchsorted(times_s, [actor.t_s[0], actor.t_s[-1]])
        if high <= low:
            continue
        front, heading, height = actor.at(times_s[low:high])
        box, depth = camera.boxes(front, heading, actor.length_m, actor.width_m, height)
        cut = np.clip(box, 0, [*RESOLUTION_WH, *RESOLUTION_WH])
        area = np.prod(np.maximum(box[:, 2:] - box[:, :2], 1), axis=1)
        inside = np.prod(cut[:, 2:] - cut[:, :2], axis=1) / area
        tall = cut[:, 3] - cut[:, 1] >= _MIN_HEIGHT_PX
        seen = (depth > 3) & (inside >= _MIN_INSIDE) & tall & (cut[:, 2] - cut[:, 0] >= 6)
        pictures.append(np.arange(low, high)[seen])
        owners.append(np.full(int(seen.sum()), index))
        boxes.append(cut[seen])
        depths.append(depth[seen])
    picture, owner = np.concatenate(pictures), np.concatenate(owners)
    order = np.lexsort((owner, picture))
    box, depth = np.concatenate(boxes)[order], np.concatenate(depths)[order]
    view = View(
        times_s=times_s, picture=picture[order], actor=owner[order], box=box, visible=np.ones(len(box)), part=box.copy()
    )
    view.visible, view.part = _uncovered(view.picture, box, depth)
    return view


def _uncovered(picture: NDArray[np.int64], box: Floats, depth: Floats) -> tuple[Floats, Floats]:
    """Share of each box that nothing nearer covers, and the bounding box of that, by a grid of points."""
    size = box[:, 2:] - box[:, :2]
    small = np.column_stack([box[:, :2] + _SHRINK * size, box[:, 2:] - _SHRINK * size])
    behind, near = _covers(picture, box, small, depth)
    steps = (np.arange(_GRID) + 0.5) / _GRID
    x = box[behind, 0, None] + steps * size[behind, 0, None]
    y = box[behind, 1, None] + steps * size[behind, 1, None]
    in_x = (small[near, 0, None] < x) & (x < small[near, 2, None])
    in_y = (small[near, 1, None] < y) & (y < small[near, 3, None])
    covered = np.zeros((len(box), _GRID, _GRID), bool)
    np.logical_or.at(covered, behind, in_y[:, :, None] & in_x[:, None, :])
    free = ~covered
    visible = free.mean(axis=(1, 2))
    columns, rows = np.asarray(free.any(axis=1)), np.asarray(free.any(axis=2))
    first = np.column_stack([columns.argmax(axis=1), rows.argmax(axis=1)])
    last = _GRID - np.column_stack([columns[:, ::-1].argmax(axis=1), rows[:, ::-1].argmax(axis=1)])
    part = np.column_stack([box[:, :2] + first * size / _GRID, box[:, :2] + last * size / _GRID])
    nothing = visible == 0
    part[nothing] = box[nothing]
    return visible, part


def _covers(
    picture: NDArray[np.int64], box: Floats, small: Floats, depth: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of rows of one picture where the second lies nearer and overlaps the first."""
    behind, near = [], []
    for step in range(1, int(np.bincount(picture).max(initial=1))):
        left = np.flatnonzero(picture[:-step] == picture[step:])
        for one, other in ((left, left + step), (left + step, left)):
            over = (
                (depth[other] < depth[one] - 0.05)
                & (small[other, 0] < box[one, 2]) & (small[other, 2] > box[one, 0])
                & (small[other, 1] < box[one, 3]) & (small[other, 3] > box[one, 1])
            )  # fmt: skip
            behind.append(one[over])
            near.append(other[over])
    if not behind:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(behind), np.concatenate(near)
