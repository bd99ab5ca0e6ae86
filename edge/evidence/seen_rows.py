"""What was seen in each analysed picture of a camera, kept for as long as a clip may need it."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.geometry import BoxPx, SizeWh
from domain.seen.timeline import SignalTimeline
from domain.seen.track import Track

KEEP_S = 60.0
_MAX_ROWS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayTrack:
    """One track in one analysed picture."""

    track_id: int
    label: str
    box_xyxy_px: BoxPx  # in that picture, or of the last sighting when not observed
    observed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayRow:
    """One analysed picture."""

    at: datetime
    resolution_wh: SizeWh
    tracks: tuple[OverlayTrack, ...]
    signals: tuple[tuple[str, str], ...]  # (signal id, state)


def row_of(
    at: datetime, resolution_wh: SizeWh, tracks: Sequence[Track], signals: Mapping[str, SignalTimeline]
) -> OverlayRow:
    """Take down one analysed picture."""
    return OverlayRow(
        at=at,
        resolution_wh=resolution_wh,
        tracks=tuple(
            OverlayTrack(
                track_id=track.track_id,
                label=track.label,
                box_xyxy_px=track.newest.box_xyxy_px,
                observed=track.observed,
            )
            for track in tracks
        ),
        signals=tuple((name, timeline.at(at).state.value) for name, timeline in sorted(signals.items())),
    )


class OverlayRing:
    """The rows of the last ``KEEP_S`` seconds of capture time, bounded in number too; safe from two threads."""

    def __init__(self, keep_s: float = KEEP_S) -> None:
        self._keep = timedelta(seconds=keep_s)
        self._lock = threading.Lock()
        self._times: list[datetime] = []
        self._rows: list[OverlayRow] = []

    def note(self, row: OverlayRow) -> None:
        """Append a row; one that is not newer than the newest (a clock set back) starts the ring anew."""
        with self._lock:
            if self._times and row.at <= self._times[-1]:
                self._times.clear()
                self._rows.clear()
            self._times.append(row.at)
            self._rows.append(row)
            old = max(bisect_left(self._times, row.at - self._keep), len(self._times) - _MAX_ROWS)
            if old > len(self._times) // 4:  # rarely, so that it costs nothing per row
                del self._times[:old]
                del self._rows[:old]

    def between(self, start: datetime, end: datetime) -> tuple[OverlayRow, ...]:
        """The rows from start to end, both included."""
        with self._lock:
            return tuple(self._rows[bisect_left(self._times, start) : bisect_right(self._times, end)])
