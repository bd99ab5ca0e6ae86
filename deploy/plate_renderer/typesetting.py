"""Set the characters of a plate: where each stands in millimetres, and the mask that they fill."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.plate_renderer.formats import PlateText
from deploy.plate_renderer.glyphs import FILL_EXCESS_PX, Shapes, fill, outline, own_width
from deploy.plate_renderer.styles import PLATE_WH_MM, Lettering

Mask = NDArray[np.uint8]

MARGIN_MM = 12.0  # round the plate: room for a holder
EDGE_MM = 5.0  # least room between the text and the plate's edge
FOUR_DIGIT_PITCH = 1.1  # lines of up to four digits are set wider on two-line plates
DASH_STROKES = 0.85  # thickness of a dash in strokes


def typeset(plate: PlateText, lettering: Lettering, px_per_mm: float) -> tuple[Mask, Mask]:
    """Masks (H, W) of the characters and separators, and of those characters that are red.

    The masks show the plate with ``MARGIN_MM`` round it.
    """
    width_mm, height_mm = PLATE_WH_MM[plate.size]
    shape = (round((height_mm + 2 * MARGIN_MM) * px_per_mm), round((width_mm + 2 * MARGIN_MM) * px_per_mm))
    ink, red = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    rows = _rows(plate, lettering)
    space = (height_mm - sum(row.height for row in rows)) / (len(rows) + 1)
    top, excess_mm = MARGIN_MM + space, FILL_EXCESS_PX / px_per_mm
    for line, wanted in zip(plate.lines, rows, strict=True):
        row = _fitting(line, wanted, width_mm)
        cells = [_cell(character, row) for character in line]
        left = MARGIN_MM + (width_mm - sum(cells)) / 2
        for character, cell in zip(line, cells, strict=True):
            target = red if plate.red_symbols and character.isalpha() else ink
            _stamp(target, _placed(character, row, left, cell, excess_mm), (left, top), row, px_per_mm)
            left += cell
        top += row.height + space
    softness_px = lettering.softness * px_per_mm
    return _softened(ink, softness_px), _softened(red, softness_px) if plate.red_symbols else red


def _rows(plate: PlateText, lettering: Lettering) -> tuple[Lettering, ...]:
    """The lettering of each line."""
    if len(plate.lines) == 1:
        return (lettering,)
    upper = replace(lettering, pitch=lettering.upper_pitch, height=lettering.height * lettering.upper_height)
    wide = "." not in plate.lines[1]
    return upper, replace(lettering, pitch=lettering.pitch * FOUR_DIGIT_PITCH) if wide else lettering


def _fitting(line: str, row: Lettering, width_mm: float) -> Lettering:
    """Squeeze a line that is too long for the plate."""
    squeeze = (width_mm - 2 * EDGE_MM) / sum(_cell(character, row) for character in line)
    if squeeze >= 1:
        return row
    return replace(
        row,
        width=row.width * squeeze,
        pitch=row.pitch * squeeze,
        dash=row.dash * squeeze,
        dash_gap=row.dash_gap * squeeze,
        dot=row.dot * squeeze,
        dot_gap=row.dot_gap * squeeze,
        stroke=min(row.stroke, row.width * squeeze * 0.34),
    )


def _cell(character: str, row: Lettering) -> float:
    """Width of the cell of a character."""
    gap = row.pitch - row.width
    if character == "-":
        return row.dash + 2 * row.dash_gap - gap
    if character == ".":
        return row.dot + 2 * row.dot_gap - gap
    own = own_width(character, width=row.width, stroke=row.stroke) + gap
    return max(own, row.evenness * row.pitch + (1 - row.evenness) * own)


def _placed(character: str, row: Lettering, left: float, cell: float, excess: float) -> list[Shapes]:
    """The shapes of a character in its cell's middle, less what filling adds; y counts from the line's top."""
    if character == "-":
        width, half = row.dash, row.stroke * DASH_STROKES / 2
        y0, y1 = row.height / 2 - half, row.height / 2 + half
    elif character == ".":
        width, y0, y1 = row.dot, row.height - row.dot, row.height
    else:
        own = own_width(character, width=row.width, stroke=row.stroke)
        pen = max(row.stroke - excess, excess * 0.1)
        shapes = outline(character, row.alphabet, width=row.width, height=row.height, stroke=row.stroke, pen=pen)
        shift = np.array([left + (cell - own) / 2, 0.0])
        return [group + shift for group in shapes]
    x0, x1 = left + (cell - width + excess) / 2, left + (cell + width - excess) / 2
    y0, y1 = y0 + excess / 2, y1 - excess / 2
    return [np.array([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)]])]


def _stamp(
    target: Mask, shapes: list[Shapes], left_top_mm: tuple[float, float], row: Lettering, px_per_mm: float
) -> None:
    """Fill a character, cut off at the top and bottom of its line."""
    y0, y1 = round(left_top_mm[1] * px_per_mm), round((left_top_mm[1] + row.height) * px_per_mm)
    x0 = max(0, round((left_top_mm[0] - row.pitch) * px_per_mm))
    x1 = round((left_top_mm[0] + 2.5 * row.pitch) * px_per_mm)
    view = target[y0:y1, x0:x1]
    cell = np.zeros_like(view)
    lean = np.array([[px_per_mm, 0.0], [-row.slant * px_per_mm, (y1 - y0) / row.height]])
    shift = (row.height / 2 * row.slant * px_per_mm - x0, 0.0)
    fill(cell, [group @ lean + shift for group in shapes])
    np.maximum(view, cell, out=view)


def _softened(mask: Mask, radius_px: float) -> Mask:
    """Round the corners of a mask: blur it and cut it again at one half."""
    blurred = cv2.GaussianBlur(mask, (0, 0), max(radius_px * 0.6, 0.3)).astype(np.int16)
    return np.clip(blurred * 2 - 128, 0, 255).astype(np.uint8)
