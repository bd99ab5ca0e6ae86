"""Draw the flat plate: ground, rim, characters pressed into the metal, and what years on the road add."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.plate_renderer import wear
from deploy.plate_renderer.dice import chance
from deploy.plate_renderer.formats import PlateText
from deploy.plate_renderer.glyphs import FILL_EXCESS_PX, fill
from deploy.plate_renderer.styles import GROUND_BGR, LETTERS_BGR, PLATE_WH_MM, RED_SYMBOL_BGR, sample_lettering
from deploy.plate_renderer.typesetting import MARGIN_MM, Mask, typeset
from domain.geometry import ImageBgr

LEAST_PX_PER_MM, MOST_PX_PER_MM = 0.25, 8.0
SAMPLES_PER_PHOTO_PX = 2.5  # a photograph never needs finer artwork
CORNER_STEPS = 6
COVERED_SHARE = 0.05  # of white motorbike plates: behind a yellowed pane


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlateImage:
    """A flat plate with some room round it."""

    image_bgr: ImageBgr  # (H, W, 3)
    alpha: Mask  # (H, W): 255 where there is plate or holder
    corners_px: NDArray[np.float32]  # (4, 2) of the plate without its holder: TL, TR, BR, BL
    plate: PlateText
    px_per_mm: float


def fitting_scale(plate: PlateText, plate_width_px: float) -> float:
    """Pixels per millimetre of artwork that is just fine enough for a photograph of that width in pixels."""
    scale = SAMPLES_PER_PHOTO_PX * plate_width_px / PLATE_WH_MM[plate.size][0]
    return min(max(scale, LEAST_PX_PER_MM), MOST_PX_PER_MM)


def draw(plate: PlateText, px_per_mm: float, rng: np.random.Generator) -> PlateImage:
    """Draw one plate; lettering, wear and accessories come from the generator.

    Args:
        plate: What stands on it.
        px_per_mm: Scale, 0.25..8 pixels per millimetre; see ``fitting_scale``.
        rng: Where all randomness comes from.

    Raises:
        ValueError: The scale is out of range.
    """
    if not LEAST_PX_PER_MM <= px_per_mm <= MOST_PX_PER_MM:
        raise ValueError(f"px_per_mm is {px_per_mm}; expected {LEAST_PX_PER_MM}..{MOST_PX_PER_MM}")
    ink, red_ink = typeset(plate, sample_lettering(plate.size, rng), px_per_mm)
    inset, radius = MARGIN_MM * px_per_mm, rng.uniform(4, 9) * px_per_mm
    h, w = ink.shape
    alpha = np.zeros_like(ink)
    fill(alpha, [rounded_box((w, h), inset + FILL_EXCESS_PX / 2, radius)[None]])
    image = _painted(plate, ink, red_ink, rng)
    _rim(image, plate, px_per_mm, rng)
    image = wear.pressed(image, ink, px_per_mm, rng)
    image = wear.worn(image, plate.layout, px_per_mm, rng)
    behind_pane = plate.size == "motorbike" and plate.colour == "white" and chance(rng, COVERED_SHARE)
    image, alpha = (wear.covered if behind_pane else wear.held)(image, alpha, px_per_mm, rng)
    corners = np.array([(inset, inset), (w - inset, inset), (w - inset, h - inset), (inset, h - inset)], np.float32)
    if plate.layout == "one_line":
        image, alpha = wear.bent(image, alpha, rng)
    return PlateImage(image_bgr=image, alpha=alpha, corners_px=corners, plate=plate, px_per_mm=px_per_mm)


def rounded_box(size_wh: tuple[int, int], inset: float, radius: float) -> NDArray[np.float64]:
    """Outline (n, 2) of a box with round corners that stands ``inset`` pixels within a picture."""
    w, h = size_wh
    turn = np.linspace(0, np.pi / 2, CORNER_STEPS)
    near, far_x, far_y = inset + radius, w - inset - radius, h - inset - radius
    corners = ((far_x, far_y, 0.0), (near, far_y, 0.5), (near, near, 1.0), (far_x, near, 1.5))
    return np.concatenate(
        [
            np.stack([x + radius * np.cos(start * np.pi + turn), y + radius * np.sin(start * np.pi + turn)], axis=1)
            for x, y, start in corners
        ]
    )


def _painted(plate: PlateText, ink: Mask, red_ink: Mask, rng: np.random.Generator) -> ImageBgr:
    ground = np.array(GROUND_BGR[plate.colour]) * rng.uniform(0.85, 1.05)
    if plate.colour == "white":
        yellowed = float(rng.beta(1, 6))
        ground *= (1 - 0.25 * yellowed, 1 - 0.05 * yellowed, 1.0)
    letters = np.array(LETTERS_BGR[plate.colour], np.float64)
    letters += (ground - letters) * float(rng.beta(1, 6)) * 0.7  # faded paint
    image = wear.over(wear.flat(ink.shape, ground), ink, wear.flat(ink.shape, letters))
    return wear.over(image, red_ink, wear.flat(ink.shape, np.array(RED_SYMBOL_BGR))) if plate.red_symbols else image


def _rim(image: ImageBgr, plate: PlateText, px_per_mm: float, rng: np.random.Generator) -> None:
    """The raised line along the edge: in the letters' colour, or only its shadow."""
    h, w = image.shape[:2]
    strength = float(rng.beta(1, 1.5))
    ground = image[h // 2, round((MARGIN_MM + 1) * px_per_mm)].astype(np.float64)
    colour = ground + (np.array(LETTERS_BGR[plate.colour]) - ground) * strength
    thickness = max(1, round(rng.uniform(1.0, 2.5) * px_per_mm))
    inset, radius = (MARGIN_MM + rng.uniform(1.5, 4)) * px_per_mm, rng.uniform(3, 7) * px_per_mm
    line = np.round(rounded_box((w, h), inset, radius)).astype(np.int32)
    cv2.polylines(image, [line], isClosed=True, color=colour.tolist(), thickness=thickness, lineType=cv2.LINE_AA)
