"""Folders of labelled pictures in three forms: COCO, YOLO and our own table. Every fault is told with its place."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from domain.errors import ConfigurationError, ConfigurationFaults, Fault
from domain.geometry import BoxPx, ImageBgr, SizeWh

LabelFormat = Literal["coco", "yolo", "tsv"]
PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
_SIDES = 4
_YOLO_COLUMNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledBox:
    """One object of a picture."""

    box_xyxy_px: BoxPx
    label: str
    ignored: bool = False  # a region in which finds count neither way


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPicture:
    """A picture with what is known of it."""

    path: Path
    name: str  # relative to the folder, with forward slashes
    boxes: tuple[LabelledBox, ...] = ()
    text: str | None = None  # of the plate that the picture, or its one box, shows
    lines: int | None = None  # of that plate

    def read(self) -> ImageBgr:
        """The picture.

        Raises:
            ConfigurationError: it cannot be read.
        """
        image = cv2.imread(str(self.path), cv2.IMREAD_COLOR)
        if image is None:
            raise ConfigurationError(f"{self.path} cannot be read as a picture")
        return image.astype(np.uint8, copy=False)


def read_labels(folder: Path, form: LabelFormat, *, only: Path | None, names: Sequence[str]) -> list[LabelledPicture]:
    """All labelled pictures of a folder, in order of name.

    Args:
        folder: COCO: ``instances.json`` beside or above the pictures. YOLO: ``images/`` and ``labels/``, class names in
            ``names`` or ``classes.txt``. TSV: ``manifest.tsv`` with the columns ``file`` and any of ``text``, ``lines``,
            ``box_xywh`` or ``boxes_xywh_px`` (several apart by semicolons).
        form: which of the three.
        only: a list of names to keep, one a line; a line may have folders in front of the name.
        names: class names in the order of YOLO's numbers.

    Raises:
        ConfigurationFaults: the labels have faults; all are told.
        ConfigurationError: a file is missing, or nothing is left to judge.
    """
    readers = {"coco": _coco, "tsv": _tsv}
    pictures = _yolo(folder, names) if form == "yolo" else readers[form](folder)
    if only is not None:
        wanted = _text(only).split()
        pictures = [
            one for one in pictures if any(line == one.name or line.endswith("/" + one.name) for line in wanted)
        ]
    if not pictures:
        raise ConfigurationError(
            f"{folder} holds no labelled picture in the form {form!r}" + (f" that {only} names" if only else "")
        )
    return sorted(pictures, key=lambda one: one.name)


def resized(picture: LabelledPicture, image_bgr: ImageBgr, size_wh: SizeWh) -> tuple[LabelledPicture, ImageBgr]:
    """A picture brought to a size, with its boxes: for sets whose pictures were stretched."""
    scale_x, scale_y = size_wh[0] / image_bgr.shape[1], size_wh[1] / image_bgr.shape[0]
    boxes = tuple(
        LabelledBox(
            box_xyxy_px=(x1 * scale_x, y1 * scale_y, x2 * scale_x, y2 * scale_y), label=box.label, ignored=box.ignored
        )
        for box in picture.boxes
        for x1, y1, x2, y2 in [box.box_xyxy_px]
    )
    image = cv2.resize(image_bgr, size_wh, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    changed = LabelledPicture(path=picture.path, name=picture.name, boxes=boxes, text=picture.text, lines=picture.lines)
    return changed, image


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigurationError(f"{path} cannot be read: {e}") from e


def _coco(folder: Path) -> list[LabelledPicture]:
    path = next(
        (found for found in (folder / "instances.json", *sorted(folder.glob("*.json"))) if found.is_file()), None
    )
    if path is None:
        raise ConfigurationError(f"{folder} holds no instances.json")
    try:
        document: dict[str, Any] = json.loads(_text(path))
        labels = {entry["id"]: str(entry["name"]) for entry in document["categories"]}
        files = {entry["id"]: str(entry["file_name"]) for entry in document["images"]}
        boxes: dict[int, list[LabelledBox]] = {image_id: [] for image_id in files}
        for entry in document["annotations"]:
            x, y, w, h = map(float, entry["bbox"])
            crowd = bool(entry.get("iscrowd", 0))
            box = LabelledBox(box_xyxy_px=(x, y, x + w, y + h), label=labels[entry["category_id"]], ignored=crowd)
            boxes[entry["image_id"]].append(box)
    except (ValueError, KeyError, TypeError) as e:
        raise ConfigurationError(f"{path} is no COCO file of instances: {type(e).__name__} {e}") from e
    return [
        LabelledPicture(path=_picture(folder, name), name=name, boxes=tuple(boxes[image_id]))
        for image_id, name in files.items()
    ]


def _picture(folder: Path, name: str) -> Path:
    beside = folder / "images" / name
    return beside if beside.is_file() else folder / name


def _yolo(folder: Path, names: Sequence[str]) -> list[LabelledPicture]:
    known = list(names) or _text(folder / "classes.txt").split("\n")
    faults: list[Fault] = []
    pictures = []
    for path in sorted((folder / "images").rglob("*")):
        if path.suffix.lower() not in PICTURE_SUFFIXES:
            continue
        relative = path.relative_to(folder / "images")
        label_file = (folder / "labels" / relative).with_suffix(".txt")
        size_wh = _size_wh(path)
        rows = _text(label_file).splitlines() if label_file.is_file() else []
        boxes = [
            _yolo_box(label_file, number, row, known, size_wh, faults)
            for number, row in enumerate(rows, start=1)
            if row.strip()
        ]
        pictures.append(
            LabelledPicture(path=path, name=f"images/{relative.as_posix()}", boxes=tuple(box for box in boxes if box))
        )
    if faults:
        raise ConfigurationFaults(tuple(faults))
    return pictures


def _size_wh(path: Path) -> SizeWh:
    image = LabelledPicture(path=path, name=path.name).read()
    return (image.shape[1], image.shape[0])


def _yolo_box(
    path: Path, number: int, row: str, names: Sequence[str], size_wh: SizeWh, faults: list[Fault]
) -> LabelledBox | None:
    try:
        values = [float(value) for value in row.split()[:_YOLO_COLUMNS]]
        label = names[int(values[0])]
        x, y, w, h = values[1:]
    except (ValueError, IndexError) as e:
        faults.append(
            Fault(
                file=str(path),
                line=number,
                where="row",
                problem=f"{row!r}: {e}",
                remedy=f"class number (0 to {len(names) - 1}), then middle x, y, width, height as shares of the picture",
            )
        )
        return None
    width, height = size_wh
    box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
    return LabelledBox(box_xyxy_px=box, label=label)


def _tsv(folder: Path) -> list[LabelledPicture]:
    path = folder / "manifest.tsv"
    rows = csv.DictReader(_text(path).splitlines(), delimiter="\t")
    if "file" not in (rows.fieldnames or ()):
        raise ConfigurationError(f"{path} has no column 'file'; its first line must name the columns, apart by tabs")
    faults: list[Fault] = []
    pictures = [_tsv_picture(folder, path, number, row, faults) for number, row in enumerate(rows, start=2)]
    if faults:
        raise ConfigurationFaults(tuple(faults))
    return [picture for picture in pictures if picture is not None]


def _tsv_picture(
    folder: Path, path: Path, number: int, row: dict[str, Any], faults: list[Fault]
) -> LabelledPicture | None:
    name = row["file"] or ""
    try:
        boxes = tuple(_xywh(part) for part in _parts(row.get("box_xywh") or row.get("boxes_xywh_px") or ""))
        lines = int(row["lines"]) if row.get("lines") else None
        if lines not in (None, 1, 2):
            raise ValueError(f"{lines} lines; expected 1 or 2")
        if not (folder / name).is_file():
            raise ValueError(f"there is no picture {name!r}")
    except ValueError as e:
        faults.append(
            Fault(
                file=str(path),
                line=number,
                where="row",
                problem=str(e),
                remedy="see docs/own-models.md for the columns",
            )
        )
        return None
    return LabelledPicture(path=folder / name, name=name, boxes=boxes, text=row.get("text") or None, lines=lines)


def _parts(text: str) -> Iterable[str]:
    return (part for part in text.split(";") if part.strip())


def _xywh(text: str) -> LabelledBox:
    values = [float(value) for value in text.split(",")]
    if len(values) != _SIDES:
        raise ValueError(f"the box {text!r} has {len(values)} numbers; expected x,y,width,height")
    x, y, w, h = values
    return LabelledBox(box_xyxy_px=(x, y, x + w, y + h), label="plate")
