"""How a detection log writes looks at low spots."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.seen.looks import SurfaceUnknown, WaterReading
from edge.run.log_entries.instants import InstantField, exact_text


class WaterEntry(BaseModel):
    """One low spot's reading, as it stands in a line."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    zone: Annotated[str, Field(min_length=1)]
    unknown: SurfaceUnknown | None = None
    strength: float = 0.0  # 1 is just enough to be told
    since: InstantField | None = None  # not there: no water up to the line

    @model_validator(mode="after")
    def _is_known_or_not(self) -> Self:
        if self.unknown is not None and self.since is not None:
            raise ValueError(f"zone {self.zone}: expected water since an instant or unknown, got both")
        return self

    def reading(self, at: datetime) -> WaterReading:
        """The reading, taken in a picture of that instant."""
        return WaterReading(zone_id=self.zone, at=at, unknown=self.unknown, strength=self.strength, since=self.since)


def water_entry(reading: WaterReading) -> dict[str, object]:
    """A reading as plain values that ``WaterEntry`` reads again."""
    if reading.unknown is not None:
        return {"zone": reading.zone_id, "unknown": reading.unknown.value}
    since = {} if reading.since is None else {"since": exact_text(reading.since)}
    return {"zone": reading.zone_id, "strength": reading.strength, **since}
