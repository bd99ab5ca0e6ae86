"""A picture of a reminded place that shows the place and nobody: people and vehicles in it are filled with grey.

No network here finds faces, so none is looked for: whoever was found in the last seconds is covered as a whole, riders
with their vehicle, number plates likewise; only the place is cut out, and made so small that a head which went unfound
has few pixels (docs/reminder-door.md, figures in benchmarks/reminder_pictures.md).
"""

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.camera import CameraConfig
from domain.errors import EvidenceError
from domain.fleet.camera_reports import MAX_STILL_BYTES
from domain.geometry import BoxPx, ImageBgr, SizeWh
from domain.reminder import MAX_PICTURE_BYTES, NoPicture, Reminder, ReminderPicture
from domain.seen.frame import Frame
from edge.evidence.masking import GREY, masked, masks_of
from edge.evidence.stills import crop_box, scale_xy
from edge.run.seen import Seen

logger = logging.getLogger(__name__)

LONGEST_SIDE_PX: Final = 160  # of a place of 1 m or more: under the 125 px a metre at which EN 62676-4 has people known
MOST_COVERED: Final = 0.7  # of the place itself: what is left then shows nothing of it
LONGEST_SCENE_PX: Final = 960  # who fills 40 % of the height has then 90 px a metre: under the 125 px too
_RECENT = timedelta(seconds=5)  # who was found so lately may stand there still, unfound in this very picture
_LONGEST_GAP = timedelta(seconds=2.5)  # between two pictures: after a longer one nobody knows who was there
_SIDE = 0.1  # boxes are widened by this share of their width, on each side, since they waver
_UP = 0.1  # and of their height
_RIDER_UP = 0.9  # of a two-wheeler's height: who rides it reaches so far above
_COVERED = {
    "person": _UP,
    "bicycle": _RIDER_UP,
    "motorcycle": _RIDER_UP,
    "car": _UP,
    "bus": _UP,
    "truck": _UP,
}
"""What is filled, and how far above its box."""
_QUALITIES = (80, 60, 40)  # of JPEG, until it is small enough


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenPicture:
    """A picture of a place, or why there is none."""

    at: datetime
    content: bytes | None = None  # JPEG
    missing: NoPicture | None = None

    def named(self, step: int) -> ReminderPicture:
        """As the reminder's message names it."""
        if self.content is None:
            return ReminderPicture(step=step, at=self.at, missing=self.missing)
        sha256 = hashlib.sha256(self.content).hexdigest()
        return ReminderPicture(step=step, at=self.at, sha256=sha256, size_bytes=len(self.content))

    def dropped(self) -> "TakenPicture":
        """Without its content, since the disk has no room for it."""
        return self if self.content is None else TakenPicture(at=self.at, missing=NoPicture.NO_ROOM)


TakePicture = Callable[[Reminder], TakenPicture]


class PlacePictures:
    """Takes pictures at one camera; used by its analysis thread.

    Args:
        camera: whose privacy masks hold here too.
    """

    def __init__(self, camera: CameraConfig) -> None:
        self._masks = masks_of(camera)
        self._recent: deque[tuple[datetime, tuple[BoxPx, ...]]] = deque()
        self._resolution_wh: SizeWh | None = None  # in whose pixels they are
        self._watched_since: datetime | None = None  # without a longer gap

    def note(self, seen: Seen) -> None:
        """Take down who was found in a picture; what lies ahead of it, since the clock was set back, is forgotten."""
        boxes, self._resolution_wh = tuple(covers_of(seen)), seen.resolution_wh
        newest = self._recent[-1][0] if self._recent else None
        if newest is not None and newest > seen.at:
            self._recent.clear()
        if newest is None or not newest <= seen.at <= newest + _LONGEST_GAP:
            self._watched_since = seen.at
        self._recent.append((seen.at, boxes))
        while self._recent[0][0] < seen.at - _RECENT:
            self._recent.popleft()

    def is_watched(self, at: datetime) -> bool:
        """Whether everybody who was found in the seconds before an instant is known: no picture is shown else."""
        return self._watched_since is not None and self._watched_since + _RECENT <= at

    def scene(self, frame: Frame) -> bytes:
        """The whole view, small, with everybody and everything that was found covered: a JPEG.

        Args:
            frame: what was found in it is noted already.

        Raises:
            EvidenceError: the seconds before it were not watched, or the picture cannot be encoded.
        """
        if self._resolution_wh is None or not self.is_watched(frame.captured_at):
            raise EvidenceError("this camera was not watched for five seconds yet: who stands there is not known")
        covers = [box for at, boxes in self._recent if at <= frame.captured_at for box in boxes]
        return scene_jpeg(masked(frame.image_bgr, self._masks), self._resolution_wh, covers)

    def take(self, frame: Frame, reminder: Reminder) -> TakenPicture:
        """The reminder's place in a picture, if the seconds before it were watched; never raises.

        Args:
            frame: what was found in it is noted already.
            reminder: of which place.
        """
        if not self.is_watched(frame.captured_at):
            return TakenPicture(at=frame.captured_at, missing=NoPicture.NOT_WATCHED)
        covers = [box for at, boxes in self._recent if at <= frame.captured_at for box in boxes]
        try:
            content = place_jpeg(masked(frame.image_bgr, self._masks), reminder, covers)
        except Exception as error:  # noqa: BLE001 - a picture less must not cost the reminder
            fields = {"action": "picture_failed", "camera_id": frame.camera_id, "reason": str(error)}
            logger.warning("A reminder's picture could not be taken", extra=fields)
            return TakenPicture(at=frame.captured_at, missing=NoPicture.FAILED)
        missing = NoPicture.COVERED if content is None else None
        return TakenPicture(at=frame.captured_at, content=content, missing=missing)


