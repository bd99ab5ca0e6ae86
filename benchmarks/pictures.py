"""Pictures as the product looks at them, from files and films."""

from pathlib import Path

import av
import cv2
import numpy as np

from domain.geometry import ImageBgr


def read_bgr(path: Path) -> ImageBgr:
    """The picture of a file, as it lies there.

    Raises:
        FileNotFoundError: there is none, or it is no picture.
    """
    image_bgr = cv2.imread(str(path))
    if image_bgr is None:
        raise FileNotFoundError(path)
    return np.asarray(image_bgr, np.uint8)


def bgr_of(frame: av.VideoFrame) -> ImageBgr:
    """A film's picture."""
    return np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def tile(image_bgr: ImageBgr, size_wh: tuple[int, int]) -> ImageBgr:
    """The picture in a frame of a size, for a sheet of several."""
    width, height = size_wh
    scale = min(width / image_bgr.shape[1], height / image_bgr.shape[0])
    small = cv2.resize(image_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    framed = np.full((height, width, 3), 40, np.uint8)
    framed[: small.shape[0], : small.shape[1]] = small
    return framed
