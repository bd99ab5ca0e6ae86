"""What a rule finds: events with the moments that decide them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from domain.coordinates import BoxPx
from domain.model_ref import ModelRef
from domain.seen.timeline import SignalState

PLACE_KEY = "place:"
"""A subject whose key begins so is a place, not a track."""

Measurement = float | int | str | bool | None


class FindingKind(Enum):
    """What a rule's events become."""

    CASE = "case"  # evidence and police
    ALERT = "alert"  # operators, within seconds; no evidence, no fine
    REMINDER = "reminder"  # the ward, before a fine; a case when it is not heeded
    COUNT = "count"  # a number; nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisiveMoment:
    """An instant without which the act is not shown; a still is cut for each."""

    name: str  # the rule's word, e.g. "before_line"
    at: datetime  # capture time of a real frame, UTC
    box_xyxy_px: BoxPx  # the subject in that frame
    signal: SignalState | None = None  # what the governing signal showed then, where one matters


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who or what the act is about."""

    key: str  # stable name of the subject for the case id, e.g. "track:17" or "place:pavement-1:stay"
    label: str  # detector class, e.g. "motorcycle"
    label_share: float  # share of the class vote, in (0, 1]
    vehicle_kind: str  # catalogue's kind: car, motorbike, bicycle, person/organisation
    track_ids: tuple[int, ...]  # every track that the act was seen on, in order

    @property
    def is_place(self) -> bool:
        """Whether the act belongs to a place: as long as a vehicle stands there it is one act."""
        return self.key.startswith(PLACE_KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A finished finding of one rule."""

    code: str  # violation code, e.g. "RED_LIGHT"
    subject: Subject
    began_at: datetime  # of the act, UTC; part of the case id
    ended_at: datetime  # last instant that shows the act
    moments: tuple[DecisiveMoment, ...]  # all that the rule declares as needed, in order of time
    zone_ids: tuple[str, ...]  # zones and lines of the camera configuration that the rule used
    measurements: Mapping[str, Measurement] = field(default_factory=dict)  # names carry units, e.g. "dwell_s"
    looked_with: ModelRef | None = None  # weights that it rests on, beside the detector's


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One vehicle that is counted at one place."""

    at: datetime
    place_id: str  # a gate or a movement
    direction: str  # of a gate: in, out; of a movement: through
    lane_id: str  # in which it came to the gate, or went away from it; empty: none that is drawn, or a movement
    label: str  # detector class


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A rule asks to keep the original pictures of a moment that may become decisive long after the ring forgot it."""

    key: str  # the rule's name for it, unique in the camera while held
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The held moment will not be needed any more."""

    key: str


Finding = Event | Hold | Release
