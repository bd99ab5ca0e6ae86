"""A plate that is seen large again and again and cannot be read is named as one that may be covered."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from detectors.plates.agreement import NOT_LAWFUL
from detectors.plates.corners import PlateShape
from detectors.plates.finder import PlateBox
from detectors.plates.pipeline import LEAST_WIDTH_PX, PlatePipeline
from detectors.plates.reader import PlatePicture
from detectors.plates.reads import CharacterRead, PlateText
from detectors.plates.sight import VehicleSight
from domain.geometry import BoxPx, ImageBgr
from domain.model_ref import ModelRef
from domain.plates.grammar import plate_grammar
from domain.plates.reasons import MAY_BE_COVERED

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
STREET = np.full((400, 600, 3), 120, np.uint8)


class Networks:
    """Finder, corners and reader that always say the same."""

    def __init__(self, width_px: float, text: str) -> None:
        self.model = ModelRef(name="scripted", sha256="0" * 64)
        self._box: BoxPx = (250.0, 250.0, 250.0 + width_px, 250.0 + 0.75 * width_px)
        self._text = text

    def find(self, picture_bgr: ImageBgr, vehicle_box_xyxy_px: BoxPx) -> tuple[PlateBox, ...]:
        return (PlateBox(box_xyxy_px=self._box, score=0.9),)

    def locate(self, picture_bgr: ImageBgr, plate_box_xyxy_px: BoxPx) -> PlateShape:
        x1, y1, x2, y2 = plate_box_xyxy_px
        corners = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32)
        return PlateShape(corners_px=corners, layout="two_lines", layout_confidence=0.9)

    def read(self, plates: Sequence[PlatePicture]) -> tuple[PlateText, ...]:
        characters = tuple(CharacterRead(options=((one, 0.99), ("Z", 0.01))) for one in self._text)
        return tuple(PlateText(characters) for _ in plates)


def reason(width_px: float, text: str, pictures: int) -> str | None:
    networks = Networks(width_px, text)
    pipeline = PlatePipeline(finder=networks, corners=networks, reader=networks, grammar=plate_grammar())
    sights = [
        VehicleSight(
            at=START + timedelta(seconds=0.3 * number),
            picture_bgr=STREET,
            vehicle_box_xyxy_px=(200.0, 50.0, 450.0, 380.0),
            other_vehicles_xyxy_px=(),
        )
        for number in range(pictures)
    ]
    return pipeline.read(sights, "motorbike").reading.reason


LARGE_PX = 1.6 * LEAST_WIDTH_PX["two_lines"]


@pytest.mark.parametrize(
    ("width_px", "text", "pictures", "expected"),
    [
        (LARGE_PX, "7", 4, MAY_BE_COVERED),
        (LARGE_PX, "", 4, MAY_BE_COVERED),
        (LARGE_PX, "7", 2, NOT_LAWFUL),  # two pictures may share their blur
        (1.2 * LEAST_WIDTH_PX["two_lines"], "7", 4, NOT_LAWFUL),  # it may be too small
        (LARGE_PX, "75B112345", 4, None),
    ],
)
def test_only_a_large_plate_in_several_pictures_may_be_covered(
    width_px: float, text: str, pictures: int, expected: str | None
) -> None:
    assert reason(width_px, text, pictures) == expected
