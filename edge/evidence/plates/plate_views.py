"""Where in a package's clips the subject was seen, and the part of the picture that is kept to read its plate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from detectors.plates.ownership import is_same_vehicle
from detectors.plates.sight import VehicleSight
from domain.cases.case import Case
from domain.errors import EvidenceError
from domain.geometry import BoxPx, ImageBgr, SizeWh
from domain.instants import truncate_to_ms
from domain.seen.track import VEHICLE_KIND_OF_LABEL
from edge.evidence.seen_rows import OverlayRow, OverlayTrack
from edge.evidence.stills import crop_box, scale_xy
from edge.evidence.video.clips import CutClip, match_instant

_AROUND = 0.25  # of the vehicle's width and height, on each side
KINDS_WITH_PLATE = ("car", "motorbike")
"""Kinds of the violation catalogue whose vehicles carry a number plate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenVehicle:
    """The subject in one analysed picture that a clip of the package holds; boxes in pixels of the case's size."""

    clip_name: str
    at: datetime  # whole milliseconds, as the case carries it
    vehicle_box_xyxy_px: BoxPx
    other_vehicles_xyxy_px: tuple[BoxPx, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlateView:
    """The vehicle and a good deal around it, cut from a picture of a clip."""

    clip_name: str
    picture_wh: SizeWh  # of the whole picture
    corner_xy: tuple[int, int]  # of the view, in pixels of that picture
    scale_xy: tuple[float, float]  # from pixels of the case's resolution to those of the picture
    sight: VehicleSight  # what the plate networks are shown; boxes count from the view's corner

    def in_case(self, box_xyxy_px: BoxPx) -> BoxPx:
        """A box of the view, in pixels of the case's resolution, as every box of a case is."""
        scale_x, scale_y = self.scale_xy
        return scaled(moved(box_xyxy_px, *self.corner_xy), (1 / scale_x, 1 / scale_y))

    def crop(self, box_xyxy_px: BoxPx) -> tuple[ImageBgr, BoxPx]:
        """What a box of the view shows, with a margin, and where that was cut from the whole picture.

        Raises:
            EvidenceError: the box is too small or lies outside.
        """
        left, top = self.corner_xy
        height, width = self.sight.picture_bgr.shape[:2]
        x1, y1, x2, y2 = crop_box(moved(box_xyxy_px, left, top), self.picture_wh, self.picture_wh)
        x1, y1, x2, y2 = max(x1, left), max(y1, top), min(x2, left + width), min(y2, top + height)
        if x2 <= x1 or y2 <= y1:
            raise EvidenceError(f"the plate's box {list(box_xyxy_px)} lies outside of what is kept of the picture")
        cut = self.sight.picture_bgr[y1 - top : y2 - top, x1 - left : x2 - left]
        return cut, (float(x1), float(y1), float(x2), float(y2))


def seen_vehicles(case: Case, clips: Sequence[CutClip]) -> tuple[SeenVehicle, ...]:
    """Where a case's subject was seen, in order of time, each instant once.

    Left out are pictures in which two of the subject's tracks were seen (which of them is the subject is not known),
    and pictures of another size than the case's.
    """
    found: dict[datetime, SeenVehicle] = {}
    for clip in clips:
        for row in clip.rows:
            subject = _subject_in(row, case)
            if subject is not None and match_instant(clip.clip.frame_times, row.at) is not None:
                seen = SeenVehicle(
                    clip_name=clip.name,
                    at=truncate_to_ms(row.at),
                    vehicle_box_xyxy_px=subject.box_xyxy_px,
                    other_vehicles_xyxy_px=tuple(_others(row, subject)),
                )
                found.setdefault(seen.at, seen)
    return tuple(found[at] for at in sorted(found))


def view_of(seen: SeenVehicle, case_wh: SizeWh, picture_bgr: ImageBgr) -> PlateView:
    """Cut the view of a vehicle, so that no whole picture is kept.

    Raises:
        EvidenceError: the picture has another shape than the analysed one.
    """
    picture_wh = (picture_bgr.shape[1], picture_bgr.shape[0])
    scale = scale_xy(case_wh, picture_wh)
    x1, y1, x2, y2 = vehicle = scaled(seen.vehicle_box_xyxy_px, scale)
    around_x, around_y = _AROUND * (x2 - x1), _AROUND * (y2 - y1)
    left, top = max(0, int(x1 - around_x)), max(0, int(y1 - around_y))
    right, bottom = min(picture_wh[0], int(x2 + around_x) + 1), min(picture_wh[1], int(y2 + around_y) + 1)
    return PlateView(
        clip_name=seen.clip_name,
        picture_wh=picture_wh,
        corner_xy=(left, top),
        scale_xy=scale,
        sight=VehicleSight(
            at=seen.at,
            picture_bgr=picture_bgr[top:bottom, left:right].copy(),
            vehicle_box_xyxy_px=moved(vehicle, -left, -top),
            other_vehicles_xyxy_px=tuple(moved(scaled(box, scale), -left, -top) for box in seen.other_vehicles_xyxy_px),
            corner_xy=(left, top),
        ),
    )


def _subject_in(row: OverlayRow, case: Case) -> OverlayTrack | None:
    if row.resolution_wh != tuple(case.resolution_wh):
        return None
    seen = [track for track in row.tracks if track.observed and track.track_id in case.subject.track_ids]
    return seen[0] if len(seen) == 1 else None


def _others(row: OverlayRow, subject: OverlayTrack) -> list[BoxPx]:
    """Boxes of what may carry another plate, also of what was expected there and not seen in this picture."""
    own_kind = VEHICLE_KIND_OF_LABEL.get(subject.label)
    kinds = [(track, VEHICLE_KIND_OF_LABEL.get(track.label)) for track in row.tracks if track is not subject]
    return [
        track.box_xyxy_px
        for track, kind in kinds
        if kind in KINDS_WITH_PLATE and not is_same_vehicle(subject.box_xyxy_px, own_kind, track.box_xyxy_px, kind)
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
