"""What a box says in ``overlay.json`` of where everything was; it is believed only where it has its form."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.errors import Conflict
from domain.instants import Instant

_Px = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
_Side = Annotated[int, Field(ge=1, le=65_535)]


class _Told(BaseModel):
    model_config = ConfigDict(extra="allow", strict=False)


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


_FORM = TypeAdapter(_Overlay)


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
        _FORM.validate_python(told)
    except (ValueError, RecursionError) as error:
        raise Conflict("what the box told of the pictures cannot be read: this case is not cloned") from error
    return told
