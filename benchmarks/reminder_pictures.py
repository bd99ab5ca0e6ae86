"""How much of whom a reminder's picture would still show, on photographs whose people are labelled.

.venv/bin/python -m benchmarks.reminder_pictures --data ../shared/data

The street network looks once at each photograph, and what a box would fill is filled. A head is the upper sixth of a
labelled person's box, half as wide; it is shown where more than half of it is not filled.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import open_session
from domain.cases.precision import wilson
from domain.instants import from_text
from domain.seen.frame import BgrPicture, Frame
from edge.networks.street_network import built_in_manifest
from edge.reminders.place_pictures import covers_of
from edge.run.seen import Seen

_AT = from_text("2026-01-05T07:00:00.000Z")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the recorded data")
    given = parser.parse_args()
    coco = given.data / "street" / "coco_subset"
    labels = json.loads((coco / "instances.json").read_text())
    person = next(one["id"] for one in labels["categories"] if one["name"] == "person")
    spec = find_model(read_manifest(built_in_manifest()), "street-n", DetectorSpec)
    detector = OnnxDetector(spec=spec, session=open_session(spec))
    people = shown = 0
    for image in labels["images"]:
        picture = cv2.imread(str(coco / "images" / image["file_name"]))
        mine = [one for one in labels["annotations"] if one["image_id"] == image["id"] and one["category_id"] == person]
        mine = [one for one in mine if not one["iscrowd"] and one["bbox"][3] >= 40]
        if picture is None or not mine:
            continue
        frame = Frame(
            camera_id="photo", index=0, captured_at=_AT, clock_error_ms=None, picture=BgrPicture(np.asarray(picture))
        )
        (found,) = detector.detect([frame])
        size_wh = (picture.shape[1], picture.shape[0])
        filled = np.zeros(picture.shape[:2], np.bool_)
        seen = Seen(camera_id="photo", at=_AT, clock_error_ms=None, resolution_wh=size_wh, detections=found)
        for x1, y1, x2, y2 in covers_of(seen):
            filled[max(int(y1), 0) : max(int(np.ceil(y2)), 0), max(int(x1), 0) : max(int(np.ceil(x2)), 0)] = True
        for one in mine:
            x, y, width, height = one["bbox"]
            head = filled[int(y) : int(y + height / 6) + 1, int(x + width / 4) : int(x + 3 * width / 4) + 1]
            people += 1
            shown += bool(head.size) and float(head.mean()) <= 0.5
    low, high = wilson(shown, people)
    print(f"heads shown: {shown} of {people} ({100 * low:.1f} to {100 * high:.1f} %)")


if __name__ == "__main__":
    main()
