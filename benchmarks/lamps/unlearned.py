"""Worsenings that neither the thresholds nor the lamp-fit network saw before: they only judge."""

import io

import av
import cv2
import numpy as np

from benchmarks.lamps.worsening import Change, Picture, Region
from benchmarks.pictures import bgr_of

_BUSES = {"red": (45, 40, 205), "green": (60, 170, 40)}


def moved(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """The camera shakes: blurred along a line of a third of the housing's width, in any direction."""
    long_px = max((region[2] - region[0]) // 3, 3)
    kernel = np.zeros((2 * long_px + 1,) * 2, np.float32)
    angle = random.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * long_px / 2
    ends = [tuple(np.round(long_px + sign * reach).astype(int).tolist()) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)


def few_bits(picture: Picture, _: Region, __: np.random.Generator) -> Picture:
    """H.264 with so few bits that blocks show (CRF 42)."""
    high, wide = (side - side % 2 for side in picture.shape[:2])
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=1, options={"crf": "42", "preset": "veryfast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = wide, high, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:high, :wide]), format="bgr24")
        film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as written:
        seen = bgr_of(next(written.decode(video=0)))
    changed = picture.copy()
    changed[:high, :wide] = seen
    return changed


def bloom(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """Night with a sensor turned up: what glows is white in its middle and fills its surroundings."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
    glows = ((hsv[..., 1] > 110) & (hsv[..., 2] > 110)).astype(np.float64)
    wide_px = region[2] - region[0]
    near = cv2.GaussianBlur(glows, (0, 0), max(wide_px / 6, 1.0))[..., None]
    halo = cv2.GaussianBlur(picture * glows[..., None], (0, 0), max(wide_px / 2, 1.5))
    seen = picture * (0.08 + 0.92 * near) + 1.6 * halo + 200.0 * np.clip(near - 0.55, 0, 1)
    return np.asarray(np.clip(seen + random.normal(0, 10, picture.shape), 0, 255), np.uint8)


def flare(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """Ghosts of the sun in the lens: rings and discs in colours, some over the light."""
    seen = picture.astype(np.float64)
    x1, y1, x2, y2 = region
    for _ in range(4):
        layer = np.zeros(picture.shape, np.float64)
        x, y = random.uniform(x1 - (x2 - x1), x2 + (x2 - x1)), random.uniform(y1, y2)
        hue = np.array([[[random.integers(180), random.integers(60, 200), 255]]], np.uint8)
        colour = tuple(cv2.cvtColor(hue, cv2.COLOR_HSV2BGR)[0, 0].astype(float).tolist())
        cv2.circle(layer, (round(x), round(y)), round(random.uniform(0.3, 1.2) * (x2 - x1)) + 1, colour, -1)
        seen += random.uniform(0.15, 0.5) * cv2.GaussianBlur(layer, (0, 0), max((x2 - x1) / 10, 1.0))
    return np.clip(seen, 0, 255).astype(np.uint8)


def bus(colour: str) -> Change:
    """A bus that passes before the light and hides two thirds of it, from below or from one side."""

    def passing(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
        x1, y1, x2, y2 = region
        seen = picture.copy()
        if random.random() < 0.5:
            top, left, right = round(y1 + (y2 - y1) / 3), 0, picture.shape[1]
        else:
            top, left, right = 0, round(x1 + (x2 - x1) / 3), picture.shape[1]
        side = seen[top:, left:right]
        side[...] = np.clip(np.array(_BUSES[colour]) + random.normal(0, 6, side.shape), 0, 255)
        cv2.rectangle(seen, (left + 3, top + 3), (right, top + max((y2 - y1) // 6, 2)), (70, 60, 55), -1)  # windows
        return seen

    return passing


UNLEARNED: dict[str, Change] = {
    "movement": moved,
    "few bits": few_bits,
    "night bloom": bloom,
    "flare": flare,
    "red bus passes": bus("red"),
    "green bus passes": bus("green"),
}
