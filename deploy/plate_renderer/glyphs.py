"""The alphabet of the plates, written as strokes.

A glyph is a list of strokes; a stroke is a list of corners ``(x, y, radius)`` of its centre line, in the box that
the centre lines span (x right, y down, both 0..1); the radius is a fraction of the box's width. A stroke that ends
where it began is closed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

Corner = tuple[float, float, float]
Stroke = tuple[Corner, ...]

ARC_STEPS = 7
SUBPIXEL_BITS = 4  # cv2's fixed-point drawing: 1/16 px


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """One character: its strokes and its width as a fraction of the common width."""

    strokes: tuple[Stroke, ...]
    width: float = 1.0


def _glyph(*strokes: str, width: float = 1.0) -> Glyph:
    """Read strokes written as ``x,y[,radius] x,y ...``."""
    return Glyph(strokes=tuple(tuple(_corner(word) for word in stroke.split()) for stroke in strokes), width=width)


def _corner(word: str) -> Corner:
    x, y, *radius = (float(part) for part in word.split(","))
    return x, y, radius[0] if radius else 0.0


GLYPHS: Mapping[str, Glyph] = MappingProxyType(
    {
        "0": _glyph("0,.5 0,0,.5 1,0,.5 1,1,.5 0,1,.5 0,.5"),
        "1": _glyph("0,.2 .8,0 1,0 1,1", width=0.58),
        "2": _glyph("0,.25 0,0,.5 1,0,.5 1,.4,.5 0,1 1,1"),
        "3": _glyph("0,.24 0,0,.5 1,0,.5 1,.47,.4 .4,.47", ".4,.47 1,.47,.4 1,1,.5 0,1,.5 0,.76"),
        "4": _glyph(".52,0 0,.78 1,.78", ".74,.5 .74,1"),
        "5": _glyph(".92,0 .04,0 .04,.4 1,.4,.5 1,1,.5 0,1,.5 0,.78"),
        "6": _glyph("1,.22 1,0,.5 0,0,.5 0,1,.5 1,1,.5 1,.43,.5 0,.43,.5"),
        "7": _glyph("0,0 1,0 .36,1"),
        "8": _glyph(".5,0 .96,0,.46 .96,.46,.46 .04,.46,.46 .04,0,.46 .5,0", ".5,.46 1,.46,.5 1,1,.5 0,1,.5 0,.46,.5 .5,.46"),
        "9": _glyph("0,.78 0,1,.5 1,1,.5 1,0,.5 0,0,.5 0,.57,.5 1,.57,.5"),
        "A": _glyph("0,1 .42,0 .58,0 1,1", ".16,.72 .84,.72", width=1.12),
        "B": _glyph("0,0 .94,0,.45 .94,.47,.45 0,.47", "0,0 0,1 1,1,.45 1,.47,.45 0,.47"),
        "C": _glyph("1,.26 1,0,.5 0,0,.5 0,1,.5 1,1,.5 1,.74"),
        "D": _glyph("0,.5 0,0 1,0,.5 1,1,.5 0,1 0,.5"),
        "Đ": _glyph(".14,.5 .14,0 1,0,.46 1,1,.46 .14,1 .14,.5", "0,.48 .52,.48", width=1.12),
        "E": _glyph("1,0 0,0 0,1 1,1", "0,.48 .86,.48", width=0.92),
        "F": _glyph("1,0 0,0 0,1", "0,.49 .86,.49", width=0.9),
        "G": _glyph("1,.26 1,0,.5 0,0,.5 0,1,.5 1,1,.5 1,.55 .56,.55"),
        "H": _glyph("0,0 0,1", "1,0 1,1", "0,.49 1,.49"),
        "K": _glyph("0,0 0,1", "1,0 0,.64", ".34,.42 1,1", width=1.08),
        "L": _glyph("0,0 0,1 1,1", width=0.9),
        "M": _glyph("0,1 0,0 .5,.62 1,0 1,1", width=1.22),
        "N": _glyph("0,1 0,0 1,1 1,0", width=1.06),
        "P": _glyph("0,1 0,0 1,0,.5 1,.55,.5 0,.55"),
        "Q": _glyph("0,.5 0,0,.5 1,0,.5 1,1,.5 0,1,.5 0,.5", ".6,.75 1,1"),
        "R": _glyph("0,1 0,0 1,0,.5 1,.53,.5 0,.53", ".45,.53 1,1", width=1.04),
        "S": _glyph("1,.25 1,0,.5 0,0,.5 0,.48,.5 1,.48,.5 1,1,.5 0,1,.5 0,.75"),
        "T": _glyph("0,0 1,0", ".5,0 .5,1"),
        "U": _glyph("0,0 0,1,.5 1,1,.5 1,0"),
        "V": _glyph("0,0 .5,1 1,0", width=1.1),
        "X": _glyph("0,0 1,1", "1,0 0,1", width=1.1),
        "Y": _glyph("0,0 .5,.5 1,0", ".5,.5 .5,1", width=1.1),
        "Z": _glyph("0,0 1,0 0,1 1,1"),
    }
)  # fmt: skip


def glyph_outline(
    character: str, *, width: float, height: float, stroke: float
) -> tuple[list[NDArray[np.float64]], float]:
    """Give the convex pieces whose union is a character.

    Args:
        character: One of ``GLYPHS``.
        width: Common width of a character; a glyph's own width scales it.
        height: Height of the character, in the same unit.
        stroke: Width of the line, in the same unit.

    Returns:
        Convex polygons ``(n, 2)`` with the origin at the character's top left, and the character's own width.
    """
    glyph = GLYPHS[character]
    own_width = stroke + (width - stroke) * glyph.width
    span_x, span_y = own_width - stroke, height - stroke
    pieces: list[NDArray[np.float64]] = []
    for corners in glyph.strokes:
        line = _centre_line(corners, span_x, span_y) + stroke / 2
        line = _reach_the_box(line, own_width, height, stroke)
        pieces.extend(_ribbon(line, stroke))
    return pieces, own_width


def _centre_line(corners: Sequence[Corner], span_x: float, span_y: float) -> NDArray[np.float64]:
    """Replace each rounded corner by an arc that touches both of its sides."""
    points = np.array([(x * span_x, y * span_y) for x, y, _ in corners])
    line = [points[0]]
    for i in range(1, len(points) - 1):
        before, here, after = points[i - 1], points[i], points[i + 1]
        line.extend(_arc(before, here, after, corners[i][2] * span_x))
    line.append(points[-1])
    return np.array(line)


def _arc(
    before: NDArray[np.float64], here: NDArray[np.float64], after: NDArray[np.float64], radius: float
) -> list[NDArray[np.float64]]:
    back, on = before - here, after - here
    length_back, length_on = float(np.hypot(*back)), float(np.hypot(*on))
    if radius <= 0 or length_back == 0 or length_on == 0:
        return [here]
    back, on = back / length_back, on / length_on
    half = math.acos(float(np.clip(back @ on, -1.0, 1.0))) / 2
    if half > math.pi / 2 - 1e-3:  # no turn
        return [here]
    reach = min(radius / math.tan(half), length_back, length_on)
    start, end = here + back * reach, here + on * reach
    middle = here + (back + on) / np.hypot(*(back + on)) * reach / math.cos(half)
    angles = np.linspace(0, math.pi - 2 * half, ARC_STEPS)
    u = start - middle
    w = (end - middle - u * math.cos(math.pi - 2 * half)) / math.sin(math.pi - 2 * half)
    return [middle + u * math.cos(a) + w * math.sin(a) for a in angles]


def _reach_the_box(line: NDArray[np.float64], width: float, height: float, stroke: float) -> NDArray[np.float64]:
    """Lengthen ends that point out of the character's box, so that the box cuts them straight."""
    line = line.copy()
    for end, neighbour in ((0, 1), (-1, -2)):
        step = line[end] - line[neighbour]
        step = step / max(float(np.hypot(*step)), 1e-9)
        x, y = line[end]
        out_y = abs(step[1]) > 0.4 and min(y, height - y) < stroke * 0.55 and (step[1] > 0) == (y > height / 2)
        out_x = abs(step[0]) > 0.8 and min(x, width - x) < stroke * 0.55 and (step[0] > 0) == (x > width / 2)
        if out_y:
            line[end] = line[end] + step * (stroke / 2 / abs(step[1]))
        elif out_x:
            line[end] = line[end] + step * (stroke / 2)
    return line


