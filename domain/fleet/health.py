"""What a box says of itself and its cameras."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from domain.instants import Instant

LONGEST_TEXT: Final = 300  # characters of a problem's text or remedy
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
MOST_PROBLEMS: Final = 20  # in one heartbeat, which must stay small whatever happens

_Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class StreamState(StrEnum):
    """A camera's stream as the box sees it."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALLED = "stalled"  # the socket is open and nothing comes
    LOST = "lost"


class ProblemCode(StrEnum):
    """Every kind of thing that can be wrong; docs/install-an-edge-box.md says what each means."""

    # of one camera
    CAMERA_LOST = "camera_lost"
    CAMERA_STALLED = "camera_stalled"
    NOT_JUDGED = "not_judged"
    UNDECODABLE = "undecodable"
    DAMAGED_STRETCH = "damaged_stretch"
    STAMPS_UNUSABLE = "stamps_unusable"
    STREAMS_UNPAIRED = "streams_unpaired"
    CAMERA_CLOCK_WRONG = "camera_clock_wrong"
    RULES_SUSPENDED = "rules_suspended"
    VIEW_UNSTEADY = "view_unsteady"
    VIEW_NOT_LEARNED = "view_not_learned"
    VIEW_MOVED = "view_moved"
    VIEW_COVERED = "view_covered"
    VIEW_BLURRED = "view_blurred"
    VIEW_BLINDED = "view_blinded"
    PICTURE_FROZEN = "picture_frozen"
    RULES_BROKEN = "rules_broken"
    RULE_FAILED = "rule_failed"
    CAMERA_FAULT = "camera_fault"
    CASES_NOT_STORED = "cases_not_stored"
    DETECTION_FAILING = "detection_failing"
    ANALYSIS_BEHIND = "analysis_behind"
    LAMP_REGION_MISFIT = "lamp_region_misfit"
    LAMP_CYCLE_BROKEN = "lamp_cycle_broken"
    LAMP_UNREAD = "lamp_unread"
    SURFACE_UNREAD = "surface_unread"
    DRIFT = "drift"
    DRIFT_PROFILE_UNREADABLE = "drift_profile_unreadable"
    MEMORY_UNREADABLE = "memory_unreadable"
    # of the box
    ANALYSIS_STUCK = "analysis_stuck"
    ROUND_FAULT = "round_fault"
    NOT_RECORDED = "not_recorded"
    BOX_CLOCK_STEPPED = "box_clock_stepped"
    BOX_CLOCK_UNSYNCHRONISED = "box_clock_unsynchronised"
    CAMERA_FILES_WRONG = "camera_files_wrong"
    FILE_WATCH_FAILED = "file_watch_failed"
    BROKER_AWAY = "broker_away"
    BROKER_LINE_TAKEN_OVER = "broker_line_taken_over"
    CENTRE_AWAY = "centre_away"
    CASE_REFUSED = "case_refused"
    CASE_NOT_DELIVERED = "case_not_delivered"
    CASE_DAMAGED = "case_damaged"
    REMINDER_REFUSED = "reminder_refused"
    REMINDER_PICTURE_REFUSED = "reminder_picture_refused"
    REMINDERS_NOT_STORED = "reminders_not_stored"
    OUTBOX_FULL = "outbox_full"
    OUTBOX_UNUSABLE = "outbox_unusable"
    DISK_FULL = "disk_full"
    DISK_UNWRITABLE = "disk_unwritable"
    PACKAGE_FAILED = "package_failed"
    PLATES_FAILED = "plates_failed"
    SIGNALS_SILENT = "signals_silent"
    SIGNALS_REFUSED = "signals_refused"
    LEDGER_UNWRITABLE = "ledger_unwritable"
    LEDGER_NOT_SENT = "ledger_not_sent"
    DRIFT_STORE_UNWRITABLE = "drift_store_unwritable"
    MEMORY_UNWRITABLE = "memory_unwritable"
    QUANTISED_NOT_USED = "quantised_not_used"


class HealthProblem(BaseModel):
    """One thing that is wrong with a box or one of its cameras; never holds a credential."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9_]+$")]  # a centre may be older than its boxes
    camera_id: Annotated[str, Field(max_length=63)] | None = None  # None: of the box as a whole
    text: _Text
    remedy: _Text  # what to do
    since: Instant  # by the box's clock

    @classmethod
    def from_words(cls, words: str, since: datetime) -> Self:
        """What an earlier version, which knew no codes, said."""
        return cls(code="unnamed", text=words[:LONGEST_TEXT], remedy="", since=since)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFault:
    """What a source of pictures finds wrong with its stream now."""

    code: ProblemCode
    text: str
    remedy: str | None = None  # None: what is usual for the code


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
    problems: Annotated[tuple[HealthProblem, ...], Field(max_length=MOST_PROBLEMS)] = ()  # the oldest first
    problems_left_out: int = 0  # there are so many more
    clock_sync: _Text = ""  # what the system says of the box's own clock

    @field_validator("problems", mode="before")
    @classmethod
    def _from_words(cls, value: Any, info: ValidationInfo) -> Any:
        """Boxes of earlier versions send words only."""
        if not isinstance(value, list | tuple) or not any(isinstance(each, str) for each in value):
            return value
        since = info.data.get("at") or EARLIEST
        return tuple(HealthProblem.from_words(each, since) if isinstance(each, str) else each for each in value)
