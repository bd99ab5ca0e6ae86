"""Labels training pictures with the starting weights looked at closely, and with what is known of the places.

    python models/street/pseudo_labels.py --data DATA --teacher TEACHER.onnx --work WORK

Every picture is seen whole at three sizes and in overlapping tiles at its own resolution, each also mirrored. Sightings
of one object are merged. Sure objects become labels; doubtful ones become *ignored* boxes on which training neither
rewards nor punishes. Two objects stand still through the whole red-light sequence (a broken-down truck, a parked
motorcycle) and its two lamps hang still: where one is missed, it is put in from its known place. COCO pictures keep
their own labels, and so do the pictures that were labelled by hand (``labels_vn``); the fixed cameras' are crossed
with the boxes of their source (``crossed_labels.py``). Written to
``WORK/labels/SPLIT.jsonl``, one picture a line; pictures go to ``WORK/pictures`` at most 1280 pixels wide. Nothing of
it belongs into the repository.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import cv2
import fixed_cams
import numpy as np
from crossed_labels import crossed
from labels import COCO_NAME_OF, STREET_LABELS
from numpy.typing import NDArray
from onnx_detector import OnnxDetector, iou_matrix
from pictures import add_data_argument, read_picture, without_overlay

SPLITS = Path(__file__).parent / "splits"
HAND_LABELS = Path(__file__).parent / "hand_labels_train.json"
VN_LABELS = Path(__file__).parent / "labels_vn"
WHOLE_SIZES_WH = ((1280, 736), (960, 544), (640, 640))
TILE_WH = (960, 640)
MAX_WIDTH_PX = 1280
SURE, FAIR, DOUBTFUL = 0.50, 0.32, 0.10
TINY_PX = 7.0
EDGE_PX = 3.0

#: Looked at by eye in the red-light sequence, pixels of 1894x1080: what stands or hangs still in every frame.
REDLIGHT_STILL: tuple[tuple[str, tuple[int, int, int, int]], ...] = (
    ("truck", (885, 188, 1192, 595)),
    ("motorcycle", (820, 532, 968, 741)),
    ("traffic light", (1772, 97, 1834, 252)),
    ("traffic light", (1759, 272, 1826, 330)),
)
#: Frames in which others stand in front of the parked motorcycle, so that hardly anything of it is seen.
MOTORCYCLE_HIDDEN_IN = frozenset((*range(15, 29), 33, 34, *range(38, 43), 81))
Rows = list[list[float]]
RIVALS = ({"car", "bus", "truck"}, {"bicycle", "motorcycle"})


def _mirrored(rows: NDArray[np.float32], width_px: int) -> NDArray[np.float32]:
    out = rows.copy()
    out[:, 0], out[:, 2] = width_px - rows[:, 2], width_px - rows[:, 0]
    return out


def _both_ways(
    teacher: OnnxDetector, picture: NDArray[np.uint8], size_wh: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    straight = teacher.detect(picture, size_wh, score_threshold=DOUBTFUL)
    flipped = teacher.detect(np.ascontiguousarray(picture[:, ::-1]), size_wh, score_threshold=DOUBTFUL)
    return straight, _mirrored(flipped, picture.shape[1])


def _starts(length_px: int, tile_px: int) -> list[int]:
    if length_px <= tile_px:
        return [0]
    count = int(np.ceil((length_px - tile_px) / (tile_px * 0.75))) + 1
    return [round(k * (length_px - tile_px) / (count - 1)) for k in range(count)]


def _tiles(teacher: OnnxDetector, picture: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    height, width = picture.shape[:2]
    views = []
    for top in _starts(height, TILE_WH[1]):
        for left in _starts(width, TILE_WH[0]):
            tile = picture[top : top + TILE_WH[1], left : left + TILE_WH[0]]
            for rows in _both_ways(teacher, tile, TILE_WH):
                h, w = tile.shape[:2]
                cut = (rows[:, 0] < EDGE_PX) & (left > 0)
                cut |= (rows[:, 1] < EDGE_PX) & (top > 0)
                cut |= (rows[:, 2] > w - EDGE_PX) & (left + w < width)
                cut |= (rows[:, 3] > h - EDGE_PX) & (top + h < height)
                whole = rows[~cut]
                whole[:, :4] += np.array([left, top, left, top], np.float32)
                views.append(whole)
    return views


def sightings(teacher: OnnxDetector, picture: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """All views of one picture, each as rows x1, y1, x2, y2, score, class in picture pixels."""
    views = [rows for size in WHOLE_SIZES_WH for rows in _both_ways(teacher, picture, size)]
    if picture.shape[1] > TILE_WH[0] or picture.shape[0] > TILE_WH[1]:
        views += _tiles(teacher, picture)
    return views


def merged(views: list[NDArray[np.float32]]) -> list[tuple[NDArray[np.float32], float, int, int]]:
    """Merge sightings of one object: (box, best score, class, number of views), best first."""
    rows = np.concatenate([np.c_[v, np.full(len(v), k, np.float32)] for k, v in enumerate(views)])
    rows = rows[np.argsort(-rows[:, 4])]
    out: list[tuple[NDArray[np.float32], float, int, int]] = []
    while len(rows):
        same = (iou_matrix(rows[:1, :4], rows[:, :4])[0] > 0.55) & (rows[:, 5] == rows[0, 5])
        same[0] = True
        group = rows[same]
        weight = group[:, 4:5] ** 2
        box = (group[:, :4] * weight).sum(0) / weight.sum()
        out.append((box, float(group[0, 4]), int(group[0, 5]), len(np.unique(group[:, 6]))))
        rows = rows[~same]
    return out


def _is_rival(first: int, second: int) -> bool:
    names = {STREET_LABELS[first], STREET_LABELS[second]}
    return first != second and any(names <= rivals for rivals in RIVALS)


def _inside(box: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Share of the smaller of two boxes that lies in the other."""
    sides = np.clip(np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2]), 0, None)
    smaller = min(float(np.prod(b[2:] - b[:2])) for b in (box, other))
    return float(np.prod(sides)) / max(smaller, 1e-9)


