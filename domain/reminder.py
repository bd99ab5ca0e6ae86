"""A reminder: something occupies a pavement; the ward asks to clear it before anybody is fined.

It is of a place and not of a person: it holds no plate and no face; pictures of the place, with people and vehicles
covered, are named in it and follow (docs/reminder-door.md).
"""

import uuid
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.camera import Identifier, Mode, Position, RuleName, ShortText
from domain.canonical import sha256_of
from domain.cases.case import BoxField, ViolationRef
from domain.instants import Instant, to_text

REMINDER_NAMESPACE = uuid.UUID("b1d3a1c4-3c0a-5b8e-9a57-7d5c1f0e4a26")
MAX_REMINDER_BYTES = 16 * 1024
NameBasedId = uuid.UUID  # of a case or reminder: it follows from what it names
MOST_STEPS = 64
MOST_MEASUREMENTS = 16
MOST_SEEN = 16
MOST_PICTURES = 16  # of the first steps
MAX_PICTURE_BYTES = 48 * 1024
LONGEST_PICTURE_PX = 1280  # of either side

_Word = Annotated[str, Field(min_length=1, max_length=63)]


class ReminderState(StrEnum):
    """How far a reminder has come."""

    OBSERVED = "observed"  # confirmed for the first time: the reminder
    STILL_THERE = "still_there"  # confirmed again after the time in which it was to be cleared
    CLEARED = "cleared"  # the place was seen free
    CAME_BACK = "came_back"  # occupied again on the same day
    BECAME_CASE = "became_case"


