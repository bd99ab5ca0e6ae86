"""Where in a package's clips the subject was seen, and the pictures of those instants."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from detectors.plates.sight import VehicleSight
from domain.cases.case import Case
from domain.errors import EvidenceError
from domain.geometry import BoxPx, ImageBgr, box_iou
from domain.instants import truncate_to_ms
from domain.track import VEHICLE_KIND_OF_LABEL
from edge.evidence.clip_pictures import ClipPictures, opened
from edge.evidence.clips import match_instant
from edge.evidence.overlay import OverlayRow, OverlayTrack
from edge.evidence.shots import Shot
from edge.evidence.stills import scale_xy

_AROUND = 0.25  # of the vehicle's width and height, on each side
_SAME_VEHICLE_IOU = 0.85  # one vehicle may be told twice, as a car and as a truck
KINDS_WITH_PLATE = ("car", "motorbike")
"""Kinds of the violation catalogue whose vehicles carry a number plate."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sighting:
    """The subject in one analysed picture that a clip of the package holds; boxes in pixels of that clip's pictures."""

    clip_name: str
    pictures: ClipPictures
    at: datetime  # whole milliseconds, as the case carries it
    vehicle_box_xyxy_px: BoxPx
    other_vehicles_xyxy_px: tuple[BoxPx, ...]
    scale_xy: tuple[float, float]  # from pixels of the analysed picture to those of the clip

    @property
    def view_px(self) -> tuple[int, int, int, int]:
        """The part of the picture that is kept for reading: the vehicle and a good deal around it; xyxy, pixels."""
        x1, y1, x2, y2 = self.vehicle_box_xyxy_px
        around_x, around_y = _AROUND * (x2 - x1), _AROUND * (y2 - y1)
        width, height = self.pictures.size_wh
        left, top = max(0, int(x1 - around_x)), max(0, int(y1 - around_y))
        return left, top, min(width, int(x2 + around_x) + 1), min(height, int(y2 + around_y) + 1)

    def sight(self, picture_bgr: ImageBgr) -> VehicleSight:
        """What the plate networks are shown; boxes count from the view's corner, so that no whole picture is kept."""
        left, top, right, bottom = self.view_px
        return VehicleSight(
            at=self.at,
            picture_bgr=picture_bgr[top:bottom, left:right].copy(),
            vehicle_box_xyxy_px=moved(self.vehicle_box_xyxy_px, -left, -top),
            other_vehicles_xyxy_px=tuple(moved(box, -left, -top) for box in self.other_vehicles_xyxy_px),
        )

    def in_clip(self, box_xyxy_px: BoxPx) -> BoxPx:
        """A box of the view, in pixels of the clip's picture."""
        return moved(box_xyxy_px, self.view_px[0], self.view_px[1])

    def in_case(self, box_xyxy_px: BoxPx) -> BoxPx:
        """A box of the view, in pixels of the case's resolution, as every box of a case is."""
        scale_x, scale_y = self.scale_xy
        return scaled(self.in_clip(box_xyxy_px), (1 / scale_x, 1 / scale_y))


@contextmanager
def sightings_of(case: Case, shots: Sequence[Shot]) -> Iterator[tuple[Sighting, ...]]:
    """The subject's sightings in order of time, each instant once; their clips are open while the context lasts.

    Left out are pictures in which two of the subject's tracks were seen (which of them is the subject is not known),
    pictures of another size than the case's, and clips that cannot be read (their stills say so).
    """
    with ExitStack() as stack:
        found: dict[datetime, Sighting] = {}
        for shot in shots:
            try:
                pictures = stack.enter_context(opened(shot.clip.clip))
                scale = scale_xy(case.resolution_wh, pictures.size_wh)
            except EvidenceError:
                continue
            for sighting in _seen_in(shot, pictures, case, scale):
                found.setdefault(sighting.at, sighting)
        yield tuple(found[at] for at in sorted(found))


def pictures_of(sightings: Sequence[Sighting]) -> Iterator[tuple[Sighting, ImageBgr]]:
    """Decode the pictures of sightings, clip by clip, one at a time; one that cannot be decoded is left out."""
    clips = {id(sighting.pictures): sighting.pictures for sighting in sightings}
    for pictures in clips.values():
        of_clip = [sighting for sighting in sightings if sighting.pictures is pictures]
        for place, picture_bgr in pictures.at([sighting.at for sighting in of_clip]):
            if not isinstance(picture_bgr, EvidenceError):
                yield of_clip[place], picture_bgr


def _seen_in(shot: Shot, pictures: ClipPictures, case: Case, scale: tuple[float, float]) -> Iterator[Sighting]:
    for row in shot.rows:
        subject = _subject_in(row, case)
        if subject is not None and match_instant(shot.clip.clip.frame_times, row.at) is not None:
            yield Sighting(
                clip_name=shot.clip.name,
                pictures=pictures,
                at=truncate_to_ms(row.at),
                vehicle_box_xyxy_px=scaled(subject.box_xyxy_px, scale),
                other_vehicles_xyxy_px=tuple(scaled(box, scale) for box in _others(row, subject)),
                scale_xy=scale,
            )


def _subject_in(row: OverlayRow, case: Case) -> OverlayTrack | None:
    if row.resolution_wh != tuple(case.resolution_wh):
        return None
    seen = [track for track in row.tracks if track.observed and track.track_id in case.subject.track_ids]
    return seen[0] if len(seen) == 1 else None


def _others(row: OverlayRow, subject: OverlayTrack) -> list[BoxPx]:
    """Boxes of what may carry another plate, also of what was expected there and not seen in this picture."""
    return [
        track.box_xyxy_px
        for track in row.tracks
        if track is not subject
        and VEHICLE_KIND_OF_LABEL.get(track.label) in KINDS_WITH_PLATE
        and box_iou(track.box_xyxy_px, subject.box_xyxy_px) < _SAME_VEHICLE_IOU
    ]


def scaled(box_xyxy_px: BoxPx, scale: tuple[float, float]) -> BoxPx:
    """A box in pixels of a picture of another size.

    Examples:
        >>> scaled((10.0, 20.0, 30.0, 40.0), (2.0, 0.5))
        (20.0, 10.0, 60.0, 20.0)
    """
    x1, y1, x2, y2 = box_xyxy_px
    return (x1 * scale[0], y1 * scale[1], x2 * scale[0], y2 * scale[1])


def moved(box_xyxy_px: BoxPx, by_x_px: float, by_y_px: float) -> BoxPx:
    """A box elsewhere.

    Examples:
        >>> moved((10.0, 20.0, 30.0, 40.0), -10, 5)
        (0.0, 25.0, 20.0, 45.0)
    """
    x1, y1, x2, y2 = box_xyxy_px
    return (x1 + by_x_px, y1 + by_y_px, x2 + by_x_px, y2 + by_y_px)
