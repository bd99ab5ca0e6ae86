"""What painted streets share: the film's houses, colours, grain, lines on the ground."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.demo.composed.view import SIZE_WH, Metres
from domain.geometry import ImageBgr

Colour = tuple[int, int, int]
Mask = NDArray[np.bool_]
ASPHALT: Colour = (104, 106, 106)
PAVEMENT: Colour = (150, 158, 164)
KERB: Colour = (176, 180, 182)
WHITE: Colour = (214, 218, 218)
YELLOW: Colour = (90, 190, 220)

_FRAME = 181  # of the film, whose houses stand behind
_LAST_ROW, _FIRST_COLUMN = 98, 320  # of the film: above and right of what stands before the houses


def street_of(film: Sequence[ImageBgr], ground: NDArray[np.float32]) -> ImageBgr:
    """A whole picture: the film's houses above the ground, mirrored in the middle.

    Args:
        film: its pictures.
        ground: (rows, width, 3), from the horizon down.
    """
    rows = SIZE_WH[1] - len(ground)
    houses = film[_FRAME][_LAST_ROW - rows : _LAST_ROW, _FIRST_COLUMN:]
    picture = np.concatenate([np.concatenate([houses[:, ::-1], houses], axis=1), ground])
    return picture.clip(0, 255).astype(np.uint8)


def rough(ground: NDArray[np.float32]) -> NDArray[np.float32]:
    """The ground with grain and stains, the same ones every time."""
    grain = np.random.default_rng(0).normal(0.0, 1.0, ground.shape[:2])
    speckled = 7 * cv2.GaussianBlur(grain, (0, 0), 0.8) + 60 * cv2.GaussianBlur(grain, (0, 0), 9.0)
    return np.asarray(cv2.GaussianBlur(ground + speckled[..., None], (0, 0), 0.6), np.float32)


def near(where: Metres, lines_m: tuple[float, ...], half_m: float) -> Mask:
    """Whether something lies on one of some lines so wide."""
    return np.asarray(np.any([np.abs(where - line_m) < half_m for line_m in lines_m], axis=0))
