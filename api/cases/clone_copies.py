"""What is hidden on the working copies of a clone, and where: rows for the process that hides it. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from api.cases.case_rows import StoredCase
from domain.cases.case import Case
from domain.cases.evidence import EvidenceFile, FileRole
from domain.instants import from_text, seconds_between
from domain.seen.hidden_regions import hidden_by_name

_PLATE_FROM: Final = 0.35  # of a vehicle's height from the top, as where the box hides plates
_GROWN_BY: Final = 0.04  # of width and height
Box = tuple[float, float, float, float]
Rows = list[tuple[float, dict[str, Box]]]


def rows_of_subject(overlay: Mapping[str, Any], source: StoredCase, file: EvidenceFile) -> Rows:
    """Where the first vehicle's plate may be, by the offset in the clip; of a still, at its instant alone.

    Args:
        overlay: what the box saw.
        source: the first case.
        file: a blurred copy.

    Returns:
        Empty, where nothing tells where it was.
    """
    rows = _rows(overlay, source, file, _plates)
    return rows if any(held for _, held in rows) else []


def rows_of_others(overlay: Mapping[str, Any], source: StoredCase, file: EvidenceFile, own: int) -> Rows:
    """What is hidden on an original on which one vehicle may be read, as a box hides it: heads, others' plates, masks.

    Args:
        overlay: what the box saw.
        source: the first case.
        file: the box's blurred copy of the original.
        own: the track of the vehicle that may be read.

    Returns:
        Empty, where nothing tells what is to be hidden.
    """
    width, height = overlay["resolution_wh"]
    masks: dict[str, Box] = {}
    for number, mask in enumerate(overlay["masks"]):
        across, down = [point[0] * width for point in mask], [point[1] * height for point in mask]
        masks[f"mask:{number}"] = (min(across), min(down), max(across), max(down))

    def hidden(tracks: Sequence[Mapping[str, Any]]) -> dict[str, Box]:
        return masks | hidden_by_name([SeenTrack(each) for each in tracks], {own})

    return _rows(overlay, source, file, hidden)


class SeenTrack:
    """One track of an overlay.

    Args:
        told: of it.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.track_id = int(told["track_id"])
        self.label = str(told["label"])
        left, top, right, bottom = told["box_xyxy_px"]
        self.box_xyxy_px: Box = (left, top, right, bottom)


def _rows(
    overlay: Mapping[str, Any],
    source: StoredCase,
    file: EvidenceFile,
    hidden: Callable[[Sequence[Mapping[str, Any]]], dict[str, Box]],
) -> Rows:
    """By the offset in the clip; of a still those beside it, and where a decisive moment says that the first was."""
    clip = next((each for each in source.manifest.files if each.name == file.clip), None)
    told = next((each for each in overlay.get("clips", ()) if each["name"] == file.clip), None)
    if clip is None or clip.started_at is None or told is None:
        return []
    started_at = clip.started_at
    rows: Rows = [
        (seconds_between(started_at, from_text(frame["at"])), hidden(frame["tracks"])) for frame in told["frames"]
    ]
    if file.role is not FileRole.CLIP_BLURRED and file.at is not None and rows:
        rows = [*_beside(rows, file.at, started_at), *_at_moments(source.case, file.at, started_at)]
    return rows


def _at_moments(case: Case, at: datetime, started_at: datetime) -> Rows:
    """Where a decisive moment says that it was; the tracker may not have known it yet."""
    boxes = [moment.box_xyxy_px for moment in case.moments if moment.at == at]
    return [(seconds_between(started_at, at), {"moment": _plate(box)}) for box in boxes]


def _beside(rows: Rows, at: datetime, started_at: datetime) -> Rows:
    """The rows before and after an instant."""
    offset_s = seconds_between(started_at, at)
    before = [row for row in rows if row[0] <= offset_s][-1:]
    return before + [row for row in rows if row[0] > offset_s][:1]


def _plates(tracks: Sequence[Mapping[str, Any]]) -> dict[str, Box]:
    found = {}
    for track in tracks:
        if track["subject"]:
            found[str(track["track_id"])] = _plate(track["box_xyxy_px"])
    return found


def _plate(box_xyxy_px: Sequence[float]) -> Box:
    left, top, right, bottom = box_xyxy_px
    side, below = _GROWN_BY * (right - left), _GROWN_BY * (bottom - top)
    return (left - side, top + _PLATE_FROM * (bottom - top), right + side, bottom + below)
