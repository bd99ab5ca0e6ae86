"""What spoils a real plate on the road: bolts on its characters, frames over its rim, glare, yellowed panes, dirt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from crops import Plate

_FLAT_WH = {1: (256, 64), 2: (192, 128)}
_PANE_BGR = (95, 195, 225)
_DIRT_BGR = (70, 100, 120)


def spoiled(plate: Plate, rng: np.random.Generator) -> Plate:
    """The plate with one thing or several laid over it; its corners stay."""
    size_wh = _FLAT_WH[plate.lines]
    layer, share = np.zeros((size_wh[1], size_wh[0], 3), np.float32), np.zeros(size_wh[::-1], np.float32)
    for likely, lay in ((0.35, _bolts), (0.2, _frame), (0.25, _glare), (0.08, _pane), (0.2, _dirt)):
        if rng.random() < likely:
            lay(layer, share, rng)
    if not share.any():
        return plate
    flat = np.array([(0, 0), (size_wh[0], 0), size_wh, (0, size_wh[1])], np.float32)
    way = cv2.getPerspectiveTransform(flat, plate.corners_px.astype(np.float32))
    height, width = plate.image_bgr.shape[:2]
    over, weight = (cv2.warpPerspective(one, way, (width, height)) for one in (layer, share))
    image = plate.image_bgr * (1 - weight[..., None]) + over * weight[..., None]
    return replace(plate, image_bgr=np.clip(image, 0, 255).astype(np.uint8))


def _lay(layer: NDArray[np.float32], share: NDArray[np.float32], mask: NDArray[np.float32], bgr: ArrayLike) -> None:
    kept = mask > share
    layer[kept] = bgr
    np.maximum(share, mask, out=share)


def _bolts(layer: NDArray[np.float32], share: NDArray[np.float32], rng: np.random.Generator) -> None:
    """One to three heads of screws anywhere, also on characters: with a lit and a dark side."""
    h, w = share.shape
    for _ in range(int(rng.integers(1, 4))):
        centre = (int(rng.uniform(0.04, 0.96) * w), int(rng.uniform(0.08, 0.92) * h))
        radius, shade = int(max(2, rng.uniform(0.035, 0.08) * h)), float(rng.uniform(30, 220))
        for off, tone in ((1, shade * 0.5), (0, shade)):
            mask = np.zeros((h, w), np.float32)
            cv2.circle(mask, (centre[0] + off, centre[1] + off), radius, float(rng.uniform(0.7, 1.0)), -1, cv2.LINE_AA)
            kept = mask > 0
            layer[kept] = tone
            share[kept] = mask[kept]


def _frame(layer: NDArray[np.float32], share: NDArray[np.float32], rng: np.random.Generator) -> None:
    """A holder that covers the rim, on some sides or all."""
    h, w = share.shape
    mask, reach = np.zeros((h, w), np.float32), rng.uniform(0.01, 0.06, 4) * h * (rng.random(4) < 0.7)
    top, bottom, left, right = (int(one) for one in reach)
    mask[:top] = mask[h - bottom :] = 1.0
    mask[:, :left] = mask[:, w - right :] = 1.0
    _lay(layer, share, mask, float(rng.choice([25.0, 60.0, 150.0, 210.0])) + rng.uniform(-15, 15, 3))


def _glare(layer: NDArray[np.float32], share: NDArray[np.float32], rng: np.random.Generator) -> None:
    """A mirrored lamp or sun that eats into strokes."""
    h, w = share.shape
    y, x = np.ogrid[:h, :w]
    middle, size = rng.uniform(0, 1, 2) * (w, h), rng.uniform(0.15, 0.6) * h
    squared = ((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / size**2
    _lay(layer, share, (rng.uniform(0.4, 0.95) / (1 + squared) ** 1.5).astype(np.float32), rng.uniform(225, 255, 3))


def _pane(layer: NDArray[np.float32], share: NDArray[np.float32], rng: np.random.Generator) -> None:
    """A cover that the sun has yellowed."""
    mask = np.full(share.shape, rng.uniform(0.2, 0.6), np.float32)
    _lay(layer, share, mask, np.array(_PANE_BGR) * rng.uniform(0.7, 1.1))


def _dirt(layer: NDArray[np.float32], share: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Soft patches of mud."""
    h, w = share.shape
    cloud = cv2.resize(rng.random((5, 9), dtype=np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    mask = np.clip((cloud - rng.uniform(0.45, 0.8)) * 2, 0, rng.uniform(0.4, 0.85)).astype(np.float32)
    _lay(layer, share, mask, np.array(_DIRT_BGR) * rng.uniform(0.4, 1.5))
