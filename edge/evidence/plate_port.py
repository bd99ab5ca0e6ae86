"""What reading a plate needs and gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.geometry import BoxPx, ImageBgr
from domain.plate import PlateReading


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VehicleSight:
    """One vehicle in one picture."""

    at: datetime
    picture_bgr: ImageBgr
    vehicle_box_xyxy_px: BoxPx
    other_vehicles_xyxy_px: tuple[BoxPx, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateCrop:
    """Where a kept read's plate is."""

    at: datetime
    box_xyxy_px: BoxPx


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateFinding:
    """What came of reading a vehicle's plate."""

    reading: PlateReading
    crops: tuple[PlateCrop, ...]


class PlateChain(Protocol):
    """Reads plates."""

    def read(self, sights: Sequence[VehicleSight], vehicle_kind: str) -> PlateFinding:
        """Read the plate of one vehicle in several pictures.

        Raises:
            DetectionError: an inference failed; nothing is known about the plate.
        """
        ...
