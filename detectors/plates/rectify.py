"""Sets a plate straight: four corners become a rectangle."""

import cv2
import numpy as np

from domain.geometry import Float32Array, ImageBgr, SizeWh

_FINER = 2  # the warp samples single points; at twice the size and averaged back it does not alias


def rectified(picture_bgr: ImageBgr, corners_px: Float32Array, size_wh: SizeWh) -> ImageBgr:
    """Cut out a plate by its corners.

    Args:
        picture_bgr: (h, w, 3), not written to.
        corners_px: (4, 2) top left, top right, bottom right, bottom left of the plate as one reads it.
        size_wh: of the result in pixels.

    Returns:
        (size_wh[1], size_wh[0], 3); beyond the picture's edge its last pixels are repeated.
    """
    left, top = np.floor(corners_px.min(axis=0)).astype(int) - 2
    right, bottom = np.ceil(corners_px.max(axis=0)).astype(int) + 3
    x, y = max(0, int(left)), max(0, int(top))
    region = picture_bgr[y : max(y + 1, int(bottom)), x : max(x + 1, int(right))]
    if region.size == 0:  # the corners lie beside the picture
        region, x, y = picture_bgr, 0, 0
    width, height = size_wh[0] * _FINER, size_wh[1] * _FINER
    square = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    upright_from_region = cv2.getPerspectiveTransform((corners_px - (x, y)).astype(np.float32), square)
    large = cv2.warpPerspective(
        region, upright_from_region, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    result: ImageBgr = cv2.resize(large, size_wh, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return result
