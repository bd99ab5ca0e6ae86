"""Plates taken off and plates covered, composed into real pictures: truth that no footage at hand shows.

The plate's place is filled from what is around it, as paint or a bare bracket looks; covers are drawn over it with
texture, shade and soft edges. Whoever judges pictures composed so must say that they are composed.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.geometry import BoxPx, ImageBgr

_GROWN_BY = 0.12  # of the plate's box on every side: the rim of a plate goes with it
_INPAINT_PX = 3.0
_NOISE = 9.0  # grey levels of a cover's texture
_MUD_BGR, _CLOTH_BGR = (52, 72, 92), ((40, 40, 48), (150, 90, 60), (70, 70, 170), (200, 205, 205))
_SKIN_BGR, _CARTON_BGR, _TAPE_BGR = (110, 145, 195), (95, 140, 175), (225, 228, 228)

_Mask = NDArray[np.float32]  # (H, W) of the picture, how much of a pixel is covered


def taken_off(picture_bgr: ImageBgr, plate_xyxy_px: BoxPx) -> ImageBgr:
    """The picture without its plate.

    Examples:
        >>> street = np.full((80, 120, 3), 90, np.uint8)
        >>> street[30:50, 40:70] = 250
        >>> int(taken_off(street, (40.0, 30.0, 70.0, 50.0)).max()) <= 91
        True
    """
    x1, y1, x2, y2 = _pixels(picture_bgr, plate_xyxy_px, _GROWN_BY)
    mask = np.zeros(picture_bgr.shape[:2], np.uint8)
    mask[y1:y2, x1:x2] = 255
    return np.asarray(cv2.inpaint(picture_bgr, mask, _INPAINT_PX, cv2.INPAINT_TELEA), np.uint8)


def covered(picture_bgr: ImageBgr, plate_xyxy_px: BoxPx, manner: str, seed: int) -> ImageBgr:
    """The picture with its plate covered in one of ``ALL_MANNERS``; one seed covers alike in every picture."""
    rng = np.random.default_rng(seed)
    if manner == "bent":
        return _bent(picture_bgr, plate_xyxy_px, rng)
    mask, colour_bgr = MANNERS[manner](picture_bgr, plate_xyxy_px, rng)
    x1, _, x2, _ = plate_xyxy_px
    soft = cv2.GaussianBlur(mask, (0, 0), max(0.5, 0.015 * (x2 - x1)))[..., None]
    light = float(picture_bgr[_within(picture_bgr, plate_xyxy_px)].max()) / 255  # a cover is as lit as its plate
    cover = np.array(colour_bgr, np.float32) * max(light, 0.2) * rng.uniform(0.7, 1.1)
    textured = cover + rng.normal(0, _NOISE, (*picture_bgr.shape[:2], 1))
    return np.asarray(np.clip(picture_bgr * (1 - soft) + textured * soft, 0, 255), np.uint8)


def _mud(picture_bgr: ImageBgr, box: BoxPx, rng: np.random.Generator) -> tuple[_Mask, tuple[int, int, int]]:
    mask = np.zeros(picture_bgr.shape[:2], np.float32)
    x1, y1, x2, y2 = box
    for _ in range(int(rng.integers(7, 14))):
        middle = (round(rng.uniform(x1, x2)), round(rng.uniform(y1, y2)))
        axes = (max(1, round((x2 - x1) * rng.uniform(0.08, 0.25))), max(1, round((y2 - y1) * rng.uniform(0.1, 0.35))))
        cv2.ellipse(mask, middle, axes, rng.uniform(0, 180), 0, 360, rng.uniform(0.8, 0.98), -1)
    return mask, _MUD_BGR


def _from_a_side(
    picture_bgr: ImageBgr, box: BoxPx, share: float, rng: np.random.Generator, beyond: float = 0.15
) -> _Mask:
    """A slanting edge with a share of the plate behind it, from the left, the right or above."""
    x1, y1, x2, y2 = box
    wide, high, slant = x2 - x1, y2 - y1, rng.uniform(-0.12, 0.12)
    out_x, out_y = beyond * wide, beyond * high
    side = rng.integers(3)
    if side == 0:
        points = [
            (x1 - out_x, y1 - out_y),
            (x1 + (share + slant) * wide, y1 - out_y),
            (x1 + (share - slant) * wide, y2 + out_y),
            (x1 - out_x, y2 + out_y),
        ]
    elif side == 1:
        points = [
            (x2 + out_x, y1 - out_y),
            (x2 - (share + slant) * wide, y1 - out_y),
            (x2 - (share - slant) * wide, y2 + out_y),
            (x2 + out_x, y2 + out_y),
        ]
    else:
        points = [
            (x1 - out_x, y1 - out_y),
            (x2 + out_x, y1 - out_y),
            (x2 + out_x, y1 + (share + slant) * high),
            (x1 - out_x, y1 + (share - slant) * high),
        ]
    mask = np.zeros(picture_bgr.shape[:2], np.float32)
    cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1.0)
    return mask


def _cloth(picture_bgr: ImageBgr, box: BoxPx, rng: np.random.Generator) -> tuple[_Mask, tuple[int, int, int]]:
    colour_bgr = _CLOTH_BGR[int(rng.integers(len(_CLOTH_BGR)))]
    return _from_a_side(picture_bgr, box, rng.uniform(0.4, 0.9), rng), colour_bgr


def _cargo(picture_bgr: ImageBgr, box: BoxPx, rng: np.random.Generator) -> tuple[_Mask, tuple[int, int, int]]:
    return _from_a_side(picture_bgr, box, rng.uniform(0.5, 1.0), rng, beyond=0.8), _CARTON_BGR


def _hand(picture_bgr: ImageBgr, box: BoxPx, rng: np.random.Generator) -> tuple[_Mask, tuple[int, int, int]]:
    mask = np.zeros(picture_bgr.shape[:2], np.float32)
    x1, y1, x2, y2 = box
    middle = (round(x1 + (x2 - x1) * rng.uniform(0.25, 0.75)), round((y1 + y2) / 2))
    axes = (max(1, round(0.33 * (x2 - x1))), max(1, round(0.55 * (y2 - y1))))
    cv2.ellipse(mask, middle, axes, rng.uniform(-25, 25), 0, 360, 1.0, -1)
    return mask, _SKIN_BGR


def _tape(picture_bgr: ImageBgr, box: BoxPx, rng: np.random.Generator) -> tuple[_Mask, tuple[int, int, int]]:
    """One to three characters under strips of the plate's own colour: what is altered to be read as another plate."""
    mask = np.zeros(picture_bgr.shape[:2], np.float32)
    x1, y1, x2, y2 = box
    wide, high = x2 - x1, y2 - y1
    for _ in range(int(rng.integers(1, 4))):
        left, top = x1 + rng.uniform(0.05, 0.8) * wide, y1 + float(rng.choice([0.08, 0.5])) * high
        corner = (round(left + 0.17 * wide), round(top + 0.42 * high))
        cv2.rectangle(mask, (round(left), round(top)), corner, 1.0, -1)
    return mask, _TAPE_BGR


