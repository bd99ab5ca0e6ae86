"""Pictures with plates, where they come from and which part judges; and the form in which they are handed on."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import street_recipe  # noqa: F401  # makes the import below possible
from fixed_cams import FOLDER, unstretched
from numpy.typing import NDArray
from pictures import read_bgr

SPLITS = Path(__file__).resolve().parents[1] / "splits"
STREET_LABELS_FILE = Path(__file__).with_name("labels_street.tsv")
FIXED_CAMERA_SPLITS = Path(__file__).resolve().parents[2] / "street" / "splits"
GATE_WH = (472, 303)
RED_LIGHT_HELD_OUT_FROM = 80
RED_LIGHT_CHOOSING_FROM = 64

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A picture, or the part of one that shows a vehicle, and its plates.

    Attributes:
        picture_bgr: (h, w, 3).
        boxes: (n, 4) x1, y1, x2, y2 of the plates in pixels of ``picture_bgr``.
        name: Of the picture in the data folder.
        part: train, val or test.
        source: greenparking, gate_det_384 or the name of a street set.
    """

    picture_bgr: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    name: str
    part: str
    source: str


def gate_pictures(data: Path) -> Iterator[Labelled]:
    """Every gate photo of the split lists, the stretch to 384x384 undone.

    Args:
        data: The data folder.

    Raises:
        FileNotFoundError: A picture is absent.
    """
    part_of = {
        name: part for part in ("train", "val", "test") for name in (SPLITS / f"{part}.txt").read_text("utf-8").split()
    }
    for source, column in (("greenparking", "box_xywh"), ("gate_det_384", "boxes_xywh_px")):
        with (data / "plates" / source / "manifest.tsv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        for row in rows:
            name = f"plates/{source}/{row['file']}"
            if name not in part_of:
                continue
            picture = read_bgr(data / name)
            boxes = np.array([one.split(",") for one in row[column].split(";")], np.float32).reshape(-1, 4)
            boxes[:, 2:] += boxes[:, :2]
            if source == "gate_det_384":
                height, width = picture.shape[:2]
                boxes *= np.divide((*GATE_WH, *GATE_WH), (width, height, width, height), dtype=np.float32)
                picture = np.asarray(cv2.resize(picture, GATE_WH, interpolation=cv2.INTER_AREA), np.uint8)
            yield Labelled(picture_bgr=picture, boxes=boxes, name=name, part=part_of[name], source=source)


def street_vehicles(data: Path) -> Iterator[Labelled]:
    """Every hand-marked vehicle of the street pictures, cut out."""
    for row in read_street_labels(STREET_LABELS_FILE):
        left, top, right, bottom = row.vehicle
        whole = unstretched(row.picture, read_bgr(data / row.picture))
        picture = whole[top:bottom, left:right].copy()
        boxes = np.array(row.plates, np.float32).reshape(-1, 4) - np.array([left, top, left, top], np.float32)
        yield Labelled(
            picture_bgr=picture,
            boxes=boxes,
            name=f"{row.picture}#{left},{top}",
            part=street_part(row.picture),
            source=row.picture.split("/")[1],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetLabel:
    """A line of ``labels_street.tsv``.

    Attributes:
        picture: Name in the data folder.
        vehicle: The vehicle's box, grown by 5 %, in whole pixels.
        plates: Boxes of all plates in it, in pixels of the picture.
    """

    picture: str
    vehicle: tuple[int, int, int, int]
    plates: tuple[Box, ...]


def read_street_labels(path: Path) -> list[StreetLabel]:
    """Read the hand-made labels.

    Raises:
        ValueError: A line is not in the form of the file's header.
    """
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith(("#", "picture\t")):
            continue
        try:
            picture, vehicle, plates = line.split("\t")
            left, top, right, bottom = (int(v) for v in vehicle.split(","))
            boxes = tuple(_box(one) for one in plates.split(";") if one != "-")
        except ValueError as e:
            raise ValueError(f"{path}:{number}: expected picture, vehicle x1,y1,x2,y2, plates or '-': {e}") from e
        rows.append(StreetLabel(picture=picture, vehicle=(left, top, right, bottom), plates=boxes))
    return rows


def _box(text: str) -> Box:
    x1, y1, x2, y2 = (float(v) for v in text.split(","))
    if not (x1 < x2 and y1 < y2):
        raise ValueError(f"the box {text} has no area")
    return x1, y1, x2, y2


def street_part(picture: str) -> str:
    """Which part a street picture belongs to.

    The red-light camera by frame number: what comes last judges. Fixed cameras by place, as the street detector's lists
    say. All others by md5 of "plate " and their name, like the plate pictures.

    Examples:
        >>> street_part("street/vn_redlight/frames/frame_0080.jpg")
        'test'
    """
    if "vn_redlight" in picture:
        frame = int(Path(picture).stem.rsplit("_", 1)[1])
        return "test" if frame >= RED_LIGHT_HELD_OUT_FROM else "val" if frame >= RED_LIGHT_CHOOSING_FROM else "train"
    if picture.startswith(FOLDER):
        return _fixed_camera_parts()[picture]
    digest = int(hashlib.md5(f"plate {picture}".encode(), usedforsecurity=False).hexdigest(), 16) % 10
    return {0: "test", 1: "test", 2: "test", 3: "val"}.get(digest, "train")


@cache
def _fixed_camera_parts() -> dict[str, str]:
    """Part of every picture of the fixed cameras: their places are divided, never their pictures."""
    return {
        name: part
        for part in ("train", "val", "test")
        for name in (FIXED_CAMERA_SPLITS / f"{part}_fixed.txt").read_text("utf-8").split()
    }


class Writer:
    """Writes samples in the form that ``models/street/augment.py`` reads.

    Args:
        work: Folder outside the repository.
        part: train, val or test.
    """

    def __init__(self, work: Path, part: str) -> None:
        self._pictures, self._part = work / "pictures", part
        self._file = work / "labels" / f"{part}.jsonl"
        self._pictures.mkdir(parents=True, exist_ok=True)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._lines: list[str] = []

    def add(self, picture_bgr: NDArray[np.uint8], boxes: NDArray[np.float32], name: str) -> None:
        """Keep one sample; its folder in ``name`` tells the sets apart."""
        file = f"{self._part}_{len(self._lines):05d}.png"
        cv2.imwrite(str(self._pictures / file), picture_bgr)
        rows = [[*(round(float(v), 2) for v in box), 0] for box in boxes]
        self._lines.append(json.dumps({"file": file, "name": name, "boxes": rows, "ignored": []}))

    def close(self) -> int:
        """Write the labels; returns how many samples there are."""
        self._file.write_text("\n".join(self._lines) + "\n", encoding="utf-8")
        return len(self._lines)


def write_for_eval(work: Path) -> None:
    """Write the samples of every part in the form that ``matthan models eval`` reads.

    ``manifest.tsv`` for all, and lists of names: ``test_gate.txt``, ``test_street.txt`` and so on.
    """
    rows, lists = ["file\tboxes_xywh_px"], dict[str, list[str]]()
    for path in sorted((work / "labels").glob("*.jsonl")):
        for entry in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            file = f"pictures/{entry['file']}"
            boxes = (f"{x1},{y1},{x2 - x1},{y2 - y1}" for x1, y1, x2, y2, _ in entry["boxes"])
            rows.append(f"{file}\t{';'.join(boxes)}")
            source = entry["name"].split("/")[0].replace(" ", "_")
            lists.setdefault(f"{path.stem}_{source}", []).append(file)
    (work / "manifest.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    for name, files in lists.items():
        (work / f"{name}.txt").write_text("\n".join(files) + "\n", encoding="utf-8")