def _ribbon(line: NDArray[np.float64], stroke: float) -> list[NDArray[np.float64]]:
    """One rectangle for each piece of the line, and a disc in each inner corner."""
    pieces = []
    for a, b in zip(line[:-1], line[1:], strict=True):
        step = b - a
        length = float(np.hypot(*step))
        if length < 1e-9:
            continue
        side = np.array([-step[1], step[0]]) / length * stroke / 2
        pieces.append(np.array([a + side, b + side, b - side, a - side]))
    turn = np.linspace(0, 2 * math.pi, 13)[:-1]
    disc = np.stack([np.cos(turn), np.sin(turn)], axis=1) * stroke / 2
    inner = list(line[1:-1])
    if np.allclose(line[0], line[-1]):
        inner.append(line[0])
    pieces.extend(point + disc for point in inner)
    return pieces


def fill(mask: NDArray[np.uint8], pieces: Sequence[NDArray[np.float64]]) -> None:
    """Fill convex pieces (pixels, float) into a mask, antialiased."""
    scale = 1 << SUBPIXEL_BITS
    for piece in pieces:
        points = np.round(piece * scale).astype(np.int32)
        cv2.fillConvexPoly(mask, points, 255, lineType=cv2.LINE_AA, shift=SUBPIXEL_BITS)