def _bent(picture_bgr: ImageBgr, box: BoxPx, rng: np.random.Generator) -> ImageBgr:
    """The plate turned up or down until little of its height is seen."""
    bare = taken_off(picture_bgr, box)
    x1, y1, x2, y2 = _pixels(picture_bgr, box, 0.0)
    high = max(2, round((y2 - y1) * rng.uniform(0.2, 0.45)))
    flat = cv2.resize(picture_bgr[y1:y2, x1:x2], (x2 - x1, high), interpolation=cv2.INTER_AREA)
    top = y1 if rng.random() < 0.5 else y2 - high
    bare[top : top + high, x1:x2] = np.clip(flat * rng.uniform(0.5, 0.9), 0, 255).astype(np.uint8)
    return bare


MANNERS: Mapping[str, Callable[[ImageBgr, BoxPx, np.random.Generator], tuple[_Mask, tuple[int, int, int]]]] = {
    "mud": _mud,
    "cloth": _cloth,
    "cargo": _cargo,
    "hand": _hand,
    "tape": _tape,
}
"""How a cover is drawn; ``bent`` comes beside them."""

ALL_MANNERS = (*MANNERS, "bent")


def _pixels(picture_bgr: ImageBgr, box: BoxPx, grown_by: float) -> tuple[int, int, int, int]:
    height, width = picture_bgr.shape[:2]
    x1, y1, x2, y2 = box
    grow_x, grow_y = grown_by * (x2 - x1), grown_by * (y2 - y1)
    left, top = min(max(0, int(x1 - grow_x)), width - 2), min(max(0, int(y1 - grow_y)), height - 2)
    return (
        left,
        top,
        max(left + 2, min(width, int(x2 + grow_x) + 1)),
        max(top + 2, min(height, int(y2 + grow_y) + 1)),
    )


def _within(picture_bgr: ImageBgr, box: BoxPx) -> tuple[slice, slice]:
    x1, y1, x2, y2 = _pixels(picture_bgr, box, 0.0)
    return slice(y1, y2), slice(x1, x2)
