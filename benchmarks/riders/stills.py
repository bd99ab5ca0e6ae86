"""Press photos: what is told of stills, and of stills that are approached as a camera would see a motorcycle come."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from math import dist
from pathlib import Path

import cv2
import numpy as np

from benchmarks.riders.looking import Marks, camera_of, find, run_of, share
from detectors.onnx_detector import OnnxDetector
from detectors.riders.head_classifier import HeadClassifier
from domain.cases.case import Case
from domain.geometry import ImageBgr
from domain.seen.frame import BgrPicture, Frame
from edge.run.camera_run import CameraRun
from matthan.replay.replay import default_start

PHOTOS = "riders/vn_press_motorbikes"
SIZE_WH = (1280, 720)
_SAME_PX = 8.0
_APPROACHES, _EMPTY = 14, 6  # pictures, 0.2 s apart: from 0.6 of its size to all of it, and then nothing
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
        print(f"| {told}{' or more' if told == 4 else ''} people | {share(right, sum(truth.values()))} | {truth} |")
    print(f"| bare (photos not learned from) | {share(bare['bare'], bare.total())} | {dict(sorted(bare.items()))} |\n")


def composed(data: Path, detector: OnnxDetector, heads: HeadClassifier) -> None:
    """Print what the rules make of stills that come nearer and that the heads' network has not learned from."""
    marks = Marks()
    refused: Counter[str] = Counter()
    verdicts: Counter[tuple[str, str]] = Counter()
    rides = 0
    for name, picture in photos(data):
        if name in marks.learned:
            continue
        rides += 1
        run = run_of(camera_of(SIZE_WH), detector, heads)
        for case in _approached(picture, run, detector):
            x1, y1, x2, y2 = case.moments[-1].box_xyxy_px
            verdict = _marked("composed.tsv", name, ((x1 + x2) / 2, (y1 + y2) / 2), column="verdict")
            verdicts[case.violation.code, verdict] += 1
        for (rule, reason), count in run.refusals.items():
            refused[f"{rule} {reason}"] += count
    print(f"### Composed rides: {rides} stills that come nearer\n")
    print(f"- cases, and whether each is right by eye: {dict(verdicts)}")
    print(f"- refused: {dict(refused.most_common())}\n")


def _approached(picture: ImageBgr, run: CameraRun, detector: OnnxDetector) -> list[Case]:
    width, height = SIZE_WH
    whole = min(width / picture.shape[1], height / picture.shape[0])
    outputs: list[object] = []
    for number in range(_APPROACHES + _EMPTY):
        shown = np.full((height, width, 3), 110, np.uint8)
        if number < _APPROACHES:
            part = number / (_APPROACHES - 1)
            factor = whole * (0.6 + 0.4 * part)
            left, top = (width - picture.shape[1] * factor) / 2, (height - picture.shape[0] * factor) * part
            matrix = np.array([[factor, 0, left], [0, factor, top]])
            warped = cv2.warpAffine(picture, matrix, SIZE_WH, flags=cv2.INTER_AREA, borderValue=(110, 110, 110))
            shown = warped.astype(np.uint8)
        frame = Frame(
            camera_id=run.camera.id,
            index=number,
            captured_at=default_start(run.camera) + timedelta(seconds=0.2 * number),
            clock_error_ms=None,
            picture=BgrPicture(shown),
        )
        (detections,) = detector.detect([frame])
        outputs += run.judge(run.look(frame, detections)) or ()
    outputs += run.finish()
    return [item for item in outputs if isinstance(item, Case)]


def _marked(file: str, name: str, at_px: tuple[float, float], *, column: str = "") -> str:
    """What a person said of a place in a picture."""
    with (_HERE / file).open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            near = dist(at_px, (float(row["x_px"]), float(row["y_px"]))) <= _SAME_PX
            if row["picture"] == name and near:
                return row[column or list(row)[-1]]
    return "not marked"
