"""Measures ONNX detectors on the held-out pictures and prints the tables of benchmarks/street_detector_map.md.

    python models/street/evaluate.py --data DATA --model start=START.onnx --model fp32=models/weights/street-n.onnx

Detectors run through ONNX Runtime on letterboxed pictures as in the product. Sets: ``coco`` (own labels), ``road``
(elevated roads; far vehicles partly unlabelled, so its precision reads low), ``vn`` (Vietnamese pictures, labels
corrected by hand, in ``labels_vn``). ``still`` asks of the red-light sequence in how many frames the broken-down truck
and the parked motorcycle are found.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from average_precision import Labelled, class_result
from labels import STREET_LABELS
from numpy.typing import NDArray
from onnx_detector import OnnxDetector, iou_matrix
from pictures import add_data_argument, letterbox, read_picture, to_tensor
from pseudo_labels import MOTORCYCLE_HIDDEN_IN, REDLIGHT_STILL, SPLITS, coco_labels, labelled_by_hand

from matthan.model_eval.average_precision import ClassResult

WORKING_SCORE = 0.25
STILL_SIZES_WH = ((640, 384), (960, 544), (1280, 736))
HELD_OUT_FROM = 80
ROAD_CLASSES = ("bicycle or motorcycle", "bus", "car", "truck")
Truth = tuple[str, NDArray[np.float32], NDArray[np.float32]]


def _rows(values: list[list[float]]) -> NDArray[np.float32]:
    return np.array(values, np.float32).reshape(-1, 5)


def _names(split: str) -> list[str]:
    return (SPLITS / f"{split}.txt").read_text(encoding="utf-8").split()


def coco_truth(data: Path) -> list[Truth]:
    """The held-out COCO pictures."""
    own = coco_labels(data)
    return [(name, _rows(own[name][0]), _rows(own[name][1])) for name in _names("test_coco")]


def road_truth(data: Path) -> list[Truth]:
    """The elevated roads; class numbers are those of ROAD_CLASSES."""
    out = []
    for name in _names("test_road"):
        height, width = read_picture(data, name).shape[:2]
        file = data / Path(name.replace("/images/", "/labels/")).with_suffix(".txt")
        rows = []
        for line in file.read_text(encoding="utf-8").splitlines():
            label, cx, cy, w, h = map(float, line.split()[:5])
            x1, y1, x2, y2 = (cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width, (cy + h / 2) * height
            rows.append([x1, y1, x2, y2, label])
        out.append((name, _rows(rows), _rows([])))
    return out


def vn_truth() -> list[Truth]:
    """The hand-corrected Vietnamese pictures that are held out."""
    own = labelled_by_hand()
    return [(name, _rows(own[name][0]), _rows(own[name][1])) for name in _names("test_vn") if name in own]


def to_road_classes(found: NDArray[np.float32]) -> NDArray[np.float32]:
    """Renumber street detections to ROAD_CLASSES and drop the rest."""
    number = {"bicycle": 0, "motorcycle": 0, "bus": 1, "car": 2, "truck": 3}
    classes = np.array([number.get(label, -1) for label in STREET_LABELS], np.float32)
    out = found.copy()
    out[:, 5] = classes[found[:, 5].astype(int)]
    return out[out[:, 5] >= 0]


def judged(
    detector: OnnxDetector, data: Path, truths: list[Truth], size_wh: tuple[int, int], names: tuple[str, ...]
) -> dict[str, ClassResult]:
    """Run one detector over one set and judge every class that has labels."""
    pictures = []
    for name, truth, ignored in truths:
        found = detector.detect(read_picture(data, name), size_wh)
        if names == ROAD_CLASSES:
            found = to_road_classes(found)
        pictures.append(Labelled(truth=truth, ignored=ignored, found=found))
    results = {label: class_result(pictures, k, WORKING_SCORE) for k, label in enumerate(names)}
    return {label: result for label, result in results.items() if result is not None}


def print_set(title: str, columns: list[str], results: list[dict[str, ClassResult]]) -> None:
    """Print mAP50 / mAP50-95 by class, one column per detector and size."""
    print(f"\n### {title}\n\nmAP50 / mAP50-95\n\n| class | objects | " + " | ".join(columns) + " |")
    print("|---|---|" + "---|" * len(columns))
    for label, first in results[0].items():
        cells = " | ".join(f"{r[label].ap50:.3f} / {r[label].ap:.3f}" for r in results)
        print(f"| {label} | {first.objects} | {cells} |")
    means = [
        (statistics.fmean(c.ap50 for c in r.values()), statistics.fmean(c.ap for c in r.values())) for r in results
    ]
    print(f"| **mean** | {sum(c.objects for c in results[0].values())} | ", end="")
    print(" | ".join(f"**{a:.3f} / {b:.3f}**" for a, b in means) + " |")
    print(f"| recall, all objects, score >= {WORKING_SCORE} | | ", end="")
    print(" | ".join(f"{sum(c.recall * c.objects for c in r.values()) / total(r):.3f}" for r in results) + " |")
    print("| mean precision there | | ", end="")
    print(
        " | ".join(f"{statistics.fmean(c.precision or 0.0 for c in r.values()):.3f}" for r in results) + " |",
        flush=True,
    )


def total(results: dict[str, ClassResult]) -> int:
    """Number of labelled objects."""
    return sum(result.objects for result in results.values())


def still_found(detector: OnnxDetector, data: Path, size_wh: tuple[int, int]) -> NDArray[np.bool_]:
    """Whether the standing truck and the parked motorcycle are found: (frames, 2), IoU 0.5 and the right class."""
    out = []
    for frame in range(109):
        picture = read_picture(data, f"street/vn_redlight/frames/frame_{frame:04d}.jpg")
        found = detector.detect(picture, size_wh, score_threshold=WORKING_SCORE)
        row = []
        for label, place in REDLIGHT_STILL[:2]:
            mine = found[found[:, 5] == STREET_LABELS.index(label)]
            overlap = iou_matrix(np.array([place], np.float32), mine[:, :4])
            row.append(bool((overlap >= 0.5).any()))
        out.append(row)
    return np.array(out)


def print_still(detectors: dict[str, OnnxDetector], data: Path) -> None:
    """Print the shares of frames for all frames and for those after the training's."""
    print(f"\n### Standing objects, share of frames (score >= {WORKING_SCORE}, IoU >= 0.5, right class)\n")
    hidden = np.isin(np.arange(109), list(MOTORCYCLE_HIDDEN_IN))
    print(f"All 109 frames / the {109 - HELD_OUT_FROM} frames never trained on (same place and objects).")
    print(f"In {hidden.sum()} frames others hide the motorcycle nearly wholly; the last column leaves them out.\n")
    print("| detector | size | truck | parked motorcycle | parked motorcycle where it can be seen |")
    print("|---|---|---|---|---|")
    late = np.arange(109) >= HELD_OUT_FROM
    for name, detector in detectors.items():
        for size in STILL_SIZES_WH:
            hits = still_found(detector, data, size)
            cells = [f"{hits[:, k].mean():.3f} / {hits[late, k].mean():.3f}" for k in range(2)]
            seen = f"{hits[~hidden, 1].mean():.3f} / {hits[late & ~hidden, 1].mean():.3f}"
            print(f"| {name} | {size[0]}x{size[1]} | {cells[0]} | {cells[1]} | {seen} |", flush=True)


