"""Draw the flat plate: ground, rim, characters pressed into the metal, bolts, a holder, stickers and dirt."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.plate_renderer.formats import PlateText
from deploy.plate_renderer.glyphs import GLYPHS, fill, glyph_outline
from deploy.plate_renderer.styles import (
    GROUND_BGR,
    LETTERS_BGR,
    PLATE_WH_MM,
    RED_SYMBOL_BGR,
    Lettering,
    sample_lettering,
)

ImageBgr = NDArray[np.uint8]
Mask = NDArray[np.uint8]

MARGIN_MM = 12.0  # round the plate: room for a holder


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlateImage:
    """A flat plate with some room round it."""

    image_bgr: ImageBgr  # (H, W, 3)
    alpha: Mask  # (H, W): 255 where there is plate or holder
    corners_px: NDArray[np.float32]  # (4, 2) of the plate without its holder: TL, TR, BR, BL
    plate: PlateText
    px_per_mm: float


def draw(plate: PlateText, px_per_mm: float, rng: np.random.Generator) -> PlateImage:
    """Draw one plate; wear, lettering and accessories come from the generator.

    Args:
        plate: What stands on it.
        px_per_mm: Scale, 0.5..8 pixels per millimetre; 1.5 serves for plates up to 200 px wide.
        rng: Where all randomness comes from.

    Raises:
        ValueError: The scale is out of range.
    """
    if not 0.5 <= px_per_mm <= 8:
        raise ValueError(f"px_per_mm is {px_per_mm}; expected 0.5..8")
    width_mm, height_mm = PLATE_WH_MM[plate.size]
    wh = (round((width_mm + 2 * MARGIN_MM) * px_per_mm), round((height_mm + 2 * MARGIN_MM) * px_per_mm))
    ink, red_ink = _characters(plate, px_per_mm, wh, sample_lettering(plate.size, rng))
    body = _rounded_box(wh, MARGIN_MM * px_per_mm, rng.uniform(4, 9) * px_per_mm)
    image = _paint(plate, ink, red_ink, rng)
    _rim(image, plate, px_per_mm, rng)
    _relief(image, ink, px_per_mm, rng)
    alpha = body
    if rng.random() < 0.35:
        image, alpha = _holder(image, body, px_per_mm, rng)
    _accessories(image, plate, px_per_mm, rng)
    _dirt(image, rng)
    near, (far_x, far_y) = MARGIN_MM * px_per_mm, (wh[0] - MARGIN_MM * px_per_mm, wh[1] - MARGIN_MM * px_per_mm)
    corners = np.array([(near, near), (far_x, near), (far_x, far_y), (near, far_y)], dtype=np.float32)
    return PlateImage(image_bgr=image, alpha=alpha, corners_px=corners, plate=plate, px_per_mm=px_per_mm)


def _characters(plate: PlateText, px_per_mm: float, wh: tuple[int, int], lettering: Lettering) -> tuple[Mask, Mask]:
    """Masks of all characters and separators, and of those that are red."""
    width_mm, height_mm = PLATE_WH_MM[plate.size]
    ink = np.zeros((wh[1], wh[0]), np.uint8)
    red = np.zeros_like(ink)
    free = height_mm - len(plate.lines) * lettering.height
    space = free / (len(plate.lines) + 1)
    for row, line in enumerate(plate.lines):
        top = MARGIN_MM + space * (row + 1) + lettering.height * row
        advance = _advances(line, lettering)
        squeeze = min(1.0, (width_mm - 14) / sum(advance))
        left = MARGIN_MM + (width_mm - sum(advance) * squeeze + lettering.gap * squeeze) / 2
        for character, step in zip(line, advance, strict=True):
            pieces = _pieces(character, lettering, squeeze)
            box = np.array([left, top])
            target = red if plate.red_symbols and character.isalpha() else ink
            _stamp(target, [piece + box for piece in pieces], box, step * squeeze, lettering, px_per_mm)
            left += step * squeeze
    soft = lettering.softness * px_per_mm
    return _softened(ink, soft), _softened(red, soft) if plate.red_symbols else red


def _advances(line: str, lettering: Lettering) -> list[float]:
    widths = []
    for character in line:
        if character in GLYPHS:
            own = lettering.stroke + (lettering.width - lettering.stroke) * GLYPHS[character].width
        else:
            own = {"-": lettering.dash, ".": lettering.dot}[character]
        widths.append(own + lettering.gap)
    return widths


def _pieces(character: str, lettering: Lettering, squeeze: float) -> list[NDArray[np.float64]]:
    if character in GLYPHS:
        width = lettering.width * squeeze
        pieces, _ = glyph_outline(
            character, width=width, height=lettering.height, stroke=min(lettering.stroke, width * 0.35)
        )
        return pieces
    if character == "-":
        x0, x1, middle, half = 0.0, lettering.dash * squeeze, lettering.height / 2, lettering.stroke * 0.45
        return [np.array([(x0, middle - half), (x1, middle - half), (x1, middle + half), (x0, middle + half)])]
    side, bottom = lettering.dot * squeeze, lettering.height
    return [np.array([(0, bottom - side), (side, bottom - side), (side, bottom), (0, bottom)])]


def _stamp(
    target: Mask,
    pieces: list[NDArray[np.float64]],
    box_mm: NDArray[np.float64],
    step_mm: float,
    lettering: Lettering,
    px_per_mm: float,
) -> None:
    """Fill a character, cut off at the top and bottom of its line."""
    top, bottom = box_mm[1] * px_per_mm, (box_mm[1] + lettering.height) * px_per_mm
    left, right = (box_mm[0] - 6) * px_per_mm, (box_mm[0] + step_mm + 6) * px_per_mm
    y0, y1, x0, x1 = round(top), round(bottom), max(round(left), 0), round(right)
    cell = np.zeros((y1 - y0, max(min(x1, target.shape[1]) - x0, 1)), np.uint8)
    shear = (lettering.height / 2 - lettering.height) * lettering.slant
    moved = []
    for piece in pieces:
        slanted = piece.copy()
        slanted[:, 0] += (box_mm[1] + lettering.height - piece[:, 1]) * lettering.slant + shear
        moved.append(slanted * px_per_mm - np.array([x0, y0]))
    fill(cell, moved)
    view = target[y0:y1, x0 : x0 + cell.shape[1]]
    np.maximum(view, cell, out=view)


def _softened(mask: Mask, radius_px: float) -> Mask:
    """Round the corners of a mask: blur it and cut it again at one half."""
    blurred = cv2.GaussianBlur(mask, (0, 0), max(radius_px * 0.6, 0.3))
    return cv2.convertScaleAbs(cv2.subtract(blurred, 64), alpha=2.0)


def _rounded_box(wh: tuple[int, int], inset: float, radius: float) -> Mask:
    mask = np.zeros((wh[1], wh[0]), np.uint8)
    x0, y0, x1, y1 = inset, inset, wh[0] - inset, wh[1] - inset
    turn = np.linspace(0, np.pi / 2, 6)
    points = [
        (cx + radius * np.cos(start + a), cy + radius * np.sin(start + a))
        for cx, cy, start in (
            (x1 - radius, y1 - radius, 0.0),
            (x0 + radius, y1 - radius, np.pi / 2),
            (x0 + radius, y0 + radius, np.pi),
            (x1 - radius, y0 + radius, 1.5 * np.pi),
        )
        for a in turn
    ]
    fill(mask, [np.array(points) - 0.5])
    return mask


def _paint(plate: PlateText, ink: Mask, red_ink: Mask, rng: np.random.Generator) -> ImageBgr:
    ground = np.array(GROUND_BGR[plate.colour], np.float32) * rng.uniform(0.85, 1.05)
    if plate.colour == "white":
        ground = ground * np.array([rng.uniform(0.78, 1.0), rng.uniform(0.93, 1.0), 1.0], np.float32)
    letters = np.array(LETTERS_BGR[plate.colour], np.float32)
    letters = letters + (ground - letters) * float(rng.beta(1, 5)) * 0.7  # faded paint
    image = np.empty((*ink.shape, 3), np.uint8)
    image[:] = np.clip(ground, 0, 255).astype(np.uint8)
    image = _over(image, ink, letters)
    return _over(image, red_ink, np.array(RED_SYMBOL_BGR, np.float32)) if plate.red_symbols else image


def _over(image: ImageBgr, mask: Mask, colour: NDArray[np.float32]) -> ImageBgr:
    flat = np.empty_like(image)
    flat[:] = np.clip(colour, 0, 255).astype(np.uint8)
    weight = mask.astype(np.float32) / 255
    return cv2.blendLinear(flat, image, weight, 1 - weight)


def _rim(image: ImageBgr, plate: PlateText, px_per_mm: float, rng: np.random.Generator) -> None:
    """The raised line along the edge: in the letters' colour, or only its shadow."""
    inset = (MARGIN_MM + rng.uniform(1.5, 4)) * px_per_mm
    h, w = image.shape[:2]
    strength = float(rng.uniform(0.1, 0.9))
    ground = image[h // 2, round((MARGIN_MM + 1) * px_per_mm)].astype(np.float32)
    colour = ground + (np.array(LETTERS_BGR[plate.colour], np.float32) - ground) * strength
    thickness = max(1, round(rng.uniform(1.0, 3.0) * px_per_mm))
    box = (round(inset), round(inset), round(w - inset), round(h - inset))
    cv2.rectangle(image, box[:2], box[2:], colour.tolist(), thickness, cv2.LINE_AA)


def _relief(image: ImageBgr, ink: Mask, px_per_mm: float, rng: np.random.Generator) -> None:
    """Light and shade on the flanks of the pressed characters, lit from a random side."""
    angle, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.0, 0.35)
    shift = 1.2 * px_per_mm
    move = np.array([[1, 0, shift * np.cos(angle)], [0, 1, shift * np.sin(angle)]], np.float32)
    moved = cv2.warpAffine(ink, move, (ink.shape[1], ink.shape[0]))
    slope = (moved.astype(np.int16) - ink) * height
    image[:] = np.clip(image - slope[..., None], 0, 255).astype(np.uint8)


