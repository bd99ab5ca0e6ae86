"""Riders counted by the boxes of people, against riders counted by eye: ``python -m benchmarks.riders.counted DATA``.

Nothing was learned or chosen from these counts; of the Indian camera one limit was (how low a rider's box may reach).
What a person cannot count is wrong where it is told.
"""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np

from benchmarks.pictures import read_bgr
from benchmarks.riders.looking import open_networks
from detectors.onnx_detector import OnnxDetector
from detectors.riders.seating import seat_riders
from domain.geometry import BoxPx, ImageBgr, box_iou
from matthan.model_eval.intervals import share_of

_FIXED, _WIDER = "street/vn_fixed_cams", 16 / 9
_DA_NANG = frozenset({47, 72, 74, 75, 76, 440})  # views of it; all others are of a walk over bridges in HCMC
_SAME_IOU = 0.5
_TOLD = ("1", "2", "3+", "unknown")
_COUNTS_FILE = Path(__file__).with_name("street_counts.tsv")


def place_of(picture: str, views: Mapping[str, int]) -> str:
    """Where a picture was taken."""
    if not picture.startswith(_FIXED):
        return "India, fixed camera" if "india" in picture else "press photos"
    return "Da Nang, fixed cameras" if views[Path(picture).stem] in _DA_NANG else "HCMC, from bridges"


def told_of(detector: OnnxDetector, picture: ImageBgr, motorcycles: list[BoxPx]) -> list[str]:
    """What is told of motorcycles of a picture; unknown also where one is not found."""
    (found,) = detector.look([picture])
    of: dict[str, list[BoxPx]] = {"motorcycle": [], "person": []}
    for row, (x1, y1, x2, y2) in enumerate(found.boxes_xyxy_px.tolist()):
        of.get(found.label_of(row), []).append((x1, y1, x2, y2))
    seatings = seat_riders(of["motorcycle"], of["person"])
    told: list[str] = []
    for box in motorcycles:
        overlaps = [box_iou(box, one) for one in of["motorcycle"]]
        at = max(range(len(overlaps)), key=overlaps.__getitem__, default=-1)
        told.append(seatings[at].count if at >= 0 and overlaps[at] >= _SAME_IOU else "unknown")
    return told


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the recorded data")
    data = parser.parse_args().data
    detector, _ = open_networks()
    views = json.loads((data / _FIXED / "view_clusters.json").read_text(encoding="utf-8"))
    with _COUNTS_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t"))
    seen: Counter[tuple[str, str, str]] = Counter()
    for name, group in groupby(rows, key=lambda row: row["picture"]):
        of, picture, wider = list(group), read_bgr(data / name), 1.0
        if name.startswith(_FIXED):
            wider = _WIDER
            picture = np.asarray(cv2.resize(picture, None, fx=wider, fy=1.0, interpolation=cv2.INTER_CUBIC), np.uint8)
        boxes = [tuple(float(value) for value in row["motorcycle"].split(",")) for row in of]
        motorcycles = [(wider * x1, y1, wider * x2, y2) for x1, y1, x2, y2 in boxes]
        for row, told in zip(of, told_of(detector, picture, motorcycles), strict=True):
            seen[place_of(name, views), row["riders"], told] += 1
    places = sorted({place for place, _, _ in seen})
    print(f"{len(rows)} motorcycles, {len({row['picture'] for row in rows})} pictures\n")
    print(f"| place | by eye | {' | '.join(f'told {one}' for one in _TOLD)} |\n|---|---|{'---|' * len(_TOLD)}")
    for place in places:
        for riders in ("1", "2", "3+", "cannot_tell"):
            print(f"| {place} | {riders} | {' | '.join(str(seen[place, riders, one]) for one in _TOLD)} |")
    print("\n| place | told 1, rightly | told 2, rightly | told 3+, rightly | two told two |\n|---|---|---|---|---|")
    for place in (*places, "all"):
        of_place = Counter({key[1:]: n for key, n in seen.items() if place == key[0]})
        if place == "all":
            of_place = sum((Counter({key[1:]: n}) for key, n in seen.items()), Counter())
        cells = []
        for count in _TOLD[:3]:
            told_so = sum(n for (_, told), n in of_place.items() if told == count)
            cells.append(share_of(of_place[count, count], told_so))
        cells.append(share_of(of_place["2", "2"], sum(n for (riders, _), n in of_place.items() if riders == "2")))
        print(f"| {place} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
