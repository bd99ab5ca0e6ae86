"""Where a plate's corners are, and whether it has one line or two."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.model_specs import PlateCornersSpec
from detectors.onnx_detector import Session
from detectors.small_networks import check_shapes, infer, to_tensor
from domain.geometry import BoxPx, Float32Array, ImageBgr
from domain.model_ref import ModelRef
from domain.plates.reading import PlateLayout

_GROWN_BY = 0.15  # of the box, at every side; as in training
_FINER = 2
_ANSWER = 9  # four corners and the logit of two lines


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlateShape:
    """A plate in a picture."""

    corners_px: Float32Array  # (4, 2) top left, top right, bottom right, bottom left, pixels of the picture
    layout: PlateLayout
    layout_confidence: float  # in [0.5, 1]

    @property
    def width_px(self) -> float:
        """Mean length of the upper and the lower edge."""
        top_left, top_right, bottom_right, bottom_left = self.corners_px.astype(np.float64)
        return float(np.hypot(*(top_right - top_left)) + np.hypot(*(bottom_right - bottom_left))) / 2


class PlateCorners:
    """Finds corners with a network that looks at the plate and a little around it.

    Args:
        spec: of the network.
        session: open.

    Raises:
        ConfigurationError: the network does not fit its entry in the manifest.
    """

    def __init__(self, *, spec: PlateCornersSpec, session: Session) -> None:
        width, height = spec.input_size_wh
        check_shapes(session, spec, [(height, width)], (_ANSWER,))
        self._spec = spec
        self._session = session

    @property
    def model(self) -> ModelRef:
        """Which weights look."""
        return self._spec.ref

    def locate(self, picture_bgr: ImageBgr, plate_box_xyxy_px: BoxPx) -> PlateShape:
        """Find the corners of the plate in a box.

        Raises:
            DetectionError: the inference failed.
        """
        crop_bgr, crop_from_picture = _cut(picture_bgr, plate_box_xyxy_px, self._spec.input_size_wh)
        answer = infer(self._session, self._spec, to_tensor([crop_bgr], self._spec), _ANSWER, 2)[0].astype(np.float64)
        corners_in_crop = answer[:8].reshape(4, 2) * self._spec.input_size_wh
        scale, offset = np.diag(crop_from_picture)[:2], crop_from_picture[:2, 2]
        two_lines = 1.0 / (1.0 + math.exp(-float(np.clip(answer[8], -50.0, 50.0))))
        return PlateShape(
            corners_px=((corners_in_crop - offset) / scale).astype(np.float32),
            layout="two_lines" if two_lines > 0.5 else "one_line",  # noqa: PLR2004 - the likelier of two
            layout_confidence=max(two_lines, 1.0 - two_lines),
        )


def _cut(
    picture_bgr: ImageBgr, box_xyxy_px: BoxPx, input_wh: tuple[int, int]
) -> tuple[ImageBgr, np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """The grown box stretched to the input, and the (3, 3) way from picture to crop."""
    x1, y1, x2, y2 = box_xyxy_px
    grow_x, grow_y = _GROWN_BY * (x2 - x1), _GROWN_BY * (y2 - y1)
    left, top, width, height = x1 - grow_x, y1 - grow_y, x2 - x1 + 2 * grow_x, y2 - y1 + 2 * grow_y
    scale_x, scale_y = input_wh[0] / width, input_wh[1] / height
    crop_from_picture = np.array([[scale_x, 0, -left * scale_x], [0, scale_y, -top * scale_y], [0, 0, 1]])
    finer = _FINER if width > input_wh[0] else 1
    large = cv2.warpAffine(
        picture_bgr,
        (crop_from_picture * finer)[:2],
        (input_wh[0] * finer, input_wh[1] * finer),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    crop_bgr = cv2.resize(large, input_wh, interpolation=cv2.INTER_AREA) if finer > 1 else large
    return crop_bgr.astype(np.uint8, copy=False), crop_from_picture
