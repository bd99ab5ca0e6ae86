"""Whether two reads saw the same picture again: then their errors are one error.

A glare or a bolt that makes a Y a V does so in every picture that is taken from the same place in the same light. Ten
such reads are one read. What moved, came nearer, or stands in another light is another look.
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from domain.geometry import Float32Array, ImageBgr

_THUMBNAIL_WH = (48, 24)
_LEAST_SPREAD = 2.0  # grey levels: with less there is nothing to compare
_SAME_SIZE = 1.06  # times
_SAME_PLACE = 0.5  # of the plate's width
_SAME_LIGHT = 1.10  # times
_SAME_PICTURE = 0.97  # normalised cross-correlation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlateLook:
    """What one picture of a plate looked like."""

    middle_xy_px: tuple[float, float]  # of the plate in the camera's picture
    width_px: float  # of the plate
    brightness: float  # mean grey level
    thumbnail: Float32Array  # (24 * 48,) of the plate set straight: mean 0, length 1

    @classmethod
    def of(cls, straight_bgr: ImageBgr, middle_xy_px: tuple[float, float], width_px: float) -> Self | None:
        """The look of a plate set straight; None where a picture is too flat to be compared."""
        grey = cv2.cvtColor(straight_bgr, cv2.COLOR_BGR2GRAY)
        small = cv2.resize(grey, _THUMBNAIL_WH, interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
        centred = small - small.mean()
        length = float(np.linalg.norm(centred))
        if length < _LEAST_SPREAD * len(centred) ** 0.5:
            return None
        return cls(
            middle_xy_px=middle_xy_px,
            width_px=width_px,
            brightness=float(small.mean()),
            thumbnail=centred / np.float32(length),
        )

    def same_again(self, other: Self) -> bool:
        """Whether another look has the place, the size, the light and the picture of this one."""
        moved_px = float(np.hypot(*np.subtract(self.middle_xy_px, other.middle_xy_px)))
        alike = float(self.thumbnail @ other.thumbnail) >= _SAME_PICTURE
        return (
            alike
            and moved_px < _SAME_PLACE * min(self.width_px, other.width_px)
            and _ratio(self.width_px, other.width_px) < _SAME_SIZE
            and _ratio(self.brightness + 1, other.brightness + 1) < _SAME_LIGHT
        )


def _ratio(first: float, second: float) -> float:
    return max(first, second) / min(first, second)
