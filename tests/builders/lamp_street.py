"""A painted street: a light that turns from green to red, and a blue car that drives over the line after that."""

from collections.abc import Sequence
from datetime import date

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.camera import CameraConfig, Line, Mode, Position, RuleUse, Signal, Stream
from domain.geometry import BoxPx
from domain.model_ref import ModelRef
from domain.seen.detections import Detections
from domain.seen.frame import Frame

SIZE_WH = (640, 352)
FPS = 25
SECONDS = 19  # ten more than the car needs: so long it is waited for who else crosses
RED_AT_S = 3.0
LAMP = (0.9, 0.05, 0.96, 0.35)


def blue_box(image_bgr: NDArray[np.uint8]) -> BoxPx | None:
    """Where the car is, in whole pixels; None where there is none."""
    blue, green, red = (image_bgr[..., channel].astype(int) for channel in range(3))
    rows, columns = np.nonzero((blue > 140) & (green < 90) & (red < 90))
    if len(rows) < 200:
        return None
    return (float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max()))


class BlueDetector:
    """Whatever is blue is a car; sides are not whole pixels, as no network's are."""

    model = ModelRef(name="blue", sha256="b" * 64)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        return [self._look(frame.image_bgr) for frame in frames]

    def _look(self, image_bgr: NDArray[np.uint8]) -> Detections:
        box = blue_box(image_bgr)
        found = box is not None
        sides = [] if box is None else [[box[0] + 1 / 3, box[1] + 1 / 7, box[2] + 2 / 3, box[3] + 6 / 7]]
        return Detections(
            boxes_xyxy_px=np.array(sides, np.float32).reshape(-1, 4),
            scores=np.full(int(found), 0.1 + 0.8, np.float32),
            class_ids=np.full(int(found), 2, np.int64),
            labels=("person", "bicycle", "car"),
        )


def street(second: float) -> NDArray[np.uint8]:
    """A light that turns from green to red, and a car that drives over the line after that."""
    image = np.full((SIZE_WH[1], SIZE_WH[0], 3), 90, np.uint8)
    x1, y1, x2, y2 = (round(side * SIZE_WH[i % 2]) for i, side in enumerate(LAMP))
    cv2.rectangle(image, (x1, y1), (x2, y2), (25, 25, 25), -1)
    third = (y2 - y1) / 3
    lit, colour = (0, (30, 30, 250)) if second >= RED_AT_S else (2, (90, 250, 40))
    cv2.circle(image, ((x1 + x2) // 2, round(y1 + third * (lit + 0.5))), round(third * 0.4), colour, -1)
    bottom = round(330 - max(0.0, second - 5.0) * 55)
    cv2.rectangle(image, (280, bottom - 60), (350, bottom), (220, 20, 20), -1)
    return image


def lamp_camera(stream: Stream) -> CameraConfig:
    """It reads its own light; ``RED_LIGHT`` runs."""
    return CameraConfig(
        id="cam-1",
        version=1,
        name="Ngã tư",
        road="Hùng Vương",
        ward="Thuận Hóa",
        position=Position(latitude_deg=16.46, longitude_deg=107.59),
        heading_deg=10,
        stream=stream,
        reference_still_wh=SIZE_WH,
        lines=(
            Line(
                id="stop", kind="stop_line", points_norm=((0.1, 0.6), (0.9, 0.6)), beyond_norm=(0.5, 0.1), signal="S1"
            ),
        ),
        signals=(Signal(id="S1", source="lamp", lamp_region_norm=LAMP),),
        rules=(RuleUse(rule="RED_LIGHT", mode=Mode.ENFORCE, valid_from=date(2026, 1, 1), parameters={"line": "stop"}),),
    )
