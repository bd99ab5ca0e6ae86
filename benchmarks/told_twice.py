"""How often the detector tells a vehicle twice, and what of it is left where vehicles are followed; a Markdown table.

    python -m benchmarks.told_twice --data ../shared/data

On the pictures that were labelled by hand for the street detector (``models/street/labels_vn``). *Other class*: two
boxes of one group (car, bus, truck; motorcycle, bicycle) that overlap by more than the tracker's ``duplicate_iou``, of
which the tracker drops the worse one; *same class*: likewise. *Nested*: what is left then, one box nearly inside
another as plates' ownership has it. Two boxes show one vehicle when both overlap the same labelled one most.
"""

import argparse
from collections import Counter
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np

from benchmarks.pictures import read_bgr
from benchmarks.plates.nested import SAME_IOU, labelled
from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.plates.ownership import is_same_vehicle
from detectors.sessions import open_session
from detectors.tracking.settings import SAME_THING_GROUPS, TrackerSettings
from domain.geometry import BoxPx, Float64Array, iou_matrix
from domain.seen.detections import Detections
from edge.networks.street_network import built_in_manifest
from matthan.model_eval.detecting import with_input_size

SIZES_WH = ((640, 384), (960, 544), (1280, 736))


def pairs(seen: Detections, group: str) -> tuple[int, list[tuple[str, BoxPx, BoxPx]]]:
    """How many boxes a group has, and its pairs: dropped by the tracker (*other class*, *same class*) or *nested*."""
    labels = [seen.label_of(row) for row in range(len(seen))]
    rows = [row for row in np.argsort(-seen.scores).tolist() if SAME_THING_GROUPS.get(labels[row]) == group]
    boxes: list[BoxPx] = [tuple(seen.boxes_xyxy_px[row].tolist()) for row in rows]
    found: list[tuple[str, BoxPx, BoxPx]] = []
    gone: set[int] = set()
    overlaps = iou_matrix(np.array(boxes).reshape(-1, 4), np.array(boxes).reshape(-1, 4))
    for one, other in combinations(range(len(rows)), 2):
        if gone.isdisjoint((one, other)) and overlaps[one, other] > TrackerSettings().duplicate_iou:
            gone.add(other)
            kind = "same class" if labels[rows[one]] == labels[rows[other]] else "other class"
            found.append((kind, boxes[one], boxes[other]))
    for one, other in combinations([place for place in range(len(rows)) if place not in gone], 2):
        if is_same_vehicle(boxes[one], group, boxes[other], group):
            found.append(("nested", boxes[one], boxes[other]))
    return len(rows), found


def whose(one: BoxPx, other: BoxPx, truth: Float64Array) -> str:
    """Whether two boxes show one labelled vehicle, two, or some that is not labelled."""
    if not len(truth):
        return "not labelled"
    overlaps = iou_matrix(np.array([one, other]), truth)
    if overlaps.max(axis=1).min() < SAME_IOU:
        return "not labelled"
    first, second = overlaps.argmax(axis=1).tolist()
    return "one" if first == second else "two"


def main() -> None:
    """Count and print."""
    cv2.setNumThreads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = parser.parse_args().data
    spec = find_model(read_manifest(built_in_manifest()), "street-n", DetectorSpec)
    session = open_session(spec)
    pictures = [(read_bgr(data / name), truth) for name, truth in labelled()]
    print("| size | group | boxes | pairs | truly one | truly two | not labelled |\n|---|---|---|---|---|---|---|")
    for size_wh in SIZES_WH:
        detector = OnnxDetector(spec=with_input_size(spec, size_wh), session=session)
        boxes: Counter[str] = Counter()
        told: Counter[tuple[str, str, str]] = Counter()
        for picture, truth in pictures:
            known = np.array([box for _, box in truth]).reshape(-1, 4)
            (seen,) = detector.look([picture])
            for group in sorted(set(SAME_THING_GROUPS.values())):
                count, found = pairs(seen, group)
                boxes[group] += count
                told.update((group, kind, whose(one, other, known)) for kind, one, other in found)
        for group, kind in sorted({(group, kind) for group, kind, _ in told}):
            cells = [told[group, kind, answer] for answer in ("one", "two", "not labelled")]
            print(f"| {size_wh[0]}x{size_wh[1]} | {group}, {kind} | {boxes[group]} | {sum(cells)} | ", end="")
            print(" | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