def place_jpeg(image_bgr: ImageBgr, reminder: Reminder, covers: Sequence[BoxPx]) -> bytes | None:
    """Cut out the place, fill what is covered, make it small and encode it.

    Args:
        image_bgr: (height, width, 3), not written to; may be smaller than what boxes are in pixels of.
        reminder: of which place.
        covers: what is filled, in pixels of the reminder's ``resolution_wh``.

    Returns:
        A JPEG of at most ``MAX_PICTURE_BYTES``; None where more than ``MOST_COVERED`` of the place is covered.

    Raises:
        EvidenceError: the picture has another shape than the one in which the place was found, or the place lies
            outside of it.
    """
    size_wh = (image_bgr.shape[1], image_bgr.shape[0])
    left, top, right, bottom = crop_box(reminder.place_xyxy_px, reminder.resolution_wh, size_wh)
    scale_x, scale_y = scale_xy(reminder.resolution_wh, size_wh)
    filled = _filled(size_wh, reminder.resolution_wh, covers)
    x1, y1, x2, y2 = reminder.place_xyxy_px
    place = filled[int(y1 * scale_y) : int(np.ceil(y2 * scale_y)), int(x1 * scale_x) : int(np.ceil(x2 * scale_x))]
    if not place.size or float(place.mean()) > MOST_COVERED:
        return None
    cut: ImageBgr = image_bgr[top:bottom, left:right].copy()
    cut[filled[top:bottom, left:right]] = GREY
    scale = min(1.0, LONGEST_SIDE_PX / max(cut.shape[:2]))
    if scale < 1:
        return _jpeg(np.asarray(cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8))
    return _jpeg(cut)


def scene_jpeg(image_bgr: ImageBgr, resolution_wh: SizeWh, covers: Sequence[BoxPx]) -> bytes:
    """Fill what is covered in a whole picture, make it small and encode it.

    Args:
        image_bgr: (height, width, 3), not written to; may be smaller than what boxes are in pixels of.
        resolution_wh: in whose pixels the covers are.
        covers: what is filled.

    Raises:
        EvidenceError: it cannot be encoded small enough.
    """
    size_wh = (image_bgr.shape[1], image_bgr.shape[0])
    image: ImageBgr = image_bgr.copy()
    image[_filled(size_wh, resolution_wh, covers)] = GREY
    scale = min(1.0, LONGEST_SCENE_PX / max(size_wh))
    if scale < 1:
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return _jpeg(image, MAX_STILL_BYTES)


def _filled(size_wh: SizeWh, resolution_wh: SizeWh, covers: Sequence[BoxPx]) -> NDArray[np.bool_]:
    """Which pixels of a picture are covered: (height, width)."""
    scale_x, scale_y = scale_xy(resolution_wh, size_wh)
    filled = np.zeros((size_wh[1], size_wh[0]), np.bool_)
    for x1, y1, x2, y2 in covers:
        rows = slice(max(int(y1 * scale_y), 0), max(int(np.ceil(y2 * scale_y)), 0))
        filled[rows, max(int(x1 * scale_x), 0) : max(int(np.ceil(x2 * scale_x)), 0)] = True
    return filled


def covers_of(seen: Seen) -> Iterable[BoxPx]:
    """What is filled of who was found in a picture, in pixels of the evidence stream."""
    for row in range(len(seen.detections)):
        up = _COVERED.get(seen.detections.label_of(row))
        if up is not None:
            x1, y1, x2, y2 = seen.detections.boxes_xyxy_px[row].astype(np.float64).tolist()
            side, rise = _SIDE * (x2 - x1), up * (y2 - y1)
            yield (x1 - side, y1 - rise, x2 + side, y2)


def _jpeg(image_bgr: ImageBgr, most_bytes: int = MAX_PICTURE_BYTES) -> bytes:
    for quality in _QUALITIES:
        done, content = cv2.imencode(".jpg", image_bgr, (cv2.IMWRITE_JPEG_QUALITY, quality))
        if done and len(content) <= most_bytes:
            return bytes(content)
    raise EvidenceError(f"a picture of shape {image_bgr.shape} cannot be encoded")
