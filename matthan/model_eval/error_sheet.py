"""A picture of what a network gets wrong on labelled pictures: the known failures of a card, to be looked at.

Detectors: red boxes were missed, orange ones are false, green ones are right, at the working score; the worst pictures
come first. Plate readers: the plate, what stands on it, and what was read. Heads and lights: what is there and what was
told.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from detectors.lamps.fit_crop import cut_light
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.riders.head_region import cut_head
from detectors.sessions import open_session
from domain.errors import ConfigurationError
from domain.geometry import BoxPx, Float32Array, ImageBgr, SizeWh, box_iou
from domain.seen.detections import Detections
from matthan.model_eval.chain import VisitResult
from matthan.model_eval.labelled import LabelledBox, LabelledPicture, resized
from matthan.model_eval.lamps import region_of
from matthan.model_eval.matching import mostly_inside
from matthan.model_eval.reading import PlateResult
from matthan.model_eval.telling import CANNOT_TELL, Told

_PICTURE_WH, _PLATE_WH, _HEAD_WH = (640, 400), (260, 150), (160, 180)
_ACROSS = {_PICTURE_WH: 3, _PLATE_WH: 6, _HEAD_WH: 10}
_MOST = {_PICTURE_WH: 12, _PLATE_WH: 48, _HEAD_WH: 100}
GREEN, RED, ORANGE, WHITE = (60, 200, 60), (40, 40, 255), (0, 160, 255), (255, 255, 255)
_HIT_IOU = 0.5


def detector_tiles(
    spec: DetectorSpec,
    pictures: Sequence[LabelledPicture],
    *,
    working_score: float,
    renamed: Mapping[str, str],
    undo_stretch_wh: SizeWh | None = None,
) -> list[ImageBgr]:
    """Pictures with errors of a detector, the worst first; arguments as of ``judge_detector``."""
    detector = OnnxDetector(spec=spec, session=open_session(spec), score_threshold=working_score)
    labels = tuple(renamed.get(label, label) for label in spec.labels)
    judged = []
    for picture in pictures:
        labelled, image = picture, picture.read()
        if undo_stretch_wh is not None:
            labelled, image = resized(picture, image, undo_stretch_wh)
        errors = _mark(image, labelled, detector.look([image])[0], labels)
        judged.append((errors, image, picture.name))
    judged.sort(key=lambda one: -one[0])
    return [_captioned(image, f"{errors} errors: {name}", _PICTURE_WH) for errors, image, name in judged if errors]


def reader_tiles(results: Sequence[PlateResult], pictures: Sequence[LabelledPicture]) -> list[ImageBgr]:
    """The plates that a reader reads wrong, in order of name."""
    by_name = {one.name: one for one in pictures}
    tiles = []
    for one in results:
        if one.read.text != one.truth:
            image, boxes = by_name[one.name].read(), by_name[one.name].boxes
            tiles.append(
                _captioned(
                    _cut(image, boxes[0].box_xyxy_px) if boxes else image, f"{one.truth} > {one.read.text}", _PLATE_WH
                )
            )
    return tiles


def visit_tiles(results: Sequence[VisitResult], pictures: Sequence[LabelledPicture]) -> list[ImageBgr]:
    """The vehicle in the first picture of each visit whose plate was told wrong, then of those not told, and why."""
    first: dict[str, LabelledPicture] = {}
    for picture in pictures:
        first.setdefault(picture.visit or picture.name, picture)
    missed = sorted((one for one in results if one.told != one.truth), key=lambda one: one.told is None)
    return [
        _captioned(_vehicle(first[one.name]), f"{one.truth} > {one.told or one.reason or ''}", _PLATE_WH)
        for one in missed
    ]


def head_tiles(results: Sequence[Told], pictures: Sequence[LabelledPicture]) -> list[ImageBgr]:
    """The heads of which something else was told than is there, the surest first."""
    by_name = {one.name: one for one in pictures}
    wrong = sorted((one for one in results if one.told != one.truth), key=lambda one: -one.confidence)
    return [
        _captioned(
            cut_head(by_name[one.picture].read(), one.box_xyxy_px, (96, 96)),
            f"{one.truth[:6]} > {one.told[:6]} {one.confidence:.2f}",
            _HEAD_WH,
        )
        for one in wrong
    ]


def light_tiles(results: Sequence[Told], pictures: Sequence[LabelledPicture]) -> list[ImageBgr]:
    """The lights of which something else was told than is there: wrong states first, then those not told."""
    by_name = {one.name: one for one in pictures}
    wrong = sorted((one for one in results if one.told != one.truth), key=lambda one: one.told == CANNOT_TELL)
    return [
        _captioned(
            cut_light(by_name[one.picture].read(), region_of(one.box_xyxy_px)),
            f"{one.truth[:6]} > {one.told[:6]}",
            _HEAD_WH,
        )
        for one in wrong
    ]


def write_sheet(tiles: Sequence[ImageBgr], path: Path) -> None:
    """Put the first tiles beside each other into one picture; an empty sheet where nothing is wrong.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    size_wh = (tiles[0].shape[1], tiles[0].shape[0]) if tiles else _PLATE_WH
    across, shown = _ACROSS[size_wh], list(tiles[: _MOST[size_wh]])
    blank = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    shown += [blank] * (-len(shown) % across or (0 if shown else across))
    rows = [np.hstack(shown[start : start + across]) for start in range(0, len(shown), across)]
    packed = cv2.imencode(".jpg" if path.suffix == ".jpg" else ".png", np.vstack(rows))[1]
    try:
        path.write_bytes(packed.tobytes())
    except OSError as e:
        raise ConfigurationError(f"the sheet {path} cannot be written: {e}") from e


