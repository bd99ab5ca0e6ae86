"""How a detection log writes looks at surfaces."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.seen.looks import SurfaceChange, SurfaceReading, SurfaceUnknown
from edge.run.log_entries.instants import InstantField, exact_text

_Side = Annotated[float, Field(allow_inf_nan=False)]
_ChangeRow = tuple[
    _Side, _Side, _Side, _Side, Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0)], InstantField, bool
]


class SurfaceEntry(BaseModel):
    """One zone's reading, as it stands in a line."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    zone: Annotated[str, Field(min_length=1)]
    unknown: SurfaceUnknown | None = None
    changes: tuple[_ChangeRow, ...] = ()  # x1, y1, x2, y2, share of the zone, strength, since, covered

    @model_validator(mode="after")
    def _is_known_or_not(self) -> Self:
        if self.unknown is not None and self.changes:
            raise ValueError(f"zone {self.zone}: expected changes or unknown, got both")
        return self

    def reading(self, at: datetime) -> SurfaceReading:
        """The reading, taken in a picture of that instant."""
        changes = tuple(
            SurfaceChange(
                box_xyxy_px=(x1, y1, x2, y2), share_of_zone=share, strength=strength, since=since, covered=covered
            )
            for x1, y1, x2, y2, share, strength, since, covered in self.changes
        )
        return SurfaceReading(zone_id=self.zone, at=at, unknown=self.unknown, changes=changes)


def surface_entry(reading: SurfaceReading) -> dict[str, object]:
    """A reading as plain values that ``SurfaceEntry`` reads again."""
    if reading.unknown is not None:
        return {"zone": reading.zone_id, "unknown": reading.unknown.value}
    rows = [
        [*change.box_xyxy_px, change.share_of_zone, change.strength, exact_text(change.since), change.covered]
        for change in reading.changes
    ]
    return {"zone": reading.zone_id, "changes": rows}
