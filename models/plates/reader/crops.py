"""Training pictures of plates: real ones of the splits, made worse, and rendered ones."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from networks import ALPHABET, CORNERS_WH, GROWN_BY, ONE_LINE_WH, TWO_LINES_WH
from numpy.typing import NDArray
from recombining import Recombiner
from spoiling import spoiled

from benchmarks.pictures import read_bgr
from deploy.plate_renderer import PlateText, draw, fitting_scale, kind_weights, photograph, sample_plate
from detectors.plates.corners import PlateCorners
from detectors.plates.rectify import rectified

Image = NDArray[np.uint8]
Corners = NDArray[np.float32]
SPLITS = Path(__file__).parents[1] / "splits"
SETS = ("greenparking", "car1line_crops", "mixed_crops_ndata")
#: Half as a street shows them, half all alike: a kind is learned from what is drawn of it, not from how seldom it is.
WEIGHTS: Mapping[str, float] = {
    kind: 0.5 * weight / sum(kind_weights().values()) + 0.5 / len(kind_weights())
    for kind, weight in kind_weights().items()
}
SIZES_WH = {1: ONE_LINE_WH, 2: TWO_LINES_WH}
#: Share of rendered plates with characters from the whole alphabet: a lawful plate has one letter or two among eight or
#: nine characters, too few to learn twenty-three letters from.
SCRAMBLED = 0.4
#: A rendered plate is kept and shown again in other cuts, because drawing one costs as much as learning from two.
SHOWN_AGAIN, KEPT = 0.6, 600
#: How far the edges of a plate set straight are off, as shares of its size; inwards no character is cut.
EDGE_OUT, EDGE_IN, LOOSE, SLANTED = 0.12, 0.03, 0.3, 0.25
#: How far a finder's box is off at each side, and how often a picture ends at the plate.
BOX_OFF, CUT_TIGHT = 0.12, 0.25
#: Of what the reader learns from: real plates, real characters in new order; the rest is rendered.
REAL, RECOMBINED = 0.35, 0.25
#: How often a plate is set straight by the corners that the shipped network finds, as the product does.
FOUND = 0.5


@dataclass(frozen=True, slots=True)
class Plate:
    """A picture of a plate with its corners and text."""

    name: str  # of the set
    image_bgr: Image
    corners_px: Corners
    text: str
    lines: int


def real_plates(data: Path, part: str) -> list[Plate]:
    """The plates of one part of the split whose text is known; corners are those of the labelled box."""
    wanted = set((SPLITS / f"{part}.txt").read_text(encoding="utf-8").split())
    plates = []
    for name in SETS:
        with (data / "plates" / name / "manifest.tsv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                path = f"plates/{name}/{row['file']}"
                if path in wanted and row["text"]:
                    plates.append(_plate(name, read_bgr(data / path), row))
    return plates


def _plate(name: str, image: Image, row: dict[str, str]) -> Plate:
    height, width = image.shape[:2]
    x, y, w, h = map(float, row["box_xywh"].split(",")) if row.get("box_xywh") else (0.0, 0.0, width, height)
    left, top = int(max(0, x - w / 4)), int(max(0, y - h / 4))
    crop = image[top : int(min(height, y + h * 1.25)), left : int(min(width, x + w * 1.25))]
    box = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], np.float32) - np.array((left, top), np.float32)
    printed = row.get("text_as_printed") or row["text"]  # the column "text" writes Đ as D
    text = "".join(character for character in printed if character.isalnum())
    return Plate(name, crop, box.astype(np.float32), text, int(row["lines"]))


def scrambled(plate: PlateText, rng: np.random.Generator) -> PlateText:
    """The same plate with any characters in place of its own."""
    characters = iter(rng.choice(list(ALPHABET), 2 * len(plate.text)).tolist())
    lines = ("".join(next(characters) if one.isalnum() else one for one in line) for line in plate.lines)
    return replace(plate, lines=tuple(lines))


def rendered_plate(rng: np.random.Generator, severity: float, backgrounds: list[Image], lines: int) -> Plate:
    """A rendered plate, photographed; its corners count from the middle of the first pixel, as cv2 does."""
    plate = sample_plate(rng, WEIGHTS)
    while len(plate.lines) != lines:
        plate = sample_plate(rng, WEIGHTS)
    if rng.random() < SCRAMBLED:
        plate = scrambled(plate, rng)
    width_px = float(np.exp(rng.uniform(np.log(40), np.log(150)))) * (1.0 if plate.layout == "two_lines" else 1.2)
    artwork = draw(plate, fitting_scale(plate, width_px), rng)
    ratio = artwork.image_bgr.shape[0] / artwork.image_bgr.shape[1]
    size_wh = (int(width_px * 1.6) + 8, int(width_px * ratio * 2.2) + 8)
    behind = backgrounds[rng.integers(len(backgrounds))] if backgrounds and rng.random() < 0.6 else None
    photo = photograph(artwork, rng, size_wh, behind, severity=severity, plate_width_px=width_px)
    return Plate(
        "rendered", photo.image_bgr, photo.corners_px - 0.5, photo.text, 2 if photo.layout == "two_lines" else 1
    )


def jittered(corners_px: Corners, rng: np.random.Generator, share: float) -> Corners:
    """Corners as an imperfect finder gives them: each off by a share of the plate's size, with or without its rim.

    Edges stand off by up to EDGE_OUT of the plate's size, inwards by no more than its rim; slanted letters come from
    an upper edge that is shifted along the lower one.
    """
    size = corners_px.max(axis=0) - corners_px.min(axis=0)
    off = rng.normal(0, share, (4, 2)) + rng.normal(0, share, (1, 2))
    middle = corners_px.mean(axis=0)
    grown = (corners_px - middle) * (1 + rng.normal(0, (1.5 * share, 4 * share))) + middle
    if rng.random() < LOOSE:
        left, right = rng.uniform(-EDGE_IN, EDGE_OUT, 2)
        top, bottom = rng.uniform(-EDGE_IN, EDGE_OUT, 2)
        off += np.array([(-left, -top), (right, -top), (right, bottom), (-left, bottom)])
    shifted = grown + off * size
    if rng.random() < SLANTED:
        shifted[:2, 0] += rng.normal(0, 0.12) * size[1]
    return np.asarray(shifted, np.float32)


def reader_sample(
    plate: Plate, rng: np.random.Generator, share: float = 0.02, finder: PlateCorners | None = None
) -> Image:
    """A plate set straight by corners that are a little off: its own, or FOUND times those that ``finder`` gives."""
    corners_px = jittered(plate.corners_px, rng, share)
    if finder is not None and rng.random() < FOUND:
        corners_px = found_corners(plate, rng, finder)
    straight = rectified(plate.image_bgr, corners_px, SIZES_WH[plate.lines])
    return np.asarray(255 - straight if rng.random() < 0.03 else straight, np.uint8)


def found_corners(plate: Plate, rng: np.random.Generator, finder: PlateCorners) -> Corners:
    """The corners that a network finds in the plate's box, whose sides are off as those of a finder are."""
    low, high = plate.corners_px.min(axis=0), plate.corners_px.max(axis=0)
    x1, y1, x2, y2 = (np.concatenate((low, high)) + rng.normal(0, 0.03, 4) * np.tile(high - low, 2)).tolist()
    return finder.locate(plate.image_bgr, (x1, y1, x2, y2)).corners_px