def split_sure(
    objects: list[tuple[NDArray[np.float32], float, int, int]], tiny_px: float
) -> tuple[list[list[float]], list[list[float]]]:
    """Divide merged objects into labels and ignored boxes, both rows of x1, y1, x2, y2, class."""
    boxes: list[list[float]] = []
    ignored: list[list[float]] = []
    for box, score, label, views in objects:
        row = [*map(float, box), float(label)]
        small = min(box[2] - box[0], box[3] - box[1]) < tiny_px
        kept = np.array(boxes, np.float32).reshape(-1, 5)
        overlap = iou_matrix(box[None], kept[:, :4])[0]
        beaten = any(o > 0.6 and _is_rival(label, int(k)) for o, k in zip(overlap, kept[:, 4], strict=True))
        doubled = any(
            int(k) == label and _inside(box, other) > 0.85 and o > 0.25
            for o, other, k in zip(overlap, kept[:, :4], kept[:, 4], strict=True)
        )
        sure = score >= SURE or (score >= FAIR and views >= 3)
        (boxes if sure and not (small or beaten or doubled) else ignored).append(row)
    return boxes, ignored


def _swallows(row: list[float], label: str, place: NDArray[np.float32]) -> bool:
    """Whether a vehicle's box holds most of a standing vehicle: the two were seen as one."""
    rivals = next((group for group in RIVALS if label in group), set())
    box = np.array(row[:4], np.float32)
    smaller_is_place = float(np.prod(box[2:] - box[:2])) > float(np.prod(place[2:] - place[:2]))
    return STREET_LABELS[int(row[4])] in rivals and smaller_is_place and _inside(box, place) > 0.75


def put_in_still(name: str, boxes: list[list[float]], ignored: list[list[float]]) -> None:
    """Add what is known to stand still in the red-light sequence where it was missed, in place."""
    if "vn_redlight" not in name:
        return
    for label, place in REDLIGHT_STILL:
        index = STREET_LABELS.index(label)
        known = np.array([place], np.float32)
        for rows in (boxes, ignored):
            rows[:] = [
                row
                for row in rows
                if iou_matrix(known, np.array([row[:4]], np.float32))[0, 0] < 0.5
                or not (int(row[4]) == index or _is_rival(int(row[4]), index))
            ]
        covering = [row for row in boxes if _swallows(row, label, known[0])]
        boxes[:] = [row for row in boxes if row not in covering]
        ignored.extend(covering)
        hidden = label == "motorcycle" and int(name[-8:-4]) in MOTORCYCLE_HIDDEN_IN
        (ignored if hidden else boxes).append([*map(float, place), float(index)])


def put_in_hand_labels(name: str, boxes: list[list[float]], ignored: list[list[float]]) -> None:
    """Let boxes drawn by hand replace whatever the teacher saw at their places, in place."""
    for *place, label in json.loads(HAND_LABELS.read_text(encoding="utf-8")).get(name, []):
        known = np.array([place], np.float32)
        for rows in (boxes, ignored):
            rows[:] = [row for row in rows if iou_matrix(known, np.array([row[:4]], np.float32))[0, 0] < 0.5]
        boxes.append([*map(float, place), float(STREET_LABELS.index(label))])


