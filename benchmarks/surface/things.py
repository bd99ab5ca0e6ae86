"""Things to lay on the ground: cut out of photographs, or rendered; each with its mask."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.pictures import read_bgr
from domain.geometry import Float32Array, ImageBgr

_KINDS: Final = (
    "umbrella", "chair", "dining table", "bench", "handbag", "backpack", "suitcase", "potted plant", "vase", "bottle",
    "bowl", "tv", "couch", "teddy bear", "refrigerator", "bed", "oven", "sink",
)  # fmt: skip
_LEAST_SIDE_PX: Final = 40
_MOST_OF_PICTURE: Final = 0.4  # what fills more of it leaves no background to tell it from


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thing:
    """A picture of one thing."""

    image_bgr: ImageBgr  # (h, w, 3)
    mask: Float32Array  # (h, w) in [0, 1]
    kind: str


def cut_things(coco: Path) -> list[Thing]:
    """Things of COCO pictures whose outline can be told inside their bounding box."""
    labels = json.loads((coco / "instances.json").read_text(encoding="utf-8"))
    kinds = {one["id"]: one["name"] for one in labels["categories"]}
    files = {one["id"]: one["file_name"] for one in labels["images"]}
    things = []
    for one in sorted(labels["annotations"], key=lambda item: item["id"]):
        kind = kinds[one["category_id"]]
        x, y, width, height = (round(side) for side in one["bbox"])
        if kind not in _KINDS or one["iscrowd"] or min(width, height) < _LEAST_SIDE_PX:
            continue
        image = read_bgr(coco / "images" / files[one["image_id"]])
        if width * height > _MOST_OF_PICTURE * image.shape[0] * image.shape[1]:
            continue
        mask = _outline(image, (x, y, width, height))
        if 0.25 < mask.mean() < 0.95:
            things.append(Thing(image_bgr=image[y : y + height, x : x + width], mask=mask, kind=kind))
    return things


def _outline(image: ImageBgr, box_xywh: tuple[int, int, int, int]) -> Float32Array:
    x, y, width, height = box_xywh
    marks = np.zeros(image.shape[:2], np.uint8)
    cv2.setRNGSeed(1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(image, marks, box_xywh, *models, 4, cv2.GC_INIT_WITH_RECT)
    found = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)[y : y + height, x : x + width]
    return _softened(found)


def _softened(mask: Float32Array) -> Float32Array:
    """With an edge that lets the ground through a little."""
    return np.asarray(cv2.GaussianBlur(mask, (3, 3), 0), np.float32)


def rendered_things(patches: Sequence[ImageBgr], count: int, seed: int) -> list[Thing]:
    """Crates, cartons, baskets, tarpaulins and parasols with surfaces of photographs."""
    random = np.random.default_rng(seed)
    makers = (_crate, _parasol, _sheet)
    return [makers[number % len(makers)](patches, random) for number in range(count)]


def _surface(patches: Sequence[ImageBgr], wh: tuple[int, int], random: np.random.Generator) -> Float32Array:
    colour = random.uniform(30, 230, 3).astype(np.float32)
    patch = patches[int(random.integers(len(patches)))]
    side = int(random.integers(40, min(patch.shape[:2])))
    y, x = (int(random.integers(0, length - side + 1)) for length in patch.shape[:2])
    texture = cv2.resize(patch[y : y + side, x : x + side], wh, interpolation=cv2.INTER_AREA).astype(np.float32)
    share = random.uniform(0.0, 0.8)
    return np.asarray(share * texture + (1 - share) * colour, np.float32)


def _crate(patches: Sequence[ImageBgr], random: np.random.Generator) -> Thing:
    width, height, depth = 100, int(random.integers(50, 150)), int(random.integers(20, 60))
    lean = int(random.integers(-40, 41))
    canvas = np.zeros((height + depth, width + abs(lean), 3), np.float32)
    mask = np.zeros(canvas.shape[:2], np.float32)
    left = max(0, -lean)
    front = np.array([[left, depth], [left + width, depth], [left + width, depth + height], [left, depth + height]])
    top = np.array([[left, depth], [left + width, depth], [left + width + lean, 0], [left + lean, 0]])
    for face, shade in ((front, random.uniform(0.5, 0.8)), (top, 1.0)):
        area = np.zeros_like(mask)
        cv2.fillConvexPoly(area, face.astype(np.int32), 1.0)
        surface = _surface(patches, (canvas.shape[1], canvas.shape[0]), random) * shade
        canvas = np.where(area[..., None] > 0, surface, canvas)
        mask = np.maximum(mask, area)
    return Thing(image_bgr=np.clip(canvas, 0, 255).astype(np.uint8), mask=_softened(mask), kind="crate")


def _parasol(patches: Sequence[ImageBgr], random: np.random.Generator) -> Thing:
    del patches
    canvas, mask = np.zeros((140, 160, 3), np.float32), np.zeros((140, 160), np.float32)
    colours = random.uniform(20, 250, (2, 3))
    for slice_number in range(8):
        cv2.ellipse(
            canvas, (80, 60), (75, 40), 0, slice_number * 45, slice_number * 45 + 45,
            colours[slice_number % 2].tolist(), -1,
        )  # fmt: skip
    cv2.ellipse(mask, (80, 60), (75, 40), 0, 0, 360, 1.0, -1)
    cv2.rectangle(canvas, (78, 60), (82, 138), (90, 90, 90), -1)
    cv2.rectangle(mask, (78, 60), (82, 138), 1.0, -1)
    canvas *= random.uniform(0.5, 1.0)
    return Thing(image_bgr=canvas.astype(np.uint8), mask=_softened(mask), kind="parasol")


def _sheet(patches: Sequence[ImageBgr], random: np.random.Generator) -> Thing:
    angles = np.sort(random.uniform(0, 2 * np.pi, 9))
    radius = random.uniform(0.7, 1.0, 9)
    outline = np.stack([80 + 78 * radius * np.cos(angles), 50 + 46 * radius * np.sin(angles)], axis=1)
    mask = np.zeros((100, 160), np.float32)
    cv2.fillPoly(mask, [outline.astype(np.int32)], 1.0)
    surface = _surface(patches, (160, 100), random)
    return Thing(image_bgr=np.clip(surface, 0, 255).astype(np.uint8), mask=_softened(mask), kind="sheet")


def lay(
    ground_bgr: ImageBgr, thing: Thing, foot_px: tuple[float, float], height_px: int, light: float
) -> tuple[ImageBgr, Float32Array]:
    """A picture with a thing in it, and where it is.

    Args:
        ground_bgr: is not written to.
        thing: what.
        foot_px: middle of its lower edge.
        height_px: of it in the picture.
        light: how bright it is beside its photograph.

    Returns:
        The picture and the thing's mask, (h, w) in [0, 1]; without its shadow.
    """
    width_px = max(2, round(thing.mask.shape[1] * height_px / thing.mask.shape[0]))
    scaled = cv2.resize(thing.image_bgr, (width_px, height_px), interpolation=cv2.INTER_AREA).astype(np.float32) * light
    alpha = cv2.resize(thing.mask, (width_px, height_px), interpolation=cv2.INTER_AREA)
    height, width = ground_bgr.shape[:2]
    whole = np.zeros((height, width), np.float32)
    canvas = ground_bgr.astype(np.float32)
    left, top = round(foot_px[0] - width_px / 2), round(foot_px[1] - height_px)
    x1, y1 = max(left, 0), max(top, 0)
    x2, y2 = min(left + width_px, width), min(top + height_px, height)
    if x2 <= x1 or y2 <= y1:
        return ground_bgr, whole
    part = np.s_[y1 - top : y2 - top, x1 - left : x2 - left]
    whole[y1:y2, x1:x2] = alpha[part]
    shadow = cv2.GaussianBlur(np.roll(whole, max(2, height_px // 12), axis=0), (0, 0), max(1.0, height_px / 20))
    canvas *= 1 - 0.35 * shadow[..., None]
    canvas[y1:y2, x1:x2] += (scaled[part] - canvas[y1:y2, x1:x2]) * alpha[part][..., None]
    return np.clip(canvas, 0, 255).astype(np.uint8), whole
