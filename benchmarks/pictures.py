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
