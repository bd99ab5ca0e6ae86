"""A case: one suspected act, with all that is needed to judge and check it (docs/schemas/case.schema.json)."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.camera import Mode, Position
from domain.instants import Instant, to_text
from domain.model_ref import ModelRef
from domain.plates.reading import NOT_READ, PlateReading
from domain.seen.timeline import SignalState

CASE_NAMESPACE = uuid.UUID("6f0c2c5e-6f1b-5a57-9d0e-0b6f5c1a7e42")
ShortText = Annotated[str, Field(max_length=300)]  # a name, an id, a word
LongText = Annotated[str, Field(max_length=2000)]
BoxField = tuple[float, float, float, float]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ViolationRef(_Strict):
    """The catalogue row in force on the date of the act."""

    code: ShortText
    vehicle_kind: ShortText
    name_vi: LongText
    name_en: LongText
    legal_ref: LongText
    sanction_route: ShortText
    catalogue_version: ShortText
    catalogue_sha256: ShortText
    signed_off_by_police: bool


class Site(_Strict):
    """Where the act took place."""

    camera_id: ShortText
    camera_name: ShortText
    road: ShortText
    ward: ShortText
    direction: ShortText
    position: Position
    heading_deg: float
    legal_class: ShortText
    camera_owner: ShortText = ""  # who answers for the device; empty: not stated in the camera's file
    camera_serial: ShortText = ""  # make and serial number, as above
    camera_installed_on: Annotated[date | None, Field(exclude_if=lambda value: value is None)] = None  # as above
    camera_checked_on: Annotated[date | None, Field(exclude_if=lambda value: value is None)] = None  # as above
    legal_paper: Annotated[ShortText, Field(exclude_if=lambda value: not value)] = ""  # that gives the legal class
    zone_ids: Annotated[tuple[ShortText, ...], Field(max_length=200)]  # zones and lines that the rule used
    instruments: Annotated[
        tuple[LongText, ...], Field(max_length=200)
    ]  # signs, markings, decisions behind them, as configured


class CaseSubject(_Strict):
    """The vehicle or place that the act is about."""

    key: ShortText
    label: ShortText
    label_share: float
    vehicle_kind: ShortText
    track_ids: tuple[int, ...]


class CaseMoment(_Strict):
    """One decisive moment; evidence holds a still of exactly this instant."""

    name: ShortText
    at: Instant
    box_xyxy_px: BoxField
    signal: SignalState | None = None


class Provenance(_Strict):
    """What made this case, so that it can be made again."""

    software_version: ShortText
    rule: ShortText
    rule_version: ShortText
    rule_parameters: dict[str, float | int | str | bool | list[str] | None]
    camera_config_version: int
    camera_config_sha256: ShortText
    detector: ModelRef | None  # None: detections came from a log
    tracker: ShortText


class Origin(_Strict):
    """What the centre made a case of, where no box found it."""

    entry: Literal["report", "clone"]
    source_id: uuid.UUID  # of the report, or of the case that was cloned
    source_sha256: ShortText  # of the report's file as it came, or of the cloned case's message


class Case(_Strict):
    """One suspected act."""

    schema_version: Literal["1.0", "1.1"] = "1.1"  # 1.0: written and hashed before RFC 8785 (domain/canonical.py)
    case_id: uuid.UUID
    box_id: ShortText
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
    origin: Annotated[Origin | None, Field(exclude_if=lambda value: value is None)] = None  # None: a box found it

    def derived_id(self) -> uuid.UUID:
        """The id that follows from what the case itself names; any other id is not this act's."""
        return case_id(
            box_id=self.box_id,
            camera_id=self.site.camera_id,
            rule=self.provenance.rule,
            subject_key=self.subject.key,
            began_at=self.began_at,
        )


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
