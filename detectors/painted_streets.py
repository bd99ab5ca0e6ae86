"""Streets painted from a seed, the same everywhere: what a network is tried on where no camera's picture may be used.

They are drawn coarsely, yet the street detector knows motorcycles, cars, lorries, people and traffic lights in them.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

import cv2
import numpy as np

from domain.geometry import ImageBgr

Colour = tuple[int, int, int]
SIZE_WH: Final = (640, 384)

_GLASS: Final[Colour] = (60, 50, 40)
_RUBBER: Final[Colour] = (25, 25, 25)
_SHADOW: Final[Colour] = (45, 45, 45)
_SKIN: Final[Colour] = (130, 160, 205)
_CLOTH: Final[Colour] = (60, 40, 30)
_WHITE: Final[Colour] = (235, 235, 235)
_GREY: Final[Colour] = (170, 170, 170)
_STEEL: Final[Colour] = (85, 85, 85)
_ROAD: Final[Colour] = (110, 110, 110)
_RED: Final[Colour] = (30, 30, 190)

_Points = Sequence[tuple[float, float]]


class _Shape(NamedTuple):
    """A part of a thing; lengths are shares of the thing's size, from the middle of its foot, upwards."""

    kind: Literal["polygon", "ellipse", "line"]
    colour: Colour | None  # None: the thing's own
    points: _Points  # ellipse: its middle, then its half axes; line: its ends, then its width twice


def _box(colour: Colour | None, left: float, bottom: float, right: float, top: float) -> _Shape:
    return _Shape("polygon", colour, ((left, bottom), (right, bottom), (right, top), (left, top)))


def _disc(colour: Colour | None, x: float, y: float, half_width: float, half_height: float) -> _Shape:
    return _Shape("ellipse", colour, ((x, y), (half_width, half_height)))


def _polygon(colour: Colour | None, *points: tuple[float, float]) -> _Shape:
    return _Shape("polygon", colour, points)


def _limb(colour: Colour | None, start: tuple[float, float], end: tuple[float, float], width: float) -> _Shape:
    return _Shape("line", colour, (start, end, (width, width)))


