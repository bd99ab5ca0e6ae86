"""What changes a picture of a street and lays nothing on it: sun, shadows, rain, headlamps, night, compression."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.geometry import ImageBgr

Effect = Callable[[ImageBgr, float, np.random.Generator], ImageBgr]
"""A picture, when it was taken in hours of the day, the camera's own randomness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """A name and what it does."""

    name: str
    effect: Effect


def _as_picture(values: NDArray[np.floating]) -> ImageBgr:
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def _noise(image_bgr: ImageBgr, of: float, random: np.random.Generator) -> NDArray[np.float32]:
    return np.float32(of) * random.standard_normal(image_bgr.shape, dtype=np.float32)


def plain(image_bgr: ImageBgr, hour: float, random: np.random.Generator) -> ImageBgr:
    """Exposure and white balance that wander, noise, compression: every camera has them."""
    del hour
    gain = (random.uniform(0.88, 1.12) * random.uniform(0.97, 1.03, 3)).astype(np.float32)
    noisy = image_bgr * gain + _noise(image_bgr, 2.5, random)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(60, 92))]
    _, jpeg = cv2.imencode(".jpg", _as_picture(noisy), quality)
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def sun(image_bgr: ImageBgr, hour: float, random: np.random.Generator) -> ImageBgr:
    """Shadows of trunks, leaves and roofs that wander with the sun, and other ones every few minutes."""
    height, width = image_bgr.shape[:2]
    fixed = np.random.default_rng(7)
    shade = np.zeros((height, width), np.float32)
    turn = np.tan((hour - 12) * 0.22)
    for _ in range(4):
        foot = fixed.uniform(0, width), fixed.uniform(0.2, 0.6) * height
        tip = foot[0] + turn * height * 0.9, foot[1] + fixed.uniform(0.3, 0.7) * height
        cv2.line(shade, _point(foot), _point(tip), 1.0, int(fixed.uniform(12, 50) * width / 1138))
    for _ in range(60):
        at = fixed.uniform(0, width) + turn * width * 0.25, fixed.uniform(0.3, 1.0) * height
        sway = random.normal(0, 4, 2)
        axes = (int(fixed.uniform(8, 60)), int(fixed.uniform(5, 25)))
        cv2.ellipse(shade, _point((at[0] + sway[0], at[1] + sway[1])), axes, fixed.uniform(0, 180), 0, 360, 1.0, -1)
    soft = np.asarray(cv2.GaussianBlur(shade, (0, 0), 2.5) * random.uniform(0.35, 0.6), np.float32)
    lit = image_bgr * (np.float32(1.15) - np.float32(0.15) * soft[..., None])
    return plain(_as_picture(lit * (1 - soft[..., None] * np.array([0.85, 0.95, 1.0], np.float32))), hour, random)


def rain(image_bgr: ImageBgr, hour: float, random: np.random.Generator) -> ImageBgr:
    """Wet ground that is darker and mirrors what stands above it, streaks, less contrast."""
    height, width = image_bgr.shape[:2]
    mirrored = cv2.GaussianBlur(np.flipud(image_bgr), (0, 0), 9)
    wet = image_bgr * 0.68 + mirrored * random.uniform(0.08, 0.2)
    streaks = np.zeros((height, width), np.float32)
    for _ in range(350):
        x, y = random.uniform(0, width), random.uniform(0, height)
        cv2.line(streaks, _point((x, y)), _point((x + 2, y + random.uniform(8, 22))), 1.0, 1)
    dull = wet * 0.9 + 14 + streaks[..., None] * random.uniform(15, 35)
    return plain(_as_picture(dull), hour, random)


def headlamps(image_bgr: ImageBgr, hour: float, random: np.random.Generator) -> ImageBgr:
    """Night under street lamps, with the light of headlamps on the ground."""
    height, width = image_bgr.shape[:2]
    curve = ((np.arange(256) / 255.0) ** 1.35 * 255 * 0.5).astype(np.float32)
    dark = curve[image_bgr] * np.array([0.72, 0.92, 1.0], np.float32)
    glow = np.zeros((height, width), np.float32)
    for _ in range(int(random.integers(0, 5))):
        at = random.uniform(0, width), random.uniform(0.3, 1.0) * height
        cv2.ellipse(glow, _point(at), (int(random.uniform(30, 160)), int(random.uniform(10, 60))), 0, 0, 360, 1.0, -1)
    soft = np.asarray(cv2.GaussianBlur(glow, (0, 0), 18), np.float32)
    lit = dark + dark * soft[..., None] * np.float32(random.uniform(0.6, 2.0)) + soft[..., None] * 18
    return plain(_as_picture(lit + _noise(image_bgr, 4.0, random)), hour, random)


def _point(at: tuple[float, float]) -> tuple[int, int]:
    return (round(at[0]), round(at[1]))


WEATHERS: Final = (
    Weather(name="as it is", effect=plain),
    Weather(name="wandering shadows", effect=sun),
    Weather(name="rain", effect=rain),
    Weather(name="night and headlamps", effect=headlamps),
)
