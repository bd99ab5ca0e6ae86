"""Frames, networks' entries, sessions and a small real detector for the tests of detection and tracking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.model_specs import DetectorSpec
from domain.errors import DetectionError
from domain.model_ref import ModelRef
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from domain.seen.track import Track, TrackPoint

MORNING = datetime(2026, 1, 5, 7, tzinfo=UTC)


def instant(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)


def frame_of(image_bgr: NDArray[np.uint8], *, camera_id: str = "cam-1", at_s: float = 0.0) -> Frame:
    return Frame(
        camera_id=camera_id, index=0, captured_at=instant(at_s), clock_error_ms=5.0, picture=BgrPicture(image_bgr)
    )


def spec_of(**changes: Any) -> DetectorSpec:
    values: dict[str, Any] = {
        "name": "test-net",
        "file": "net.onnx",
        "task": "detect",
        "sha256": "0" * 64,
        "family": "yolo26-e2e",
        "input_size_wh": (64, 32),
        "color": "rgb",
        "scale": 1 / 255,
        "pad_value": 114,
        "labels": ("person", "car"),
        "score_threshold": 0.25,
        "iou_threshold": 0.7,
        "licence": "MIT",
        "card": "net.md",
        "folder": Path(),
    }
    return DetectorSpec(**{**values, **changes})


@dataclass
class SessionTensor:
    name: str
    shape: list[int | str | None]


class ScriptedSession:
    """A session at the boundary of the runtime: answers what a function makes of the input."""

    def __init__(
        self,
        answer: Callable[[NDArray[np.float32]], NDArray[np.float32]],
        *,
        input_shape: Sequence[int | str | None] = ("batch", 3, 32, 64),
        output_shape: Sequence[int | str | None] = ("batch", 300, 6),
    ) -> None:
        self._answer = answer
        self._input, self._output = SessionTensor("images", [*input_shape]), SessionTensor("output0", [*output_shape])
        self.batches: list[int] = []

    def get_inputs(self) -> list[SessionTensor]:
        return [self._input]

    def get_outputs(self) -> list[SessionTensor]:
        return [self._output]

    def run(self, output_names: list[str] | None, inputs: dict[str, Any]) -> list[Any]:
        tensor = inputs["images"]
        self.batches.append(len(tensor))
        return [self._answer(tensor)]


class PaintDetector:
    """A real little detector: whatever is painted in a pure colour is an object of that colour's name."""

    model = ModelRef(name="paint", sha256="1" * 64)
    colours = (("person", (0, 0, 255)), ("car", (255, 0, 0)))
    labels = tuple(label for label, _ in colours)

    def __init__(self, *, broken: bool = False) -> None:
        self._broken = broken

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        if self._broken and frames:
            raise DetectionError("the paint is dry")
        return [self._look(frame.image_bgr) for frame in frames]

    def _look(self, image_bgr: NDArray[np.uint8]) -> Detections:
        boxes, class_ids = [], []
        for class_id, (_, colour) in enumerate(self.colours):
            rows, columns = np.nonzero((image_bgr == np.array(colour)).all(axis=2))
            if len(rows):
                boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
                class_ids.append(class_id)
        return Detections(
            boxes_xyxy_px=np.array(boxes, np.float32).reshape(-1, 4),
            scores=np.ones(len(boxes), np.float32),
            class_ids=np.array(class_ids, np.int64),
            labels=self.labels,
        )


def detections_of(*rows: tuple[float, float, float, float, float, str]) -> Detections:
    """Detections from rows of x1, y1, x2, y2, score, label."""
    labels = ("person", "bicycle", "motorcycle", "car", "bus", "truck")
    return Detections(
        boxes_xyxy_px=np.array([row[:4] for row in rows], np.float32).reshape(-1, 4),
        scores=np.array([row[4] for row in rows], np.float32),
        class_ids=np.array([labels.index(row[5]) for row in rows], np.int64),
        labels=labels,
    )


class NameTracker:
    """A real little tracker: there is at most one object of every class, and it never changes."""

    name = "by-name/1"

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._points: dict[str, tuple[TrackPoint, ...]] = {}
        self._first: dict[str, datetime] = {}
        self._last: datetime | None = None

    def update(self, at: datetime, detections: Detections) -> tuple[Track, ...]:
        if self._last is not None and at <= self._last:
            raise ValueError(f"{at} is not later than {self._last}")
        self._last = at
        for row in range(len(detections)):
            label = detections.label_of(row)
            x1, y1, x2, y2 = detections.boxes_xyxy_px[row].tolist()
            point = TrackPoint(at=at, box_xyxy_px=(x1, y1, x2, y2), score=float(detections.scores[row]))
            self._ids.setdefault(label, len(self._ids) + 1)
            self._first.setdefault(label, at)
            self._points[label] = (*self._points.get(label, ()), point)[-64:]
        return tuple(
            Track(
                track_id=track_id,
                label=label,
                label_share=1.0,
                first_seen_at=self._first[label],
                points=self._points[label],
                observed=self._points[label][-1].at == at,
            )
            for label, track_id in self._ids.items()
        )
