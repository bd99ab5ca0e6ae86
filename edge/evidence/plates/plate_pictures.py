"""The pictures that show a plate: crops from the original picture, not rectified, and the picture that they are of."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from detectors.plates.sight import PlateCrop
from domain.cases.evidence import FileRole
from domain.errors import EvidenceError
from domain.geometry import ImageBgr
from edge.evidence.package import Content
from edge.evidence.plates.plate_sights import Sighting, pictures_of
from edge.evidence.stills import crop_box, file_stem, to_jpeg


def plate_pictures(
    crops: Sequence[PlateCrop], sightings: Mapping[datetime, Sighting], stills: Sequence[Content]
) -> tuple[Content, ...]:
    """Files that show a plate.

    Args:
        crops: which plates, best first, in pixels of their sightings' views.
        sightings: by instant, of every crop; their clips are open.
        stills: files of the package so far.

    Returns:
        The crops that could be cut, best first, then the full picture that the best one was cut from, unless it is
        among the stills already.
    """
    of_crops = {crop.at: sightings[crop.at] for crop in crops}
    pictures_bgr = {sighting.at: picture_bgr for sighting, picture_bgr in pictures_of(tuple(of_crops.values()))}
    found: list[Content] = []
    full: list[Content] = []
    for crop in crops:
        picture_bgr, clip_name = pictures_bgr.get(crop.at), of_crops[crop.at].clip_name
        if picture_bgr is None:
            continue
        try:
            cut = _cut(crop, of_crops[crop.at], picture_bgr, f"plate-{len(found) + 1}.jpg")
            if not found:
                full = _full(crop.at, clip_name, picture_bgr, stills)
        except EvidenceError:
            continue
        found.append(cut)
    return (*found, *full)


def _cut(crop: PlateCrop, sighting: Sighting, picture_bgr: ImageBgr, name: str) -> Content:
    size_wh = (picture_bgr.shape[1], picture_bgr.shape[0])
    left, top, right, bottom = crop_box(sighting.in_clip(crop.box_xyxy_px), size_wh, size_wh)
    return Content(
        name=name,
        role=FileRole.PLATE_CROP,
        content=to_jpeg(picture_bgr[top:bottom, left:right]),
        clip=sighting.clip_name,
        at=crop.at,
        box_xyxy_px=(float(left), float(top), float(right), float(bottom)),
    )


def _full(at: datetime, clip_name: str, picture_bgr: ImageBgr, stills: Sequence[Content]) -> list[Content]:
    full = [still for still in stills if still.role is FileRole.STILL_FULL]
    if any(still.clip == clip_name and still.at == at for still in full):
        return []
    stem = file_stem("plate", [still.name.removeprefix("still-").removesuffix(".jpg") for still in full])
    content = to_jpeg(picture_bgr)
    return [Content(name=f"still-{stem}.jpg", role=FileRole.STILL_FULL, content=content, clip=clip_name, at=at)]
