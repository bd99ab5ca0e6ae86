"""What one picture is reduced to: a small field of edge directions, its light, and how sharp it is in places."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from cv2.typing import MatLike

from domain.geometry import Float32Array, Float64Array, ImageBgr, Int64Array

WIDTH_PX: Final = 320
"""Everything but sharpness is looked at in a picture of this width."""
CELL_PX: Final = 24
"""Side of the cells of the small picture that are compared one by one."""
DARK: Final = 25
BRIGHT: Final = 235

_NOISE: Final = 24.0  # Sobel's answer to what a sensor's noise and a codec leave after shrinking
_STILL: Final = 0.5  # energy that noise leaves in either
_PATCH_PX: Final = 64  # side of what is looked at for sharpness, in the picture's own pixels
_RIM_PX: Final = 16  # of a patch, where its neighbour shows through


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Glance:
    """One picture, made small."""

    field: (
        Float32Array  # (h, WIDTH_PX, 2): the grey gradient, of length 0 (flat) to 1 (a clear edge) whatever the light
    )
    light: float  # mean grey, 0 to 255
    dark_share: float  # of pixels darker than DARK
    bright_share: float  # of pixels brighter than BRIGHT

    @property
    def structure(self) -> float:
        """How much there is to be seen, whatever it is: the sum of the field's squared lengths."""
        return float(np.square(self.field).sum())


def small_height_px(image_bgr: ImageBgr) -> int:
    """How high a picture becomes when it is made small, in its own shape or the nearest that can be compared."""
    return int(min(max(round(WIDTH_PX * image_bgr.shape[0] / image_bgr.shape[1]), 3 * CELL_PX), 2 * WIDTH_PX))


def glance_at(image_bgr: ImageBgr, height_px: int) -> Glance:
    """Make a picture small.

    Args:
        image_bgr: (height, width, 3), not written to.
        height_px: of the small picture; zones lie in shares of width and height, so its shape need not be kept.

    Examples:
        >>> glance_at(np.full((180, 320, 3), 255, np.uint8), 180).bright_share
        1.0
    """
    half: MatLike = image_bgr
    if image_bgr.shape[1] > 2 * WIDTH_PX:  # a tenth of the time of averaging all, and as good for what comes
        half = cv2.resize(image_bgr, (2 * WIDTH_PX, 2 * height_px), interpolation=cv2.INTER_LINEAR)
    small = cv2.cvtColor(cv2.resize(half, (WIDTH_PX, height_px), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return Glance(
        field=_directions(small),
        light=float(small.mean()),
        dark_share=float((small < DARK).mean()),
        bright_share=float((small > BRIGHT).mean()),
    )


def _directions(grey: MatLike) -> Float32Array:
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    scale = 1.0 / (cv2.magnitude(across, down) + _NOISE)
    return np.asarray(cv2.merge([across * scale, down * scale]), np.float32)


def halved(field: Float32Array) -> Float32Array:
    """The same field at half its size."""
    return np.asarray(cv2.resize(field, (field.shape[1] // 2, field.shape[0] // 2), interpolation=cv2.INTER_AREA))


def cell_centres_px(height_px: int) -> Int64Array:
    """Middles of all cells of a small picture of this height: (n, 2) x, y."""
    across = np.arange(CELL_PX // 2 + (WIDTH_PX % CELL_PX) // 2, WIDTH_PX - CELL_PX // 2 + 1, CELL_PX)
    down = np.arange(CELL_PX // 2 + (height_px % CELL_PX) // 2, height_px - CELL_PX // 2 + 1, CELL_PX)
    return np.stack([np.tile(across, len(down)), np.repeat(down, len(across))], axis=1).astype(np.int64)


def sharpness_at(image_bgr: ImageBgr, centres_px: Int64Array, small_px: int) -> Float64Array:
    """How much of the detail is fine, in some places of a picture.

    Args:
        image_bgr: (height, width, 3), not written to.
        centres_px: (n, 2) x, y in the small picture.
        small_px: its height.

    Returns:
        (n,): log2 of the energy of details of 3 to 7 pixels over that of details of 11 to 31, in the picture's own
        pixels: defocus takes the fine ones first, whatever the light and whatever is seen. A sensor's noise is finer.
    """
    height_px, width_px = image_bgr.shape[:2]
    side_px = min(_PATCH_PX, height_px, width_px)
    patches = []
    for x, y in (centres_px * (width_px / WIDTH_PX, height_px / small_px)).astype(int).tolist():
        left = min(max(x - side_px // 2, 0), width_px - side_px)
        top = min(max(y - side_px // 2, 0), height_px - side_px)
        patches.append(image_bgr[top : top + side_px, left : left + side_px])
    if not patches:
        return np.zeros(0)
    grey = cv2.cvtColor(np.concatenate(patches), cv2.COLOR_BGR2GRAY).astype(np.float32)
    fine, coarse = (
        np.square(cv2.blur(grey, (small, small)) - cv2.blur(grey, (large, large)))
        .reshape(len(patches), side_px, side_px)[:, _RIM_PX:-_RIM_PX, _RIM_PX:-_RIM_PX]
        .mean(axis=(1, 2), dtype=np.float64)
        for small, large in ((3, 7), (11, 31))
    )
    octaves: Float64Array = np.log2((fine + _STILL) / (coarse + _STILL))
    return octaves
