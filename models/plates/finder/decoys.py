"""Draws what a finder takes for a plate and is none: lettering, patterned cloth, kerbs, wheels, bright panels."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.plate_renderer.sensor import exposed

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

WORDS = (
    "QUYNH THANH", "VIP LIMO", "XE KHACH", "THACO", "FRONTIER", "HYUNDAI", "GIAO HANG", "NHA XE", "SUA CHUA", "CAFE",
    "BIA HOI", "HUE TOURIST", "VINASUN", "TAXI", "GAS", "NUOC DA", "SHIP", "HONDA", "TINTIN", "XE TAP LAI", "CHO THUE",
)  # fmt: skip
FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_COMPLEX)
HEIGHT_PX = 96  # of a decoy as it is drawn
MOST_WIDE, LEAST_WIDE = 0.6, 0.12  # of the vehicle
CLEAR_OF_PLATES = 1.5  # of a plate's box: nothing is laid nearer
TRIES = 12


def with_decoys(picture_bgr: Picture, plates: NDArray[np.float32], rng: np.random.Generator, count: int) -> Picture:
    """Lay decoys over a picture, clear of its plates, and photograph the whole anew: see ``laid_over``."""
    laid, widest_px = laid_over(picture_bgr, plates, rng, count)
    return exposed(laid, rng, float(rng.uniform(0, 0.4)), widest_px)


def laid_over(
    picture_bgr: Picture, plates: NDArray[np.float32], rng: np.random.Generator, count: int
) -> tuple[Picture, float]:
    """Lay decoys over a picture, clear of its plates.

    Args:
        picture_bgr: (h, w, 3); it is not written to.
        plates: (n, 4) x1, y1, x2, y2 of the plates in it, in pixels.
        rng: The source of chance.
        count: How many; fewer where no free place is found.

    Returns:
        The picture, and the width of the widest decoy (1 where there is none).
    """
    height, width = picture_bgr.shape[:2]
    image, widest_px = picture_bgr.copy(), 1.0
    for _ in range(count):
        decoy = KINDS[int(rng.integers(len(KINDS)))](rng)
        ratio = decoy.shape[1] / decoy.shape[0]
        for _ in range(TRIES):
            wide = float(rng.uniform(LEAST_WIDE, MOST_WIDE if ratio > 2 else MOST_WIDE / 2)) * width
            x, y = rng.uniform(0, max(1.0, width - wide)), rng.uniform(0, max(1.0, height - wide / ratio))
            if _is_free((x, y, x + wide, y + wide / ratio), plates):
                image, widest_px = _laid(image, decoy, (x, y), wide, rng), max(widest_px, wide)
                break
    return image, widest_px


def _is_free(box: tuple[float, float, float, float], plates: NDArray[np.float32]) -> bool:
    for x1, y1, x2, y2 in plates.tolist():
        grow_x, grow_y = (x2 - x1) * (CLEAR_OF_PLATES - 1), (y2 - y1) * (CLEAR_OF_PLATES - 1)
        if box[0] < x2 + grow_x and box[2] > x1 - grow_x and box[1] < y2 + grow_y and box[3] > y1 - grow_y:
            return False
    return True


def _laid(
    image: Picture, decoy: Picture, corner: tuple[float, float], wide: float, rng: np.random.Generator
) -> Picture:
    """The picture with a decoy (BGR and opacity) warped into it, a little turned, in the light of its place."""
    high, across = decoy.shape[:2]
    tall = wide * high / across
    wanted = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    wanted += rng.normal(0, 0.06, (4, 2)) * tall + np.array(corner)
    drawn = np.array([[0, 0], [across, 0], [across, high], [0, high]], np.float32)
    flags = cv2.INTER_AREA if wide < across else cv2.INTER_LINEAR
    size = image.shape[1::-1]
    matrix = cv2.getPerspectiveTransform(drawn, wanted.astype(np.float32))
    if wide < across:
        decoy = np.asarray(cv2.GaussianBlur(decoy, (0, 0), 0.35 * across / wide), np.uint8)
    warped = cv2.warpPerspective(decoy, matrix, size, flags=flags).astype(np.float32)
    opacity = warped[..., 3:] / 255
    y, x = int(corner[1]), int(corner[0])
    around = image[max(0, y) : y + int(tall) + 2, max(0, x) : x + int(wide) + 2]
    light = float(np.clip(np.percentile(around, 80) / 210 * rng.uniform(0.8, 1.3), 0.25, 1.15)) if around.size else 1.0
    return np.clip(image * (1 - opacity) + warped[..., :3] * light * opacity, 0, 255).astype(np.uint8)


def _colour(rng: np.random.Generator) -> Colour:
    hue, strength, value = rng.integers(180), rng.integers(256), rng.integers(256)
    b, g, r = cv2.cvtColor(np.array([[[hue, strength, value]]], np.uint8), cv2.COLOR_HSV2BGR)[0, 0].tolist()
    return b, g, r


def _canvas(ratio: float, colour: Colour, opacity: int) -> Picture:
    return np.full((HEIGHT_PX, max(8, round(HEIGHT_PX * ratio)), 4), (*colour, opacity), np.uint8)


def lettering(rng: np.random.Generator) -> Picture:
    """Words painted on a board, or on the vehicle itself: a name, never what could be a plate."""
    text, font = str(rng.choice(WORDS)), int(rng.choice(FONTS))
    thick = int(rng.integers(3, 9))
    (wide, tall), _ = cv2.getTextSize(text, font, 2.0, thick)
    out = _canvas((wide + 40) / HEIGHT_PX, _colour(rng), 255 if rng.random() < 0.6 else 0)
    ink = (*_colour(rng), 255)
    cv2.putText(out, text, (20, (HEIGHT_PX + tall) // 2), font, 2.0, ink, thick, cv2.LINE_AA)
    return out


def cloth(rng: np.random.Generator) -> Picture:
    """Dots or checks."""
    out = _canvas(float(rng.uniform(1.0, 3.0)), _colour(rng), 255)
    ink, step = (*_colour(rng), 255), int(rng.integers(8, 24))
    dots = rng.random() < 0.6
    for y in range(0, HEIGHT_PX, step):
        for x in range((y // step % 2) * step // 2, out.shape[1], step):
            if dots:
                cv2.circle(out, (x + int(rng.integers(-2, 3)), y), step // 3, ink, -1)
            else:
                cv2.rectangle(out, (x, y), (x + step // 2, y + step // 2), ink, -1)
    return out


def bars(rng: np.random.Generator) -> Picture:
    """Barred as kerbs, barriers, grilles and lamps are."""
    out = _canvas(float(rng.uniform(1.2, 5.0)), _colour(rng), 255)
    ink, step, along = (*_colour(rng), 255), int(rng.integers(6, 40)), rng.random() < 0.5
    for at in range(0, HEIGHT_PX if along else out.shape[1], 2 * step):
        end = (out.shape[1], at + step) if along else (at + step, HEIGHT_PX)
        cv2.rectangle(out, (0, at) if along else (at, 0), end, ink, -1)
    return out


def wheel(rng: np.random.Generator) -> Picture:
    """A tyre with a bright rim and spokes, seen aslant."""
    out = _canvas(float(rng.uniform(0.6, 1.1)), (0, 0, 0), 0)
    middle = (out.shape[1] // 2, HEIGHT_PX // 2)
    rubber, metal = int(rng.integers(15, 60)), int(rng.integers(120, 240))
    radii = (middle[0] - 1, middle[1] - 1)
    cv2.ellipse(out, middle, radii, 0, 0, 360, (rubber, rubber, rubber, 255), -1, cv2.LINE_AA)
    rim = (round(radii[0] * 0.68), round(radii[1] * 0.68))
    cv2.ellipse(out, middle, rim, 0, 0, 360, (metal, metal, metal, 255), -1, cv2.LINE_AA)
    spokes, turned = int(rng.integers(5, 11)), rng.uniform(0, np.pi)
    for angle in turned + np.arange(spokes) * 2 * np.pi / spokes:
        at = (middle[0] + int(rim[0] * 0.65 * np.cos(angle)), middle[1] + int(rim[1] * 0.65 * np.sin(angle)))
        cv2.circle(out, at, max(2, 40 // spokes), (rubber, rubber, rubber, 255), -1, cv2.LINE_AA)
    return out


def panel(rng: np.random.Generator) -> Picture:
    """A bright panel without writing: a mudguard, a lamp, a mirrored sky."""
    out = _canvas(float(rng.uniform(1.0, 3.5)), (0, 0, 0), 0)
    grey = int(rng.integers(150, 256))
    middle = (out.shape[1] // 2, HEIGHT_PX // 2)
    cv2.ellipse(out, middle, (middle[0] - 1, middle[1] - 1), 0, 0, 360, (grey, grey, grey, 255), -1, cv2.LINE_AA)
    half = rng.random() < 0.5
    if half:
        cv2.rectangle(out, (0, middle[1]), (out.shape[1], HEIGHT_PX), (grey, grey, grey, 255), -1)
    return np.asarray(cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.5, 5))), np.uint8)


KINDS: tuple[Callable[[np.random.Generator], Picture], ...] = (lettering, lettering, cloth, bars, wheel, panel)
