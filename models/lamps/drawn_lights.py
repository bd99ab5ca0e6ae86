"""Draws traffic lights: a housing with three lamps of which one is lit or none, round, as an arrow or of dots."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

STATES = ("red", "yellow", "green", "dark")
Picture = NDArray[np.uint8]

_HUES = {"red": (-10, 8), "yellow": (12, 28), "green": (48, 92)}  # OpenCV's hue
_UNLIT = (0, 20, 68)  # hues of unlit lenses


def drawn_light(state: str, wide_px: int, rng: np.random.Generator) -> Picture:
    """One housing, cut tightly, red at the top.

    Args:
        state: of ``STATES``.
        wide_px: of the housing.
        rng: where everything else comes from.
    """
    high_px = round(wide_px * rng.uniform(2.4, 3.2))
    body = rng.uniform(8, 75) + rng.normal(0, 4, 3)
    light = np.tile(body, (high_px, wide_px, 1)) + rng.normal(0, rng.uniform(0, 6), (high_px, wide_px, 1))
    if rng.random() < 0.3:  # a bright rim around the backplate
        cv2.rectangle(light, (0, 0), (wide_px - 1, high_px - 1), tuple(rng.uniform(120, 240, 3)), max(wide_px // 16, 1))
    place_px, radius_px = high_px / 3, rng.uniform(0.3, 0.46) * min(wide_px, high_px / 3)
    glow = np.zeros((high_px, wide_px, 3), np.float64)
    for index, name in enumerate(("red", "yellow", "green")):
        middle = (round(wide_px / 2 + rng.normal(0, 0.02) * wide_px), round(place_px * (index + 0.5)))
        unlit = colour_of(_UNLIT[index], rng.uniform(0, 110), rng.uniform(15, 85))
        cv2.circle(light, middle, round(radius_px), unlit, -1)
        if name == state:
            lit = colour_of(rng.uniform(*_HUES[name]), rng.uniform(110, 255), rng.uniform(150, 255))
            _light_up(glow, middle, radius_px, lit, rng)
        if rng.random() < 0.4:  # the visor's shadow
            cv2.ellipse(light, middle, (round(radius_px),) * 2, 0, 180, 360, tuple(body * 0.6), max(wide_px // 12, 1))
    halo = cv2.GaussianBlur(glow, (0, 0), max(wide_px * rng.uniform(0.05, 0.3), 0.5))
    lit_area = (glow.max(axis=2, keepdims=True) > 0).astype(np.float64)
    seen = light * (1 - 0.9 * lit_area) + glow + rng.uniform(0, 0.5) * halo
    return np.clip(seen, 0, 255).astype(np.uint8)


def colour_of(hue: float, saturation: float, value: float) -> tuple[float, float, float]:
    """BGR of a hue in OpenCV's 0 to 179, counted around."""
    hsv = np.array([[[round(hue) % 180, round(saturation), round(value)]]], np.uint8)
    blue, green, red = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0].astype(float)
    return float(blue), float(green), float(red)


def _light_up(
    glow: NDArray[np.float64],
    middle: tuple[int, int],
    radius_px: float,
    colour: tuple[float, float, float],
    rng: np.random.Generator,
) -> None:
    kind = rng.random()
    reach = round(radius_px)
    if kind < 0.15:  # an arrow
        start, end = (middle[0] - reach, middle[1]), (middle[0] + reach, middle[1])
        if rng.random() < 0.5:
            start, end = end, start
        cv2.arrowedLine(glow, start, end, colour, max(reach // 2, 1), tipLength=0.5)
        return
    cv2.circle(glow, middle, reach, colour, -1)
    if kind < 0.3:  # single diodes
        glow[:: max(reach // 4, 2)] *= 0.5
    elif kind < 0.6:  # the sensor is full in the middle
        full = tuple(min(channel + rng.uniform(60, 200), 255.0) for channel in colour)
        cv2.circle(glow, middle, max(round(radius_px * rng.uniform(0.2, 0.6)), 1), full, -1)
