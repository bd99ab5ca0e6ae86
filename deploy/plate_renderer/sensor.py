"""From the scene to a compressed picture: light, weather, lens, motion, noise, sharpening and JPEG.

Severity, 0..1, scales how likely and how strong each fault is.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.plate_renderer.dice import chance, one_of
from domain.geometry import ImageBgr

Field = NDArray[np.float32]

LIGHTS_BGR = (
    (1.0, 1.0, 1.0),
    (1.0, 1.0, 1.0),
    (0.25, 0.2, 1.0),
    (0.4, 0.8, 1.0),
)  # sun, headlamp, tail lamp, indicator
SHARP_PX = 0.2  # a defocus below it cannot be told from none
GLINT_REACH = 0.6  # of the plate's width: how far from its middle lamps and mirrored suns stand
COVERED = 0.25  # of the plate's sides: the most that a strap or rod hides


def through_the_air(
    scene_bgr: ImageBgr, corners_px: NDArray[np.float32], rng: np.random.Generator, severity: float
) -> ImageBgr:
    """Add what light, weather and other things do before the lens."""
    image = scene_bgr.astype(np.float32)
    h, w = image.shape[:2]
    if chance(rng, 0.15 + 0.4 * severity):
        image *= _shadow(h, w, rng)[..., None]
    if chance(rng, 0.3 * severity):
        image += _glow(h, w, corners_px, rng)[..., None] * np.array(one_of(rng, LIGHTS_BGR), np.float32)
    if chance(rng, 0.12 * severity):
        image += _rain(h, w, rng)[..., None]
    if chance(rng, 0.12 * severity):
        _cover(image, corners_px, rng)
    return _as_picture(image)


def _as_picture(image: NDArray[np.floating]) -> ImageBgr:
    return np.asarray(np.clip(image, 0, 255), np.uint8)


def _shadow(h: int, w: int, rng: np.random.Generator) -> Field:
    """Factor (H, W) of a shadow with a soft or sharp edge over part of the picture."""
    angle, cut = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
    x, y = np.linspace(-0.5, 0.5, w), np.linspace(-0.5, 0.5, h)[:, None]
    depth = (x * np.cos(angle) + y * np.sin(angle) - cut) * rng.uniform(2, 40)
    return np.asarray(1 - rng.uniform(0.2, 0.6) / (1 + np.exp(-depth)), np.float32)


def _glow(h: int, w: int, corners_px: NDArray[np.float32], rng: np.random.Generator) -> Field:
    """Added light (H, W) of a mirrored sun or the halo of a lamp near the plate."""
    size = float(np.ptp(corners_px[:, 0]))
    centre = corners_px.mean(axis=0) + rng.normal(0, GLINT_REACH, 2) * size
    y, x = np.ogrid[:h, :w]
    squared = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (rng.uniform(0.1, 0.7) * size) ** 2
    return np.asarray(rng.uniform(40, 240) / (1 + squared) ** 1.5, np.float32)


def _rain(h: int, w: int, rng: np.random.Generator) -> Field:
    """Added light (H, W) of falling drops."""
    lean = rng.normal(0, 0.15)
    drops = np.zeros((h, w), np.float32)
    light = float(rng.uniform(20, 70))
    for _ in range(int(rng.integers(5, 40))):
        x, y, length = rng.uniform(0, w), rng.uniform(-0.2 * h, h), rng.uniform(0.05, 0.25) * h
        cv2.line(drops, (round(x), round(y)), (round(x + lean * length), round(y + length)), light)
    return drops


def _cover(image: Field, corners_px: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Hide a corner of the plate: a strap, a bag, a rod."""
    low, size = corners_px.min(axis=0), np.ptp(corners_px, axis=0)
    x, y = low + rng.choice([0.0, 1.0], 2) * size + rng.normal(0, 0.04, 2) * size
    box = cv2.boxPoints(((x, y), (float(size[0]) * COVERED, float(size[1]) * COVERED), float(rng.uniform(0, 90))))
    shade = np.clip(rng.uniform(5, 200) + rng.normal(0, 25, 3), 0, 255)
    cv2.fillConvexPoly(image, np.round(box).astype(np.int32), shade.tolist(), cv2.LINE_AA)


