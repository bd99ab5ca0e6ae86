"""The detector: pictures into a session, what it says to detections."""

from collections.abc import Sequence
from threading import Lock
from typing import Any, Protocol

import numpy as np

from detectors.decode import Candidates, decode_anchor_free, decode_detr, decode_end_to_end, decode_yolox
from detectors.letterbox import Placement, write_input
from detectors.model_specs import DetectorSpec
from domain.errors import ConfigurationError, DetectionError
from domain.geometry import Float32Array, ImageBgr
from domain.model_ref import ModelRef
from domain.seen.detections import Detections
from domain.seen.frame import Frame


class Tensor(Protocol):
    """A session's word on one input or output."""

    name: str
    shape: Sequence[int | str | None]


class Session(Protocol):
    """What the detector needs of an ONNX Runtime session."""

    def get_inputs(self) -> Sequence[Tensor]:
        """Inputs in order."""
        ...

    def get_outputs(self) -> Sequence[Tensor]:
        """Outputs in order."""
        ...

    def run(self, output_names: list[str] | None, inputs: dict[str, Any]) -> list[Any]:
        """Infer; may raise anything."""
        ...


class OnnxDetector:
    """Finds objects with a network of the YOLO or DETR families.

    Frames of any sizes are letterboxed into one input; up to ``max_batch`` go through the network at once.
    Detectors may share a session; a detector keeps its own input and lets one thread in at a time.

    Args:
        spec: the network's entry in the manifest.
        session: an open session of that network.
        score_threshold: in place of the manifest's; detections below are left out.
        max_batch: pictures per run, at least 1. More than 1 pays on a GPU only: on a CPU it costs memory and gains
            nothing.

    Raises:
        ConfigurationError: the network's input or output does not fit its entry.
    """

    def __init__(
        self, *, spec: DetectorSpec, session: Session, score_threshold: float | None = None, max_batch: int = 1
    ) -> None:
        self._spec = spec
        self._session = session
        self._score_threshold = spec.score_threshold if score_threshold is None else score_threshold
        self._input_name, batch = _checked_input(spec, session)
        _check_output(spec, session)
        self._output_names = list(DETR_OUTPUTS) if spec.family == "detr" else None
        if max_batch < 1:
            msg = f"max_batch must be at least 1, got {max_batch}"
            raise ConfigurationError(msg)
        self._max_batch = batch if batch is not None else max_batch
        self._takes_any_batch = batch is None
        width, height = spec.input_wh
        self._input: Float32Array = np.zeros((self._max_batch, 3, height, width), np.float32)
        self._lock = Lock()

    @property
    def model(self) -> ModelRef:
        """Which weights look."""
        return self._spec.ref

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes it knows."""
        return self._spec.labels

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """One Detections per frame, in order; frames may come from different cameras and differ in size.

        Raises:
            DetectionError: the inference failed; nothing is known about these pictures.
        """
        return self.look([frame.image_bgr for frame in frames])

    def look(self, images_bgr: Sequence[ImageBgr]) -> list[Detections]:
        """The same for bare pictures (h, w, 3), e.g. parts of frames.

        Raises:
            DetectionError: the inference failed; nothing is known about these pictures.
        """
        found: list[Detections] = []
        with self._lock:
            for start in range(0, len(images_bgr), self._max_batch):
                found.extend(self._look_at_batch(images_bgr[start : start + self._max_batch]))
        return found

    def _look_at_batch(self, images_bgr: Sequence[ImageBgr]) -> list[Detections]:
        spec = self._spec
        placements = [
            write_input(image_bgr, slot, rgb=spec.color == "rgb", scale=spec.scale, pad_value=spec.pad_value)
            for image_bgr, slot in zip(images_bgr, self._input, strict=False)
        ]
        used = len(images_bgr) if self._takes_any_batch else self._max_batch
        output = self._run(self._input[:used])
        return [
            self._detections(rows, placement)
            for rows, placement in zip(output[: len(images_bgr)], placements, strict=True)
        ]

    def _run(self, tensor: Float32Array) -> Float32Array:
        try:
            told = self._session.run(self._output_names, {self._input_name: tensor})
            output = np.asarray(told[0]) if self._output_names is None else np.concatenate(told, axis=2)
        except Exception as e:  # the runtime's errors have no common base
            msg = f"{self._spec.name} failed on {len(tensor)} pictures: {e}"
            raise DetectionError(msg) from e
        axis, length = _output_axis(self._spec)
        if output.ndim != _OUTPUT_DIMENSIONS or len(output) != len(tensor) or output.shape[axis] != length:
            msg = f"{self._spec.name} answered {len(tensor)} pictures with an output of shape {output.shape}"
            raise DetectionError(msg)
        flat = output.reshape(-1)
        if not np.isfinite(np.dot(flat, flat)):  # one NaN or infinity makes the sum of squares one
            msg = f"{self._spec.name} answered with numbers that are not finite"
            raise DetectionError(msg)
        return output

    def _detections(self, output: Float32Array, placement: Placement) -> Detections:
        try:
            candidates = self._decode(output)
            boxes = placement.to_picture(candidates.boxes_xyxy_px)
            inside = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
            return Detections(
                boxes_xyxy_px=boxes[inside],
                scores=np.clip(candidates.scores[inside], 0.0, 1.0),
                class_ids=candidates.class_ids[inside],
                labels=self._spec.labels,
            )
        except (ValueError, IndexError) as e:
            msg = f"{self._spec.name} answered what its entry in the manifest does not describe: {e}"
            raise DetectionError(msg) from e

    def _decode(self, output: Float32Array) -> Candidates:
        spec, score_threshold = self._spec, self._score_threshold
        if spec.family == "yolo26-e2e":
            return decode_end_to_end(output, score_threshold=score_threshold, iou_threshold=spec.iou_threshold)
        if spec.family == "yolov8":
            return decode_anchor_free(output, score_threshold=score_threshold, iou_threshold=spec.iou_threshold)
        if spec.family == "detr":
            return decode_detr(
                output, input_wh=spec.input_wh, score_threshold=score_threshold, iou_threshold=spec.iou_threshold
            )
        return decode_yolox(
            output, input_wh=spec.input_wh, score_threshold=score_threshold, iou_threshold=spec.iou_threshold
        )


DETR_OUTPUTS = ("pred_boxes", "logits")
"""The names under which D-FINE, DEIM and RT-DETR are published as ONNX; side by side they are one output."""

_OUTPUT_DIMENSIONS = 3
_INPUT_DIMENSIONS = 4


def _checked_input(spec: DetectorSpec, session: Session) -> tuple[str, int | None]:
    """The input's name, and the batch that it is fixed to (None: any)."""
    tensor = session.get_inputs()[0]
    width, height = spec.input_wh
    wanted = (None, 3, height, width)
    fits = len(tensor.shape) == _INPUT_DIMENSIONS and all(
        not isinstance(theirs, int) or ours is None or theirs == ours
        for theirs, ours in zip(tensor.shape, wanted, strict=True)
    )
    if not fits:
        msg = (
            f"{spec.name} takes {tensor.shape}, which does not fit input_size_wh {list(spec.input_wh)} of the manifest"
        )
        raise ConfigurationError(msg)
    batch = tensor.shape[0]
    return tensor.name, batch if isinstance(batch, int) else None


