"""Draws what a network gets wrong on labelled pictures: the known failures of a card, to be looked at.

    PYTHONPATH=. python models/error_sheet.py street-n models/street/labels_vn --format json --pictures $MATTHAN_DATA \
        --only models/street/splits/test_vn.txt --out errors.png

Detectors: red boxes were missed, orange ones are false, green ones are right, at the working score; the
worst pictures come first. Plate readers: the plate, what stands on it, and what was read.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec, PlateCornersSpec, PlateReaderSpec
from detectors.onnx_detector import OnnxDetector
from detectors.plates.corners import PlateCorners
from detectors.sessions import open_session
from domain.geometry import Float32Array, ImageBgr, box_iou
from domain.plates.grammar import plate_grammar
from domain.seen.detections import Detections
from edge.networks.plate_networks import open_reader
from edge.networks.street_network import built_in_manifest
from matthan.model_eval.label_forms import read_labels
from matthan.model_eval.labelled import LabelledBox, LabelledPicture
from matthan.model_eval.matching import mostly_inside
from matthan.model_eval.reading import read_plates

TILE_WH = {"detect": (640, 400), "plate-read": (260, 150)}
ACROSS = {"detect": 3, "plate-read": 6}
MOST = {"detect": 12, "plate-read": 48}
GREEN, RED, ORANGE, WHITE = (60, 200, 60), (40, 40, 255), (0, 160, 255), (255, 255, 255)
HIT_IOU = 0.5


def marked(picture: LabelledPicture, found: Detections, labels: tuple[str, ...]) -> tuple[int, ImageBgr]:
    """How many errors a detector made in a picture, and the picture with all boxes."""
    image = picture.read().copy()
    truth = [box for box in picture.boxes if not box.ignored]
    ignored = [box for box in picture.boxes if box.ignored]
    hit: set[int] = set()
    errors = 0
    for box, number in zip(found.boxes_xyxy_px.tolist(), found.class_ids.tolist(), strict=True):
        mine = [k for k, one in enumerate(truth) if one.label == labels[number] and k not in hit]
        best = max(mine, key=lambda k: box_iou(tuple(box), truth[k].box_xyxy_px), default=None)
        if best is not None and box_iou(tuple(box), truth[best].box_xyxy_px) >= HIT_IOU:
            hit.add(best)
            draw(image, box, GREEN, "")
        elif not mostly_inside(np.array([box], np.float32), regions(ignored, labels[number]))[0]:
            errors += 1
            draw(image, box, ORANGE, labels[number])
    for k, one in enumerate(truth):
        if k not in hit:
            errors += 1
            draw(image, one.box_xyxy_px, RED, one.label)
    return errors, image


def regions(ignored: list[LabelledBox], label: str) -> Float32Array:
    """(m, 4) boxes in which finds of a label count neither way."""
    return np.array([one.box_xyxy_px for one in ignored if one.label == label], np.float32).reshape(-1, 4)


def draw(image: ImageBgr, box: tuple[float, ...] | list[float], colour: tuple[int, int, int], text: str) -> None:
    """A box with its label."""
    x1, y1, x2, y2 = map(round, box)
    thick = max(1, image.shape[1] // 640)
    cv2.rectangle(image, (x1, y1), (x2, y2), colour, thick)
    cv2.putText(image, text, (x1, max(12, y1 - 3)), cv2.FONT_HERSHEY_SIMPLEX, 0.45 * thick, colour, thick)


def detector_tiles(spec: DetectorSpec, pictures: list[LabelledPicture]) -> list[ImageBgr]:
    """The worst pictures of a detector."""
    detector = OnnxDetector(spec=spec, session=open_session(spec))
    judged = [(*marked(one, detector.look([one.read()])[0], spec.labels), one.name) for one in pictures]
    judged.sort(key=lambda one: -one[0])
    return [captioned(image, f"{errors} errors: {name}", TILE_WH["detect"]) for errors, image, name in judged if errors]


def reader_tiles(
    spec: PlateReaderSpec, corners: PlateCornersSpec | None, pictures: list[LabelledPicture]
) -> list[ImageBgr]:
    """The plates that a reader reads wrong, in order of name."""
    finder = None if corners is None else PlateCorners(spec=corners, session=open_session(corners))
    results = read_plates(pictures, open_reader(spec), finder, grammar=plate_grammar(), on=date(2026, 1, 5))
    by_name = {one.name: one for one in pictures}
    tiles = []
    for one in results:
        if one.read.text != one.truth:
            image, boxes = by_name[one.name].read(), by_name[one.name].boxes
            if boxes and min(boxes[0].box_xyxy_px[2:]) > 1:
                x1, y1, x2, y2 = (max(0, round(side)) for side in boxes[0].box_xyxy_px)
                image = image[y1:y2, x1:x2]
            tiles.append(captioned(image, f"{one.truth} > {one.read.text}", TILE_WH["plate-read"]))
    return tiles


def captioned(image: ImageBgr, text: str, size_wh: tuple[int, int]) -> ImageBgr:
    """The picture fitted into a tile with a line of text (cv2 draws no Vietnamese letters: Đ is written D)."""
    tile = np.full((size_wh[1], size_wh[0], 3), 40, np.uint8)
    ratio = min(size_wh[0] / image.shape[1], (size_wh[1] - 24) / image.shape[0])
    small = cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC)
    tile[: small.shape[0], : small.shape[1]] = small
    cv2.putText(tile, text.replace("Đ", "D"), (4, size_wh[1] - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, WHITE, 1)
    return tile


def main() -> None:
    """Read the arguments and write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--format", choices=("coco", "yolo", "tsv", "json"), required=True)
    parser.add_argument("--manifest", type=Path, default=built_in_manifest())
    parser.add_argument("--only", type=Path)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--corners", help="the manifest's corner network, for plate readers")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    specs = read_manifest(given.manifest)
    pictures = read_labels(given.directory, given.format, only=given.only, pictures=given.pictures)
    spec = next((one for one in specs if one.name == given.name), None)
    if not isinstance(spec, DetectorSpec | PlateReaderSpec):
        parser.error(f"{given.name} is no detector or plate reader of {given.manifest}")
    if isinstance(spec, DetectorSpec):
        tiles = detector_tiles(spec, pictures)
    else:
        corners = None if given.corners is None else find_model(specs, given.corners, PlateCornersSpec)
        tiles = reader_tiles(find_model(specs, given.name, PlateReaderSpec), corners, pictures)
    print(f"{len(tiles)} of {len(pictures)} pictures with errors")
    if not tiles:
        return
    across, most = ACROSS[spec.task], MOST[spec.task]
    shown = tiles[:most]
    shown += [np.zeros_like(tiles[0])] * (-len(shown) % across)
    rows = [np.hstack(shown[start : start + across]) for start in range(0, len(shown), across)]
    cv2.imwrite(str(given.out), np.vstack(rows))


if __name__ == "__main__":
    main()
