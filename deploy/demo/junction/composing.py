"""Composes the junction's pictures: the empty street, its light, and everybody laid over it where the script says."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.demo.junction.cutouts import Cut, Cutout, cut_out
from deploy.demo.junction.ground import SIZE_WH, point_px, px_per_m
from deploy.demo.junction.script import EVENTFUL, Part, light_at, on_stage
from deploy.demo.junction.street import empty_street, show_light
from domain.geometry import ImageBgr
from domain.seen.timeline import SignalState

_FADES_M = (66.0, 82.0)  # far ahead, where a car is a few pixels, it fades away


class Composer:
    """Composes pictures of the junction.

    Args:
        film: pictures of the film that everything is cut out of.
    """

    def __init__(self, film: Sequence[ImageBgr]) -> None:
        street = empty_street(film)
        self._streets: dict[SignalState, ImageBgr] = {}
        for state in (SignalState.RED, SignalState.YELLOW, SignalState.GREEN):
            self._streets[state] = street.copy()
            show_light(self._streets[state], state)
        self._cutouts = {part.cut: _sizes(cut_out(film, part.cut)) for part in EVENTFUL}

    def picture(self, parts: tuple[Part, ...], second: float) -> ImageBgr:
        """The junction at a second of the cycle."""
        picture = self._streets[light_at(second)].copy()
        for cut, right_m, ahead_m in on_stage(parts, second):
            self._lay(picture, cut, right_m, ahead_m)
        return picture

    def _lay(self, picture: ImageBgr, cut: Cut, right_m: float, ahead_m: float) -> None:
        """Lay somebody over the picture where he touches the ground."""
        scale = px_per_m(ahead_m)
        cutout = next(
            (size for size in self._cutouts[cut] if size.alpha.shape[0] <= 2 * scale * size.size_m[1]),
            self._cutouts[cut][-1],
        )
        height, width = cutout.alpha.shape
        width_px, height_px = scale * cutout.size_m[0], scale * cutout.size_m[1]
        x, y = point_px(right_m, ahead_m)
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


def _sizes(cutout: Cutout) -> list[Cutout]:
    """The cutout, half as large, and so on down to a few pixels, so that it stays smooth however far away it is."""
    sizes = [cutout]
    while sizes[-1].alpha.shape[0] > 16:  # noqa: PLR2004
        last = sizes[-1]
        half_wh = (last.alpha.shape[1] // 2, last.alpha.shape[0] // 2)
        alpha, colour = (_halved(part, half_wh) for part in (last.alpha, last.colour))
        sizes.append(Cutout(colour=colour, alpha=alpha, size_m=cutout.size_m, foot_m=cutout.foot_m))
    return sizes


def _halved(part: NDArray[np.float32], half_wh: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(part, half_wh, interpolation=cv2.INTER_AREA), np.float32)
