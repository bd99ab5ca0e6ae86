"""What was learned of a view as bytes that outlive the process."""

import base64
import binascii
import zlib
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from detectors.view.bank import ViewBank
from detectors.view.glance import CELL_PX, WIDTH_PX, cell_centres_px
from detectors.view.reference import Reference
from domain.geometry import Float32Array
from domain.seen.view import ViewState

_STEPS: Final = 31  # from a field's length 0 to 1: what is compared is a sum over hundreds of pixels


class _Light(BaseModel):
    """One kind of light."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    kind: Annotated[int, Field(ge=0, le=10)]
    looks: Annotated[int, Field(ge=1)]
    structure: Annotated[float, Field(ge=0)]
    field: str  # bytes of the field, squeezed, in base64
    first: str | None = None  # the field as it was learned first, likewise
    sharpness: list[float | None]  # by cell; null: not known


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1] = 1
    camera_id: str
    config_version: int
    height_px: Annotated[int, Field(ge=3 * CELL_PX, le=2 * WIDTH_PX)]
    lights: list[_Light]
    unsound: Literal[ViewState.MOVED, ViewState.COVERED, ViewState.BLURRED, ViewState.BLINDED] | None = None


def document_of(bank: ViewBank, camera_id: str) -> bytes:
    """A bank's document; about 250 kB for every kind of light that it knows.

    Args:
        bank: that has seen a picture.
        camera_id: whose it is.
    """
    lights = [
        _Light(
            kind=kind,
            looks=reference.looks,
            structure=round(reference.structure, 1),
            field=_packed(reference.field),
            first=None if reference.first is None else _packed(reference.first),
            sharpness=[None if np.isnan(one) else round(float(one), 3) for one in reference.sharpness],
        )
        for kind, reference in sorted(bank.references.items())
    ]
    document = _Document.model_validate(
        {
            "camera_id": camera_id,
            "config_version": bank.config_version,
            "height_px": bank.height_px or 0,
            "lights": lights,
            "unsound": bank.unsound,
        }
    )
    return document.model_dump_json().encode()


def from_document(content: bytes, camera_id: str) -> ViewBank:
    """The bank again, its fields to the nearest 1/31.

    Raises:
        ValueError: it is damaged, or another camera's.
    """
    document = _Document.model_validate_json(content)
    if document.camera_id != camera_id:
        msg = f"expected what was learned of {camera_id}, got that of {document.camera_id}"
        raise ValueError(msg)
    references = {light.kind: _reference(light, document.height_px) for light in document.lights}
    return ViewBank(document.config_version, document.height_px, references, document.unsound)


def _reference(light: _Light, height_px: int) -> Reference:
    cells = len(cell_centres_px(height_px))
    if len(light.sharpness) != cells:
        msg = f"expected the sharpness of {cells} cells, got {len(light.sharpness)}"
        raise ValueError(msg)
    return Reference(
        _unpacked(light.field, height_px),
        np.array([np.nan if one is None else one for one in light.sharpness], np.float64),
        structure=light.structure,
        looks=light.looks,
        first=None if light.first is None else _unpacked(light.first, height_px),
    )


def _packed(field: Float32Array) -> str:
    return base64.b64encode(zlib.compress(np.rint(field * _STEPS).astype(np.int8).tobytes(), level=1)).decode()


def _unpacked(text: str, height_px: int) -> Float32Array:
    shape = (height_px, WIDTH_PX, 2)
    try:
        values = np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), np.int8)
    except (binascii.Error, zlib.error) as error:
        msg = f"a field is damaged: {error}"
        raise ValueError(msg) from error
    if values.size != np.prod(shape):
        msg = f"expected a field of {shape}, got {values.size} numbers"
        raise ValueError(msg)
    return (values.reshape(shape) / _STEPS).astype(np.float32)