_CAR_BEHIND: Final = (
    _disc(_SHADOW, 0, 0, 0.55, 0.08),
    *(_box(_RUBBER, x - 0.08, 0, x + 0.08, 0.16) for x in (-0.34, 0.34)),
    _Shape("polygon", None, ((-0.34, 0.78), (0.34, 0.78), (0.46, 0.45), (-0.46, 0.45))),
    _Shape("polygon", _GLASS, ((-0.29, 0.74), (0.29, 0.74), (0.38, 0.49), (-0.38, 0.49))),
    _box(None, -0.48, 0.1, 0.48, 0.47),
    *(_box(_RED, x - 0.07, 0.3, x + 0.07, 0.43) for x in (-0.4, 0.4)),
    _box(_WHITE, -0.15, 0.25, 0.15, 0.34),
)
_CAR_BESIDE: Final = (
    _disc(_SHADOW, 0, 0, 0.52, 0.05),
    _Shape(
        "polygon",
        None,
        (
            *((-0.5, 0.05), (-0.5, 0.18), (-0.42, 0.21), (-0.28, 0.22), (-0.16, 0.36)),
            *((0.16, 0.36), (0.32, 0.22), (0.46, 0.19), (0.5, 0.15), (0.5, 0.05)),
        ),
    ),
    _Shape("polygon", _GLASS, ((-0.24, 0.22), (-0.14, 0.335), (-0.01, 0.335), (-0.01, 0.22))),
    _Shape("polygon", _GLASS, ((0.02, 0.22), (0.02, 0.335), (0.14, 0.335), (0.26, 0.22))),
    *(_disc(_RUBBER, x, 0.06, 0.09, 0.09) for x in (-0.3, 0.3)),
    *(_disc(_GREY, x, 0.06, 0.04, 0.04) for x in (-0.3, 0.3)),
)
_BUS: Final = (
    _box(None, -0.5, 0.04, 0.5, 0.42),
    *(_box(_GLASS, -0.48 + 0.14 * window, 0.21, -0.37 + 0.14 * window, 0.36) for window in range(7)),
    *(_disc(_RUBBER, x, 0.05, 0.06, 0.06) for x in (-0.3, 0.3)),
    *(_disc(_GREY, x, 0.05, 0.025, 0.025) for x in (-0.3, 0.3)),
)
_PERSON: Final = (
    *(_limb(_CLOTH, (x, 0.48), (3 * x, 0), 0.09) for x in (-0.02, 0.02)),
    _disc(None, 0, 0.66, 0.11, 0.2),
    *(_limb(None, (x, 0.8), (1.5 * x, 0.48), 0.06) for x in (-0.1, 0.1)),
    _disc(_SKIN, 0, 0.92, 0.075, 0.075),
    _disc(_RUBBER, 0, 0.96, 0.075, 0.035),
)
_MOTORCYCLIST: Final = (
    _disc(_RUBBER, 0, 0.18, 0.05, 0.18),
    _disc(None, 0, 0.38, 0.1, 0.12),
    _disc(_RED, 0, 0.36, 0.035, 0.035),
    _box(_WHITE, -0.06, 0.22, 0.06, 0.3),
    *(_limb(_CLOTH, (0.4 * x, 0.5), (x, 0.2), 0.07) for x in (-0.16, 0.16)),
    *(_limb(None, (x / 2, 0.75), (x, 0.52), 0.05) for x in (-0.2, 0.2)),
    _disc(None, 0, 0.64, 0.13, 0.2),
    _disc(_RED, 0, 0.9, 0.085, 0.085),
)
_MOTORCYCLIST_BESIDE: Final = (
    _disc(_SHADOW, 0, 0.01, 0.6, 0.05),
    *(
        _disc(colour, x, 0.2, radius, radius)
        for x in (-0.42, 0.42)
        for colour, radius in ((_RUBBER, 0.2), (_GREY, 0.14), (_ROAD, 0.12), (_RUBBER, 0.04))
    ),
    *(
        _limb(_GREY, (x - across, 0.2 - up), (x + across, 0.2 + up), 0.012)
        for x in (-0.42, 0.42)
        for across, up in ((0.13, 0.0), (0.09, 0.09), (0.0, 0.13), (-0.09, 0.09))
    ),
    _polygon(None, (-0.3, 0.42), (0.05, 0.3), (0.12, 0.55), (-0.05, 0.62), (-0.32, 0.6), (-0.5, 0.66), (-0.42, 0.5)),
    _polygon(_RUBBER, (-0.42, 0.62), (0.02, 0.56), (0.02, 0.63), (-0.2, 0.68), (-0.44, 0.7)),
    _polygon(_STEEL, (-0.15, 0.18), (0.12, 0.18), (0.16, 0.42), (-0.12, 0.42)),
    _limb(_GREY, (-0.5, 0.24), (-0.05, 0.2), 0.05),
    _limb(_STEEL, (0.42, 0.2), (0.27, 0.72), 0.05),
    _limb(_RUBBER, (0.2, 0.75), (0.32, 0.76), 0.04),
    _polygon(None, (0.24, 0.68), (0.36, 0.62), (0.34, 0.5), (0.2, 0.45), (0.14, 0.5)),
    _polygon(None, (0.22, 0.42), (0.6, 0.42), (0.58, 0.38), (0.26, 0.36)),
    _disc(_WHITE, 0.36, 0.6, 0.05, 0.05),
    _limb(_CLOTH, (-0.12, 0.72), (0.08, 0.55), 0.12),
    _limb(_CLOTH, (0.08, 0.55), (-0.02, 0.28), 0.09),
    _limb(_RUBBER, (-0.02, 0.25), (0.08, 0.24), 0.06),
    _polygon(None, (-0.24, 0.7), (-0.02, 0.7), (0.06, 1.12), (-0.12, 1.18), (-0.22, 1.0)),
    _limb(None, (0, 1.05), (0.12, 0.85), 0.08),
    _limb(_SKIN, (0.12, 0.85), (0.26, 0.76), 0.06),
    _disc(_SKIN, 0.05, 1.25, 0.07, 0.09),
    _disc(_RED, 0.02, 1.3, 0.105, 0.1),
)
_THINGS: Final[Sequence[tuple[int, Sequence[_Shape]]]] = (  # size in pixels at the lower edge, and parts
    (150, _CAR_BEHIND),
    (230, _CAR_BESIDE),
    (330, _BUS),
    (170, _PERSON),
    (150, _MOTORCYCLIST),
    (160, _MOTORCYCLIST_BESIDE),
)
_PASSING: Final = (0.6, 0.75)  # how near motorcycles pass that are seen from beside
_PASSING_AT: Final = (0.2, 0.52, 0.84)
_LAMPS: Final[Mapping[float, Colour]] = {0.62: (40, 40, 255), 0.0: (20, 60, 60), -0.62: (20, 60, 20)}


