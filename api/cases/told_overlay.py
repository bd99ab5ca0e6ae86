"""What a box says in ``overlay.json`` of where everything was; it is believed only where it has its form."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.errors import Conflict
from domain.instants import Instant, from_text, seconds_between

_Px = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=-1, le=2, allow_inf_nan=False)]
_Side = Annotated[int, Field(ge=1, le=65_535)]


class _Told(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)  # the document itself goes on, not what is read of it here


class _Track(_Told):
    track_id: int
    label: str
    box_xyxy_px: tuple[_Px, _Px, _Px, _Px]
    subject: bool


class _Frame(_Told):
    at: Instant
    tracks: list[_Track]


class _Clip(_Told):
    name: str
    frames: list[_Frame]


class _Overlay(_Told):
    resolution_wh: tuple[_Side, _Side]
    clips: list[_Clip]
    masks: list[list[tuple[_Share, _Share]]] | None = None


_FORM = TypeAdapter(_Overlay)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherVehicle:
    """A vehicle in a clip that is not the subject of the case."""

    track_id: int
    label: str
    clip: str
    from_s: float  # of the clip
    to_s: float
    at_share: float  # where it stands in the picture when it is largest: 0 at the left, 1 at the right


def other_vehicles(overlay: Mapping[str, Any], labels: Collection[str]) -> tuple[OtherVehicle, ...]:
    """Vehicles of some kinds that a box saw beside the subject, in order of time.

    Args:
        overlay: as ``told_overlay`` read it.
        labels: of the kinds.
    """
    found: dict[int, list[tuple[str, float, Sequence[float], str]]] = {}
    for clip in overlay.get("clips", ()):
        times = [from_text(frame["at"]) for frame in clip["frames"]]
        for at, frame in zip(times, clip["frames"], strict=True):
            for track in frame["tracks"]:
                if not track["subject"] and track["label"] in labels:
                    seen = (clip["name"], seconds_between(times[0], at), track["box_xyxy_px"], track["label"])
                    found.setdefault(track["track_id"], []).append(seen)
    vehicles = []
    for track_id, sightings in found.items():
        clip_name, _, (left, _, right, _), label = max(sightings, key=lambda each: each[2][2] - each[2][0])
        at_s = [each[1] for each in sightings if each[0] == clip_name]
        share = (left + right) / 2 / overlay["resolution_wh"][0]
        vehicles.append(
            OtherVehicle(
                track_id=track_id, label=label, clip=clip_name, from_s=min(at_s), to_s=max(at_s), at_share=share
            )
        )
    return tuple(sorted(vehicles, key=lambda each: (each.clip, each.from_s, each.track_id)))


def told_overlay(content: bytes) -> dict[str, Any]:
    """Read it.

    Args:
        content: of ``overlay.json`` (docs/evidence-package.md).

    Returns:
        The document as it was written, which has the form.

    Raises:
        Conflict: it has not.

    Examples:
        >>> told_overlay(b'{"resolution_wh": [640, 360], "clips": []}')
        {'resolution_wh': [640, 360], 'clips': []}
    """
    try:
        told: dict[str, Any] = json.loads(content)
        _FORM.validate_json(content)
    except (ValueError, RecursionError) as error:
        raise Conflict("what the box told of the pictures cannot be read: this case is not cloned") from error
    return told
