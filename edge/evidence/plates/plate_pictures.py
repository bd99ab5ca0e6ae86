"""The pictures that a plate is read in and shown by: parts of a clip's pictures, and some of them whole."""

from collections.abc import Sequence
from datetime import datetime

from detectors.plates.selection import worth_decoding
from detectors.plates.sight import PlateCrop
from domain.cases.case import Case
from domain.cases.evidence import FileRole
from domain.errors import EvidenceError
from domain.geometry import BoxPx
from edge.evidence.package import Content
from edge.evidence.plates.plate_views import PlateView, seen_vehicles, view_of
from edge.evidence.stills import file_stem, to_jpeg
from edge.evidence.video.clips import CutClip
from ingest.media.decoding import DecodedPicture

_MOST_WHOLE_BYTES = 100_000_000  # 32 pictures of 1920x1080 as the decoder gives them, 8 of 3840x2160


class PlatePictures:
    """Takes the subject's pictures out of the one pass through a package's clips.

    A fault of ours here costs the plate and nothing else: it is kept, and raised when the plate is read.

    Args:
        case: whose subject it is.
        clips: of the package.
        is_wanted: whether anybody will look at them.
    """

    def __init__(self, case: Case, clips: Sequence[CutClip], *, is_wanted: bool) -> None:
        self._case_wh = case.resolution_wh
        self.has_clips = bool(clips)
        seen = seen_vehicles(case, clips) if is_wanted else ()
        chosen = worth_decoding([(one.at, one.vehicle_box_xyxy_px) for one in seen])
        self._chosen = {seen[place].at: seen[place] for place in chosen}
        self._whole: dict[datetime, DecodedPicture] = {}
        self.views: dict[datetime, PlateView] = {}
        self.fault: Exception | None = None

    @property
    def were_seen(self) -> bool:
        """Whether the subject was observed in any picture of the clips."""
        return bool(self._chosen)

    def wanted(self, clip: CutClip) -> Sequence[datetime]:
        """The chosen instants of a clip."""
        return [seen.at for seen in self._chosen.values() if seen.clip_name == clip.name]

    def take(self, clip: CutClip, at: datetime, picture: DecodedPicture | EvidenceError) -> None:  # noqa: ARG002 - port
        """Cut the vehicle out of one picture; one that cannot be decoded is left out."""
        if isinstance(picture, EvidenceError):
            return
        try:
            self.views[at] = view_of(self._chosen[at], self._case_wh, picture.to_bgr())
            self._keep_whole(at, picture)
        except EvidenceError:
            return
        except Exception as e:  # noqa: BLE001 - see the class
            self.fault = e

    def shown(self, crops: Sequence[PlateCrop], stills: Sequence[Content]) -> tuple[Content, ...]:
        """Files that show a plate.

        Args:
            crops: which plates, best first, in pixels of their views.
            stills: files of the package so far.

        Returns:
            The crops that could be cut, best first, then the full picture that the best one was cut from, unless it is
            among the stills already.
        """
        found: list[Content] = []
        full: list[Content] = []
        for crop in sorted(crops, key=lambda one: not self._is_whole(one.at, stills)):  # stable: best first in each
            try:
                cut = self._cut(crop, f"plate-{len(found) + 1}.jpg")
                if not found:
                    full = self._full(crop.at, stills)
            except EvidenceError:
                continue
            found.append(cut)
        return (*found, *full)

    def _keep_whole(self, at: datetime, picture: DecodedPicture) -> None:
        """Keep whole pictures, of the largest vehicles where there is no room for all: their plates read best."""
        self._whole[at] = picture.unconverted()
        width, height = picture.resolution_wh
        while len(self._whole) * width * height * 3 / 2 > _MOST_WHOLE_BYTES:
            del self._whole[min(self._whole, key=lambda one: _area(self._chosen[one].vehicle_box_xyxy_px))]

    def _is_whole(self, at: datetime, stills: Sequence[Content]) -> bool:
        return at in self._whole or self._has_still(at, stills)

    def _has_still(self, at: datetime, stills: Sequence[Content]) -> bool:
        clip_name = self.views[at].clip_name
        return any(one.role is FileRole.STILL_FULL and (one.clip, one.at) == (clip_name, at) for one in stills)

    def _cut(self, crop: PlateCrop, name: str) -> Content:
        view = self.views[crop.at]
        picture_bgr, box_xyxy_px = view.crop(crop.box_xyxy_px)
        return Content(
            name=name,
            role=FileRole.PLATE_CROP,
            content=to_jpeg(picture_bgr),
            clip=view.clip_name,
            at=crop.at,
            box_xyxy_px=box_xyxy_px,
        )

    def _full(self, at: datetime, stills: Sequence[Content]) -> list[Content]:
        if self._has_still(at, stills):
            return []
        if at not in self._whole:
            raise EvidenceError("the whole picture was not kept")
        full = [still for still in stills if still.role is FileRole.STILL_FULL]
        stem = file_stem("plate", [still.name.removeprefix("still-").removesuffix(".jpg") for still in full])
        return [
            Content(
                name=f"still-{stem}.jpg",
                role=FileRole.STILL_FULL,
                content=to_jpeg(self._whole[at].to_bgr()),
                clip=self.views[at].clip_name,
                at=at,
            )
        ]


def _area(box_xyxy_px: BoxPx) -> float:
    return (box_xyxy_px[2] - box_xyxy_px[0]) * (box_xyxy_px[3] - box_xyxy_px[1])
