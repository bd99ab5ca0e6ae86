"""What the finder's second look learns from: plates, what it takes for plates and is none, nothing in particular."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import street_recipe  # noqa: F401  # makes the import below possible
from fixed_cams import unstretched
from numpy.typing import NDArray
from pictures import letterbox, read_bgr
from plate_data import Box
from told_finds import CANNOT_TELL, ToldFind, told_finds

from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import open_session
from domain.geometry import box_iou
from edge.networks.street_network import built_in_manifest

MANIFEST_NAME = "plate-finder"
FLOOR = 0.02  # of the finder's score: what is below it is not looked at again
SEEN_WH = (320, 320)  # how the finder sees a vehicle; it is looked at again in the same pixels
CUT_WH = (64, 48)
FINER = 2  # samples of a cut's pixel in each direction
CUT_AROUND = 2.0  # times what was found: a wheel is known by its tyre, lettering by its length
CLEAR_IOU = 0.1  # of a plate: what overlaps it less is none
KEPT_AROUND = 3.2  # times what was found: kept of a picture
LOOSE, SIZES = 0.16, (0.78, 1.35)  # a find's box is off by so much of the plate's, and so many times as large
TURNED_DEG = 16.0
RANDOM_A_PICTURE = 2

Picture = NDArray[np.uint8]
GROUPS = ("gate", "rendered", "street", "told", "found", "random")
PLATES = GROUPS[:3]


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that was found, with what is around it."""

    picture_bgr: Picture
    box: Box  # in ``picture_bgr``
    group: str  # one of GROUPS

    @property
    def is_plate(self) -> bool:
        """Whether it is one."""
        return self.group in PLATES


def thing(canvas_bgr: Picture, box: Box, group: str) -> Thing:
    """Keep of a canvas what is around something."""
    x1, y1, x2, y2 = box
    reach = KEPT_AROUND / 2 * max(x2 - x1, (y2 - y1) * CUT_WH[0] / CUT_WH[1])
    left, top = max(0, int((x1 + x2) / 2 - reach)), max(0, int((y1 + y2) / 2 - reach))
    part = canvas_bgr[top : int((y1 + y2) / 2 + reach) + 1, left : int((x1 + x2) / 2 + reach) + 1]
    return Thing(part.copy(), (x1 - left, y1 - top, x2 - left, y2 - top), group)


def finds(work: Path, part: str, finder: OnnxDetector) -> list[tuple[dict[str, Any], list[Box]]]:
    """What the finder finds in the samples of ``prepare.py`` that are not rendered; it is asked once."""
    entries = [json.loads(line) for line in (work / "labels" / f"{part}.jsonl").read_text("utf-8").splitlines()]
    kept = work / f"finds_{part}.json"
    if not kept.exists():
        told: list[list[list[float]]] = []
        for entry in entries:
            if "rendered" in entry["name"].split("/")[0]:  # shows what the real one beside it shows
                told.append([])
                continue
            seen = finder.look([read_bgr(work / "pictures" / entry["file"])])[0]
            told.append(seen.boxes_xyxy_px.tolist())
        kept.write_text(json.dumps(told), encoding="utf-8")
    return [
        (entry, [_four(box) for box in boxes])
        for entry, boxes in zip(entries, json.loads(kept.read_text("utf-8")), strict=True)
    ]


def first_look(file: Path) -> OnnxDetector:
    """A finder that has no second look yet, telling all that will be looked at again."""
    usual = find_model(read_manifest(built_in_manifest()), MANIFEST_NAME, DetectorSpec)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    spec = usual.model_copy(update={"folder": file.parent, "file": file.name, "sha256": sha256})
    return OnnxDetector(spec=spec, session=open_session(spec), score_threshold=FLOOR)


def things(data: Path, work: Path, part: str, finder: OnnxDetector, rng: np.random.Generator) -> list[Thing]:
    """Everything of a part.

    Args:
        data: The folder of pictures.
        work: Where ``prepare.py`` wrote.
        part: ``train`` or ``val``.
        finder: What is to be looked at again is what it finds.
        rng: Of the places where nothing in particular is.
    """
    told = told_finds(part)
    kept: list[Thing] = []
    for entry, found in finds(work, part, finder):
        picture = read_bgr(work / "pictures" / str(entry["file"]))
        kept += _of_sample(picture, entry, found, told, rng)
    for name, some in told.items():
        whole = unstretched(name, read_bgr(data / name))
        for one in some:
            if one.told == CANNOT_TELL:
                continue
            left, top, right, bottom = one.vehicle
            canvas, seen = _seen(whole[top:bottom, left:right], [_moved(one.box, left, top)])
            kept.append(thing(canvas, seen[0], "street" if one.is_plate else "told"))
    return kept


