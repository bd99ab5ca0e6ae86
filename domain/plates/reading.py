"""Number plates: every read kept, one text agreed or honestly none."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.instants import Instant
from domain.model_ref import ModelRef
from domain.plates import reasons as plate_reasons

PlateLayout = Literal["one_line", "two_lines"]
PlateColour = Literal["white", "yellow", "blue", "red"]


def _is_none(value: object) -> bool:
    return value is None


class PlateRead(BaseModel):
    """One attempt to read the plate in one frame."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Instant
    box_xyxy_px: tuple[float, float, float, float]  # of the plate in the full picture
    text: str
    character_confidences: tuple[float, ...]
    dropped_because: str | None = None  # None: kept
    layout: PlateLayout | None = Field(default=None, exclude_if=_is_none)  # None: not known


class PlateReading(BaseModel):
    """What is known of the subject's plate; ``unread`` is an answer.

    Fields that came later than the first cases are left out of a document while they say nothing, so that the
    canonical bytes of those cases, and with them their hashes, stay what they were.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["agreed", "unread"]
    text: str | None = None  # only when agreed
    character_confidences: tuple[float, ...] = ()
    reads: tuple[PlateRead, ...] = ()
    reason: str | None = None  # why it is unread
    kind: str | None = Field(default=None, exclude_if=_is_none)  # of the plate grammar, e.g. "car_private"
    colour: PlateColour | None = Field(default=None, exclude_if=_is_none)  # of the plate's ground, as seen
    models: tuple[ModelRef, ...] = Field(default=(), exclude_if=lambda models: not models)  # which networks looked


NOT_READ = PlateReading(status="unread", reason=plate_reasons.NOT_READ_YET)
"""What a case says of its plate until its evidence package is built."""
