"""What a box says of itself and its cameras."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.instants import Instant


class StreamState(StrEnum):
    """A camera's stream as the box sees it."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALLED = "stalled"  # the socket is open and nothing comes
    LOST = "lost"


class HealthEvent(BaseModel):
    """A change of one camera's stream state."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    box_id: str = ""  # filled in by the box
    camera_id: str
    state: StreamState
    at: Instant
    reason: str  # never holds a credential


class Heartbeat(BaseModel):
    """A box's sign of life; the broker says ``offline`` for it when it dies."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    box_id: str
    status: Literal["online", "draining", "offline"]
    at: Instant | None = None  # None in the last will, which is written before the death
    software_version: str = ""
    cameras: dict[str, StreamState] = {}
    unsent_cases: int = 0
    problems: tuple[str, ...] = ()  # what is wrong with the box as a whole, in words; never holds a credential