def coco_labels(data: Path) -> dict[str, tuple[list[list[float]], list[list[float]]]]:
    """Read the COCO pictures' own labels: name -> (boxes, ignored), rows of x1, y1, x2, y2, class."""
    coco = json.loads((data / "street/coco_subset/instances.json").read_text(encoding="utf-8"))
    street_of = {COCO_NAME_OF.get(label, label): index for index, label in enumerate(STREET_LABELS)}
    class_of = {c["id"]: street_of[c["name"]] for c in coco["categories"] if c["name"] in street_of}
    file_of = {image["id"]: image["file_name"] for image in coco["images"]}
    out: dict[str, tuple[list[list[float]], list[list[float]]]] = defaultdict(lambda: ([], []))
    for image in coco["images"]:
        _ = out[f"street/coco_subset/images/{Path(image['file_name']).name}"]
    for item in coco["annotations"]:
        if item["category_id"] in class_of:
            x, y, w, h = item["bbox"]
            row = [x, y, x + w, y + h, float(class_of[item["category_id"]])]
            name = f"street/coco_subset/images/{Path(file_of[item['image_id']]).name}"
            out[name][1 if item.get("iscrowd") else 0].append(row)
    return dict(out)


def labelled_by_hand() -> dict[str, tuple[list[list[float]], list[list[float]]]]:
    """Read the hand-corrected Vietnamese pictures, of every part: name -> (boxes, ignored)."""
    entries = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(VN_LABELS.glob("*.json"))]
    return {entry["name"]: (entry["boxes"], entry["ignored"]) for entry in entries}


def taught(data: Path, teachers: list[OnnxDetector], name: str, picture: NDArray[np.uint8]) -> tuple[Rows, Rows]:
    """Label a picture that has no labels of its own: labels and ignored rows."""
    tiny_px = TINY_PX * max(1.0, picture.shape[1] / MAX_WIDTH_PX)
    seen = merged([view for teacher in teachers for view in sightings(teacher, picture)])
    boxes, ignored = split_sure(seen, tiny_px)
    if name.startswith(fixed_cams.FOLDER):
        marks = fixed_cams.marks(data, name, STREET_LABELS)
        return crossed(seen, (boxes, ignored), marks, (picture.shape[1], picture.shape[0]))
    put_in_still(name, boxes, ignored)
    put_in_hand_labels(name, boxes, ignored)
    return boxes, ignored


def label_split(data: Path, teachers: list[OnnxDetector], work: Path, split: str, only: list[str]) -> None:
    """Label the pictures of one list and write its lines; pictures done before are not done again.

    Args:
        data: The data folder.
        teachers: Whose sightings become labels.
        work: Where to write.
        split: Name of the list.
        only: Folders whose pictures the teachers may label; empty: all. What has labels of its own is always taken.
    """
    own = coco_labels(data) | labelled_by_hand()
    target = work / "labels" / f"{split}.jsonl"
    target.parent.mkdir(parents=True, exist_ok=True)
    (work / "pictures").mkdir(exist_ok=True)
    done = {json.loads(line)["name"] for line in target.read_text().splitlines()} if target.exists() else set()
    with target.open("a", encoding="utf-8") as lines:
        for name in (SPLITS / f"{split}.txt").read_text(encoding="utf-8").split("\n"):
            if not name or name in done:
                continue
            if name not in own and only and not name.startswith(tuple(only)):
                continue
            picture = without_overlay(name, read_picture(data, name))
            boxes, ignored = own[name] if name in own else taught(data, teachers, name, picture)
            ratio = min(1.0, MAX_WIDTH_PX / picture.shape[1])
            small = cv2.resize(picture, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
            file = name.replace("/", "_").replace("#", "_") + ".png"
            cv2.imwrite(str(work / "pictures" / file), small)
            scaled = [[[*(v * ratio for v in row[:4]), row[4]] for row in rows] for rows in (boxes, ignored)]
            lines.write(json.dumps({"name": name, "file": file, "boxes": scaled[0], "ignored": scaled[1]}) + "\n")
            lines.flush()
            print(f"{split} {name}: {len(boxes)} boxes, {len(ignored)} ignored", flush=True)


def main() -> None:
    """Label the lists named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_argument(parser)
    parser.add_argument("--teacher", type=Path, action="append", required=True, help="street ONNX; may be repeated")
    parser.add_argument("--work", type=Path, required=True, help="folder outside the repository")
    parser.add_argument("--splits", nargs="+", default=["val", "train"])
    parser.add_argument("--only", nargs="+", default=[], metavar="FOLDER", help="of what has no labels of its own")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    teachers = [OnnxDetector(file, threads=arguments.threads) for file in arguments.teacher]
    for split in arguments.splits:
        label_split(arguments.data, teachers, arguments.work, split, arguments.only)


if __name__ == "__main__":
    main()
