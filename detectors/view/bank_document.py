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

_STEPS: Final = 127  # a field's lengths, -1 to 1, in a byte


class _Light(BaseModel):
    """One kind of light."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    kind: Annotated[int, Field(ge=0, le=10)]
    looks: Annotated[int, Field(ge=1)]
    structure: Annotated[float, Field(ge=0)]
    field: str  # bytes of the field, squeezed, in base64
    sharpness: list[float | None]  # by cell; null: not known


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1] = 1
    camera_id: str
    config_version: int
    height_px: Annotated[int, Field(ge=3 * CELL_PX, le=2 * WIDTH_PX)]
    lights: list[_Light]


def document_of(bank: ViewBank, camera_id: str) -> bytes:
    """A bank's document; about 80 kB for every kind of light that it knows.

    Args:
        bank: that has seen a picture.
        camera_id: whose it is.
    """
    lights = [
        _Light(
            kind=kind,
            looks=reference.looks,
            structure=round(reference.structure, 1),
            field=base64.b64encode(
                zlib.compress(np.rint(reference.field * _STEPS).astype(np.int8).tobytes(), level=1)
            ).decode(),
            sharpness=[None if np.isnan(one) else round(float(one), 3) for one in reference.sharpness],
        )
        for kind, reference in sorted(bank.references.items())
    ]
    document = _Document(
        camera_id=camera_id, config_version=bank.config_version, height_px=bank.height_px or 0, lights=lights
    )
    return document.model_dump_json().encode()


def from_document(content: bytes, camera_id: str) -> ViewBank:
    """The bank again, its fields to the nearest 1/127.

    Raises:
        ValueError: it is damaged, or another camera's.
    """
    document = _Document.model_validate_json(content)
    if document.camera_id != camera_id:
        msg = f"expected what was learned of {camera_id}, got that of {document.camera_id}"
        raise ValueError(msg)
    references = {light.kind: _reference(light, document.height_px) for light in document.lights}
    return ViewBank(document.config_version, document.height_px, references)


def _reference(light: _Light, height_px: int) -> Reference:
    shape = (height_px, WIDTH_PX, 2)
    try:
        values = np.frombuffer(zlib.decompress(base64.b64decode(light.field, validate=True)), np.int8)
    except (binascii.Error, zlib.error) as error:
        msg = f"a field is damaged: {error}"
        raise ValueError(msg) from error
    if values.size != np.prod(shape) or len(light.sharpness) != len(cell_centres_px(height_px)):
        msg = f"expected a field of {shape}, got {values.size} numbers and {len(light.sharpness)} cells"
        raise ValueError(msg)
    sharpness = np.array([np.nan if one is None else one for one in light.sharpness], np.float64)
    field = (values.reshape(shape) / _STEPS).astype(np.float32)
    return Reference(field, sharpness, structure=light.structure, looks=light.looks)
