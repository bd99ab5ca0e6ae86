"""A case: one suspected act, with all that is needed to judge and check it (docs/schemas/case.schema.json)."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.camera import Mode, Position
from domain.instants import Instant, to_text
from domain.model_ref import ModelRef
from domain.plates.reading import NOT_READ, PlateReading
from domain.timeline import SignalState

CASE_NAMESPACE = uuid.UUID("6f0c2c5e-6f1b-5a57-9d0e-0b6f5c1a7e42")
BoxField = tuple[float, float, float, float]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ViolationRef(_Strict):
    """The catalogue row in force on the date of the act."""

    code: str
    vehicle_kind: str
    name_vi: str
    name_en: str
    legal_ref: str
    sanction_route: str
    catalogue_version: str
    catalogue_sha256: str
    signed_off_by_police: bool


class Site(_Strict):
    """Where the act took place."""

    camera_id: str
    camera_name: str
    road: str
    ward: str
    direction: str
    position: Position
    heading_deg: float
    legal_class: str
    camera_owner: str = ""  # who answers for the device; empty: not stated in the camera's file
    camera_serial: str = ""  # make and serial number, as above
    zone_ids: tuple[str, ...]  # zones and lines that the rule used
    instruments: tuple[str, ...]  # signs, markings, decisions behind them, as configured


class CaseSubject(_Strict):
    """The vehicle or place that the act is about."""

    key: str
    label: str
    label_share: float
    vehicle_kind: str
    track_ids: tuple[int, ...]


class CaseMoment(_Strict):
    """One decisive moment; evidence holds a still of exactly this instant."""

    name: str
    at: Instant
    box_xyxy_px: BoxField
    signal: SignalState | None = None


class Provenance(_Strict):
    """What made this case, so that it can be made again."""

    software_version: str
    rule: str
    rule_version: str
    rule_parameters: dict[str, float | int | str | bool | list[str] | None]
    camera_config_version: int
    camera_config_sha256: str
    detector: ModelRef | None  # None: detections came from a log
    tracker: str


class Case(_Strict):
    """One suspected act."""

    schema_version: Literal["1.0"] = "1.0"
    case_id: uuid.UUID
    box_id: str
    mode: Mode
    violation: ViolationRef
    site: Site
    began_at: Instant
    ended_at: Instant
    clock_error_ms: float | None  # None: not known
    subject: CaseSubject
    moments: Annotated[tuple[CaseMoment, ...], Field(min_length=1)]
    resolution_wh: tuple[int, int]
    measurements: dict[str, float | int | str | bool | None]
    plate: PlateReading = NOT_READ
    provenance: Provenance


def case_id(*, box_id: str, camera_id: str, rule: str, subject_key: str, began_at: datetime) -> uuid.UUID:
    """The same act always has the same id: a name-based UUID (RFC 9562, version 5).

    Examples:
        >>> from datetime import UTC
        >>> at = datetime(2026, 1, 5, 7, tzinfo=UTC)
        >>> one = case_id(box_id="b", camera_id="c", rule="RED_LIGHT", subject_key="track:1", began_at=at)
        >>> one == case_id(box_id="b", camera_id="c", rule="RED_LIGHT", subject_key="track:1", began_at=at)
        True
    """
    name = "\n".join((box_id, camera_id, rule, subject_key, to_text(began_at)))
    return uuid.uuid5(CASE_NAMESPACE, name)
