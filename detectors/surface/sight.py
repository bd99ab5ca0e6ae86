"""What every look at the ground asks of a picture: who hides the ground, and whether there is light to see by."""

from typing import Final

import numpy as np

from domain.geometry import Float32Array, ImageBgr
from domain.seen.detections import Detections

MARGIN: Final = 0.06
"""By which a bounding box is widened on every side: its shadow, and what is seen around a block."""

_HIDES: Final = frozenset({"person", "bicycle", "motorcycle", "car", "bus", "truck"})
_DARK: Final = 16.0  # mean of all colours, 0 to 255: nothing can be told from noise
_BRIGHT: Final = 245.0


def hiding(detections: Detections) -> Float32Array:
    """Bounding boxes of those who come and go, (m, 4); furniture and parasols are not among them."""
    hides = np.array([detections.label_of(row) in _HIDES for row in range(len(detections))], np.bool_)
    return detections.boxes_xyxy_px[hides]


def is_lit(crop_bgr: ImageBgr) -> bool:
    """Whether there is neither too little light nor too much."""
    return _DARK < float(crop_bgr.mean()) < _BRIGHT
