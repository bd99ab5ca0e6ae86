"""The cut of a traffic light that the lamp-fit network looks at."""

from typing import Final

import cv2
import numpy as np

from detectors.lamps.looking import RegionPx
from domain.geometry import ImageBgr

INPUT_WH: Final = (24, 48)
"""Width and height of a cut; the region is its middle 8 by 24."""


def cut_light(picture_bgr: ImageBgr, region_px: RegionPx) -> ImageBgr:
    """A region with half its length beyond either end and a width on either side, upright with red at the top.

    Args:
        picture_bgr: (h, w, 3); not written to. What lies outside is filled with the pixels at its edge.
        region_px: of at least one pixel; one that lies is turned upright.

    Returns:
        (48, 24, 3) BGR.

    Examples:
        >>> cut_light(np.zeros((40, 40, 3), np.uint8), (0, 10, 5, 25)).shape
        (48, 24, 3)
    """
    x1, y1, x2, y2 = region_px
    if x2 - x1 > y2 - y1:
        picture_bgr, (x1, y1, x2, y2) = picture_bgr.transpose(1, 0, 2), (y1, x1, y2, x2)
    along_px, across_px = (y2 - y1) // 2, x2 - x1
    height_px, width_px = picture_bgr.shape[:2]
    rows = np.clip(np.arange(y1 - along_px, y2 + along_px), 0, height_px - 1)
    columns = np.clip(np.arange(x1 - across_px, x2 + across_px), 0, width_px - 1)
    part = np.ascontiguousarray(picture_bgr[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    part = part[rows - rows[0]][:, columns - columns[0]]
    return np.asarray(cv2.resize(part, INPUT_WH, interpolation=cv2.INTER_AREA), np.uint8)
