"""Takes the working copies of a package out of the one pass through its clips."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from domain.cases.case import Case
from domain.cases.evidence import BLURRED_PREFIX, FileRole
from domain.errors import EvidenceError
from domain.geometry import ImageBgr
from domain.seen.hidden_regions import hidden_regions
from edge.evidence.package import Content
from edge.evidence.plates.plate_views import scaled
from edge.evidence.redaction.between_rows import tracks_at
from edge.evidence.redaction.blurred_clip import BlurredClip
from edge.evidence.redaction.blurring import blurred
from edge.evidence.seen_rows import OverlayTrack
from edge.evidence.stills import scale_xy, to_jpeg
from edge.evidence.video.clips import CutClip
from ingest.media.decoding import DecodedPicture

logger = logging.getLogger(__name__)
_STEP: Final = timedelta(milliseconds=120)  # between pictures of a copy: enough to see what moves where
_COPIES: Final = {FileRole.STILL_FULL: FileRole.STILL_FULL_BLURRED, FileRole.STILL_CROP: FileRole.STILL_CROP_BLURRED}


class BlurredCopies:
    """Makes blurred copies of clips, stills and crops from the pictures that it is given.

    A fault of ours here costs the copies and nothing else: ``fault`` says so, in words for the package's remarks.

    Args:
        case: whose subject's plate stays to be seen.
        clips: of the package.
    """

    def __init__(self, case: Case, clips: Sequence[CutClip]) -> None:
        self._case = case
        self._subject = frozenset(case.subject.track_ids)
        self._rows = {
            clip.name: [row for row in clip.rows if row.resolution_wh == tuple(case.resolution_wh)] for clip in clips
        }
        self._clips = {clip.name: clip for clip in clips}
        self._films = {clip.name: BlurredClip() for clip in clips}
        self._shown: dict[tuple[str, datetime], ImageBgr] = {}  # pictures of moments
        self.fault: str | None = None

    def wanted(self, clip: CutClip) -> Sequence[datetime]:
        """A few pictures a second, and those of the moments."""
        chosen: list[datetime] = []
        for at in clip.clip.frame_times:
            if not chosen or at - chosen[-1] >= _STEP:
                chosen.append(at)
        return [*chosen, *(moment.at for moment in clip.moments)]

    def take(self, clip: CutClip, at: datetime, picture: DecodedPicture | EvidenceError) -> None:
        """Blur one picture; one that cannot be decoded is left out."""
        if isinstance(picture, EvidenceError) or self.fault is not None:
            return
        try:
            image = self._hide(clip.name, at, picture)
            if any(moment.at == at for moment in clip.moments):
                self._shown[clip.name, at] = image
            self._films[clip.name].add(image, (at - clip.clip.started_at).total_seconds())
        except EvidenceError as e:
            self.fault = f"no blurred copies: {e}"
        except Exception as e:
            logger.exception("A blurred copy could not be made", extra={"action": "blurring_failed"})
            self.fault = f"no blurred copies: {type(e).__name__}"

    def contents(self, originals: Sequence[Content]) -> tuple[Content, ...]:
        """The copies of the package's clips, full stills and crops; none where anything failed."""
        if self.fault is not None:
            return ()
        try:
            return (*self._films_of(originals), *self._stills_of(originals))
        except EvidenceError as e:
            self.fault = f"no blurred copies: {e}"
            return ()

    def _hide(self, clip_name: str, at: datetime, picture: DecodedPicture) -> ImageBgr:
        image = picture.to_bgr()
        scale = scale_xy(self._case.resolution_wh, (image.shape[1], image.shape[0]))
        tracks = [
            OverlayTrack(
                track_id=track.track_id,
                label=track.label,
                box_xyxy_px=scaled(track.box_xyxy_px, scale),
                observed=track.observed,
            )
            for track in tracks_at(self._rows[clip_name], at)
        ]
        return blurred(image, hidden_regions(tracks, self._subject))

    def _films_of(self, originals: Sequence[Content]) -> list[Content]:
        found: list[Content] = []
        for original in originals:
            if original.role is FileRole.CLIP and (film := self._films[original.name].finish()):
                clip = self._clips[original.name].clip
                found.append(
                    Content(
                        name=f"{BLURRED_PREFIX}{original.name}",
                        role=FileRole.CLIP_BLURRED,
                        content=film,
                        started_at=clip.started_at,
                        ended_at=clip.ended_at,
                        clip=original.name,
                    )
                )
        return found

    def _stills_of(self, originals: Sequence[Content]) -> list[Content]:
        found: list[Content] = []
        for original in originals:
            if original.role not in _COPIES or original.clip is None or original.at is None:
                continue
            image = self._shown.get((original.clip, original.at))
            if image is None:
                continue
            if original.box_xyxy_px is not None:
                left, top, right, bottom = (int(side) for side in original.box_xyxy_px)
                image = image[top:bottom, left:right]
            found.append(
                Content(
                    name=f"{BLURRED_PREFIX}{original.name}",
                    role=_COPIES[original.role],
                    content=to_jpeg(image),
                    clip=original.clip,
                    moment=original.moment,
                    at=original.at,
                    box_xyxy_px=original.box_xyxy_px,
                )
            )
        return found
