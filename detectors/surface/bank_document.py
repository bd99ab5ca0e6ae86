"""What was learned of a camera's surfaces as bytes that outlive the process."""

import base64
import binascii
import zlib
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from detectors.surface.empty_states import STATES, EmptyStates
from detectors.surface.low_spot_document import SpotDocument, spot_document
from detectors.surface.watch import SurfaceWatch
from detectors.surface.water_watch import WaterWatch
from detectors.surface.zone_bank import ZoneBank
from domain.geometry import Float32Array

_STEPS: Final = 127  # from 0 to the largest number of the vectors
_Count = Annotated[int, Field(ge=0)]


class _Zone(BaseModel):
    """One zone's bank; blocks in reading order."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    zone: Annotated[str, Field(min_length=1)]
    polygon_norm: tuple[tuple[float, float], ...]
    picture_wh: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
    begun_at: AwareDatetime
    looked_at: AwareDatetime
    looks: _Count
    restless: _Count
    blocks: list[tuple[_Count, _Count]]  # rows and columns
    seen: list[Annotated[list[_Count], Field(min_length=STATES, max_length=STATES)]]  # how often, by block and state
    channels: Annotated[int, Field(gt=0)]
    largest: Annotated[float, Field(gt=0)]
    vectors: str  # bytes of the states that were seen, squeezed, in base64
    belief: list[Annotated[float, Field(ge=0, le=1)]]
    since_s: list[float | None]
    changed: list[bool]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1] = 1
    camera_id: str
    model_sha256: str
    zones: list[_Zone]
    low_spots: list[SpotDocument] = []


def document_of(watch: SurfaceWatch, camera_id: str) -> bytes:
    """A watch's document; for a zone of 400 blocks 100 kB after a quiet hour, 1 MB at most.

    Args:
        watch: of the camera.
        camera_id: whose it is.
    """
    zones = [_zone(zone_id, bank) for zone_id, bank in sorted(watch.banks.items())]
    document = _Document(
        camera_id=camera_id,
        model_sha256=watch.model_sha256,
        zones=zones,
        low_spots=[spot_document(zone_id, spot) for zone_id, spot in sorted(watch.waters.spots.items())],
    )
    return document.model_dump_json().encode()


def from_document(content: bytes, camera_id: str) -> SurfaceWatch:
    """The watch again, its states to the nearest 1/127 of the largest number.

    Raises:
        ValueError: it is damaged, or another camera's.
    """
    document = _Document.model_validate_json(content)
    if document.camera_id != camera_id:
        msg = f"expected what was learned of {camera_id}, got that of {document.camera_id}"
        raise ValueError(msg)
    waters = WaterWatch({spot.zone: spot.read() for spot in document.low_spots})
    return SurfaceWatch({zone.zone: _bank(zone) for zone in document.zones}, document.model_sha256, waters)


def _zone(zone_id: str, bank: ZoneBank) -> _Zone:
    states = bank.states
    there = states.vectors[states.seen > 0]
    largest = float(np.abs(there).max()) if len(there) else 1.0
    steps = np.rint(there / largest * _STEPS).astype(np.int8)
    return _Zone(
        zone=zone_id,
        polygon_norm=bank.polygon_norm,
        picture_wh=bank.picture_wh,
        begun_at=bank.begun_at,
        looked_at=bank.looked_at,
        looks=bank.looks,
        restless=bank.restless,
        blocks=states.blocks.tolist(),
        seen=states.seen.tolist(),
        channels=states.vectors.shape[2],
        largest=largest,
        vectors=base64.b64encode(zlib.compress(steps.tobytes(), level=1)).decode(),
        belief=[round(float(one), 4) for one in bank.belief],
        since_s=[None if np.isnan(one) else round(float(one), 3) for one in bank.since_s],
        changed=bank.changed.tolist(),
    )


def _bank(zone: _Zone) -> ZoneBank:
    count = len(zone.blocks)
    if not len(zone.seen) == len(zone.belief) == len(zone.since_s) == len(zone.changed) == count:
        msg = f"zone {zone.zone}: expected everything of {count} blocks"
        raise ValueError(msg)
    seen = np.array(zone.seen, np.int64).reshape(count, STATES)
    vectors = np.zeros((count, STATES, zone.channels), np.float32)
    vectors[seen > 0] = _unpacked(zone, int((seen > 0).sum()))
    bank = ZoneBank(
        polygon_norm=zone.polygon_norm,
        picture_wh=zone.picture_wh,
        states=EmptyStates(vectors, seen, np.array(zone.blocks, np.int64).reshape(count, 2)),
        begun_at=zone.begun_at,
    )
    bank.looked_at, bank.looks, bank.restless = zone.looked_at, zone.looks, zone.restless
    bank.belief = np.array(zone.belief, np.float64)
    bank.since_s = np.array([np.nan if one is None else one for one in zone.since_s], np.float64)
    bank.changed = np.array(zone.changed, np.bool_)
    return bank


def _unpacked(zone: _Zone, count: int) -> Float32Array:
    try:
        steps = np.frombuffer(zlib.decompress(base64.b64decode(zone.vectors, validate=True)), np.int8)
    except (binascii.Error, zlib.error) as error:
        msg = f"zone {zone.zone}: the vectors are damaged: {error}"
        raise ValueError(msg) from error
    if steps.size != count * zone.channels:
        msg = f"zone {zone.zone}: expected {count} vectors of {zone.channels} numbers, got {steps.size} numbers"
        raise ValueError(msg)
    vectors = steps.reshape(count, zone.channels).astype(np.float32)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6), dtype=np.float32)
