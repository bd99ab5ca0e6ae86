"""Evidence that a browser can show: a real clip, real stills, an overlay."""

import hashlib
import io
import json
from datetime import timedelta

import cv2

from domain.case import Case
from domain.evidence import EvidenceFile, FileRole, Manifest
from tests.builders.cases import build_manifest
from tests.builders.synthetic_video import Recipe, encode, numbered_picture, steady

SIZE_WH = (640, 360)
FPS = 10.0
LEAD_S = 2.0  # the clip begins so long before the first decisive moment
SECONDS = 8.0


def shown_evidence(case: Case) -> tuple[Manifest, dict[str, bytes]]:
    """A manifest with all the contents it lists; moments lie within a clip that begins before the first one."""
    started_at = case.moments[0].at - timedelta(seconds=LEAD_S)
    clip = io.BytesIO()
    encode(clip, steady(int(SECONDS * FPS), FPS), Recipe(size_wh=SIZE_WH), form="mp4")
    contents = {"clip.mp4": clip.getvalue()}
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
    rows = [
        {
            "at": "",
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
    overlay = {
        "resolution_wh": list(SIZE_WH),
        "zones": [],
        "lines": [],
        "clips": [{"name": "clip.mp4", "frames": rows}],
    }
    contents["overlay.json"] = json.dumps(overlay).encode()
    entries.append(_entry("overlay.json", contents, FileRole.OVERLAY, "application/json"))
    return build_manifest(case, {}).model_copy(update={"files": tuple(entries)}), contents


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
