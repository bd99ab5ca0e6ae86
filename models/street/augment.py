"""Samples for training and what is done to them: crop and scale, mirror, light, glare, rain, blur, JPEG."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pictures import read_bgr

MIN_SIDE_PX = 4.0
PAD_VALUE = 114


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A picture and its labels.

    Attributes:
        picture_bgr: (h, w, 3).
        boxes: (n, 5) x1, y1, x2, y2 in picture pixels and class.
        ignored: (m, 5) the same, for boxes that are neither right nor wrong.
        folder: Where it came from, so that one camera with many pictures does not outweigh the rest.
    """

    picture_bgr: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    ignored: NDArray[np.float32]
    folder: str = ""


def load_samples(work: Path, split: str) -> list[Sample]:
    """Read every labelled picture of the lists that begin with a word, ``train`` say, into memory (about 2 MB each)."""
    out = []
    files = sorted((work / "labels").glob(f"{split}*.jsonl"))
    for line in (line for file in files for line in file.read_text(encoding="utf-8").splitlines()):
        entry = json.loads(line)
        picture = read_bgr(work / "pictures" / entry["file"])
        rows = [np.array(entry[kind], np.float32).reshape(-1, 5) for kind in ("boxes", "ignored")]
        out.append(Sample(picture_bgr=picture, boxes=rows[0], ignored=rows[1], folder=str(Path(entry["name"]).parent)))
    return out


def draw_order(
    samples: list[Sample], most_of_one: int, generator: np.random.Generator, *, most_of: dict[str, int] | None = None
) -> list[int]:
    """Choose and shuffle the samples of one pass: at most ``most_of_one`` of one folder, COCO's twice.

    A folder of many places, named in ``most_of``, may give more.
    COCO's pictures are few and hold what street cameras seldom show; seeing them twice keeps it from being forgotten.
    """
    seen: dict[str, int] = {}
    chosen = []
    for index in generator.permutation(len(samples)).tolist():
        folder = samples[index].folder
        seen[folder] = seen.get(folder, 0) + 1
        if seen[folder] <= (most_of or {}).get(folder, most_of_one):
            chosen.append(index)
    often = chosen + [index for index in chosen if "coco" in samples[index].folder]
    return [often[k] for k in generator.permutation(len(often))]


def _placed(
    sample: Sample, size_wh: tuple[int, int], scale: float, corner_xy: tuple[float, float], *, mirror: bool
) -> Sample:
    matrix = np.array([[scale, 0, -corner_xy[0]], [0, scale, -corner_xy[1]]], np.float64)
    picture = sample.picture_bgr
    if mirror:
        matrix = np.array([[-scale, 0, scale * picture.shape[1] - corner_xy[0]], matrix[1]], np.float64)
    flags = cv2.INTER_LINEAR
    if scale < 0.6:
        blur = 0.35 / scale
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur), np.uint8)
    fill = (PAD_VALUE,) * 3
    canvas = cv2.warpAffine(picture, matrix, size_wh, flags=flags, borderValue=fill)

    def moved(rows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        out = rows.copy()
        xs = rows[:, [0, 2]] * matrix[0, 0] + matrix[0, 2]
        ys = rows[:, [1, 3]] * matrix[1, 1] + matrix[1, 2]
        full = (np.ptp(xs, axis=1) * np.ptp(ys, axis=1)).clip(1e-6)
        out[:, 0], out[:, 2] = xs.min(1).clip(0, size_wh[0]), xs.max(1).clip(0, size_wh[0])
        out[:, 1], out[:, 3] = ys.min(1).clip(0, size_wh[1]), ys.max(1).clip(0, size_wh[1])
        sides = out[:, 2:4] - out[:, :2]
        seen = sides.prod(1) / full
        big = sides.min(1) >= MIN_SIDE_PX if len(out) else np.zeros(0, bool)
        return out[big & (seen > 0.25)], out[(sides.min(1) > 0.5) & ~(big & (seen > 0.25))] if len(out) else out

    boxes, lost = moved(sample.boxes)
    ignored, half_ignored = moved(sample.ignored)
    return Sample(
        picture_bgr=np.asarray(canvas, np.uint8), boxes=boxes, ignored=np.concatenate([ignored, half_ignored, lost])
    )


def _weather(canvas: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
    """Night, glare, rain, blur and compression, each now and then."""
    picture: NDArray[np.floating] = canvas.astype(np.float32)
    height, width = picture.shape[:2]
    if generator.random() < 0.5:
        gains = 1 + generator.normal(0, 0.06, 3)
        picture = picture * gains * generator.uniform(0.65, 1.3) + generator.uniform(-12, 12)
    if generator.random() < 0.15:
        picture = 255 * (np.clip(picture, 0, 255) / 255) ** generator.uniform(1.4, 2.4) * generator.uniform(0.45, 0.9)
        picture += generator.normal(0, generator.uniform(2, 7), picture.shape)
        for _ in range(int(generator.integers(0, 5))):
            glow = np.zeros((height, width), np.float32)
            where = (int(generator.integers(width)), int(generator.integers(height)))
            cv2.circle(glow, where, int(generator.integers(2, 7)), 1.0, -1)
            soft = np.asarray(cv2.GaussianBlur(glow, (0, 0), generator.uniform(3, 14)), np.float32)
            picture += soft[..., None] / max(float(soft.max()), 1e-6) * generator.uniform(80, 220)
    if generator.random() < 0.08:
        rain = (generator.random((height, width)) < 0.004).astype(np.float32)
        kernel = np.diag(np.ones(int(generator.integers(5, 12)), np.float32))
        picture += cv2.filter2D(rain, -1, kernel)[..., None] * generator.uniform(30, 80)
    seen = np.asarray(np.clip(picture, 0, 255), np.uint8)
    if generator.random() < 0.12:
        length = int(generator.integers(2, 5))
        kernel_wh = (length, 1) if generator.random() < 0.7 else (length, length)
        seen = np.asarray(cv2.blur(seen, kernel_wh), np.uint8)
    if generator.random() < 0.25:
        quality = int(generator.integers(35, 85))
        _, jpeg = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, quality])
        seen = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
    return seen


