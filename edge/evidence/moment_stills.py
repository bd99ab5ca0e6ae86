"""Stills of the decisive moments: each the very picture of its instant in a clip, and the subject cut from it."""

from collections.abc import Sequence

from domain.cases.case import Case, CaseMoment
from domain.cases.evidence import FileRole
from domain.errors import EvidenceError
from domain.geometry import ImageBgr
from edge.evidence.clip_pictures import opened
from edge.evidence.clips import CutClip
from edge.evidence.package import Content
from edge.evidence.stills import crop_box, to_jpeg


def stills_of(
    case: Case, clip: CutClip, stems: Sequence[str], gaps: list[str]
) -> tuple[list[Content], tuple[float, ...] | None]:
    """Stills of a clip's moments, and where its frames stand on its time line.

    Args:
        case: whose subject is cut out.
        clip: of the package.
        stems: of the files' names, one for each moment.
        gaps: what cannot be had is added here, in words.
    """
    found: list[list[Content]] = [[] for _ in clip.moments]
    missing: list[list[str]] = [[] for _ in clip.moments]
    offsets_s = None
    try:
        with opened(clip.clip) as pictures:
            offsets_s = pictures.offsets_s
            for place, picture_bgr in pictures.at([moment.at for moment in clip.moments]):
                moment = clip.moments[place]
                found[place], missing[place] = _still(case, moment, clip.name, stems[place], picture_bgr)
    except EvidenceError as e:
        missing = [[_missing_still(moment, e)] for moment in clip.moments]
    gaps += [gap for of_moment in missing for gap in of_moment]
    return [content for of_moment in found for content in of_moment], offsets_s


def _still(
    case: Case, moment: CaseMoment, clip_name: str, stem: str, picture_bgr: ImageBgr | EvidenceError
) -> tuple[list[Content], list[str]]:
    """The full picture of a moment and the subject in it, and in words what cannot be had."""
    try:
        if isinstance(picture_bgr, EvidenceError):
            raise picture_bgr
        full = to_jpeg(picture_bgr)
    except EvidenceError as e:
        return [], [_missing_still(moment, e)]
    bound = {"clip": clip_name, "moment": moment.name, "at": moment.at}
    stills = [Content(name=f"still-{stem}.jpg", role=FileRole.STILL_FULL, content=full, **bound)]  # type: ignore[arg-type]
    try:
        still_wh = (picture_bgr.shape[1], picture_bgr.shape[0])
        left, top, right, bottom = crop_box(moment.box_xyxy_px, case.resolution_wh, still_wh)
        crop = to_jpeg(picture_bgr[top:bottom, left:right])
    except EvidenceError as e:
        return stills, [f"no crop of the subject at the moment {moment.name}: {e}"]
    box = (float(left), float(top), float(right), float(bottom))
    stills.append(
        Content(name=f"crop-{stem}.jpg", role=FileRole.STILL_CROP, content=crop, box_xyxy_px=box, **bound)  # type: ignore[arg-type]
    )
    return stills, []


def _missing_still(moment: CaseMoment, reason: EvidenceError) -> str:
    return f"no still of the moment {moment.name}: {reason}"
