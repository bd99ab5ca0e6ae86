"""Drawn furniture: a plastic chair, a table, a parasol. The film has none."""

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.demo.composed.cutouts import Cutout, standing
from deploy.demo.composed.painting import Colour
from deploy.demo.composed.parts import Figure

Point = tuple[float, float]
"""Across from the middle and up from the foot, in heights of the thing."""

_HEIGHT_PX = 240
_MARGIN_PX = 12
_RIBS = 8  # of the parasol
_BLUE: Colour = (190, 110, 40)
_DARK_BLUE: Colour = (150, 80, 25)
_WOOD: Colour = (90, 130, 170)
_DARK_WOOD: Colour = (50, 80, 110)
_RED: Colour = (60, 60, 200)
_PALE: Colour = (210, 215, 220)
_GREY: Colour = (90, 90, 90)


def furniture(figure: Figure) -> Cutout:
    """A drawn thing.

    Args:
        figure: chair, table or parasol.

    Raises:
        ValueError: it is another figure.
    """
    if figure is Figure.CHAIR:
        return _chair()
    if figure is Figure.TABLE:
        return _table()
    if figure is Figure.PARASOL:
        return _parasol()
    raise ValueError(f"{figure} is not drawn")


class _Drawing:
    """A thing on an empty ground; its foot in the middle of the lower edge."""

    def __init__(self, *, height_m: float, wide: float) -> None:
        self._height_m = height_m
        shape = (_HEIGHT_PX + 2 * _MARGIN_PX, round(_HEIGHT_PX * wide) + 2 * _MARGIN_PX)
        self._colour = np.zeros((*shape, 3), np.uint8)
        self._alpha = np.zeros(shape, np.uint8)

    def area(self, points: list[Point], colour: Colour) -> None:
        cv2.fillPoly(self._colour, [self._px(points)], colour, cv2.LINE_AA)
        cv2.fillPoly(self._alpha, [self._px(points)], 255, cv2.LINE_AA)

    def bar(self, points: list[Point], colour: Colour, thick: float) -> None:
        for picture, value in ((self._colour, colour), (self._alpha, 255)):
            cv2.polylines(picture, [self._px(points)], False, value, round(thick * _HEIGHT_PX), cv2.LINE_AA)  # noqa: FBT003 - cv2's

    def cutout(self) -> Cutout:
        alpha = np.asarray(self._alpha / 255, np.float32)
        columns = np.flatnonzero((alpha > 0.5).any(axis=0))  # noqa: PLR2004 - half covered
        width_m = self._height_m * (columns[-1] + 1 - columns[0]) / _HEIGHT_PX
        colour = self._colour.astype(np.float32) / np.maximum(alpha, 1 / 255)[..., None]  # edges were mixed with black
        return standing(np.asarray(colour.clip(0, 255), np.float32), alpha, (width_m, self._height_m))

    def _px(self, points: list[Point]) -> NDArray[np.int32]:
        foot = np.array([self._alpha.shape[1] / 2, self._alpha.shape[0] - _MARGIN_PX])
        return np.round(foot + np.array(points) * (_HEIGHT_PX, -_HEIGHT_PX)).astype(np.int32)


def _chair() -> Cutout:
    drawn = _Drawing(height_m=0.9, wide=0.64)
    for side in (-1, 1):
        drawn.bar([(0.22 * side, 0.5), (0.26 * side, 0.03)], _DARK_BLUE, 0.06)
        drawn.bar([(0.2 * side, 0.5), (0.22 * side, 0.14)], _DARK_BLUE, 0.05)
    drawn.area([(-0.26, 0.42), (0.26, 0.42), (0.22, 0.56), (-0.22, 0.56)], _BLUE)
    back = [(-0.22, 0.56), (-0.24, 0.95), (-0.16, 1.0), (0.16, 1.0), (0.24, 0.95), (0.22, 0.56)]
    drawn.area(back, _BLUE)
    for across in (-0.13, -0.04, 0.05, 0.14):
        drawn.bar([(across, 0.92), (across, 0.62)], _DARK_BLUE, 0.035)
    for side in (-1, 1):
        drawn.bar([(0.24 * side, 0.68), (0.28 * side, 0.62), (0.26 * side, 0.42)], _DARK_BLUE, 0.05)
    return drawn.cutout()


def _table() -> Cutout:
    drawn = _Drawing(height_m=0.75, wide=1.6)
    for across, foot, thick in ((0.6, 0.03, 0.08), (0.45, 0.22, 0.06)):
        for side in (-1, 1):
            drawn.bar([(across * side, 0.85), (across * side, foot)], _DARK_WOOD, thick)
    drawn.area([(-0.75, 0.78), (0.75, 0.78), (0.58, 1.0), (-0.58, 1.0)], _WOOD)
    drawn.area([(-0.75, 0.7), (0.75, 0.7), (0.75, 0.78), (-0.75, 0.78)], _DARK_WOOD)
    return drawn.cutout()


def _parasol() -> Cutout:
    drawn = _Drawing(height_m=2.2, wide=1.3)
    drawn.bar([(0, 0.01), (0, 0.95)], _GREY, 0.02)
    for rib in range(_RIBS):
        left, right = (-0.62 + 1.24 * edge / _RIBS for edge in (rib, rib + 1))
        drawn.area([*_rib(left), *reversed(_rib(right))], _RED if rib % 2 else _PALE)
    return drawn.cutout()


def _rib(across: float) -> list[Point]:
    """From the top of the parasol to its edge."""
    turns = np.linspace(0, np.pi / 2, 8)
    return [(across * float(np.sin(turn)), 0.68 + 0.32 * float(np.cos(turn))) for turn in turns]
