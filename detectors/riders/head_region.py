"""Where a sitting person's head is: the middle of the top of the person's box."""

import cv2
import numpy as np

from domain.geometry import BoxPx, ImageBgr, SizeWh

# A head's width in shares of the person's height and width, fitted to the heads marked by hand of the training and
# choosing parts (151 that street-n's boxes at 1280x736 hold); half of the heads lie within 9 % of it.
_OF_HEIGHT, _OF_WIDTH = 0.115, 0.137
_TALLER = 1.1  # a head with helmet is higher than wide
_AROUND = 1.5  # what the network sees is so many times larger than the head: heads are not always where they should be


def head_region(person_xyxy_px: BoxPx) -> BoxPx:
    """The head of a person on a motorcycle, as it mostly is.

    Args:
        person_xyxy_px: the person's box.

    Returns:
        The head's box; may lie a little outside the picture where the person does.

    Examples:
        >>> [round(side, 1) for side in head_region((100.0, 50.0, 160.0, 170.0))]
        [119.0, 50.0, 141.0, 74.2]
    """
    left, top, right, bottom = person_xyxy_px
    width = _OF_HEIGHT * (bottom - top) + _OF_WIDTH * (right - left)
    middle = (left + right) / 2
    return (middle - width / 2, top, middle + width / 2, top + _TALLER * width)


def cut_head(picture_bgr: ImageBgr, head_xyxy_px: BoxPx, size_wh: SizeWh) -> ImageBgr:
    """The head and a little around it, as a square stretched to the network's input.

    Args:
        picture_bgr: (h, w, 3); not written to.
        head_xyxy_px: has an area; what lies outside the picture repeats its edge.
        size_wh: of the result.

    Returns:
        (size_wh[1], size_wh[0], 3).
    """
    x1, y1, x2, y2 = head_xyxy_px
    side = _AROUND * max(x2 - x1, y2 - y1)
    left, top = (x1 + x2 - side) / 2, (y1 + y2 - side) / 2
    finer = max(1, min(4, round(side / size_wh[0])))
    scale_x, scale_y = finer * size_wh[0] / side, finer * size_wh[1] / side
    large = cv2.warpAffine(
        picture_bgr,
        np.array([[scale_x, 0.0, -left * scale_x], [0.0, scale_y, -top * scale_y]]),
        (size_wh[0] * finer, size_wh[1] * finer),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    cut = cv2.resize(large, size_wh, interpolation=cv2.INTER_AREA) if finer > 1 else large
    return cut.astype(np.uint8, copy=False)
