"""A package on disk: written beside its place, flushed, then moved there in one step: never half a one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.canonical import canonical_bytes, sha256_of
from domain.cases.case import Case
from domain.cases.evidence import MAX_FILE_BYTES, CameraSignature, CaseMessage, EvidenceFile, FileRole, Manifest
from domain.errors import EvidenceError
from plumbing.files import write_private_folder
from plumbing.package_checks import CASE_FILE, MANIFEST_FILE, SIGNATURE_FILE
from plumbing.signing import BoxSigner

MEDIA_TYPES = {FileRole.CLIP: "video/mp4", FileRole.CLIP_BLURRED: "video/mp4", FileRole.OVERLAY: "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Content:
    """One file to be: its bytes and what the manifest says of it."""

    name: str
    role: FileRole
    content: bytes
    started_at: datetime | None = None
    ended_at: datetime | None = None
    camera_signature: CameraSignature | None = None
    clip: str | None = None
    moment: str | None = None
    at: datetime | None = None
    box_xyxy_px: tuple[float, float, float, float] | None = None

    def listed(self) -> EvidenceFile:
        """The manifest's line.

        Raises:
            EvidenceError: the file is larger than a package may hold.
        """
        if len(self.content) > MAX_FILE_BYTES:
            raise EvidenceError(f"{self.name} has {len(self.content)} bytes, more than a package may hold")
        return EvidenceFile(
            name=self.name,
            role=self.role,
            media_type=MEDIA_TYPES.get(self.role, "image/jpeg"),
            size_bytes=len(self.content),
            sha256=hashlib.sha256(self.content).hexdigest(),
            started_at=self.started_at,
            ended_at=self.ended_at,
            camera_signature=self.camera_signature,
            clip=self.clip,
            moment=self.moment,
            at=self.at,
            box_xyxy_px=self.box_xyxy_px,
        )


def seal(
    case: Case,
    contents: Sequence[Content],
    gaps: Sequence[str],
    *,
    remarks: Sequence[str] = (),
    created_at: datetime,
    signer: BoxSigner,
) -> CaseMessage:
    """Make and sign the manifest.

    Raises:
        EvidenceError: a file is too large.
    """
    manifest = Manifest(
        schema_version=case.schema_version,
        case_id=case.case_id,
        case_sha256=sha256_of(case),
        box_id=case.box_id,
        created_at=created_at,
        files=tuple(content.listed() for content in contents),
        gaps=tuple(gaps),
        remarks=tuple(remarks),
    )
    return CaseMessage(case=case, manifest=manifest, signature=signer.sign(manifest))


def write_package(folder: Path, message: CaseMessage, contents: Sequence[Content]) -> None:
    """Write a package so that it is there whole, after a power cut too, or not at all; replaces one that is there.

    Raises:
        FileError: it cannot be written.
    """
    files = {content.name: content.content for content in contents}
    files[CASE_FILE] = canonical_bytes(message.case)
    files[MANIFEST_FILE] = canonical_bytes(message.manifest)
    files[SIGNATURE_FILE] = canonical_bytes(message.signature)
    write_private_folder(folder, files)
