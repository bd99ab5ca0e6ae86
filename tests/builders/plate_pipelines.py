"""Small real stand-ins for the plate networks: they read the number that a picture carries, or fail."""

from collections.abc import Sequence

from detectors.plates.sight import PlateCrop, PlateFinding, VehicleSight
from domain.errors import DetectionError
from domain.plates.reading import PlateRead, PlateReading
from tests.builders.numbered_video import number_of

TEXT = "75F112345"


class NumberPipeline:
    """Agrees on one plate wherever a vehicle is seen; every read's text is the number of its picture.

    Args:
        error: what goes wrong instead.
        plate_wh: size of the plates in pixels of the picture.
    """

    def __init__(self, *, error: Exception | None = None, plate_wh: tuple[float, float] = (24.0, 12.0)) -> None:
        self.error = error
        self.sights: list[VehicleSight] = []
        self.kinds: list[str] = []
        self._plate_wh = plate_wh

    def read(self, sights: Sequence[VehicleSight], vehicle_kind: str) -> PlateFinding:
        """Read all of them, the last is the best."""
        self.sights += sights
        self.kinds.append(vehicle_kind)
        if self.error is not None:
            raise self.error
        reads = tuple(self._read(sight) for sight in sights)
        reading = PlateReading(status="agreed", text=TEXT, character_confidences=(0.9,) * len(TEXT), reads=reads)
        crops = tuple(PlateCrop(at=read.at, box_xyxy_px=read.box_xyxy_px) for read in reversed(reads))
        return PlateFinding(reading=reading, crops=crops[:3])

    def _read(self, sight: VehicleSight) -> PlateRead:
        left, _, _, bottom = sight.vehicle_box_xyxy_px
        width, height = self._plate_wh
        return PlateRead(
            at=sight.at,
            box_xyxy_px=(left, bottom - height, left + width, bottom),
            text=str(number_of(sight.picture_bgr)),
            character_confidences=(0.9,),
        )


INFERENCE_FAILED = DetectionError("the network plate-reader failed")
