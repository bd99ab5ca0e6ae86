"""What the box saw, as data beside the originals: boxes, lines, zones and signals, never painted on a picture."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.camera import CameraConfig, ZoneKind
from domain.cases.case import Case
from domain.instants import to_text
from edge.evidence.masking import masks_of
from edge.evidence.seen_rows import OverlayRow
from edge.evidence.video.clips import CutClip, match_instant


def overlay_document(
    case: Case,
    camera: CameraConfig | None,
    clips: Sequence[CutClip],
    offsets_s: Mapping[str, Sequence[float]],
    jpeg_quality: int,
) -> dict[str, Any]:
    """What ``overlay.json`` holds (docs/evidence-package.md); only rows in pixels of the case's resolution.

    Args:
        case: whose subject is marked.
        camera: lines, zones and signals come from it; None when its configuration is not at hand.
        clips: of the package.
        offsets_s: by clip that could be read: where each frame stands on its time line.
        jpeg_quality: of the stills, 1 to 100.
    """
    subject_ids = set(case.subject.track_ids)
    return {
        "schema_version": "1.1",
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
                    _frame(clip, offsets_s.get(clip.name), row, subject_ids)
                    for row in clip.rows
                    if row.resolution_wh == tuple(case.resolution_wh)
                ],
            }
            for clip in clips
        ],
        "moments": [
            {"name": moment.name, "at": to_text(moment.at), "box_xyxy_px": list(moment.box_xyxy_px)}
            for moment in case.moments
        ],
    }


def _drawn(camera: CameraConfig | None) -> dict[str, Any]:
    """Lines, zones and signals in fractions of the reference still."""
    if camera is None:
        return {"lines": [], "zones": [], "signals": [], "masks": []}
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
        "masks": [[list(point) for point in mask] for mask in masks_of(camera)],  # drawn over the clip, always
    }


def _frame(clip: CutClip, offsets_s: Sequence[float] | None, row: OverlayRow, subject_ids: set[int]) -> dict[str, Any]:
    index = match_instant(clip.clip.frame_times, row.at)
    if index is not None and offsets_s is not None:
        offset_s = offsets_s[index]
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