def exposed(scene_bgr: ImageBgr, rng: np.random.Generator, severity: float, plate_width_px: float) -> ImageBgr:
    """Lens, exposure, noise, the camera's own sharpening and its compression.

    Blur, exposure and noise happen in light, not in the picture's levels: so bright ground eats into dark strokes.

    Args:
        scene_bgr: What arrives at the lens (H, W, 3), in a display's levels.
        rng: Where all randomness comes from.
        severity: 0..1.
        plate_width_px: Blurs are measured against it, so that they never wipe a small plate out.
    """
    light = _through_the_lens(np.square(scene_bgr * np.float32(1 / 255)), rng, severity, plate_width_px)
    gain = np.exp(rng.normal(-0.05, 0.35 + 0.45 * severity))
    cast = np.exp(rng.normal(0, 0.03 + 0.06 * severity, 3))
    light *= (gain * cast).astype(np.float32)
    light += _noise(light, rng, severity)
    image = np.sqrt(np.clip(light, 0, 1)) * np.float32(255)
    haze = rng.uniform(0, 0.45) * severity
    image = image * np.float32(1 - haze) + np.float32(rng.uniform(0, 160) * haze)
    if chance(rng, 0.6):
        image += (image - cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.7, 1.3)))) * rng.uniform(0.2, 1.5)
    if chance(rng, 0.1 + 0.2 * severity):
        image = _resampled(image, float(rng.uniform(0.65, 0.95)))
    quality = int(rng.integers(round(92 - 60 * severity), 97))
    return _compressed(_as_picture(image), quality)


def _through_the_lens(light: Field, rng: np.random.Generator, severity: float, plate_width_px: float) -> Field:
    defocus_px = rng.uniform(0.0, 0.35 + 0.01 * severity * plate_width_px)
    if defocus_px > SHARP_PX:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), float(defocus_px)), np.float32)
    if chance(rng, 0.4 * severity):
        length_px = rng.uniform(1.5, 1.5 + 0.045 * plate_width_px * severity)
        light = np.asarray(cv2.filter2D(light, -1, motion_kernel(length_px, rng.normal(0, 0.5))), np.float32)
    return light


def motion_kernel(length_px: float, angle_rad: float) -> Field:
    """A line of that length through the middle of a small square, summing to one."""
    half = max(1, int(np.ceil(length_px / 2)))
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    step = np.array([np.cos(angle_rad), np.sin(angle_rad)]) * length_px / 2
    begin, end = np.round((half + np.array([-step, step])) * 16).astype(int).tolist()
    cv2.line(kernel, begin, end, 1.0, 1, cv2.LINE_AA, shift=4)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _noise(light: Field, rng: np.random.Generator, severity: float) -> Field:
    """Shot noise (grows with the root of the light) and read noise, mostly shared by the colours."""
    h, w = light.shape[:2]
    read, shot = rng.uniform(0.0002, 0.001 + 0.004 * severity), rng.uniform(0.002, 0.01 + 0.045 * severity)
    noise = rng.standard_normal((h, w, 3), dtype=np.float32) * np.float32(0.4)
    noise += rng.standard_normal((h, w, 1), dtype=np.float32) * np.float32(0.8)
    noise *= np.float32(read) + np.float32(shot) * np.sqrt(light)
    return noise


def _resampled(image: Field, scale: float) -> Field:
    """Shrink and enlarge again, as recorders and digital zooms do."""
    h, w = image.shape[:2]
    small = cv2.resize(image, (max(1, round(w * scale)), max(1, round(h * scale))), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC), np.float32)


def _compressed(image: ImageBgr, quality: int) -> ImageBgr:
    """The picture after JPEG at a quality of 1..100."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
