"""Which pictures of a followed vehicle a look at its plate would take."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2

from benchmarks.plates.clips import Passing
from detectors.plates.selection import worth_decoding
from detectors.plates.sight import VehicleSight
from domain.cases.precision import wilson
from domain.geometry import SizeWh

LEAST_LOOKS, LEAST_SIZE_RATIO = 3, 1.2
LEAST_HEIGHT_PX = {"motorbike": 90.0, "car": 120.0, "bus": 120.0, "truck": 120.0}
LEAST_SHARP = 60.0  # variance of the Laplacian of the vehicle, scaled to 160 px: less is blur
MOST_HIDDEN = 0.15  # of its lower half, by other vehicles' boxes
MOST_WIDE = {"motorbike": 0.8}  # width by height: wider is seen from the side
MOST_WIDE_ELSE = 1.5
EDGE = 0.01  # of the picture: who comes nearer to its edge may be cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How often something was said of vehicles of which it is true, or is not."""

    told: int
    of: int

    def __str__(self) -> str:
        """The share with its 95 % interval."""
        low, high = wilson(self.told, self.of)
        return f"{self.told} of {self.of} ({low:.1%} to {high:.1%})" if self.of else "0 of 0"


def usable(one: Passing, size_wh: SizeWh, *, strict: bool) -> list[VehicleSight]:
    """The pictures that a look would take; not strict: all that are sharp and large enough."""
    kept = [
        (sight, box)
        for sight, (_, box) in zip(one.sights, one.places, strict=True)
        if box[3] - box[1] >= LEAST_HEIGHT_PX[one.kind] and _sharpness(sight) >= LEAST_SHARP
    ]
    if strict:
        kept = [
            (sight, box)
            for sight, box in kept
            if _is_whole(box, size_wh)
            and _hidden_share(sight) <= MOST_HIDDEN
            and (box[2] - box[0]) <= MOST_WIDE.get(one.kind, MOST_WIDE_ELSE) * (box[3] - box[1])
        ]
        heights = [box[3] - box[1] for _, box in kept]
        if not heights or max(heights) < LEAST_SIZE_RATIO * min(heights):
            return []
        if one.kind == "motorbike" and heights[-1] > heights[0]:
            return []  # it comes: its front carries no plate
    chosen = worth_decoding([(sight.at, box) for sight, box in kept]) if kept else ()
    return [kept[place][0] for place in chosen] if len(chosen) >= LEAST_LOOKS else []


def _is_whole(box: Sequence[float], size_wh: SizeWh) -> bool:
    edge_x, edge_y = EDGE * size_wh[0], EDGE * size_wh[1]
    inside_x = box[0] >= edge_x and box[2] <= size_wh[0] - edge_x
    return inside_x and box[1] >= edge_y and box[3] <= size_wh[1] - edge_y


def _hidden_share(sight: VehicleSight) -> float:
    """The most that one other box covers of the vehicle's lower half."""
    x1, y1, x2, y2 = sight.vehicle_box_xyxy_px
    top = (y1 + y2) / 2
    areas = [
        max(0.0, min(x2, b[2]) - max(x1, b[0])) * max(0.0, min(y2, b[3]) - max(top, b[1]))
        for b in sight.other_vehicles_xyxy_px
    ]
    return max(areas, default=0.0) / ((x2 - x1) * (y2 - top))


def _sharpness(sight: VehicleSight) -> float:
    x1, y1, x2, y2 = sight.vehicle_box_xyxy_px
    cut = sight.picture_bgr[max(int(y1), 0) : int(y2) + 1, max(int(x1), 0) : int(x2) + 1]
    grey = cv2.resize(cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY), (160, 160), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())
