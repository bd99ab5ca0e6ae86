"""New plates from the characters of real ones: each character may give way to one cut from another plate.

Real pictures show few provinces and letters. A plate is cut only where the dark parts of its picture are just as many
as its text has characters; so nothing is cut by a guess. A character is set in with the light and the contrast of its
new place.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crops import Plate

Image = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # x1, y1, x2, y2 in pixels of the picture
REPLACED = 0.6
_FINE_HEIGHT_PX = 96  # of the plate where it is cut
_HEIGHTS = {1: (0.45, 0.98), 2: (0.25, 0.5)}  # of a character, as shares of the plate's
_MOST_WIDE = {1: 0.75, 2: 1.0}  # width by height of a character
_MARGIN = 0.12  # of its height: what is cut with it at most, left and right
_MOST_STRETCH = 1.5
_MOST_UNEVEN = 0.12  # of a height from the median of all
_BLOCKS = (0, 31, 45, 61)  # of the threshold; 0: one for the whole plate


def cut(plate: Plate) -> list[Box] | None:
    """The box of each character in reading order; None where they cannot be told apart."""
    x1, y1 = np.floor(plate.corners_px.min(axis=0)).clip(0).astype(int).tolist()
    x2, y2 = np.ceil(plate.corners_px.max(axis=0)).astype(int).tolist()
    region = cv2.cvtColor(plate.image_bgr[y1:y2, x1:x2], cv2.COLOR_BGR2GRAY)
    scale = _FINE_HEIGHT_PX / region.shape[0]
    fine = np.asarray(cv2.resize(region, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
    for block in _BLOCKS:
        boxes = _dark_parts(fine, plate.lines, block)
        if len(boxes) == len(plate.text) and _even([y2 - y1 for _, y1, _, y2 in boxes]):
            ordered = _in_reading_order(boxes, plate.lines)
            return [
                (x1 + int(a / scale), y1 + int(b / scale), x1 + int(np.ceil(c / scale)), y1 + int(np.ceil(d / scale)))
                for a, b, c, d in ordered
            ]
    return None


def _even(heights: Sequence[int]) -> bool:
    middle = float(np.median(heights))
    return max(abs(one - middle) for one in heights) <= _MOST_UNEVEN * middle


def _dark_parts(grey: Image, lines: int, block: int) -> list[Box]:
    if block:
        dark = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 12)
    else:
        dark = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[1]
    parts = cv2.connectedComponentsWithStats(dark, connectivity=4)[2][1:]
    low, high = (share * grey.shape[0] for share in _HEIGHTS[lines])
    return [
        (int(x), int(y), int(x + w), int(y + h))
        for x, y, w, h, area in parts
        if low <= h <= high and 0.12 * h <= w <= _MOST_WIDE[lines] * h and area >= 0.12 * w * h
    ]


def _in_reading_order(boxes: Sequence[Box], lines: int) -> list[Box]:
    """Upper line first, each from the left; every box widened into the gaps beside it."""
    middle = np.mean([(y1 + y2) / 2 for _, y1, _, y2 in boxes]) if lines == 2 else np.inf
    ordered = []
    for is_lower in (False, True):
        row = sorted(box for box in boxes if ((box[1] + box[3]) / 2 > middle) == is_lower)
        for place, (x1, y1, x2, y2) in enumerate(row):
            margin = int(_MARGIN * (y2 - y1))
            left = max(x1 - margin, (row[place - 1][2] + x1) // 2 if place else x1 - margin, 0)
            right = min(x2 + margin, (row[place + 1][0] + x2 + 1) // 2 if place + 1 < len(row) else x2 + margin)
            ordered.append((left, y1, right, y2))
    return ordered


class Recombiner:
    """Makes new plates from the characters of those given."""

    def __init__(self, plates: Sequence[Plate]) -> None:
        self._whole: dict[int, list[tuple[Plate, list[Box]]]] = defaultdict(list)
        self._cut: dict[tuple[int, str], list[Image]] = defaultdict(list)
        for plate in plates:
            boxes = cut(plate)
            if boxes is None:
                continue
            self._whole[plate.lines].append((plate, boxes))
            for character, (x1, y1, x2, y2) in zip(plate.text, boxes, strict=True):
                self._cut[plate.lines, character].append(plate.image_bgr[y1:y2, x1:x2])

    def one(self, lines: int, rng: np.random.Generator) -> Plate:
        """A plate of that many lines with most characters replaced, each by any of its sort with its shape."""
        plate, boxes = self._whole[lines][rng.integers(len(self._whole[lines]))]
        image, text = plate.image_bgr.copy(), list(plate.text)
        for place, (x1, y1, x2, y2) in enumerate(boxes):
            if rng.random() > REPLACED:
                continue
            sort = [
                key for key in sorted(self._cut) if key[0] == lines and key[1].isdecimal() == text[place].isdecimal()
            ]
            key = sort[rng.integers(len(sort))]
            given = self._cut[key][rng.integers(len(self._cut[key]))]
            stretch = (given.shape[1] / given.shape[0]) / ((x2 - x1) / (y2 - y1))
            if 1 / _MOST_STRETCH < stretch < _MOST_STRETCH:
                image[y1:y2, x1:x2] = _in_its_light(given, image[y1:y2, x1:x2])
                text[place] = key[1]
        return replace(plate, name="recombined", image_bgr=image, text="".join(text))


def _in_its_light(given: Image, place: Image) -> Image:
    """A character with the mean and the spread of what it takes the place of."""
    size_wh = (place.shape[1], place.shape[0])
    fitted = cv2.resize(given, size_wh, interpolation=cv2.INTER_AREA).astype(np.float32)
    mean, spread = fitted.mean((0, 1)), fitted.std((0, 1)) + 1.0
    wanted = (fitted - mean) / spread * place.std((0, 1)) + place.mean((0, 1))
    return np.asarray(np.clip(wanted, 0, 255), np.uint8)
