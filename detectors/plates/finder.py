"""Finds number plates on a vehicle."""

from dataclasses import dataclass

from detectors.onnx_detector import OnnxDetector
from domain.geometry import BoxPx, ImageBgr
from domain.model_ref import ModelRef

_GROWN_BY = 0.05  # of the vehicle's box, at every side: plates stand out at the edge of tight boxes


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateBox:
    """A plate in a picture."""

    box_xyxy_px: BoxPx
    score: float


class PlateFinder:
    """Looks for plates in the part of a picture that shows a vehicle.

    Args:
        detector: of plates; whatever its labels are, everything that it finds is taken for a plate.
    """

    def __init__(self, detector: OnnxDetector) -> None:
        self._detector = detector

    @property
    def model(self) -> ModelRef:
        """Which weights look."""
        return self._detector.model

    def find(self, picture_bgr: ImageBgr, vehicle_box_xyxy_px: BoxPx) -> tuple[PlateBox, ...]:
        """Plates in and just around a vehicle's box, best first, in pixels of the picture.

        Raises:
            DetectionError: the inference failed; nothing is known about this vehicle.
        """
        height, width = picture_bgr.shape[:2]
        x1, y1, x2, y2 = vehicle_box_xyxy_px
        grow_x, grow_y = _GROWN_BY * (x2 - x1), _GROWN_BY * (y2 - y1)
        left, top = max(0, int(x1 - grow_x)), max(0, int(y1 - grow_y))
        right, bottom = min(width, int(x2 + grow_x) + 1), min(height, int(y2 + grow_y) + 1)
        if right <= left or bottom <= top:
            return ()
        (seen,) = self._detector.look([picture_bgr[top:bottom, left:right]])
        plates = [
            PlateBox(box_xyxy_px=(a + left, b + top, c + left, d + top), score=score)
            for (a, b, c, d), score in zip(seen.boxes_xyxy_px.tolist(), seen.scores.tolist(), strict=True)
        ]
        return tuple(sorted(plates, key=lambda plate: -plate.score))
