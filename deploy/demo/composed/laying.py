"""Lays figures over a street, as large as they are where they stand."""

from collections.abc import Iterable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.demo.composed.cutouts import Cutout
from deploy.demo.composed.parts import Figure, Placed
from deploy.demo.composed.view import SIZE_WH, View
from domain.geometry import ImageBgr

_FADES_M = (66.0, 82.0)  # far ahead, where a car is a few pixels, it fades away
_LEAST_PX = 16


class Layer:
    """Lays figures over pictures of one view.

    Args:
        view: of the pictures.
        cutouts: of the figures.
    """

    def __init__(self, view: View, cutouts: Mapping[Figure, Cutout]) -> None:
        self._view = view
        self._sizes = {figure: _sizes(cutout) for figure, cutout in cutouts.items()}

    def lay(self, street: ImageBgr, figures: Iterable[Placed]) -> ImageBgr:
        """The street with figures on it, each laid over those before it.

        Args:
            street: not written to.
            figures: the farthest first.
        """
        picture = street.copy()
        for figure, right_m, ahead_m in figures:
            self._lay(picture, figure, right_m, ahead_m)
        return picture

    def _lay(self, picture: ImageBgr, figure: Figure, right_m: float, ahead_m: float) -> None:
        scale = self._view.px_per_m(ahead_m)
        cutout = self._of_size(figure, scale)
        height, width = cutout.alpha.shape
        width_px, height_px = scale * cutout.size_m[0], scale * cutout.size_m[1]
        x, y = self._view.point_px(right_m, ahead_m)
        left, top = x - width_px / 2, y - height_px + scale * cutout.foot_m
        x1, y1 = max(int(left) - 1, 0), max(int(top) - 1, 0)
        x2, y2 = min(int(left + width_px) + 2, SIZE_WH[0]), min(int(top + height_px) + 2, SIZE_WH[1])
        if x1 >= x2 or y1 >= y2:
            return
        to_picture = np.array([[width_px / width, 0, left - x1], [0, height_px / height, top - y1]])
        alpha, colour = (
            cv2.warpAffine(part, to_picture, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR)
            for part in (cutout.alpha, cutout.colour)
        )
        shown = float(np.interp(ahead_m, _FADES_M, (1.0, 0.0)))
        under = picture[y1:y2, x1:x2]
        picture[y1:y2, x1:x2] = (under * (1 - shown * alpha[..., None]) + shown * colour).clip(0, 255).round()

    def _of_size(self, figure: Figure, scale: float) -> Cutout:
        """The largest that is not more than twice as large as it is shown."""
        sizes = self._sizes[figure]
        return next((one for one in sizes if one.alpha.shape[0] <= 2 * scale * one.size_m[1]), sizes[-1])


def _sizes(cutout: Cutout) -> list[Cutout]:
    """The cutout, half as large, and so on down to a few pixels, so that it stays smooth however far away it is."""
    sizes = [cutout]
    while sizes[-1].alpha.shape[0] > _LEAST_PX:
        last = sizes[-1]
        half_wh = (last.alpha.shape[1] // 2, last.alpha.shape[0] // 2)
        alpha, colour = (_halved(part, half_wh) for part in (last.alpha, last.colour))
        sizes.append(Cutout(colour=colour, alpha=alpha, size_m=cutout.size_m, foot_m=cutout.foot_m))
    return sizes


def _halved(part: NDArray[np.float32], half_wh: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(part, half_wh, interpolation=cv2.INTER_AREA), np.float32)
