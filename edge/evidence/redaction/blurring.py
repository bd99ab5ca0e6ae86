"""Hiding parts of a picture so that nobody gets them back: a few flat cells are left of each."""

from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np

from domain.geometry import BoxPx, ImageBgr

_CELLS: Final = 7  # along the longer side of a region: a face or plate in it is two or three of them


def blurred(image_bgr: ImageBgr, regions: Iterable[BoxPx]) -> ImageBgr:
    """A copy with regions hidden.

    Args:
        image_bgr: (height, width, 3), not written to.
        regions: in pixels of the picture; what lies outside of it is nothing.
    """
    image = image_bgr.copy()
    height, width = image.shape[:2]
    for region in regions:
        left, top = max(0, round(region[0])), max(0, round(region[1]))
        right, bottom = min(width, round(region[2])), min(height, round(region[3]))
        if right <= left or bottom <= top:
            continue
        part = image[top:bottom, left:right]
        longer = max(right - left, bottom - top)
        cells = (max(1, round(_CELLS * (right - left) / longer)), max(1, round(_CELLS * (bottom - top) / longer)))
        few = cv2.resize(part, cells, interpolation=cv2.INTER_AREA)
        image[top:bottom, left:right] = cv2.resize(few, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    return image.astype(np.uint8, copy=False)
