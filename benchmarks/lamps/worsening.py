"""Makes pictures of a traffic light worse, and regions of it wrong, in ways that streets know."""

from collections.abc import Callable
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Region = tuple[int, int, int, int]  # x1, y1, x2, y2 in pixels of the picture
Change = Callable[[Picture, Region, np.random.Generator], Picture]

DIRECTIONS = [(dx, dy) for dx, dy in product((-1, 0, 1), repeat=2) if (dx, dy) != (0, 0)]


def shifted(region: Region, direction: tuple[int, int], housings: float | None) -> Region:
    """The region moved by shares of the housing's width and height, or by 45 px (None)."""
    x1, y1, x2, y2 = region
    dx, dy = (
        (45 * direction[0], 45 * direction[1])
        if housings is None
        else (round(housings * (x2 - x1)) * direction[0], round(housings * (y2 - y1)) * direction[1])
    )
    return x1 + dx, y1 + dy, x2 + dx, y2 + dy


def grown(region: Region, share: float) -> Region:
    """The region larger on every side by a share of its width."""
    x1, y1, x2, y2 = region
    more = round(share * (x2 - x1))
    return x1 - more, y1 - more, x2 + more, y2 + more


def moved_and_scaled(region: Region, picture: Picture, random: np.random.Generator) -> Region | None:
    """The region anywhere near and 0.4 to 2.2 times as large; None where that does not lie within the picture."""
    x1, y1, x2, y2 = region
    wide, high = x2 - x1, y2 - y1
    scale = float(np.exp(random.uniform(np.log(0.4), np.log(2.2))))
    x, y = x1 + wide / 2 + random.uniform(-1.2, 1.2) * wide, y1 + high / 2 + random.uniform(-0.8, 0.8) * high
    half_x, half_y = scale * wide / 2, scale * high / 2
    moved = (round(x - half_x), round(y - half_y), round(x + half_x), round(y + half_y))
    within = min(moved[:2]) >= 0 and moved[2] <= picture.shape[1] and moved[3] <= picture.shape[0]
    return moved if within and moved[2] > moved[0] and moved[3] > moved[1] else None


def _clipped(picture: NDArray[np.float64]) -> Picture:
    return np.clip(picture, 0, 255).astype(np.uint8)


def blurred(picture: Picture, region: Region, _: np.random.Generator) -> Picture:
    """Out of focus by an eighth of the housing's width."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max((region[2] - region[0]) / 8, 1.0)), np.uint8)


def noisy(picture: Picture, _: Region, random: np.random.Generator) -> Picture:
    """A sensor turned up."""
    return _clipped(picture + random.normal(0, 20, picture.shape))


def dimmed(share: float) -> Change:
    """Less light on everything, lamps too, and the noise that comes with it."""
    return lambda picture, _, random: _clipped(picture * share + random.normal(0, 6, picture.shape))


def night(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """Only what glows keeps its light, and a halo around it."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
    glowing = ((hsv[..., 1] > 110) & (hsv[..., 2] > 110)).astype(np.float64)
    glows = cv2.GaussianBlur(glowing, (0, 0), 1.5)[..., None]
    dark = picture * (0.12 + 0.88 * glows)
    halo = cv2.GaussianBlur(picture * glows, (0, 0), max((region[2] - region[0]) / 4, 1.0))
    return _clipped(dark + 0.8 * halo + random.normal(0, 8, picture.shape))


def glare(picture: Picture, region: Region, _: np.random.Generator) -> Picture:
    """Low sun on lens and lamps: a bright veil, strongest at the housing's red end."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    reach = 1.5 * (region[3] - region[1])
    far = ((rows - region[1]) ** 2 + (columns - region[2]) ** 2) / reach**2
    veil = (0.55 * np.exp(-far))[..., None]
    return _clipped(picture * (1 - veil) + np.array([215.0, 245.0, 255.0]) * veil)


def rain(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """Streaks, less contrast and a soft lens."""
    streaks = np.zeros(picture.shape[:2], np.float32)
    for _ in range(picture.shape[0] * picture.shape[1] // 900):
        x, y = int(random.integers(picture.shape[1])), int(random.integers(picture.shape[0]))
        cv2.line(streaks, (x, y), (x + 2, y + 14), 0.35, 1)
    soft = cv2.GaussianBlur(picture, (0, 0), max((region[2] - region[0]) / 20, 0.6))
    flat = 0.75 * soft.astype(np.float64) + 0.25 * 150
    return _clipped(flat * (1 - streaks[..., None]) + 220.0 * streaks[..., None])


def jpeg(picture: Picture, _: Region, __: np.random.Generator) -> Picture:
    """JPEG of quality 20."""
    packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 20])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def cast(blue: float, green: float, red: float) -> Change:
    """A colour cast: each channel times a factor, as of sodium lamps or a wrong white balance."""
    return lambda picture, _, __: _clipped(picture * np.array([blue, green, red]))


def coarse(picture: Picture, region: Region, _: np.random.Generator) -> Picture:
    """A light of 14 pixels across, enlarged again: what a far one shows."""
    share = min(14 / (region[2] - region[0]), 1.0)
    small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (picture.shape[1], picture.shape[0])), np.uint8)


CHANGES: dict[str, Change] = {
    "as recorded": lambda picture, _, __: picture,
    "blur": blurred,
    "noise": noisy,
    "half the light": dimmed(0.5),
    "a quarter of the light": dimmed(0.25),
    "night": night,
    "glare": glare,
    "rain": rain,
    "JPEG 20": jpeg,
    "warm cast": cast(0.6, 0.85, 1.15),
    "sodium cast": cast(0.35, 0.75, 1.25),
    "blue cast": cast(1.3, 1.0, 0.7),
    "14 px across": coarse,
}