def _seen(picture: Picture, boxes: list[Box]) -> tuple[Picture, list[Box]]:
    """A vehicle and boxes in it as the finder sees them."""
    canvas, place = letterbox(picture, SEEN_WH)
    offset = (place.left_px, place.top_px) * 2
    return canvas, [_four([v * place.ratio + off for v, off in zip(box, offset, strict=True)]) for box in boxes]


def _of_sample(
    picture: Picture,
    entry: dict[str, Any],
    found: list[Box],
    told: dict[str, list[ToldFind]],
    rng: np.random.Generator,
) -> Iterator[Thing]:
    folder, _, source = str(entry["name"]).partition("/")
    canvas, own = _seen(picture, [_four(row) for row in entry["boxes"]])
    if not folder.endswith("decoys"):  # their plates are those of the picture as it was
        group = "rendered" if " " in folder else folder
        yield from (thing(canvas, box, group) for box in own)
    others = [*own, *_seen(picture, _unmarked_plates(source, told))[1]]
    clear = [box for box in _seen(picture, found)[1] if all(box_iou(box, other) < CLEAR_IOU for other in others)]
    yield from (thing(canvas, box, "found") for box in clear)
    if folder == "street":
        yield from (thing(canvas, box, "random") for box in _anywhere(others, rng))


def _unmarked_plates(source: str, told: dict[str, list[ToldFind]]) -> list[Box]:
    """Plates of a vehicle's sample that were told by eye among its finds, where its labels have none."""
    name, _, corner = source.partition("#")
    if not corner:
        return []
    left, top = map(int, corner.split(","))
    return [_moved(one.box, left, top) for one in told.get(name, ()) if one.is_plate]


def _anywhere(plates: list[Box], rng: np.random.Generator) -> Iterator[Box]:
    width, height = SEEN_WH
    for _ in range(RANDOM_A_PICTURE):
        wide = float(rng.uniform(0.1, 0.45)) * width
        high = wide / float(rng.uniform(1.0, 4.5))
        x, y = float(rng.uniform(0, width - wide)), float(rng.uniform(0, height - high))
        box = (x, y, x + wide, y + high)
        if all(box_iou(box, plate) < CLEAR_IOU / 2 for plate in plates):
            yield box


def cut(picture_bgr: Picture, box: Box, turned_deg: float = 0.0) -> Picture:
    """What the second look sees of a thing: as much again around it, unstretched, black beyond the picture."""
    x1, y1, x2, y2 = box
    width, height = CUT_WH
    scale = min(width / (x2 - x1), height / (y2 - y1)) / CUT_AROUND
    move = cv2.getRotationMatrix2D(((x1 + x2) / 2, (y1 + y2) / 2), turned_deg, scale)
    move[:, 2] += np.array((width / 2 - (x1 + x2) / 2, height / 2 - (y1 + y2) / 2))
    large = cv2.warpAffine(picture_bgr, move * FINER, (width * FINER, height * FINER), flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(large, CUT_WH, interpolation=cv2.INTER_AREA), np.uint8)


def varied_cut(one: Thing, rng: np.random.Generator) -> Picture:
    """The same as another picture would show it: found otherwise, in other light, smaller, blurred."""
    x1, y1, x2, y2 = one.box
    wide, high = x2 - x1, y2 - y1
    x = (x1 + x2) / 2 + wide * float(rng.uniform(-LOOSE, LOOSE))
    y = (y1 + y2) / 2 + high * float(rng.uniform(-LOOSE, LOOSE))
    wide, high = wide * float(rng.uniform(*SIZES)), high * float(rng.uniform(*SIZES))
    picture = one.picture_bgr
    if rng.random() < 0.4:
        ratio = float(rng.uniform(0.25, 1.0))
        small = cv2.resize(picture, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
        picture = np.asarray(cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    turned_deg = float(rng.uniform(-TURNED_DEG, TURNED_DEG)) if rng.random() < 0.5 else 0.0
    seen = cut(picture, (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2), turned_deg).astype(np.float32)
    if rng.random() < 0.25:
        seen = cv2.GaussianBlur(seen, (0, 0), float(rng.uniform(0.4, 1.4))).astype(np.float32)
    light = 255 * (np.clip(seen, 0, 255) / 255) ** float(rng.uniform(0.6, 1.6))
    lit = light * rng.uniform(0.6, 1.3) * rng.uniform(0.85, 1.15, 3) + rng.uniform(-15, 15)
    noisy = lit + rng.normal(0, float(rng.uniform(0, 7)), lit.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def _moved(box: Box, left: float, top: float) -> Box:
    return (box[0] - left, box[1] - top, box[2] - left, box[3] - top)


def _four(values: Sequence[float]) -> Box:
    x1, y1, x2, y2 = values[:4]
    return (x1, y1, x2, y2)
