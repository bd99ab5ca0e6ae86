"""What happens to a plate after it is painted: pressing, bolts, seals, stickers, dirt, a holder, a cover, bending."""

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.plate_renderer.dice import chance, one_of
from deploy.plate_renderer.typesetting import MARGIN_MM, Mask
from domain.geometry import ImageBgr
from domain.plates.reading import PlateLayout

HOLDER_SHADES = (25.0, 60.0, 150.0, 200.0)
MUD_BGR = (70, 100, 120)
PANE_BGR = (85, 185, 215)  # of a clear pane that the sun has yellowed
STICKER_BGR = ((40, 40, 200), (60, 60, 60), (200, 120, 40), (60, 180, 230))


def flat(shape: tuple[int, ...], bgr: NDArray[np.float64]) -> ImageBgr:
    """A picture of one colour."""
    return np.full((*shape, 3), np.clip(bgr, 0, 255).astype(np.uint8))


def over(image: ImageBgr, mask: Mask, layer: ImageBgr) -> ImageBgr:
    """Lay one picture over another where a mask (0..255) says so."""
    return mixed(image, np.asarray(mask / 255, np.float32), layer)


def mixed(image: ImageBgr, weight: NDArray[np.float32], layer: ImageBgr) -> ImageBgr:
    """Mix a second picture into a first by a weight (H, W) of 0..1."""
    return np.asarray(cv2.blendLinear(layer, image, weight, 1 - weight), np.uint8)


def pressed(image: ImageBgr, ink: Mask, px_per_mm: float, rng: np.random.Generator) -> ImageBgr:
    """Light and shade on the flanks of the pressed characters, and the sky mirrored in part of them."""
    angle, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.0, 0.35)
    shift_px = rng.uniform(0.6, 1.5) * px_per_mm
    move = np.array([[1, 0, shift_px * np.cos(angle)], [0, 1, shift_px * np.sin(angle)]], np.float32)
    h, w = ink.shape
    moved = cv2.warpAffine(ink, move, (w, h))
    slope = cv2.subtract(moved, ink, dtype=cv2.CV_16S)
    lit = cv2.addWeighted(image, 1.0, cv2.merge([slope] * 3), -height, 0.0, dtype=cv2.CV_8U)
    if not chance(rng, 0.18):
        return np.asarray(lit, np.uint8)
    sky = flat(ink.shape, rng.uniform(120, 230) + rng.normal(0, 8, 3))
    share = np.clip(_cloud(h, w, rng) * 2 - rng.uniform(0.7, 1.5), 0, 0.65).astype(np.float32)
    return mixed(np.asarray(lit, np.uint8), np.asarray(share * (ink / 255), np.float32), sky)


