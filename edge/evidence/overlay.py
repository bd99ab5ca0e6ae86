"""What the box saw, as data beside the originals: boxes, lines, zones and signals, never painted on a picture."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.camera import CameraConfig, ZoneKind
from domain.cases.case import Case
from domain.geometry import BoxPx, SizeWh
from domain.instants import to_text
from domain.timeline import SignalTimeline
from domain.track import Track
from edge.evidence.clips import CutClip, match_instant

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


def overlay_document(
    case: Case, camera: CameraConfig | None, clips: Sequence[tuple[CutClip, Sequence[OverlayRow]]], jpeg_quality: int
) -> dict[str, Any]:
    """What ``overlay.json`` holds (docs/evidence-package.md); only rows in pixels of the case's resolution.

    Args:
        case: whose subject is marked.
        camera: lines, zones and signals come from it; None when its configuration is not at hand.
        clips: each clip of the package with the rows of its span.
        jpeg_quality: of the stills, 1 to 100.
    """
    subject_ids = set(case.subject.track_ids)
    return {
        "schema_version": "1.0",
        "case_id": str(case.case_id),
        "camera_id": case.site.camera_id,
        "resolution_wh": list(case.resolution_wh),
        "stills": {"encoding": "jpeg", "quality": jpeg_quality},
        **_drawn(camera),
        "clips": [
            {
                "name": clip.name,
                "started_at": to_text(clip.clip.started_at),
                "ended_at": to_text(clip.clip.ended_at),
                "frames": [
                    _frame(clip, row, subject_ids) for row in rows if row.resolution_wh == tuple(case.resolution_wh)
                ],
            }
            for clip, rows in clips
        ],
        "moments": [
            {"name": moment.name, "at": to_text(moment.at), "box_xyxy_px": list(moment.box_xyxy_px)}
            for moment in case.moments
        ],
    }


def _drawn(camera: CameraConfig | None) -> dict[str, Any]:
    """Lines, zones and signals in fractions of the reference still."""
    if camera is None:
        return {"lines": [], "zones": [], "signals": []}
    return {
        "lines": [
            line.model_dump(mode="json", include={"id", "kind", "points_norm", "signal"}) for line in camera.lines
        ],
        "zones": [
            zone.model_dump(mode="json", include={"id", "kind", "name", "polygon_norm", "direction_norm"})
            for zone in camera.zones
            if zone.kind not in {ZoneKind.PRIVACY_MASK, ZoneKind.IGNORE}
        ],
        "signals": [
            signal.model_dump(mode="json", include={"id", "source", "lamp_region_norm"}) for signal in camera.signals
        ],
    }


def _frame(clip: CutClip, row: OverlayRow, subject_ids: set[int]) -> dict[str, Any]:
    index = match_instant(clip.clip.frame_times, row.at)
    if index is not None and clip.offsets_s is not None:
        offset_s = clip.offsets_s[index]
    else:
        offset_s = (row.at - clip.clip.started_at).total_seconds()
    return {
        "at": to_text(row.at),
        "offset_s": round(offset_s, 4),
        "tracks": [
            {
                "track_id": track.track_id,
                "label": track.label,
                "box_xyxy_px": [round(side_px, 1) for side_px in track.box_xyxy_px],
                "observed": track.observed,
                "subject": track.track_id in subject_ids,
            }
            for track in row.tracks
        ],
        "signals": dict(row.signals),
    }
