"""Number plates: every read kept, one text agreed or honestly none."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.instants import Instant


class PlateRead(BaseModel):
    """One attempt to read the plate in one frame."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Instant
    box_xyxy_px: tuple[float, float, float, float]
    text: str
    character_confidences: tuple[float, ...]
    dropped_because: str | None = None  # None: kept


class PlateReading(BaseModel):
    """What is known of the subject's plate; ``unread`` is an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["agreed", "unread"]
    text: str | None = None  # only when agreed
    character_confidences: tuple[float, ...] = ()
    reads: tuple[PlateRead, ...] = ()
    reason: str | None = None  # why it is unread


NOT_READ = PlateReading(status="unread", reason="no plate reader is configured on this box")
