"""What rules see of one analysed picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.geometry import SizeWh
from domain.seen.looks import SurfaceReading, WaterReading
from domain.seen.riders import RiderLooks
from domain.seen.timeline import SignalReading, SignalState, SignalTimeline
from domain.seen.track import Track
from domain.seen.view import ViewState


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One picture's tracks and the signals around it; the rules' only input."""

    camera_id: str
    at: datetime  # captured_at of the picture, UTC: the rules' clock
    clock_error_ms: float | None  # None: not known
    resolution_wh: SizeWh
    tracks: tuple[Track, ...]  # living tracks, observed in this picture or not
    signals: Mapping[str, SignalTimeline]  # by signal id
    view: ViewState = ViewState.UNKNOWN  # whether the camera shows what its zones were drawn on
    surfaces: Mapping[str, SurfaceReading] = field(default_factory=dict)  # by zone: the newest, no older than believed
    waters: Mapping[str, WaterReading] = field(default_factory=dict)  # likewise, of low spots
    riders: RiderLooks | None = None  # at motorcycles of this very picture; None: nobody was looked at

    def signal_at(self, signal_id: str, instant: datetime) -> SignalReading:
        """What a signal showed; unknown where nothing reports it."""
        timeline = self.signals.get(signal_id)
        if timeline is None:
            return SignalReading(state=SignalState.UNKNOWN, since=None, beginning_seen=False)
        return timeline.at(instant)

    def confirmed_signal_at(self, signal_id: str, instant: datetime) -> SignalReading:
        """What a signal surely showed: unknown, too, where no later report says that nothing had changed."""
        timeline = self.signals.get(signal_id)
        if timeline is None:
            return SignalReading(state=SignalState.UNKNOWN, since=None, beginning_seen=False)
        return timeline.confirmed_at(instant)

    def signal_awaited_from(self, signal_id: str) -> datetime | None:
        """The newest report of a signal of which another is awaited; None: what is known of it is all there is."""
        timeline = self.signals.get(signal_id)
        return None if timeline is None else timeline.awaited_from(self.at)