def _holder(image: ImageBgr, body: Mask, px_per_mm: float, rng: np.random.Generator) -> tuple[ImageBgr, Mask]:
    """A frame round the plate, dark or shining."""
    h, w = body.shape
    outer = _rounded_box((w, h), rng.uniform(0.5, 8) * px_per_mm, 6 * px_per_mm)
    shade = float(rng.choice([25, 60, 150, 200])) + rng.uniform(-15, 15, 3)
    frame = np.empty_like(image)
    frame[:] = np.clip(shade, 0, 255).astype(np.uint8)
    weight = body.astype(np.float32) / 255
    return cv2.blendLinear(image, frame, weight, 1 - weight), outer


def _accessories(image: ImageBgr, plate: PlateText, px_per_mm: float, rng: np.random.Generator) -> None:
    """Bolts, the police seal, a sticker."""
    h, w = image.shape[:2]
    if rng.random() < 0.6:
        for side in (0.0, 1.0):
            x = MARGIN_MM + 10 + side * (w / px_per_mm - 2 * MARGIN_MM - 20) + rng.normal(0, 2)
            y = h / px_per_mm / 2 + rng.normal(0, 4) if plate.layout == "two_lines" else MARGIN_MM + 10
            centre = (round(x * px_per_mm), round(y * px_per_mm))
            shade = int(rng.integers(40, 210))
            cv2.circle(image, centre, max(1, round(rng.uniform(2, 4.5) * px_per_mm)), (shade,) * 3, -1, cv2.LINE_AA)
    if rng.random() < 0.5:
        centre = (round(w * rng.uniform(0.45, 0.6)), round((MARGIN_MM + rng.uniform(9, 16)) * px_per_mm))
        shade = (image[centre[1], centre[0]].astype(np.int32) * 0.85).tolist()
        cv2.circle(image, centre, round(7 * px_per_mm), shade, max(1, round(px_per_mm)), cv2.LINE_AA)
    if rng.random() < 0.05:
        left, top = rng.uniform(0.02, 0.5) * w, rng.uniform(0.02, 0.15) * h
        size = rng.uniform(8, 16) * px_per_mm
        colour = rng.integers(30, 230, 3).tolist()
        cv2.rectangle(image, (round(left), round(top)), (round(left + size), round(top + size)), colour, -1)


def _dirt(image: ImageBgr, rng: np.random.Generator) -> None:
    """Dust and mud: brown, patchy, more of it below."""
    amount = float(rng.beta(1, 4)) * 0.7
    if amount < 0.05:
        return
    h, w = image.shape[:2]
    patches = rng.random((6, 9), dtype=np.float32)
    patches = (
        cv2.resize(patches, (w, h), interpolation=cv2.INTER_CUBIC) * np.linspace(0.3, 1, h, dtype=np.float32)[:, None]
    )
    weight = np.clip(patches * amount, 0, 1)
    mud = np.empty_like(image)
    mud[:] = np.clip(np.array([70, 100, 120]) * rng.uniform(0.5, 1.5), 0, 255).astype(np.uint8)
    image[:] = cv2.blendLinear(mud, image, weight, 1 - weight)
