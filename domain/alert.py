"""An alert: something on the road now that operators should know within seconds (docs/schemas/alert.schema.json).

It accuses nobody: it holds no plate, no picture and no evidence, and nothing is decided on it.
"""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.camera import Identifier, Mode, RuleName, ShortText
from domain.instants import Instant, to_text

ALERT_NAMESPACE = uuid.UUID("0a8a5d1e-0f0f-5c0e-8f5e-5e2b8a6d7c11")
MOST_MEASUREMENTS = 8

_Word = Annotated[str, Field(min_length=1, max_length=63)]


class AlertEnd(StrEnum):
    """Why an alert does not stand any more."""

    OVER = "over"  # nothing of it was seen any more while somebody looked
    NOT_WATCHED = "not_watched"  # nobody looks any more: whether it is over is unknown


class Alert(BaseModel):
    """One thing at one place, emitted when it begins and again, with the same id, when it ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal["1.0"] = "1.0"
    alert_id: uuid.UUID
    box_id: _Word
    camera_id: Identifier
    camera_name: ShortText
    road: ShortText
    rule: RuleName
    rule_version: _Word
    mode: Mode  # in shadow mode no operator is called
    place_id: Identifier  # the zone of the camera configuration
    label: _Word  # of whoever was seen first, e.g. "person"
    measurements: Annotated[dict[_Word, float | int], Field(max_length=MOST_MEASUREMENTS)]  # largest so far, with units
    began_at: Instant
    seen_until: Instant
    clock_error_ms: float | None  # None: not known
    end: AlertEnd | None = None  # None: it stands

    @model_validator(mode="after")
    def _ends_after_its_beginning(self) -> Self:
        if self.seen_until < self.began_at:
            raise ValueError(f"the alert was seen until {self.seen_until}, before it began at {self.began_at}")
        return self


def alert_id(*, box_id: str, camera_id: str, rule: str, place_id: str, began_at: datetime) -> uuid.UUID:
    """The same alert always has the same id: a name-based UUID (RFC 9562, version 5).

    Examples:
        >>> from datetime import UTC
        >>> at = datetime(2026, 1, 5, 7, tzinfo=UTC)
        >>> one = alert_id(box_id="b", camera_id="c", rule="CROWD", place_id="square", began_at=at)
        >>> one == alert_id(box_id="b", camera_id="c", rule="CROWD", place_id="square", began_at=at)
        True
    """
    return uuid.uuid5(ALERT_NAMESPACE, "\n".join((box_id, camera_id, rule, place_id, to_text(began_at))))
