"""What was seen in one picture: all that tracks and rules are made of, so that a replay needs no pictures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.geometry import SizeWh
from domain.model_ref import ModelRef
from domain.seen.detections import Detections
from domain.seen.looks import SurfaceReading, WaterReading
from domain.seen.riders import RiderLooks
from domain.seen.timeline import SignalState
from domain.seen.view import ViewState


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """One picture's looks; one line of a detection log. A new kind of look is a new field here and there."""

    camera_id: str
    at: datetime  # capture time of a frame of the evidence stream, UTC
    clock_error_ms: float | None  # None: not known
    resolution_wh: SizeWh  # of the evidence stream, in pixels
    detections: Detections  # bounding boxes in pixels of the evidence stream
    lamps: Mapping[str, SignalState] = field(default_factory=dict)  # by signal id: what was read in this picture
    view: ViewState = ViewState.UNKNOWN  # what is believed of the view as a whole, looked at twice a second
    surfaces: tuple[SurfaceReading, ...] = ()  # of the zones whose ground was looked at in this picture
    waters: tuple[WaterReading, ...] = ()  # of the low spots that were looked at in this picture
    riders: RiderLooks | None = None  # on the motorcycles that were looked at in this picture; None: on none
    model: ModelRef | None = None  # the weights that looked; None: not known
    clock_shift: timedelta | None = None  # the clock was set since the picture before: times are later by this
