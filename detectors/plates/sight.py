"""What plate reading is given, and what it gives."""

from dataclasses import dataclass
from datetime import datetime

from domain.geometry import BoxPx, ImageBgr
from domain.plates.reading import PlateReading


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VehicleSight:
    """One vehicle in one picture."""

    at: datetime  # capture time of the picture
    picture_bgr: ImageBgr  # the whole picture, or the part around the vehicle
    vehicle_box_xyxy_px: BoxPx
    other_vehicles_xyxy_px: tuple[BoxPx, ...]  # of everything else in it that may carry a plate
    corner_xy: tuple[int, int] = (0, 0)  # of that part in the camera's picture


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateCrop:
    """Where a plate that was read stands in the picture of an instant."""

    at: datetime
    box_xyxy_px: BoxPx


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateFinding:
    """What came of reading a vehicle's plate."""

    reading: PlateReading
    crops: tuple[PlateCrop, ...]  # of kept reads, best first