def augmented(
    sample: Sample,
    others: list[Sample],
    size_wh: tuple[int, int],
    generator: np.random.Generator,
    *,
    plain: bool = False,
    mirrored: bool = True,
) -> Sample:
    """Make one training sample of the wanted size.

    Args:
        sample: The picture to show.
        others: Where the filling of a four-picture mosaic comes from.
        size_wh: Input size in pixels.
        generator: The source of chance.
        plain: Letterbox only.
        mirrored: Show half of them mirrored; not where writing must be told.

    Returns:
        The changed sample; objects cut to under a quarter or under 4 pixels become ignored.
    """
    height, width = sample.picture_bgr.shape[:2]
    fit = min(size_wh[0] / width, size_wh[1] / height)
    if plain or generator.random() < 0.35:
        corner = (-(size_wh[0] - width * fit) / 2, -(size_wh[1] - height * fit) / 2)
        shown = _placed(sample, size_wh, fit, corner, mirror=mirrored and not plain and generator.random() < 0.5)
        return shown if plain else _lit(shown, generator)
    if generator.random() < 0.2:
        return _lit(
            _mosaic([sample, *(others[k] for k in generator.integers(len(others), size=3))], size_wh), generator
        )
    scale = fit * float(np.exp(generator.uniform(np.log(0.75), np.log(2.2))))
    free_x, free_y = width * scale - size_wh[0], height * scale - size_wh[1]
    corner = (generator.uniform(0, 1) * free_x, generator.uniform(0, 1) * free_y)
    return _lit(_placed(sample, size_wh, scale, corner, mirror=mirrored and generator.random() < 0.5), generator)


def _lit(sample: Sample, generator: np.random.Generator) -> Sample:
    return Sample(picture_bgr=_weather(sample.picture_bgr, generator), boxes=sample.boxes, ignored=sample.ignored)


def _mosaic(parts: list[Sample], size_wh: tuple[int, int]) -> Sample:
    half = (size_wh[0] // 2, size_wh[1] // 2)
    canvas = np.full((size_wh[1], size_wh[0], 3), PAD_VALUE, np.uint8)
    boxes, ignored = [], []
    for place, part in enumerate(parts):
        height, width = part.picture_bgr.shape[:2]
        small = _placed(part, half, max(half[0] / width, half[1] / height), (0.0, 0.0), mirror=False)
        left, top = (place % 2) * half[0], (place // 2) * half[1]
        canvas[top : top + half[1], left : left + half[0]] = small.picture_bgr
        shift = np.array([left, top, left, top, 0], np.float32)
        boxes.append(small.boxes + shift)
        ignored.append(small.ignored + shift)
    return Sample(picture_bgr=canvas, boxes=np.concatenate(boxes), ignored=np.concatenate(ignored))
