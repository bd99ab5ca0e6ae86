"""Non-maximum suppression within classes."""

import numpy as np
from numpy.typing import NDArray

from domain.geometry import Float64Array, iou_matrix


def suppress(boxes_xyxy: NDArray[np.floating], class_ids: NDArray[np.int64], iou_threshold: float) -> NDArray[np.intp]:
    """Rows that no better row of the same class overlaps by more than a threshold.

    Args:
        boxes_xyxy: (N, 4), best score first, N may be 0.
        class_ids: (N,).
        iou_threshold: in [0, 1].

    Returns:
        (M,) rows that stay, in order.

    Examples:
        >>> boxes = np.array([[0., 0., 10., 10.], [0., 0., 10., 9.], [50., 0., 60., 10.]])
        >>> suppress(boxes, np.array([0, 0, 0]), 0.75).tolist()
        [0, 2]
        >>> suppress(boxes, np.array([0, 1, 0]), 0.75).tolist()
        [0, 1, 2]
    """
    overlaps: Float64Array = iou_matrix(boxes_xyxy, boxes_xyxy)
    clashes = (overlaps > iou_threshold) & (class_ids[:, None] == class_ids[None])
    np.fill_diagonal(clashes, val=False)
    kept = np.ones(len(class_ids), np.bool_)
    for row in np.flatnonzero(clashes.any(axis=1)).tolist():
        if kept[row]:
            kept[row + 1 :] &= ~clashes[row, row + 1 :]
    return np.flatnonzero(kept)
