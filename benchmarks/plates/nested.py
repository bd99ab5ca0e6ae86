"""Whether a box nearly inside another of the same kind is ever another vehicle; prints a Markdown table.

    python -m benchmarks.plates.nested --data ../shared/data

On the pictures that were labelled by hand for the street detector (``models/street/labels_vn``): pairs of labelled
vehicles of one kind, which are two by eye, and pairs of boxes that the detector gives.
"""

import argparse
import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import cv2

from benchmarks.pictures import read_bgr
from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.plates.ownership import is_same_vehicle
from detectors.sessions import open_session
from domain.geometry import BoxPx, box_iou
from domain.seen.track import VEHICLE_KIND_OF_LABEL
from edge.networks.street_network import built_in_manifest

LABELS = Path(__file__).parents[2] / "models" / "street" / "labels_vn"
SAME_IOU = 0.3  # of a labelled vehicle, for a detector's box to show a part of it or all
Kinds = list[tuple[str, BoxPx]]


def labelled() -> Iterator[tuple[str, Kinds]]:
    """Name of each picture, and its labelled vehicles."""
    names = (LABELS / "classes.txt").read_text(encoding="utf-8").split("\n")
    for file in sorted(LABELS.glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        rows = [(VEHICLE_KIND_OF_LABEL.get(names[int(row[4])]), tuple(row[:4])) for row in document["boxes"]]
        yield document["name"], [(kind, box) for kind, box in rows if kind is not None]


def found(detector: OnnxDetector, path: Path) -> Kinds:
    """What the detector tells in a picture."""
    (seen,) = detector.look([read_bgr(path)])
    rows = [
        (VEHICLE_KIND_OF_LABEL.get(seen.label_of(place)), tuple(box))
        for place, box in enumerate(seen.boxes_xyxy_px.tolist())
    ]
    return [(kind, box) for kind, box in rows if kind is not None]


def nested(vehicles: Kinds) -> list[tuple[BoxPx, BoxPx]]:
    """Pairs of one kind that would be told to be one vehicle."""
    return [
        (one, other)
        for (kind, one), (other_kind, other) in combinations(vehicles, 2)
        if is_same_vehicle(one, kind, other, other_kind)
    ]


def _best(box: BoxPx, truth: Kinds) -> int | None:
    place = max(range(len(truth)), key=lambda one: box_iou(box, truth[one][1]), default=None)
    return place if place is not None and box_iou(box, truth[place][1]) >= SAME_IOU else None


def main() -> None:
    """Count and print."""
    cv2.setNumThreads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = parser.parse_args().data
    spec = find_model(read_manifest(built_in_manifest()), "street-n", DetectorSpec)
    detector = OnnxDetector(spec=spec, session=open_session(spec))
    vehicles = two = boxes = same = other = unknown = 0
    for name, truth in labelled():
        vehicles += len(truth)
        two += len(nested(truth))
        told = found(detector, data / name)
        boxes += len(told)
        for one, second in nested(told):
            first, then = _best(one, truth), _best(second, truth)
            if first is None or then is None:
                unknown += 1
            elif first == then:
                same += 1
            else:
                other += 1
                print(f"- two labelled vehicles: {name} {one} {second}")
    print("| | vehicles or boxes | pairs told to be one vehicle | truly one | truly two | not labelled |")
    print("|---|---|---|---|---|---|")
    print(f"| labelled by hand | {vehicles} | {two} | - | {two} | - |")
    print(f"| street-n | {boxes} | {same + other + unknown} | {same} | {other} | {unknown} |")


if __name__ == "__main__":
    main()
