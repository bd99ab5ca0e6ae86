"""An evidence package: files named by us, a manifest that hashes them, and a signature over the manifest.

On disk and at the centre a package is a folder ``CASE_ID/`` with ``case.json``, ``manifest.json`` (canonical bytes),
``signature.json`` and the files that the manifest lists. JSON Schema: docs/schemas/manifest.schema.json.
"""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.canonical import sha256_of
from domain.cases.case import Case
from domain.instants import Instant

Sha256Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,60}\.(mp4|jpg|json)$")]
MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_PACKAGE_BYTES = 2 * 1024 * 1024 * 1024
MAX_MESSAGE_BYTES = 1024 * 1024


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRole(StrEnum):
    """What a file of the package is."""

    CLIP = "clip"  # original packets, not re-encoded
    STILL_FULL = "still_full"  # decoded from a clip at a decisive moment
    STILL_CROP = "still_crop"  # the subject, cut from that still
    PLATE_CROP = "plate_crop"  # the plate of a read, cut from the picture of a clip, not rectified
    CLIP_BLURRED = "clip_blurred"  # a working copy of a clip: encoded again, smaller, heads and others' plates blurred
    STILL_FULL_BLURRED = "still_full_blurred"  # a working copy of a full still, blurred likewise
    STILL_CROP_BLURRED = "still_crop_blurred"  # and of a crop
    SOURCE = "source"  # a document of the case that was cloned: what its box signed
    OVERLAY = "overlay"  # boxes, lines and signals as data, never painted on the original


BLURRED_ROLES: Final = frozenset({FileRole.CLIP_BLURRED, FileRole.STILL_FULL_BLURRED, FileRole.STILL_CROP_BLURRED})
SHOW_PEOPLE: Final = frozenset({FileRole.CLIP, FileRole.STILL_FULL, FileRole.STILL_CROP})
"""Originals on which people, and plates of others, may be known."""
OVERLAY_FILE: Final = "overlay.json"
BLURRED_PREFIX: Final = "blurred-"
"""Before the name of an original: the name of its copy."""
RECEIVED_PREFIX: Final = "received-"
"""Before the name of a citizen's file: the file as it came, which is in no package."""


class CameraSignature(StrEnum):
    """Whether a camera signed its own video (ONVIF Media Signing, Axis Signed Video); not whether that holds."""

    PRESENT = "present"
    ABSENT = "absent"


class EvidenceFile(_Strict):
    """One file of a package."""

    name: FileName
    role: FileRole
    media_type: Annotated[str, Field(max_length=100)]
    size_bytes: Annotated[int, Field(ge=0, le=MAX_FILE_BYTES)]
    sha256: Sha256Hex
    started_at: Instant | None = None  # clips: capture time of the first frame
    ended_at: Instant | None = None  # clips: capture time of the last frame
    camera_signature: Annotated[  # clips; left out of the bytes where it is not said, as boxes before 0.2 did not
        CameraSignature | None, Field(exclude_if=lambda value: value is None)
    ] = None
    clip: FileName | None = None  # pictures: the clip of this package that holds the frame
    moment: Annotated[str, Field(max_length=300)] | None = None  # stills: the decisive moment's name
    at: Instant | None = None  # pictures: capture time of the frame
    box_xyxy_px: tuple[float, float, float, float] | None = None  # crops: where it was cut from the full still

    @property
    def is_whole_picture(self) -> bool:
        """Whether it is a full still, or the blurred one of a citizen's file, which copies none of the package."""
        if self.role is FileRole.STILL_FULL_BLURRED:
            return not self.name.startswith(BLURRED_PREFIX)
        return self.role is FileRole.STILL_FULL

    def runs_at(self, at: datetime) -> bool:
        """Whether a clip was running at an instant, its first and last frame included."""
        return self.started_at is not None and self.ended_at is not None and self.started_at <= at <= self.ended_at


class Manifest(_Strict):
    """What belongs to a case, byte for byte."""

    schema_version: Literal["1.0", "1.1"] = "1.1"  # that of its case
    case_id: uuid.UUID
    case_sha256: Sha256Hex  # of the case's canonical bytes
    box_id: Annotated[str, Field(max_length=63)]
    created_at: Instant
    files: tuple[EvidenceFile, ...]
    gaps: tuple[
        Annotated[str, Field(max_length=2000)], ...
    ] = ()  # what should be here and is not, and why; empty: complete
    remarks: Annotated[  # what whoever looks should know, though nothing that decides is missing; left out when empty
        tuple[Annotated[str, Field(max_length=2000)], ...], Field(exclude_if=lambda value: not value)
    ] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing that the case needs is missing."""
        return not self.gaps


class Signature(_Strict):
    """Ed25519 (RFC 8032) over the manifest's canonical bytes."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    key_id: Sha256Hex  # of the raw 32-byte public key
    signature_b64: Annotated[str, Field(min_length=88, max_length=88)]


class CaseMessage(_Strict):
    """What the box sends to the centre: the case and the signed list of its evidence."""

    case: Case
    manifest: Manifest
    signature: Signature

    @model_validator(mode="after")
    def _of_one_version(self) -> Self:
        if self.case.schema_version != self.manifest.schema_version:
            raise ValueError("case and manifest are of different schema versions, so they have no common form")
        return self

    def sha256(self) -> str:
        """Names this very message; the centre's answer repeats it."""
        return sha256_of(self)


class MissingFile(_Strict):
    """A file that the centre does not hold whole, and where it goes on."""

    name: FileName
    offset_bytes: Annotated[int, Field(ge=0, le=MAX_FILE_BYTES)]


class CaseAnswer(_Strict):
    """The centre's own word on a case message: that it is on record, or what is missing until it can be."""

    case_id: uuid.UUID
    message_sha256: Sha256Hex
    received_at: Instant | None = None  # None: not on record yet
    missing: tuple[MissingFile, ...] = ()  # empty once it is on record

    @property
    def on_record(self) -> bool:
        """Whether the centre holds the case for good, so that the box may let go of it."""
        return self.received_at is not None