def _mark(image: ImageBgr, picture: LabelledPicture, found: Detections, labels: tuple[str, ...]) -> int:
    """Draw all boxes into the picture; how many errors there are, over the classes that the detector knows."""
    truth = [box for box in picture.boxes if not box.ignored and box.label in labels]
    ignored = [box for box in picture.boxes if box.ignored]
    hit: set[int] = set()
    errors = 0
    for box, number in zip(found.boxes_xyxy_px.tolist(), found.class_ids.tolist(), strict=True):
        mine = [k for k, one in enumerate(truth) if one.label == labels[number] and k not in hit]
        best = max(mine, key=lambda k: box_iou(tuple(box), truth[k].box_xyxy_px), default=None)
        if best is not None and box_iou(tuple(box), truth[best].box_xyxy_px) >= _HIT_IOU:
            hit.add(best)
            _draw(image, box, GREEN, "")
        elif not mostly_inside(np.array([box], np.float32), _regions(ignored, labels[number]))[0]:
            errors += 1
            _draw(image, box, ORANGE, labels[number])
    for k, one in enumerate(truth):
        if k not in hit:
            errors += 1
            _draw(image, one.box_xyxy_px, RED, one.label)
    return errors


def _cut(image: ImageBgr, box: BoxPx) -> ImageBgr:
    x1, y1, x2, y2 = (max(0, round(side)) for side in box)
    part = image[y1:y2, x1:x2]
    return part if part.size else image


def _regions(ignored: Sequence[LabelledBox], label: str) -> Float32Array:
    """(m, 4) boxes in which finds of a label count neither way."""
    return np.array([one.box_xyxy_px for one in ignored if one.label == label], np.float32).reshape(-1, 4)


def _draw(image: ImageBgr, box: tuple[float, ...] | list[float], colour: tuple[int, int, int], text: str) -> None:
    """A box with its label."""
    x1, y1, x2, y2 = map(round, box)
    thick = max(1, image.shape[1] // 640)
    cv2.rectangle(image, (x1, y1), (x2, y2), colour, thick)
    cv2.putText(image, text, (x1, max(12, y1 - 3)), cv2.FONT_HERSHEY_SIMPLEX, 0.45 * thick, colour, thick)


def _vehicle(picture: LabelledPicture) -> ImageBgr:
    """The labelled vehicle, as far as it lies within the picture; the whole picture where none is labelled."""
    image = picture.read()
    if picture.vehicle_box_xyxy_px is None:
        return image
    x1, y1, x2, y2 = (max(round(side), 0) for side in picture.vehicle_box_xyxy_px)
    vehicle = image[y1:y2, x1:x2]
    return vehicle if vehicle.size else image


def _captioned(image: ImageBgr, text: str, size_wh: tuple[int, int]) -> ImageBgr:
    """The picture fitted into a tile with a line of text (cv2 draws no Vietnamese letters: Đ is written D)."""
    tile = np.full((size_wh[1], size_wh[0], 3), 40, np.uint8)
    ratio = min(size_wh[0] / image.shape[1], (size_wh[1] - 24) / image.shape[0])
    small_wh = (max(round(image.shape[1] * ratio), 1), max(round(image.shape[0] * ratio), 1))
    small = cv2.resize(image, small_wh, interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC)
    tile[: small.shape[0], : small.shape[1]] = small
    cv2.putText(tile, text.replace("Đ", "D"), (4, size_wh[1] - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, WHITE, 1)
    return tile
