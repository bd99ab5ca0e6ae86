"""From light to a compressed picture: glare, rain and occlusion, lens, motion, noise, sharpening and JPEG."""

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.geometry import ImageBgr


def through_the_air(
    scene_bgr: ImageBgr, corners_px: NDArray[np.float32], rng: np.random.Generator, severity: float
) -> ImageBgr:
    """Add what light, weather and other things do before the lens."""
    image = scene_bgr.astype(np.float32)
    h, w = image.shape[:2]
    if rng.random() < 0.5 * severity + 0.15:
        image = image * _shade(h, w, rng)[..., None]
    if rng.random() < 0.35 * severity:
        image += _glow(h, w, corners_px, rng)[..., None]
    if rng.random() < 0.12 * severity:
        _rain(image, rng)
    if rng.random() < 0.15 * severity:
        _cover(image, corners_px, rng)
    return np.clip(image, 0, 255).astype(np.uint8)


def _shade(h: int, w: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A soft-edged shadow over part of the picture."""
    angle, cut = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
    x, y = np.linspace(-0.5, 0.5, w, dtype=np.float32), np.linspace(-0.5, 0.5, h, dtype=np.float32)
    side = x[None, :] * np.float32(np.cos(angle)) + y[:, None] * np.float32(np.sin(angle)) - np.float32(cut)
    edge = np.float32(rng.uniform(2, 40))
    shade: NDArray[np.float32] = 1 - np.float32(rng.uniform(0.2, 0.65)) / (1 + np.exp(-np.clip(side * edge, -30, 30)))
    return shade.astype(np.float32)


def _glow(h: int, w: int, corners_px: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A specular spot or the halo of a lamp near the plate."""
    size = float(np.ptp(corners_px[:, 0]))
    centre = corners_px.mean(axis=0) + rng.normal(0, 0.6, 2) * size
    radius = rng.uniform(0.1, 0.9) * size
    y, x = np.ogrid[:h, :w]
    squared = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / radius**2
    glow: NDArray[np.float32] = (rng.uniform(40, 260) / (1 + squared) ** 1.5).astype(np.float32)
    return glow


def _rain(image: NDArray[np.float32], rng: np.random.Generator) -> None:
    h, w = image.shape[:2]
    lean = rng.normal(0, 0.15)
    layer = np.zeros((h, w), np.uint8)
    for _ in range(int(rng.integers(5, 40))):
        x, y, length = rng.uniform(0, w), rng.uniform(-0.2 * h, h), rng.uniform(0.05, 0.25) * h
        cv2.line(layer, (round(x), round(y)), (round(x + lean * length), round(y + length)), 255, 1, cv2.LINE_AA)
    image += layer[..., None] * np.float32(rng.uniform(0.1, 0.3))


def _cover(image: NDArray[np.float32], corners_px: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Something in front of the plate's edge: a strap, a bag, a rod."""
    low, high = corners_px.min(axis=0), corners_px.max(axis=0)
    size = high - low
    at = low + rng.choice([0.0, 1.0], 2) * size + rng.normal(0, 0.04, 2) * size
    box = cv2.boxPoints(
        ((float(at[0]), float(at[1])), (float(size[0] * 0.25), float(size[1] * 0.25)), float(rng.uniform(0, 90)))
    )
    shade = np.clip(rng.uniform(5, 200) + rng.normal(0, 25, 3), 0, 255)
    cv2.fillConvexPoly(image, np.round(box).astype(np.int32), shade.tolist(), cv2.LINE_AA)


def exposed(scene_bgr: ImageBgr, rng: np.random.Generator, severity: float, plate_width_px: float) -> ImageBgr:
    """Lens, exposure, noise, the camera's own sharpening and its compression.

    Args:
        scene_bgr: What arrives at the lens (H, W, 3).
        rng: Where all randomness comes from.
        severity: 0..1.
        plate_width_px: Blurs are measured against it, so that they never wipe a small plate out.
    """
    image = _lens(scene_bgr, rng, severity, plate_width_px).astype(np.float32)
    gain = float(np.exp(rng.normal(-0.15, 0.25 + 0.3 * severity)))
    cast = np.exp(rng.normal(0, 0.02 + 0.06 * severity, 3)).astype(np.float32)
    image = image * (cast * gain)
    contrast = 1 - rng.uniform(0, 0.45) * severity
    image = image * contrast + rng.uniform(0, 60) * (1 - contrast)
    image += _noise(image, rng, severity)
    if rng.random() < 0.5:
        blurred = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.7, 1.3)))
        image += (image - blurred) * np.float32(rng.uniform(0.2, 1.2))
    return _compressed(np.clip(image, 0, 255).astype(np.uint8), rng, severity)


def _lens(image: ImageBgr, rng: np.random.Generator, severity: float, plate_width_px: float) -> ImageBgr:
    defocus = rng.uniform(0.0, 0.25 + 0.011 * severity * plate_width_px)
    if defocus > 0.2:
        image = cv2.GaussianBlur(image, (0, 0), float(defocus))
    if rng.random() < 0.4 * severity:
        length = rng.uniform(1.5, 1.5 + 0.05 * plate_width_px * severity)
        image = cv2.filter2D(image, -1, _motion_kernel(length, rng.normal(0, 0.5)))
    return image


def _motion_kernel(length_px: float, angle: float) -> NDArray[np.float32]:
    """A line through the middle of a small square, summing to one."""
    half = max(1, int(np.ceil(length_px / 2)))
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    step = np.array([np.cos(angle), np.sin(angle)]) * length_px / 2
    ends = np.round((np.array([half, half]) + np.array([-step, step])) * 16).astype(int)
    cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), 1.0, 1, cv2.LINE_AA, shift=4)
    return kernel / kernel.sum()


def _noise(image: NDArray[np.float32], rng: np.random.Generator, severity: float) -> NDArray[np.float32]:
    """Shot noise (grows with the root of the light) and read noise, partly shared by the colours."""
    h, w = image.shape[:2]
    read, shot = rng.uniform(0.3, 1.5 + 6 * severity), rng.uniform(0.0, 0.15 + 0.5 * severity)
    grain = rng.standard_normal((h, w, 1), dtype=np.float32)
    colour = rng.standard_normal((h, w, 3), dtype=np.float32)
    noise: NDArray[np.float32] = (0.8 * grain + 0.5 * colour) * (
        np.float32(read) + np.float32(shot) * np.sqrt(np.clip(image, 0, None))
    )
    return noise


def _compressed(image: ImageBgr, rng: np.random.Generator, severity: float) -> ImageBgr:
    quality = int(rng.integers(round(92 - 65 * severity), 97))
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)
