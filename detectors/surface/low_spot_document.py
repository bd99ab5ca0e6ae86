"""What was learned of a low spot as plain values that outlive the process."""

import base64
import binascii
import zlib
from typing import Annotated, Final, Self

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from detectors.surface.low_spot import MOST_LOOKS, LowSpot
from domain.coordinates import PointNorm

_STEP: Final = 0.001  # of a log: finer than two looks at the same ground agree
_UNSEEN: Final = -32768
_Size = Annotated[int, Field(gt=0, le=1000)]


class SpotDocument(BaseModel):
    """One low spot; looks from the oldest on."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    zone: Annotated[str, Field(min_length=1)]
    polygon_norm: tuple[PointNorm, ...]
    line_norm: tuple[PointNorm, PointNorm, PointNorm]
    picture_wh: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
    looked_at: AwareDatetime
    kept_at: AwareDatetime | None
    since: AwareDatetime | None
    grid_hw: tuple[_Size, _Size] | None  # None: there are no looks
    looks: Annotated[int, Field(ge=0, le=MOST_LOOKS)]
    textures: str  # in thousandths of a log, squeezed, in base64

    @model_validator(mode="after")
    def _holds_its_looks(self) -> Self:
        self.read()
        return self

    def read(self) -> LowSpot:
        """The low spot again, its textures to the nearest thousandth.

        Raises:
            ValueError: the textures are damaged.
        """
        spot = LowSpot(
            polygon_norm=self.polygon_norm,
            line_norm=self.line_norm,
            picture_wh=self.picture_wh,
            begun_at=self.looked_at,
        )
        spot.kept_at, spot.since = self.kept_at, self.since
        try:
            steps = np.frombuffer(zlib.decompress(base64.b64decode(self.textures, validate=True)), np.int16)
        except (binascii.Error, zlib.error) as error:
            msg = f"low spot {self.zone}: the looks are damaged: {error}"
            raise ValueError(msg) from error
        shape = (self.looks, *(self.grid_hw or (0, 0)))
        if steps.size != np.prod(shape):
            msg = f"low spot {self.zone}: expected looks of shape {shape}, got {steps.size} numbers"
            raise ValueError(msg)
        looks = np.where(steps == _UNSEEN, np.nan, steps * _STEP).astype(np.float32).reshape(shape)
        spot.dry = list(looks)
        return spot


def spot_document(zone_id: str, spot: LowSpot) -> SpotDocument:
    """A low spot as plain values; 60 kB for 500 cells after a day."""
    looks = np.stack(spot.dry) if spot.dry else np.zeros((0, 0, 0), np.float32)
    steps = np.where(np.isfinite(looks), np.rint(looks / _STEP), _UNSEEN).astype(np.int16)
    return SpotDocument(
        zone=zone_id,
        polygon_norm=spot.polygon_norm,
        line_norm=spot.line_norm,
        picture_wh=spot.picture_wh,
        looked_at=spot.looked_at,
        kept_at=spot.kept_at,
        since=spot.since,
        grid_hw=(looks.shape[1], looks.shape[2]) if spot.dry else None,
        looks=len(spot.dry),
        textures=base64.b64encode(zlib.compress(steps.tobytes(), level=1)).decode(),
    )
