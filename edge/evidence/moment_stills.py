"""Stills of the decisive moments: each the very picture of its instant in a clip, and the subject cut from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from domain.cases.case import Case, CaseMoment
from domain.cases.evidence import FileRole
from domain.errors import EvidenceError
from edge.evidence.package import Content
from edge.evidence.stills import crop_box, file_stem, to_jpeg
from edge.evidence.video.clips import CutClip
from ingest.media.decoding import DecodedPicture


class _Still(NamedTuple):
    """What came of one moment."""

    contents: tuple[Content, ...] = ()
    gaps: tuple[str, ...] = ()


class MomentStills:
    """Makes the stills of a package's moments from the pictures that it is given.

    Args:
        case: whose subject is cut out.
        clips: of the package.
    """

    def __init__(self, case: Case, clips: Sequence[CutClip]) -> None:
        self._case = case
        self._stems: dict[tuple[str, int], str] = {}  # of the files' names, by clip and place of the moment in it
        for clip in clips:
            for place, moment in enumerate(clip.moments):
                self._stems[clip.name, place] = file_stem(moment.name, list(self._stems.values()))
        self._found: dict[tuple[str, int], _Still] = dict.fromkeys(self._stems, _Still())

    @property
    def contents(self) -> tuple[Content, ...]:
        """The stills, in order of the clips and their moments."""
        return tuple(content for still in self._found.values() for content in still.contents)

    @property
    def gaps(self) -> tuple[str, ...]:
        """What could not be had, in words."""
        return tuple(gap for still in self._found.values() for gap in still.gaps)

    def wanted(self, clip: CutClip) -> Sequence[datetime]:
        """The moments that a clip is to show."""
        return [moment.at for moment in clip.moments]

    def take(self, clip: CutClip, at: datetime, picture: DecodedPicture | EvidenceError) -> None:
        """Make the stills of an instant."""
        for place, moment in enumerate(clip.moments):
            if moment.at == at:
                stem = self._stems[clip.name, place]
                self._found[clip.name, place] = self._still(moment, clip.name, stem, picture)

    def _still(self, moment: CaseMoment, clip_name: str, stem: str, picture: DecodedPicture | EvidenceError) -> _Still:
        """The full picture of a moment and the subject in it, and in words what cannot be had."""
        try:
            if isinstance(picture, EvidenceError):
                raise picture
            full = to_jpeg(picture.to_bgr())
        except EvidenceError as e:
            return _Still(gaps=(f"no still of the moment {moment.name}: {e}",))
        bound = {"clip": clip_name, "moment": moment.name, "at": moment.at}
        still = Content(name=f"still-{stem}.jpg", role=FileRole.STILL_FULL, content=full, **bound)  # type: ignore[arg-type]
        try:
            left, top, right, bottom = crop_box(moment.box_xyxy_px, self._case.resolution_wh, picture.resolution_wh)
            crop = to_jpeg(picture.to_bgr()[top:bottom, left:right])
        except EvidenceError as e:
            return _Still(contents=(still,), gaps=(f"no crop of the subject at the moment {moment.name}: {e}",))
        box = (float(left), float(top), float(right), float(bottom))
        cut = Content(name=f"crop-{stem}.jpg", role=FileRole.STILL_CROP, content=crop, box_xyxy_px=box, **bound)  # type: ignore[arg-type]
        return _Still(contents=(still, cut))