def print_speed(detectors: dict[str, OnnxDetector], data: Path, rounds: int) -> None:
    """Print CPU ms of one network run at 640x384, detectors taking turns, one thread each."""
    picture = read_picture(data, "street/vn_redlight/frames/frame_0090.jpg")
    tensor = to_tensor(letterbox(picture, (640, 384))[0])
    spent: dict[str, list[float]] = {name: [] for name in detectors}
    for turn in range(rounds + 3):
        for name, detector in detectors.items():
            begun = time.process_time()
            detector.raw(tensor)
            if turn >= 3:
                spent[name].append((time.process_time() - begun) * 1000)
    print(f"\n### CPU ms per picture at 640x384, one thread, {rounds} interleaved rounds\n")
    print("| detector | median ms | times as fast as the first |\n|---|---|---|")
    medians = {name: statistics.median(values) for name, values in spent.items()}
    first = next(iter(medians.values()))
    for name, value in medians.items():
        print(f"| {name} | {value:.1f} | {first / value:.2f} |")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def main() -> None:
    """Read the arguments and print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_argument(parser)
    parser.add_argument("--model", action="append", required=True, metavar="NAME=FILE")
    parser.add_argument("--size", type=_size, action="append", metavar="WxH")
    parser.add_argument("--sets", nargs="+", default=["coco", "road", "vn", "still", "speed"])
    parser.add_argument("--rounds", type=int, default=60)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    sizes = arguments.size or [(640, 384), (640, 640)]
    detectors = {m.partition("=")[0]: OnnxDetector(Path(m.partition("=")[2])) for m in arguments.model}
    data = arguments.data
    columns = [f"{name} {w}x{h}" for w, h in sizes for name in detectors]
    sets: tuple[tuple[str, str, tuple[str, ...], Callable[[], list[Truth]]], ...] = (
        ("coco", "COCO pictures, held out", STREET_LABELS, lambda: coco_truth(data)),
        ("road", "Elevated roads, held out", ROAD_CLASSES, lambda: road_truth(data)),
        ("vn", "Vietnamese pictures, held out, labels corrected by hand", STREET_LABELS, vn_truth),
    )
    for kind, title, names, read in sets:
        if kind in arguments.sets:
            truths = read()
            results = [judged(d, data, truths, size, names) for size in sizes for d in detectors.values()]
            print_set(f"{title} ({len(truths)})", columns, results)
    if "still" in arguments.sets:
        print_still(detectors, data)
    if "speed" in arguments.sets:
        print_speed(detectors, data, arguments.rounds)


if __name__ == "__main__":
    main()