def painted_street(seed: int) -> ImageBgr:
    """A street with a traffic light and five to eight things, or, of an odd seed, three motorcycles seen from beside.

    Args:
        seed: another street for each.

    Returns:
        (384, 640, 3).

    Examples:
        >>> painted_street(0).shape
        (384, 640, 3)
    """
    rng, (width, height) = np.random.default_rng(seed), SIZE_WH
    image = np.zeros((height, width, 3), np.uint8)
    horizon = int(height * rng.uniform(0.25, 0.4))
    _paint_background(image, horizon, rng)
    if seed % 2:
        things = [
            (rng.uniform(*_PASSING), len(_THINGS) - 1, across, _any_colour(rng, 20, 235)) for across in _PASSING_AT
        ]
    else:
        things = [
            (
                rng.uniform(0.25, 1.0),
                int(rng.integers(len(_THINGS) - 1)),
                rng.uniform(0.06, 0.94),
                _any_colour(rng, 20, 235),
            )
            for _ in range(int(rng.integers(5, 9)))
        ]
    for nearness, kind, across, colour in sorted(things):
        size_px, shapes = _THINGS[kind]
        foot = (width * across, horizon + (height - horizon) * nearness * 0.98)
        for shape in shapes:
            _paint(image, shape, foot, size_px * nearness, colour)
    _paint_light(image, (width * rng.uniform(0.1, 0.9), rng.uniform(30, 60)), rng.uniform(16, 28))
    grain = rng.normal(0.0, 6.0, image.shape[:2])[..., None]
    return np.clip(cv2.GaussianBlur(image, (0, 0), 0.9) + grain, 0, 255).astype(np.uint8)


def _paint_background(image: ImageBgr, horizon: int, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    image[:horizon] = (np.linspace(230, 190, horizon)[:, None, None] * np.array([1, 0.97, 0.92])).astype(np.uint8)
    image[horizon:] = np.linspace(95, 125, height - horizon)[:, None, None].astype(np.uint8)
    left = 0
    while left < width:
        right, top = left + int(rng.integers(50, 120)), horizon - int(rng.integers(30, 90))
        cv2.rectangle(image, (left, top), (right, horizon + 8), _any_colour(rng, 90, 220), -1)
        for y in range(top + 8, horizon - 10, 22):
            for x in range(left + 8, right - 12, 20):
                cv2.rectangle(image, (x, y), (x + 9, y + 12), _GLASS, -1)
        left = right
    for off_px in (-256, -128, 0, 128, 256):
        ends = ((width // 2 + off_px * 3 // 10, horizon + 8), (width // 2 + off_px * 2, height))
        cv2.line(image, *ends, _WHITE, 2, cv2.LINE_AA)


def _paint(image: ImageBgr, shape: _Shape, foot: tuple[float, float], size_px: float, own: Colour) -> None:
    colour = own if shape.colour is None else shape.colour
    points = [(round(foot[0] + x * size_px), round(foot[1] - y * size_px)) for x, y in shape.points]
    if shape.kind == "polygon":
        cv2.fillPoly(image, [np.array(points, np.int32)], colour, cv2.LINE_AA)
    elif shape.kind == "ellipse":
        half_width, half_height = (round(half * size_px) for half in shape.points[1])
        cv2.ellipse(image, points[0], (half_width, half_height), 0, 0, 360, colour, -1, cv2.LINE_AA)
    else:
        cv2.line(image, points[0], points[1], colour, max(round(shape.points[2][0] * size_px), 1), cv2.LINE_AA)


def _paint_light(image: ImageBgr, middle: tuple[float, float], size_px: float) -> None:
    _paint(image, _box(_SHADOW, -0.06, -4, 0.06, -1), middle, size_px, _SHADOW)
    _paint(image, _box(_RUBBER, -0.33, -1, 0.33, 1), middle, size_px, _RUBBER)
    for y, colour in _LAMPS.items():
        _paint(image, _disc(colour, 0, y, 0.26, 0.26), middle, size_px, colour)


def _any_colour(rng: np.random.Generator, least: int, most: int) -> Colour:
    blue, green, red = (int(value) for value in rng.integers(least, most, 3))
    return blue, green, red
