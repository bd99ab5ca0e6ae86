"""Contact sheets: the moments of one finding side by side, with its box, the camera's lines and zones."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import cv2
import numpy as np

from domain.alert import Alert
from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.geometry import BoxPx, ImageBgr, PointNorm
from domain.seen.frame import Frame
from edge.run.seen import Seen

_WIDTH_PX = 640
_ZONES_BGR, _LINES_BGR, _BOX_BGR, _WORDS_BGR = (0, 200, 255), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def case_sheet(case: Case, camera: CameraConfig, frames: Mapping[datetime, Frame]) -> ImageBgr:
    """Its decisive moments, each again close by."""
    shots = [(moment.name, moment.at, moment.box_xyxy_px) for moment in case.moments]
    words = f"{case.provenance.rule} {case.subject.label} {camera.id}"
    return _sheet(words, shots, camera, frames)


def alert_sheet(
    alert: Alert, camera: CameraConfig, frames: Mapping[datetime, Frame], seen: Mapping[datetime, Seen]
) -> ImageBgr:
    """The pictures in which an alert began and was told; it has no box, so everybody of its class is shown."""
    words = f"{alert.rule} {alert.label} {alert.place_id} {camera.id}"
    shots = []
    for name, at in (("began", alert.began_at), ("seen until", alert.seen_until)):
        detections = seen[_nearest(seen, at)].detections
        rows = zip(detections.boxes_xyxy_px.tolist(), detections.class_ids.tolist(), strict=True)
        shots.append((name, at, [tuple(box) for box, label in rows if detections.labels[label] == alert.label]))
    columns = []
    for name, at, boxes in shots:
        drawn = frames[_nearest(frames, at)].picture.to_bgr().copy()
        for box in boxes:
            drawn = _drawn(drawn, camera, box)
        columns.append(_named(_scaled(drawn), name, at))
    return _titled(words, columns)


def _sheet(
    words: str,
    shots: Sequence[tuple[str, datetime, BoxPx]],
    camera: CameraConfig,
    frames: Mapping[datetime, Frame],
) -> ImageBgr:
    return _titled(words, [_column(name, at, box, camera, frames) for name, at, box in shots])


def _titled(words: str, columns: Sequence[ImageBgr]) -> ImageBgr:
    height_px = max(column.shape[0] for column in columns)
    row = np.hstack([_padded(column, height_px) for column in columns])
    title = np.zeros((28, row.shape[1], 3), np.uint8)
    cv2.putText(title, words, (6, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, _WORDS_BGR, 1)
    return np.asarray(np.vstack([title, row]), np.uint8)


def _column(name: str, at: datetime, box: BoxPx, camera: CameraConfig, frames: Mapping[datetime, Frame]) -> ImageBgr:
    drawn = _drawn(frames[_nearest(frames, at)].picture.to_bgr().copy(), camera, box)
    return np.asarray(np.vstack([_named(_scaled(drawn), name, at), _scaled(_close(drawn, box))]), np.uint8)


def _nearest(instants: Iterable[datetime], at: datetime) -> datetime:
    return min(instants, key=lambda instant: abs((instant - at).total_seconds()))


def _named(picture: ImageBgr, name: str, at: datetime) -> ImageBgr:
    words = f"{name} {at:%M:%S}.{at.microsecond // 10_000:02d}"
    cv2.putText(picture, words, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.55, _WORDS_BGR, 2)
    return picture


def _drawn(picture: ImageBgr, camera: CameraConfig, box: BoxPx) -> ImageBgr:
    height_px, width_px = picture.shape[:2]
    thickness = max(1, width_px // 640)

    def to_px(points: Sequence[PointNorm]) -> np.ndarray:
        return np.array([(x * width_px, y * height_px) for x, y in points], np.int32)

    for zone in camera.zones:
        cv2.polylines(picture, [to_px(zone.polygon_norm)], isClosed=True, color=_ZONES_BGR, thickness=thickness)
    for line in camera.lines:
        cv2.polylines(picture, [to_px(line.points_norm)], isClosed=False, color=_LINES_BGR, thickness=thickness)
    x1, y1, x2, y2 = (round(value) for value in box)
    cv2.rectangle(picture, (x1, y1), (x2, y2), _BOX_BGR, thickness)
    return picture


def _close(picture: ImageBgr, box: BoxPx) -> ImageBgr:
    """Four sizes of the box around it, three as wide as four are high."""
    height_px, width_px = picture.shape[:2]
    half_px = 2.0 * max(box[2] - box[0], box[3] - box[1])
    middle_x, middle_y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    left = round(min(max(0.0, middle_x - half_px), max(0.0, width_px - 2 * half_px)))
    top = round(min(max(0.0, middle_y - 0.75 * half_px), max(0.0, height_px - 1.5 * half_px)))
    return picture[top : top + max(8, round(1.5 * half_px)), left : left + max(8, round(2 * half_px))]


def _scaled(picture: ImageBgr) -> ImageBgr:
    height_px = round(picture.shape[0] * _WIDTH_PX / picture.shape[1])
    return np.asarray(cv2.resize(picture, (_WIDTH_PX, height_px), interpolation=cv2.INTER_CUBIC), np.uint8)


def _padded(column: ImageBgr, height_px: int) -> ImageBgr:
    return np.asarray(np.pad(column, ((0, height_px - column.shape[0]), (0, 4), (0, 0))), np.uint8)
