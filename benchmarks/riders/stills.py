"""Press photos: what is told of stills."""

import csv
from collections import Counter
from collections.abc import Iterator
from math import dist
from pathlib import Path

import cv2
import numpy as np

from benchmarks.riders.looking import Marks, find
from detectors.onnx_detector import OnnxDetector
from detectors.riders.head_classifier import HeadClassifier
from domain.geometry import ImageBgr
from matthan.model_eval.intervals import share_of

PHOTOS = "riders/vn_press_motorbikes"
_SAME_PX = 8.0
_HERE = Path(__file__).parent


def photos(data: Path) -> Iterator[tuple[str, ImageBgr]]:
    """Every photo with its name."""
    for path in sorted((data / PHOTOS).glob("*/*.jpg")):
        picture = cv2.imread(str(path))
        if picture is not None:
            yield path.name, picture.astype(np.uint8)


def told_stills(data: Path, detector: OnnxDetector, heads: HeadClassifier) -> None:
    """Print how often counts of two and more, and bare heads, were right."""
    marks = Marks()
    counts: Counter[tuple[int, str]] = Counter()
    bare: Counter[str] = Counter()
    for name, picture in photos(data):
        found = find(picture, detector, heads)
        for (x1, y1, x2, y2), people in zip(found.motorcycles, found.people, strict=True):
            if people is not None and people >= 2:
                counts[min(people, 4), _marked("stills_counts.tsv", name, ((x1 + x2) / 2, (y1 + y2) / 2))] += 1
        if name not in marks.learned:
            bare.update(marks.of(name, head) for head, wear in found.heads if wear == "bare")
    print("### Press photos\n\n| told | right | by eye |\n|---|---|---|")
    for told in (2, 3, 4):
        truth = {people: count for (of, people), count in sorted(counts.items()) if of == told}
        right = sum(count for people, count in truth.items() if people == str(told))
        print(f"| {told}{' or more' if told == 4 else ''} people | {share_of(right, sum(truth.values()))} | {truth} |")
    print(
        f"| bare (photos not learned from) | {share_of(bare['bare'], bare.total())} | {dict(sorted(bare.items()))} |\n"
    )


def _marked(file: str, name: str, at_px: tuple[float, float]) -> str:
    """What a person said of a place in a picture."""
    with (_HERE / file).open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            near = dist(at_px, (float(row["x_px"]), float(row["y_px"]))) <= _SAME_PX
            if row["picture"] == name and near:
                return row[list(row)[-1]]
    return "not marked"
