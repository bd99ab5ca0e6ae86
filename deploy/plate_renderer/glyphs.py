"""The alphabet of the plates, written as strokes.

A glyph is a list of strokes; a stroke is a list of corners ``(x, y, radius)`` of its centre line, in the box that
the centre lines span (x right, y down, both 0..1); the radius is a fraction of the box's width. A stroke that ends
where it began is closed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Alphabet = Literal["looped", "slanted"]  # whether 6 and 9 end in a bow or a straight stem
Corner = tuple[float, float, float]
Stroke = tuple[Corner, ...]
Point = tuple[float, float]
Points = NDArray[np.float64]  # (n, 2)
Shapes = NDArray[np.float64]  # (k, corners, 2): k convex shapes with equally many corners

ARC_STEPS = 7  # points of a rounded corner
STRAIGHT_RAD = math.pi / 2 - 1e-3  # half the angle of a corner that does not turn
LEAVES_THE_LINE, LEAVES_SIDEWAYS = 0.4, 0.8  # share of an end's direction that makes it leave the box
TINY = 1e-9
EDGE_STROKES = 0.55  # an end this near the box's edge reaches it
SUBPIXEL_BITS = 4  # cv2's fixed-point drawing: 1/16 px
FILL_EXCESS_PX = 1.4
DISC = np.array([(math.cos(turn), math.sin(turn)) for turn in np.linspace(0, 2 * math.pi, 11)[:-1]])


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
        "8": _glyph(
            ".5,0 .96,0,.46 .96,.46,.46 .04,.46,.46 .04,0,.46 .5,0", ".5,.46 1,.46,.5 1,1,.5 0,1,.5 0,.46,.5 .5,.46"
        ),
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

SLANTED: Mapping[str, Glyph] = MappingProxyType(
    {
        "6": _glyph(".78,0 0,.5,.9 0,.7", ".5,.4 1,.4,.5 1,1,.5 0,1,.5 0,.4,.5 .5,.4"),
        "9": _glyph(".22,1 1,.5,.9 1,.3", ".5,.6 0,.6,.5 0,0,.5 1,0,.5 1,.6,.5 .5,.6"),
    }
)
ALPHABETS: Mapping[Alphabet, Mapping[str, Glyph]] = MappingProxyType(
    {"looped": GLYPHS, "slanted": MappingProxyType({**GLYPHS, **SLANTED})}
)


def own_width(character: str, *, width: float, stroke: float) -> float:
    """Width of a character whose centre lines span its share of the common width."""
    return stroke + (width - stroke) * GLYPHS[character].width


def outline(
    character: str, alphabet: Alphabet, *, width: float, height: float, stroke: float, pen: float
) -> list[Shapes]:
    """Give the convex shapes whose union is a character.

    Args:
        character: One of ``GLYPHS``.
        alphabet: Which of the forms in use.
        width: Common width of a character; a glyph's own width scales it.
        height: Height of the character, in the same unit.
        stroke: Width of the printed line, in the same unit.
        pen: Width of the shapes: the stroke less what ``fill`` adds to it.

    Returns:
        Shapes with the origin at the top left of the character's own box. They may stand out of the box: an end of
        a line that leaves it is to be cut off there.
    """
    box_wh = (own_width(character, width=width, stroke=stroke), height)
    shapes: list[Shapes] = []
    for corners in ALPHABETS[alphabet][character].strokes:
        line = np.array(_centre_line(corners, box_wh[0] - stroke, height - stroke)) + stroke / 2
        shapes.extend(_ribbon(_reaching_out(line, box_wh, stroke), pen))
    return shapes


def _centre_line(corners: Stroke, span_x: float, span_y: float) -> list[Point]:
    """Replace each rounded corner by an arc that touches both of its sides."""
    points = [(x * span_x, y * span_y) for x, y, _ in corners]
    line = [points[0]]
    for i in range(1, len(points) - 1):
        line.extend(_arc(points[i - 1], points[i], points[i + 1], corners[i][2] * span_x))
    line.append(points[-1])
    return line


def _arc(before: Point, here: Point, after: Point, radius: float) -> list[Point]:
    """Points of the arc that leaves one side of a corner and joins the other."""
    length_back, length_on = math.dist(before, here), math.dist(after, here)
    if radius <= 0 or length_back == 0 or length_on == 0:
        return [here]
    back_x, back_y = (before[0] - here[0]) / length_back, (before[1] - here[1]) / length_back
    on_x, on_y = (after[0] - here[0]) / length_on, (after[1] - here[1]) / length_on
    half = math.acos(max(-1.0, min(1.0, back_x * on_x + back_y * on_y))) / 2
    if half > STRAIGHT_RAD:
        return [here]
    reach = min(radius / math.tan(half), length_back, length_on)
    bisector = math.hypot(back_x + on_x, back_y + on_y)
    to_middle = reach / math.cos(half) / bisector
    middle_x, middle_y = here[0] + (back_x + on_x) * to_middle, here[1] + (back_y + on_y) * to_middle
    start = math.atan2(here[1] + back_y * reach - middle_y, here[0] + back_x * reach - middle_x)
    turn = math.copysign(math.pi - 2 * half, on_x * back_y - on_y * back_x)
    size = reach * math.tan(half)
    angles = [start + turn * step / (ARC_STEPS - 1) for step in range(ARC_STEPS)]
    return [(middle_x + size * math.cos(angle), middle_y + size * math.sin(angle)) for angle in angles]


def _reaching_out(line: Points, box_wh: tuple[float, float], stroke: float) -> Points:
    """Lengthen ends that leave the character's box, so that the box cuts them straight."""
    for end, neighbour in ((0, 1), (-1, -2)):
        step = line[end] - line[neighbour]
        step = step / max(math.hypot(*step), TINY)
        for axis, least in ((1, LEAVES_THE_LINE), (0, LEAVES_SIDEWAYS)):
            towards_end = step[axis] > 0
            to_edge = box_wh[axis] - line[end, axis] if towards_end else line[end, axis]
            if abs(step[axis]) > least and to_edge < EDGE_STROKES * stroke:
                line[end] += step * (stroke / 2 / abs(step[axis]))
                break
    return line


def _ribbon(line: Points, pen: float) -> tuple[Shapes, Shapes]:
    """One rectangle for each piece of the line, and a disc in each inner corner."""
    begin, step = line[:-1], line[1:] - line[:-1]
    length = np.maximum(np.hypot(step[:, 0], step[:, 1]), TINY)[:, None]
    side = np.stack([-step[:, 1], step[:, 0]], axis=1) / length * pen / 2
    end = begin + step
    sides = np.stack([begin + side, end + side, end - side, begin - side], axis=1)
    closed = math.dist(line[0], line[-1]) < TINY
    inner = line[1:] if closed else line[1:-1]
    return sides, inner[:, None] + DISC * (pen / 2)


def fill(mask: NDArray[np.uint8], shapes: Sequence[Shapes]) -> None:
    """Fill convex shapes into a mask, antialiased; a pixel's middle lies at whole coordinates plus a half.

    OpenCV makes each shape ``FILL_EXCESS_PX`` wider than it is: half of it on each side.
    """
    for group in shapes:
        for points in np.round((group - 0.5) * (1 << SUBPIXEL_BITS)).astype(np.int32):
            cv2.fillConvexPoly(mask, points, 255, lineType=cv2.LINE_AA, shift=SUBPIXEL_BITS)