def _output_axis(spec: DetectorSpec) -> tuple[int, int]:
    """The axis of the output that holds a box and its scores, and how long it must be."""
    classes = len(spec.labels)
    return {"yolo26-e2e": (2, 6), "yolov8": (1, 4 + classes), "yolox": (2, 5 + classes), "detr": (2, 4 + classes)}[
        spec.family
    ]


def _check_output(spec: DetectorSpec, session: Session) -> None:
    """Refuse a network whose output cannot be of the family that the manifest states."""
    if spec.family == "detr":
        _check_detr_outputs(spec, session)
        return
    shape = session.get_outputs()[0].shape
    axis, length = _output_axis(spec)
    if not _fits(shape, axis, length):
        msg = (
            f"{spec.name} answers {shape}; family {spec.family!r} with {len(spec.labels)} labels needs three "
            f"dimensions with {length} on axis {axis}: yolo26-e2e (B, rows, 6), yolov8 (B, 4 + labels, anchors), "
            f"yolox (B, anchors, 5 + labels)"
        )
        raise ConfigurationError(msg)


def _check_detr_outputs(spec: DetectorSpec, session: Session) -> None:
    shapes = {output.name: output.shape for output in session.get_outputs()}
    lengths = dict(zip(DETR_OUTPUTS, (4, len(spec.labels)), strict=True))
    if not all(name in shapes and _fits(shapes[name], 2, length) for name, length in lengths.items()):
        msg = (
            f"{spec.name} answers {shapes}; family 'detr' needs the outputs 'logits' (B, queries, {len(spec.labels)}) "
            "and 'pred_boxes' (B, queries, 4): export it without its postprocessor"
        )
        raise ConfigurationError(msg)


def _fits(shape: Sequence[int | str | None], axis: int, length: int) -> bool:
    return len(shape) == _OUTPUT_DIMENSIONS and (not isinstance(shape[axis], int) or shape[axis] == length)
