"""Evidence that a browser can show: a real clip, real stills, pictures of the plate, an overlay."""

import hashlib
import io
import json
from datetime import timedelta
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.plate_renderer import PlateText, draw, fitting_scale, mounted
from domain.cases.case import Case
from domain.cases.evidence import EvidenceFile, FileRole, Manifest
from domain.instants import to_text
from tests.builders.cases import build_manifest
from tests.builders.synthetic_video import Recipe, encode, numbered_picture, steady

SIZE_WH = (640, 360)
FPS = 10.0
LEAD_S = 2.0  # the clip begins so long before the first decisive moment
SECONDS = 8.0
COPY_S = 4.0


PLATE = PlateText(kind="motorbike", colour="white", size="motorbike", lines=("75-F1", "123.45"))


def shown_evidence(
    case: Case, masks: list[list[list[float]]] | None = None, *, with_copy: bool = False
) -> tuple[Manifest, dict[str, bytes]]:
    """A manifest with all the contents it lists; moments lie within a clip that begins before the first one.

    Args:
        case: to be shown.
        masks: privacy masks of the overlay, None as of a box that knows none.
        with_copy: a working copy of the clip lies beside it, shorter, so that the two are told apart.
    """
    started_at = case.moments[0].at - timedelta(seconds=LEAD_S)
    contents = {"clip.mp4": _clip(SECONDS)}
    entries = [
        _entry(
            "clip.mp4",
            contents,
            FileRole.CLIP,
            "video/mp4",
            started_at=started_at,
            ended_at=started_at + timedelta(seconds=SECONDS - 1 / FPS),
        )
    ]
    for moment in case.moments:
        number = round((moment.at - started_at).total_seconds() * FPS)
        name = f"still-{moment.name.replace('_', '-')}.jpg"
        contents[name] = cv2.imencode(".jpg", numbered_picture(number, SIZE_WH))[1].tobytes()
        entries.append(
            _entry(
                name,
                contents,
                FileRole.STILL_FULL,
                "image/jpeg",
                clip="clip.mp4",
                moment=moment.name,
                at=moment.at,
            )
        )
    for number, read in enumerate((read for read in case.plate.reads if read.dropped_because is None), 1):
        picture = _with_plate(round((read.at - started_at).total_seconds() * FPS), read.box_xyxy_px)
        x1, y1, x2, y2 = (round(side) for side in read.box_xyxy_px)
        bound = {"clip": "clip.mp4", "at": read.at}
        if number == 1:
            contents["still-plate.jpg"] = cv2.imencode(".jpg", picture)[1].tobytes()
            entries.append(_entry("still-plate.jpg", contents, FileRole.STILL_FULL, "image/jpeg", **bound))
        name = f"plate-{number}.jpg"
        contents[name] = cv2.imencode(".jpg", picture[y1 - 4 : y2 + 4, x1 - 6 : x2 + 6])[1].tobytes()
        box = (x1 - 6, y1 - 4, x2 + 6, y2 + 4)
        entries.append(_entry(name, contents, FileRole.PLATE_CROP, "image/jpeg", box_xyxy_px=box, **bound))
    rows = [
        {
            "at": to_text(started_at + timedelta(seconds=index / FPS)),
            "offset_s": index / FPS,
            "tracks": [
                {
                    "track_id": 1,
                    "label": case.subject.label,
                    "box_xyxy_px": [100 + index, 80, 240 + index, 300],
                    "observed": True,
                    "subject": True,
                }
            ],
            "signals": {},
        }
        for index in range(int(SECONDS * FPS))
    ]
    overlay: dict[str, Any] = {
        "resolution_wh": list(SIZE_WH),
        "zones": [],
        "lines": [],
        "clips": [{"name": "clip.mp4", "frames": rows}],
    }
    if masks is not None:
        overlay["masks"] = masks
    if with_copy:
        contents["blurred-clip.mp4"] = _clip(COPY_S)
        entries.append(_entry("blurred-clip.mp4", contents, FileRole.CLIP_BLURRED, "video/mp4", clip="clip.mp4"))
    contents["overlay.json"] = json.dumps(overlay).encode()
    entries.append(_entry("overlay.json", contents, FileRole.OVERLAY, "application/json"))
    return build_manifest(case, {}).model_copy(update={"files": tuple(entries)}), contents


def hidden_copies(manifest: Manifest, contents: dict[str, bytes]) -> tuple[Manifest, dict[str, bytes]]:
    """The same with a blurred copy of every full still; it is the still itself, encoded anew."""
    entries, held = list(manifest.files), dict(contents)
    for file in manifest.files:
        if file.role is FileRole.STILL_FULL:
            name, picture = f"blurred-{file.name}", cv2.imdecode(np.frombuffer(contents[file.name], np.uint8), 1)
            held[name] = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 90))[1].tobytes()
            bound = {"clip": file.clip, "moment": file.moment, "at": file.at}
            entries.append(_entry(name, held, FileRole.STILL_FULL_BLURRED, "image/jpeg", **bound))
    return manifest.model_copy(update={"files": tuple(entries)}), held


@cache
def _clip(seconds: float) -> bytes:
    clip = io.BytesIO()
    encode(clip, steady(int(seconds * FPS), FPS), Recipe(size_wh=SIZE_WH), form="mp4")
    return clip.getvalue()


@cache
def _with_plate(number: int, box_xyxy_px: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """A picture of the clip with a plate in the read's box."""
    dice = np.random.default_rng(number)
    x1, y1, x2, y2 = box_xyxy_px
    return mounted(
        numbered_picture(number, SIZE_WH),
        draw(PLATE, fitting_scale(PLATE, x2 - x1), dice),
        dice,
        centre_px=((x1 + x2) / 2, (y1 + y2) / 2),
        plate_width_px=x2 - x1,
    ).image_bgr


def _entry(name: str, contents: dict[str, bytes], role: FileRole, media_type: str, **more: object) -> EvidenceFile:
    content = contents[name]
    return EvidenceFile.model_validate(
        {
            "name": name,
            "role": role,
            "media_type": media_type,
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        | more
    )
