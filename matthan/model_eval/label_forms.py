"""The forms of labels: COCO, YOLO, our table of plates and our files of street pictures. Every fault is reported."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from domain.errors import ConfigurationError, ConfigurationFaults, Fault
from domain.geometry import SizeWh
from matthan.model_eval.label_files import existing, is_file, read_text, repeated
from matthan.model_eval.labelled import LabelFormat, LabelledBox, LabelledPicture, only_named

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
PLATE = "plate"  # what a box of our table shows
_SIDES = 4
_YOLO_COLUMNS = 5
_MISSING_REMEDY = "put it there, or take it out of the labels"
_ANY_CLASS = -1  # of an ignored box in our JSON form
_COCO_REMEDY = "expected the id of an image, the id of a category, and a bbox of x, y, width, height in pixels"
_YOLO_REMEDY = "expected a class number, then middle x, y, width and height as shares of the picture"
_LONGEST_VISIT_S = 86_400.0
_TSV_REMEDY = "see docs/models.md for the columns"


def read_labels(
    folder: Path,
    form: LabelFormat,
    *,
    only: Path | None = None,
    names: Sequence[str] = (),
    pictures: Path | None = None,
) -> list[LabelledPicture]:
    """All labelled pictures of a folder, in order of name.

    Args:
        folder: COCO: ``instances.json`` beside or above the pictures. YOLO: ``images/`` and ``labels/``. TSV:
            ``manifest.tsv`` with the columns ``file`` and any of ``text`` or ``text_as_printed`` (which is preferred),
            ``lines``, ``box_xywh`` or ``boxes_xywh_px`` (several apart by semicolons); and for the whole chain
            ``visit``, ``at_s``, ``vehicle``, ``vehicle_box_xywh``. JSON: one file a picture with
            ``name``, ``boxes`` and ``ignored``, rows of x1, y1, x2, y2, class number.
        form: which of the four.
        only: a file of names to keep, one a line; a line may have folders in front of the name.
        names: class names in the order of YOLO's and JSON's numbers; empty: those in ``classes.txt``.
        pictures: JSON: where the pictures are.

    Raises:
        ConfigurationFaults: the labels have faults; all at once.
        ConfigurationError: a file is missing, or nothing is left to judge.
    """
    if form == "coco":
        found = _coco(folder)
    elif form == "tsv":
        found = _tsv(folder)
    else:
        known = list(names) or [line.strip() for line in read_text(folder / "classes.txt").splitlines() if line.strip()]
        if not known or len(set(known)) < len(known):
            raise ConfigurationError(f"expected class names, each once, in {folder / 'classes.txt'} or --classes")
        found = _yolo(folder, known) if form == "yolo" else _json(folder, known, pictures or folder)
    if only is not None:
        found = only_named(found, [line.strip() for line in read_text(only).splitlines() if line.strip()])
    faults = [
        Fault(file=str(folder), line=None, where=one.name, problem="there is no such picture", remedy=_MISSING_REMEDY)
        for one in found
        if not is_file(one.path)
    ]
    if form != "tsv":  # a picture of a table may show several plates
        faults += repeated(str(folder), (one.name for one in found), "the picture")
    if faults:
        raise ConfigurationFaults(tuple(faults))
    if not found:
        wanted = f" that {only} names" if only else ""
        raise ConfigurationError(f"{folder} holds no labelled picture in the form {form!r}{wanted}")
    return sorted(found, key=lambda one: one.name)


def _coco(folder: Path) -> list[LabelledPicture]:
    path, others = folder / "instances.json", sorted(folder.glob("*.json"))
    if not path.is_file():
        if len(others) != 1:
            raise ConfigurationError(f"{folder} holds no instances.json and {len(others)} other files of JSON, not one")
        path = others[0]
    faults: list[Fault] = []
    try:
        document: dict[str, Any] = json.loads(read_text(path))
        labels = {entry["id"]: _name(entry["name"]) for entry in document["categories"]}
        images = {entry["id"]: (_name(entry["file_name"]), _stated_wh(entry)) for entry in document["images"]}
        faults += repeated(str(path), (entry["id"] for entry in document["categories"]), "the id of a category")
        faults += repeated(str(path), labels.values(), "the name of a category")
        faults += repeated(str(path), (entry["id"] for entry in document["images"]), "the id of an image")
        boxes: dict[int, list[LabelledBox]] = {image_id: [] for image_id in images}
        for number, entry in enumerate(document["annotations"]):
            try:
                boxes[entry["image_id"]].append(_coco_box(entry, labels))
            except (ValueError, KeyError, TypeError) as e:
                problem = f"{type(e).__name__}: {e}"
                where = f"annotations[{number}]"
                faults.append(Fault(file=str(path), line=None, where=where, problem=problem, remedy=_COCO_REMEDY))
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise ConfigurationError(f"{path} is no COCO file of instances: {type(e).__name__} {e}") from e
    if faults:
        raise ConfigurationFaults(tuple(faults))
    return [
        LabelledPicture(path=_picture(folder, name), name=name, boxes=tuple(boxes[image_id]), stated_wh=stated_wh)
        for image_id, (name, stated_wh) in images.items()
    ]


def _name(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no name")
    return value


def _stated_wh(entry: dict[str, Any]) -> SizeWh | None:
    width, height = entry.get("width"), entry.get("height")
    return (int(width), int(height)) if width and height else None


def _coco_box(entry: dict[str, Any], labels: dict[int, str]) -> LabelledBox:
    x, y, w, h = map(float, entry["bbox"])
    marks = [entry.get(key) or 0 for key in ("iscrowd", "ignore")]  # the evaluator of COCO reads both
    if not set(marks) <= {0, 1}:
        raise ValueError(f"iscrowd and ignore are 0 or 1, not {marks}")
    ignored = any(marks)
    return LabelledBox(box_xyxy_px=(x, y, x + w, y + h), label=labels[entry["category_id"]], ignored=ignored)


def _picture(folder: Path, name: str) -> Path:
    beside = existing(folder / "images" / name)
    return beside if is_file(beside) else existing(folder / name)


def _yolo(folder: Path, names: Sequence[str]) -> list[LabelledPicture]:
    if not (folder / "labels").is_dir():
        raise ConfigurationError(f"{folder} has no folder labels/: without it every picture would count as empty")
    faults: list[Fault] = []
    pictures = []
    shown = [path for path in sorted((folder / "images").rglob("*")) if path.suffix.lower() in PICTURE_SUFFIXES]
    known = {path.relative_to(folder / "images").with_suffix("") for path in shown}
    faults += [
        Fault(file=str(path), line=None, where="", problem="it has no picture in images/", remedy=_MISSING_REMEDY)
        for path in sorted((folder / "labels").rglob("*.txt"))
        if path.relative_to(folder / "labels").with_suffix("") not in known and path.name != "classes.txt"
    ]
    for path in shown:
        relative = path.relative_to(folder / "images")
        label_file = (folder / "labels" / relative).with_suffix(".txt")
        size_wh = _size_wh(path)
        rows = read_text(label_file).splitlines() if label_file.is_file() else []
        boxes: list[LabelledBox] = []
        for number, row in enumerate(rows, start=1):
            try:
                boxes += _yolo_boxes(row, names, size_wh)
            except (ValueError, IndexError) as e:
                problem = f"{row!r}: {e}"
                faults.append(
                    Fault(file=str(label_file), line=number, where="row", problem=problem, remedy=_YOLO_REMEDY)
                )
        pictures.append(LabelledPicture(path=path, name=f"images/{relative.as_posix()}", boxes=tuple(boxes)))
    if faults:
        raise ConfigurationFaults(tuple(faults))
    return pictures


def _size_wh(path: Path) -> SizeWh:
    image = LabelledPicture(path=path, name=path.name).read()
    return (image.shape[1], image.shape[0])


def _yolo_boxes(row: str, names: Sequence[str], size_wh: SizeWh) -> list[LabelledBox]:
    """The box of a line, or none of an empty one."""
    if not row.strip():
        return []
    columns = row.split()
    if len(columns) != _YOLO_COLUMNS:
        raise ValueError(f"{len(columns)} numbers, not {_YOLO_COLUMNS}")
    number, shares = int(columns[0]), [float(value) for value in columns[1:]]
    if not 0 <= number < len(names):
        raise ValueError(f"class {number}, but the classes are 0 to {len(names) - 1}")
    if not all(0 <= share <= 1 for share in shares):
        raise ValueError("a share is not between 0 and 1")
    x, y, w, h = shares
    width, height = size_wh
    box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
    return [LabelledBox(box_xyxy_px=box, label=names[number])]


def _tsv(folder: Path) -> list[LabelledPicture]:
    path = folder / "manifest.tsv"
    rows = csv.DictReader(read_text(path).splitlines(), delimiter="\t")
    if "file" not in (rows.fieldnames or ()):
        raise ConfigurationError(f"{path} has no column 'file'; its first line must name the columns, apart by tabs")
    faults: list[Fault] = []
    try:
        pictures = [_tsv_picture(folder, path, number, row, faults) for number, row in enumerate(rows, start=2)]
    except csv.Error as e:
        raise ConfigurationError(f"{path} is no table: {e}") from e
    found = [picture for picture in pictures if picture is not None]
    rows_of = ("; ".join([one.name, *(str(box.box_xyxy_px) for box in one.boxes)]) for one in found)
    faults += repeated(str(path), rows_of, "the plate of")
    if faults:
        raise ConfigurationFaults(tuple(faults))
    return found


def _tsv_picture(
    folder: Path, path: Path, number: int, row: dict[str, Any], faults: list[Fault]
) -> LabelledPicture | None:
    name = row["file"] or ""
    picture = existing(folder / name)
    problems = [] if is_file(picture) else [f"there is no picture {name!r}"]
    boxes: tuple[LabelledBox, ...] = ()
    try:
        boxes = tuple(_xywh(part) for part in _parts(row.get("box_xywh") or row.get("boxes_xywh_px") or ""))
    except ValueError as e:
        problems.append(str(e))
    try:
        at_s = _seconds(row["at_s"]) if row.get("at_s") else None
        around = [_xywh(part) for part in _parts(row.get("vehicle_box_xywh") or "")]
    except ValueError as e:
        problems.append(str(e))
    vehicle = row.get("vehicle") or None
    if vehicle not in (None, "car", "motorbike"):
        problems.append(f"the vehicle {vehicle!r}; expected car or motorbike")
    lines = row.get("lines") or None
    if lines not in (None, "1", "2"):
        problems.append(f"{lines} lines; expected 1 or 2")
    if problems:
        problem = "; ".join(problems)
        faults.append(Fault(file=str(path), line=number, where="row", problem=problem, remedy=_TSV_REMEDY))
        return None
    return LabelledPicture(
        path=picture,
        name=name,
        boxes=boxes,
        text=row.get("text_as_printed") or row.get("text") or None,
        lines=None if lines is None else int(lines),
        visit=row.get("visit") or None,
        at_s=at_s,
        vehicle=vehicle,
        vehicle_box_xyxy_px=around[0].box_xyxy_px if around else None,
    )


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= _LONGEST_VISIT_S:
        raise ValueError(f"at_s is {text}; expected seconds since the visit's first picture")
    return value


def _parts(text: str) -> Iterable[str]:
    return (part for part in text.split(";") if part.strip())


def _xywh(text: str) -> LabelledBox:
    values = [float(value) for value in text.split(",")]
    if len(values) != _SIDES:
        raise ValueError(f"the box {text!r} has {len(values)} numbers; expected x,y,width,height")
    x, y, w, h = values
    return LabelledBox(box_xyxy_px=(x, y, x + w, y + h), label=PLATE)


def _json(folder: Path, names: Sequence[str], pictures: Path) -> list[LabelledPicture]:
    found, faults = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            document = json.loads(read_text(path))
            boxes = [
                LabelledBox(box_xyxy_px=(x1, y1, x2, y2), label=label, ignored=kind == "ignored")
                for kind in ("boxes", "ignored")
                for x1, y1, x2, y2, number in document[kind]
                for label in _json_labels(number, names, any_allowed=kind == "ignored")
            ]
            name = _name(document["name"])
            found.append(LabelledPicture(path=existing(pictures / name), name=name, boxes=tuple(boxes)))
        except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError) as e:
            problem = f"{type(e).__name__}: {e}"
            remedy = "expected name, boxes and ignored, the latter rows of x1, y1, x2, y2, class number"
            faults.append(Fault(file=str(path), line=None, where="picture", problem=problem, remedy=remedy))
    if faults:
        raise ConfigurationFaults(tuple(faults))
    return found


def _json_labels(number: float, names: Sequence[str], *, any_allowed: bool) -> Sequence[str]:
    if number == _ANY_CLASS and any_allowed:
        return names
    if number not in range(len(names)):
        raise ValueError(f"class {number}, but the classes are 0 to {len(names) - 1}")
    return [names[int(number)]]