def _cloud(h: int, w: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Soft patches of about 0..1 over (H, W)."""
    coarse = rng.random((4, 7), dtype=np.float32)
    return np.asarray(cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC), np.float32)


def worn(image: ImageBgr, layout: PlateLayout, px_per_mm: float, rng: np.random.Generator) -> ImageBgr:
    """Add bolts, the police seal, a sticker and dirt."""
    h, w = image.shape[:2]
    if chance(rng, 0.5):
        _bolts(image, layout, px_per_mm, rng)
    if chance(rng, 0.5):
        centre = (round(w * rng.uniform(0.45, 0.6)), round((MARGIN_MM + rng.uniform(9, 16)) * px_per_mm))
        shade = (image[h // 2, round((MARGIN_MM + 1) * px_per_mm)] * 0.9).tolist()  # of the bare ground
        cv2.circle(image, centre, round(7 * px_per_mm), shade, max(1, round(px_per_mm)), cv2.LINE_AA)
    if chance(rng, 0.08):
        _sticker(image, px_per_mm, rng)
    dirt = float(rng.beta(1, 4)) * 0.8
    downwards = np.linspace(0.3, 1, h, dtype=np.float32)[:, None]
    weight = np.clip(_cloud(h, w, rng) * downwards * dirt, 0, 1).astype(np.float32)
    return mixed(image, weight, flat((h, w), np.array(MUD_BGR) * rng.uniform(0.5, 1.5)))


def _bolts(image: ImageBgr, layout: PlateLayout, px_per_mm: float, rng: np.random.Generator) -> None:
    """Two bolts: at mid-height of a two-line plate, between or beside the characters of a long one."""
    h_mm, w_mm = image.shape[0] / px_per_mm, image.shape[1] / px_per_mm
    from_side = rng.uniform(7, 45)
    y = h_mm / 2 + rng.normal(0, 3) if layout == "two_lines" else MARGIN_MM + rng.uniform(8, 14)
    for x in (MARGIN_MM + from_side, w_mm - MARGIN_MM - from_side):
        centre = (round((x + rng.normal(0, 1.5)) * px_per_mm), round(y * px_per_mm))
        radius = max(1, round(rng.uniform(2, 4.5) * px_per_mm))
        cv2.circle(image, centre, radius, (int(rng.integers(40, 210)),) * 3, -1, cv2.LINE_AA)


def _sticker(image: ImageBgr, px_per_mm: float, rng: np.random.Generator) -> None:
    """A coloured patch at the left edge or in an upper corner, where people put flags and stamps."""
    h, w = image.shape[:2]
    size = rng.uniform(8, 16) * px_per_mm
    left = MARGIN_MM * px_per_mm + (0.0 if chance(rng, 0.7) else w - 2 * MARGIN_MM * px_per_mm - size)
    top = rng.uniform(MARGIN_MM * px_per_mm, h * 0.4)
    bottom = h - MARGIN_MM * px_per_mm if chance(rng, 0.3) else top + size
    colour = one_of(rng, STICKER_BGR)
    cv2.rectangle(image, (round(left), round(top)), (round(left + size), round(bottom)), colour, -1)


def held(image: ImageBgr, alpha: Mask, px_per_mm: float, rng: np.random.Generator) -> tuple[ImageBgr, Mask]:
    """Put some plates into a frame, dark or shining."""
    if not chance(rng, 0.35):
        return image, alpha
    return _framed(image, alpha, one_of(rng, HOLDER_SHADES) + rng.uniform(-15, 15, 3), px_per_mm, rng)


def covered(image: ImageBgr, alpha: Mask, px_per_mm: float, rng: np.random.Generator) -> tuple[ImageBgr, Mask]:
    """Put a plate under a yellowed pane in a pale frame: its ground looks yellow and its characters pale."""
    pane = flat(alpha.shape, np.array(PANE_BGR) * rng.uniform(0.75, 1.1) + rng.normal(0, 8, 3))
    seen_through = cv2.multiply(image, pane, scale=1 / 255)
    image = mixed(np.asarray(seen_through, np.uint8), np.full(alpha.shape, rng.uniform(0.15, 0.7), np.float32), pane)
    return _framed(image, alpha, rng.uniform(170, 235) + rng.uniform(-10, 10, 3), px_per_mm, rng)


def _framed(
    image: ImageBgr, alpha: Mask, shade_bgr: NDArray[np.float64], px_per_mm: float, rng: np.random.Generator
) -> tuple[ImageBgr, Mask]:
    reach = max(1, round(rng.uniform(3, MARGIN_MM - 1) * px_per_mm))
    outer = cv2.dilate(alpha, cv2.getStructuringElement(cv2.MORPH_RECT, (2 * reach + 1, 2 * reach + 1)))
    return over(flat(alpha.shape, shade_bgr), alpha, image), np.asarray(outer, np.uint8)


def bent(image: ImageBgr, alpha: Mask, rng: np.random.Generator) -> tuple[ImageBgr, Mask]:
    """Bend some long plates round a bumper: seen from above their lines become arcs and the letters fan out."""
    if not chance(rng, 0.4):
        return image, alpha
    h, w = alpha.shape
    sag_px = rng.normal(0, 0.06) * h
    x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    across = (x - w / 2) / (w / 2)
    source_y = (y - np.float32(sag_px) * (1 - across**2)).astype(np.float32)
    lean = np.float32(4 * sag_px / w) * across
    source_x = (x - lean * (y - h / 2)).astype(np.float32)
    bent_image = cv2.remap(image, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    bent_alpha = cv2.remap(alpha, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(bent_image, np.uint8), np.asarray(bent_alpha, np.uint8)
