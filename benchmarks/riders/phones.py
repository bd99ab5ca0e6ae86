"""Whether a phone in a rider's hand can be seen: ``python -m benchmarks.riders.phones --data ../shared/data``.

The class *cell phone* of two networks that learned from COCO, on everybody who rides a motorcycle in the footage at
hand, the rider cut out and seen large. Finds are counted, and kept as a sheet to be looked at. How small a phone may be
is asked of COCO's own, made smaller step by step.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.pictures import bgr_of, read_bgr
from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.riders.seating import seat_riders
from detectors.sessions import open_session
from domain.geometry import BoxPx, ImageBgr, box_iou
from edge.networks.street_network import built_in_manifest
from matthan.model_eval.intervals import share_of

PHONE, COCO_CLASSES, PHONE_CLASS = "cell phone", 80, 67
SCORES = (0.1, 0.25, 0.5)
HANOI_EVERY_S, HANOI_FPS, JUNCTION_EVERY_S = 2, 6, 2.5  # seconds between the pictures that are looked at
PHONE_M, RIDING_M = 0.15, 1.7  # a phone's length; a motorcycle with its rider from the ground to the head
LONG_SIDES_PX = (8, 12, 16, 24, 32, 48, 64, 96)
_GROWN_BY, _TILE_PX = 0.1, 160
_FOUND_IOU = 0.3


def coco_network(file: Path, family: str, size_wh: tuple[int, int]) -> OnnxDetector:
    """A network of COCO's eighty classes; everything but phones is a number."""
    labels = [PHONE if place == PHONE_CLASS else str(place) for place in range(COCO_CLASSES)]
    spec = DetectorSpec.model_validate(
        {
            "name": file.stem,
            "file": str(file),
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "task": "detect",
            "family": family,
            "input_size_wh": size_wh,
            "color": "bgr" if family == "yolox" else "rgb",
            "scale": 1.0 if family == "yolox" else 1 / 255,
            "pad_value": 114,
            "labels": labels,
            "score_threshold": SCORES[0],
            "iou_threshold": 0.5,
            "licence": "see the data's manifest",
            "card": "-",
        }
    )
    return OnnxDetector(spec=spec, session=open_session(spec))


def footage(data: Path) -> Iterator[tuple[str, float, Iterator[ImageBgr]]]:
    """By source: its name, the seconds that a picture stands for (0: single photos), the pictures."""
    yield "junction", JUNCTION_EVERY_S, _files(sorted((data / "street/vn_redlight/frames").glob("*.jpg"))[::2])
    yield "hanoi junction", HANOI_EVERY_S, _film(data / "street/hanoi_junctions/16h15.25.9.22.mp4")
    yield "india, fixed camera", 0.0, _files(sorted((data / "riders/india_fixed_cam/train/images").glob("*.jpg"))[::2])
    yield "press photos", 0.0, _files(sorted((data / "riders/vn_press_motorbikes").glob("*/*.jpg"))[::2])


def _files(paths: Iterable[Path]) -> Iterator[ImageBgr]:
    for path in paths:
        yield read_bgr(path)


def _film(path: Path) -> Iterator[ImageBgr]:
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % (HANOI_EVERY_S * HANOI_FPS) == 0:
                yield bgr_of(frame)


def riders_in(picture_bgr: ImageBgr, street: OnnxDetector) -> list[ImageBgr]:
    """Everybody who rides, cut out with the motorcycle."""
    (seen,) = street.look([picture_bgr])
    of: dict[str, list[BoxPx]] = {"person": [], "motorcycle": []}
    for row, (x1, y1, x2, y2) in enumerate(seen.boxes_xyxy_px.tolist()):
        of.get(seen.label_of(row), []).append((x1, y1, x2, y2))
    cuts = []
    for motorcycle, seating in zip(of["motorcycle"], seat_riders(of["motorcycle"], of["person"]), strict=True):
        boxes = [motorcycle, *(of["person"][row] for row in seating.people)]
        if len(boxes) > 1:
            lows, highs = np.min(boxes, axis=0)[:2], np.max(boxes, axis=0)[2:]
            grow = _GROWN_BY * (highs - lows)
            (left, top), (right, bottom) = np.maximum(lows - grow, 0).astype(int), (highs + grow).astype(int)
            cuts.append(picture_bgr[top:bottom, left:right])
    return cuts