def corners_sample(plate: Plate, rng: np.random.Generator) -> tuple[Image, NDArray[np.float32]]:
    """The grown, jittered box of a plate stretched to the network's input, and the nine numbers wanted.

    Some pictures end at the plate's box, as crops that others have cut do.
    """
    x1, y1 = plate.corners_px.min(axis=0)
    x2, y2 = plate.corners_px.max(axis=0)
    w, h = x2 - x1, y2 - y1
    image, corners_px = plate.image_bgr, plate.corners_px
    if rng.random() < CUT_TIGHT:
        left, top, right, bottom = np.array([x1, y1, x2, y2]) + rng.uniform(-0.04, 0.08, 4) * (-w, -h, w, h)
        left, top = max(0, round(left)), max(0, round(top))
        image = image[top : max(top + 8, round(bottom) + 1), left : max(left + 8, round(right) + 1)]
        corners_px = (corners_px - (left, top)).astype(np.float32)
        x1, y1, x2, y2 = 0.0, 0.0, image.shape[1] - 1.0, image.shape[0] - 1.0
    else:
        spread = 0.035 if rng.random() < 0.5 else 0.07
        x1, y1, x2, y2 = np.array([x1, y1, x2, y2]) + rng.normal(0, spread, 4).clip(-BOX_OFF, BOX_OFF) * (w, h, w, h)
    w, h = x2 - x1, y2 - y1
    left, top, width, height = x1 - GROWN_BY * w, y1 - GROWN_BY * h, w * (1 + 2 * GROWN_BY), h * (1 + 2 * GROWN_BY)
    scale = np.array([CORNERS_WH[0] / width, CORNERS_WH[1] / height])
    way = np.array([[scale[0], 0, -left * scale[0]], [0, scale[1], -top * scale[1]]])
    crop = cv2.warpAffine(image, way, CORNERS_WH, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    corners = (corners_px - (left, top)) * scale / CORNERS_WH
    return np.asarray(crop, np.uint8), np.array([*corners.reshape(-1), plate.lines == 2], np.float32)


def worsened(plate: Plate, rng: np.random.Generator) -> Plate:
    """A real plate seen by a worse camera: smaller, blurred, darker, noisier, compressed; corners follow."""
    image: NDArray[np.floating] = plate.image_bgr.astype(np.float32)
    height, width = image.shape[:2]
    if rng.random() < 0.5:
        left, right = rng.uniform(0.5, 1.2, 2).tolist()
        top, bottom = rng.uniform(0.6, 1.15, 2).tolist()
        image = image * np.linspace(left, right, width)[None, :, None] * np.linspace(top, bottom, height)[:, None, None]
    own_px = float(np.ptp(plate.corners_px[:, 0]))
    wanted_px = float(np.exp(rng.uniform(np.log(38), np.log(120)))) * (1.25 if plate.lines == 1 else 1.0)
    scale = min(1.0, wanted_px / own_px) if rng.random() < 0.7 else 1.0
    image = np.asarray(cv2.GaussianBlur(image, (0, 0), abs(rng.normal(0, 0.5)) / scale + 0.1))
    if rng.random() < 0.25:
        image = _moved(image, rng.uniform(1.5, 5) / scale * 0.6, rng.uniform(0, np.pi))
    small = cv2.resize(
        image, (max(8, round(width * scale)), max(6, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    small = small * rng.uniform(0.4, 1.2) + rng.uniform(-15, 25) + rng.normal(0, abs(rng.normal(0, 5)), small.shape)
    if rng.random() < 0.3:
        small = small + rng.uniform(0.2, 1.2) * (small - cv2.GaussianBlur(small, (0, 0), 1.0))
    byte = np.clip(small, 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        quality = int(rng.uniform(25, 95))
        byte = np.asarray(cv2.imdecode(cv2.imencode(".jpg", byte, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1), np.uint8)
    if rng.random() < 0.1:
        byte = byte[:, :, ::-1]
    moved = plate.corners_px * np.array((byte.shape[1] / width, byte.shape[0] / height), np.float32)
    return replace(plate, image_bgr=np.ascontiguousarray(byte), corners_px=moved.astype(np.float32))


def _moved(image: NDArray[np.float32], length_px: float, angle_rad: float) -> NDArray[np.float32]:
    size = int(length_px) | 1
    kernel = np.zeros((size, size), np.float32)
    step = np.array([np.cos(angle_rad), np.sin(angle_rad)]) * size / 2
    start, end = size / 2 - step, size / 2 + step
    cv2.line(kernel, (int(start[0]), int(start[1])), (int(end[0]), int(end[1])), 1.0, 1)
    return np.asarray(cv2.filter2D(image, -1, kernel / max(float(kernel.sum()), 1.0)), np.float32)


def backgrounds(data: Path) -> list[Image]:
    """Parts of training pictures that hold no plate: the sides of gate pictures."""
    names = [name for name in (SPLITS / "train.txt").read_text(encoding="utf-8").split() if "greenparking" in name]
    found = []
    for name in names[::5]:
        image = read_bgr(data / name)
        found += [image[150:, :240], image[:120, 260:]]
    return found


def balanced(plates: list[Plate]) -> NDArray[np.float64]:
    """How likely each real plate is drawn: layouts alike, provinces nearly, plates however many pictures show them.

    A province counts by the root of its plates: where one has two, showing them as often as four hundred others would
    be learned by heart.
    """
    pictures = Counter((plate.lines, plate.text) for plate in plates)
    texts = Counter((lines, text[:2]) for lines, text in pictures)
    layouts = {lines: sum(n**0.5 for key, n in texts.items() if key[0] == lines) for lines in (1, 2)}
    weights = np.array(
        [
            texts[plate.lines, plate.text[:2]] ** -0.5 / pictures[plate.lines, plate.text] / layouts[plate.lines]
            for plate in plates
        ]
    )
    return np.asarray(weights / weights.sum())


def endless(data: Path, seed: int, real_share: float, layouts: Sequence[int] = (1, 2)) -> Iterator[Plate]:
    """Plates to train on, for ever; the same for the same seed.

    Args:
        data: the folder of pictures.
        seed: of all that is drawn by lot.
        real_share: of real plates; where there are some, RECOMBINED more are of real characters.
        layouts: numbers of lines that are wanted, each as often.
    """
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    own = [plate for plate in real_plates(data, "train") if plate.lines in layouts] if real_share else []
    weights = balanced(own) if own else None
    recombiner = Recombiner(own) if own else None
    behind = backgrounds(data)
    kept: list[Plate] = []
    while True:
        lot = rng.random()
        if recombiner is not None and lot < real_share + RECOMBINED:
            plate = own[rng.choice(len(own), p=weights)]
            if lot >= real_share:
                plate = recombiner.one(int(rng.choice(layouts)), rng)
            if rng.random() < 0.4:
                plate = spoiled(plate, rng)
            yield worsened(plate, rng) if rng.random() < 0.8 else plate
        elif len(kept) == KEPT and rng.random() < SHOWN_AGAIN:
            yield kept[rng.integers(KEPT)]
        else:
            plate = rendered_plate(rng, float(rng.uniform(0, 0.8)), behind, int(rng.choice(layouts)))
            if rng.random() < 0.25:
                plate = spoiled(plate, rng)
            if len(kept) < KEPT:
                kept.append(plate)
            else:
                kept[rng.integers(KEPT)] = plate
            yield plate