NEXT_STATES: dict[ReminderState, frozenset[ReminderState]] = {
    ReminderState.OBSERVED: frozenset({ReminderState.STILL_THERE, ReminderState.CLEARED, ReminderState.BECAME_CASE}),
    ReminderState.STILL_THERE: frozenset({ReminderState.CLEARED, ReminderState.BECAME_CASE}),
    ReminderState.CLEARED: frozenset({ReminderState.CAME_BACK}),
    ReminderState.CAME_BACK: frozenset({ReminderState.CLEARED, ReminderState.BECAME_CASE}),
    ReminderState.BECAME_CASE: frozenset({ReminderState.CLEARED}),
}
"""What may follow what; once there is a case, only that the place was cleared."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ReminderStep(_Strict):
    """One state, and when it was seen."""

    state: ReminderState
    at: Instant


class NoPicture(StrEnum):
    """Why a step has no picture."""

    COVERED = "covered"  # people or vehicles stood before most of the place: nothing is left when they are covered
    NOT_WATCHED = "not_watched"  # nobody looked in the seconds before: who stands there unfound is not known
    FAILED = "failed"  # it could not be taken
    NO_ROOM = "no_room"  # the box's disk did not take it, or too many wait there for the centre


class ReminderPicture(_Strict):
    """A picture of the place at one step: a JPEG that is sent after the message, or why there is none."""

    step: Annotated[int, Field(ge=0, lt=MOST_PICTURES)]  # its place in ``steps``
    at: Instant  # capture time
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    size_bytes: Annotated[int, Field(gt=0, le=MAX_PICTURE_BYTES)] | None = None
    missing: NoPicture | None = None

    @model_validator(mode="after")
    def _is_there_or_says_why_not(self) -> Self:
        is_there = self.sha256 is not None and self.size_bytes is not None
        if is_there == (self.missing is not None) or (self.sha256 is None) != (self.size_bytes is None):
            raise ValueError("a picture has a hash and a size, or a reason why it is missing")
        return self


class Reminder(_Strict):
    """One place that is occupied; sent again, with the same id and one step more, whenever its state changes."""

    schema_version: Literal["1.0", "1.1"] = "1.1"  # 1.0: hashed before RFC 8785 (domain/canonical.py)
    reminder_id: uuid.UUID
    box_id: _Word
    camera_id: Identifier
    camera_name: ShortText
    road: ShortText
    ward: ShortText
    position: Position  # of the camera's view
    rule: RuleName
    rule_version: _Word
    mode: Mode  # in shadow mode nobody is reminded
    violation: ViolationRef  # what it would be as a case
    camera_config_version: int
    zone_id: Identifier  # of the camera configuration
    instruments: Annotated[tuple[Annotated[str, Field(max_length=2000)], ...], Field(max_length=8)] = ()  # of the zone
    subject_key: ShortText  # of the place; a case of it has the same
    place_xyxy_px: BoxField  # in a picture of resolution_wh
    resolution_wh: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
    seen: Annotated[tuple[_Word, ...], Field(max_length=MOST_SEEN)]  # detector classes, and "surface" for a changed one
    measurements: Annotated[dict[_Word, float | int | str | bool], Field(max_length=MOST_MEASUREMENTS)]
    began_at: Instant  # the place was first seen occupied; part of the id
    seen_until: Instant
    clear_by: Instant  # what is still there then, and confirmed once more, may become a case
    clock_error_ms: float | None  # None: not known
    steps: Annotated[
        tuple[ReminderStep, ...], Field(min_length=1, max_length=MOST_STEPS)
    ]  # oldest first, only appended
    case_id: uuid.UUID | None = None  # of the case that it became
    pictures: Annotated[
        tuple[ReminderPicture, ...], Field(max_length=MOST_PICTURES, exclude_if=lambda pictures: not pictures)
    ] = ()  # by step, oldest first; left out where there are none, as boxes did that knew of none

    @property
    def state(self) -> ReminderState:
        """The newest."""
        return self.steps[-1].state

    @model_validator(mode="after")
    def _steps_follow_one_another(self) -> Self:
        if self.steps[0].state is not ReminderState.OBSERVED:
            raise ValueError(f"the first step must be observed, got {self.steps[0].state}")
        for one, other in pairwise(self.steps):
            if other.state not in NEXT_STATES[one.state]:
                raise ValueError(f"{other.state} cannot follow {one.state}")
            if other.at < one.at:
                raise ValueError(f"{other.state} at {to_text(other.at)} lies before {one.state} at {to_text(one.at)}")
        states = [step.state for step in self.steps]
        became_case = ReminderState.BECAME_CASE in states
        if (self.case_id is not None) != became_case:
            raise ValueError("case_id belongs to a reminder that became a case, and only there")
        if became_case and ReminderState.CAME_BACK in states[states.index(ReminderState.BECAME_CASE) :]:
            raise ValueError("nothing follows after what became a case was cleared")
        return self

    @model_validator(mode="after")
    def _ends_after_its_beginning(self) -> Self:
        if self.seen_until < self.began_at:
            raise ValueError(f"the place was seen until {self.seen_until}, before it began at {self.began_at}")
        return self

    @model_validator(mode="after")
    def _pictures_are_of_its_steps(self) -> Self:
        of_steps = [picture.step for picture in self.pictures]
        if any(one >= other for one, other in pairwise(of_steps)) or any(step >= len(self.steps) for step in of_steps):
            raise ValueError(f"pictures must be of steps 0 to {len(self.steps) - 1}, each once and in order")
        return self

    def derived_id(self) -> uuid.UUID:
        """The id that follows from what the reminder itself names; any other id is not this place's."""
        return reminder_id(
            box_id=self.box_id,
            camera_id=self.camera_id,
            rule=self.rule,
            subject_key=self.subject_key,
            began_at=self.began_at,
        )

    def goes_on_from(self, earlier: "Reminder") -> bool:
        """Whether this is the same reminder with the same or more steps: what a newer message must be."""
        return self.reminder_id == earlier.reminder_id and self.steps[: len(earlier.steps)] == earlier.steps

    def after(self, earlier: "Reminder") -> "Reminder":
        """This message after an earlier one of the same reminder, whose steps stay.

        A rule that lost its last seconds may tell them anew, a little later: only what can follow is added.
        """
        if self.goes_on_from(earlier):
            return self.model_copy(update={"pictures": earlier.pictures})
        steps = earlier.steps
        for step in self.steps:
            if step.at > steps[-1].at and step.state in NEXT_STATES[steps[-1].state]:
                steps = (*steps, step)
        if steps == earlier.steps:
            return earlier
        became_case = any(step.state is ReminderState.BECAME_CASE for step in steps)
        case_id = (self.case_id or earlier.case_id) if became_case else None
        return self.model_copy(update={"steps": steps, "case_id": case_id, "pictures": earlier.pictures})

    def with_picture(self, picture: ReminderPicture) -> "Reminder":
        """With a picture of its newest step."""
        return self.model_copy(update={"pictures": (*self.pictures, picture)})

    def sha256(self) -> str:
        """Names this very message; the centre's answer repeats it."""
        return sha256_of(self)


class ReminderAnswer(_Strict):
    """The centre's own word that it holds this message, or a newer one, of the reminder."""

    reminder_id: uuid.UUID
    message_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]  # of the message that is answered
    received_at: Instant


def reminder_id(*, box_id: str, camera_id: str, rule: str, subject_key: str, began_at: datetime) -> uuid.UUID:
    """The same occupation always has the same id: a name-based UUID (RFC 9562, version 5).

    Examples:
        >>> from datetime import UTC
        >>> at = datetime(2026, 1, 5, 7, tzinfo=UTC)
        >>> one = reminder_id(box_id="b", camera_id="c", rule="PAVEMENT_TRADE", subject_key="place:p:1", began_at=at)
        >>> one == reminder_id(box_id="b", camera_id="c", rule="PAVEMENT_TRADE", subject_key="place:p:1", began_at=at)
        True
    """
    name = "\n".join((box_id, camera_id, rule, subject_key, to_text(began_at)))
    return uuid.uuid5(REMINDER_NAMESPACE, name)