def riding(networks: Sequence[OnnxDetector], data: Path, out: Path | None) -> None:
    """Print how many phones are told of riders, and write what was told."""
    street_spec = find_model(read_manifest(built_in_manifest()), "street-n", DetectorSpec)
    large = street_spec.model_copy(update={"input_size_wh": (1280, 736)})
    street = OnnxDetector(spec=large, session=open_session(large))
    tiles: list[ImageBgr] = []
    print("| footage | riders | a phone: 12 px | network | phones told at 0.10, 0.25, 0.50 | an hour at 0.25 |")
    print("|---|---|---|---|---|---|")
    for name, every_s, pictures in footage(data):
        cuts, seconds = [], 0.0
        for picture in pictures:
            seconds += every_s
            cuts += riders_in(picture, street)
        near = sum(PHONE_M / RIDING_M * cut.shape[0] / (1 + 2 * _GROWN_BY) >= 12 for cut in cuts)
        for network in networks:
            told = [(cut, box, score) for cut in cuts for box, score in _phones(network, cut)]
            counts = ", ".join(str(sum(score >= least for *_, score in told)) for least in SCORES)
            hour = f"{3600 / seconds * sum(score >= SCORES[1] for *_, score in told):.0f}" if seconds else "-"
            print(f"| {name} | {len(cuts)} | {near} | {network.model.name} | {counts} | {hour} |")
            tiles += [_tile(cut, box, f"{name} {score:.2f}") for cut, box, score in told if score >= SCORES[1]]
    if out is not None and tiles:
        rows = [tiles[start : start + 8] for start in range(0, len(tiles), 8)]
        blank = np.zeros_like(tiles[0])
        sheet = np.vstack([np.hstack([*row, *[blank] * (8 - len(row))]) for row in rows])
        cv2.imwrite(str(out), sheet)


def _phones(network: OnnxDetector, picture_bgr: ImageBgr) -> list[tuple[BoxPx, float]]:
    (seen,) = network.look([picture_bgr])
    return [
        ((x1, y1, x2, y2), float(seen.scores[row]))
        for row, (x1, y1, x2, y2) in enumerate(seen.boxes_xyxy_px.tolist())
        if seen.label_of(row) == PHONE
    ]


def _tile(cut_bgr: ImageBgr, box: BoxPx, words: str) -> ImageBgr:
    shown = cut_bgr.copy()
    x1, y1, x2, y2 = (int(side) for side in box)
    cv2.rectangle(shown, (x1, y1), (x2, y2), (0, 0, 255), 1)
    scale = _TILE_PX / max(shown.shape[:2])
    shown = cv2.resize(shown, None, fx=scale, fy=scale)[:_TILE_PX, :_TILE_PX].astype(np.uint8)
    tile = np.zeros((_TILE_PX, _TILE_PX, 3), np.uint8)
    tile[: shown.shape[0], : shown.shape[1]] = shown
    cv2.putText(tile, words, (2, _TILE_PX - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.33, (0, 255, 255), 1)
    return tile


def smaller(networks: Sequence[OnnxDetector], folder: Path) -> None:
    """Print how many of COCO's phones are found when they are only so long."""
    document = json.loads((folder / "instances.json").read_text("utf-8"))
    names = {one["id"]: one["file_name"] for one in document["images"]}
    phone = next(one["id"] for one in document["categories"] if one["name"] == PHONE)
    phones = [(names[one["image_id"]], one["bbox"]) for one in document["annotations"] if one["category_id"] == phone]
    print(f"\n| network | {' | '.join(f'{side} px' for side in LONG_SIDES_PX)} |\n|---|{'---|' * len(LONG_SIDES_PX)}")
    for network in networks:
        row = []
        for side_px in LONG_SIDES_PX:
            found = of = 0
            for name, (x, y, width, height) in phones:
                picture = read_bgr(next(folder.rglob(Path(name).name)))
                scale = side_px / max(width, height)
                if scale > 1:
                    continue
                small = np.asarray(
                    cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
                )
                truth = (x * scale, y * scale, (x + width) * scale, (y + height) * scale)
                left, top = max(0, int(truth[0] - 4 * side_px)), max(0, int(truth[1] - 4 * side_px))
                cut = small[top : int(truth[3] + 4 * side_px), left : int(truth[2] + 4 * side_px)]
                moved = (truth[0] - left, truth[1] - top, truth[2] - left, truth[3] - top)
                of += 1
                found += any(
                    score >= SCORES[1] and box_iou(box, moved) >= _FOUND_IOU for box, score in _phones(network, cut)
                )
            row.append(share_of(found, of))
        print(f"| {network.model.name} | {' | '.join(row)} |")


def main() -> None:
    """Print both tables."""
    cv2.setNumThreads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the recorded data")
    parser.add_argument("--sheet", type=Path, help="write what was told here, as one picture")
    options = parser.parse_args()
    weights = options.data.resolve() / "weights"
    networks = [
        coco_network(weights / "yolo26n_coco_rebuilt_dynamic.onnx", "yolov8", (416, 416)),
        coco_network(weights / "yolox_nano_coco_416.onnx", "yolox", (416, 416)),
    ]
    riding(networks, options.data, options.sheet)
    smaller(networks, options.data / "street/coco_subset")


if __name__ == "__main__":
    main()
