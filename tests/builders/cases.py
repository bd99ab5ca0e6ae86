"""Cases, manifests and messages with sane defaults."""

import base64
import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.camera import Mode, Position
from domain.canonical import canonical_bytes, sha256_of
from domain.cases.case import Case, CaseMoment, CaseSubject, Provenance, Site, ViolationRef, case_id
from domain.cases.evidence import CaseMessage, EvidenceFile, FileRole, Manifest, Signature
from domain.law.catalogue import built_in_catalogue
from domain.model_ref import ModelRef
from domain.seen.timeline import SignalState

_AT_A_LAMP: dict[str, tuple[tuple[str, str], dict[str, float]]] = {
    "RED_LIGHT": (("before_line", "after_line"), {"red_before_crossing_s": 4.2}),
    "STOP_LINE": (("over_line", "still_over_line"), {"stood_at_least_s": 5.0}),
}
NOON = datetime(2026, 1, 5, 5, 0, 0, tzinfo=UTC)


def build_case(
    *,
    box_id: str = "box-1",
    camera_id: str = "cam-1",
    code: str = "PARK_PAVEMENT",
    vehicle_kind: str = "motorbike",
    began_at: datetime = NOON,
    mode: Mode = Mode.ENFORCE,
    subject_key: str = "track:1",
    **changes: Any,
) -> Case:
    """One suspected act; whatever differs is named."""
    row = built_in_catalogue().row_for(code, vehicle_kind, began_at)
    fields: dict[str, Any] = {
        "case_id": case_id(box_id=box_id, camera_id=camera_id, rule=code, subject_key=subject_key, began_at=began_at),
        "box_id": box_id,
        "mode": mode,
        "violation": ViolationRef(
            code=row.code,
            vehicle_kind=row.vehicle,
            name_vi=row.name_vi,
            name_en=row.name_en,
            legal_ref=row.legal_ref,
            sanction_route=row.sanction_route,
            catalogue_version=built_in_catalogue().version,
            catalogue_sha256=built_in_catalogue().sha256,
            signed_off_by_police=row.signed_off_by_police,
        ),
        "site": Site(
            camera_id=camera_id,
            camera_name="Lê Lợi 1",
            road="Lê Lợi",
            ward="Thuận Hóa",
            direction="về cầu Trường Tiền",
            position=Position(latitude_deg=16.4637, longitude_deg=107.5909),
            heading_deg=90.0,
            legal_class="supplied_by_organisation",
            camera_owner="IOC Huế",
            camera_serial="ACME 7-0042",
            camera_installed_on=date(2024, 3, 12),
            camera_checked_on=date(2026, 1, 2),
            legal_paper="07/BB-IOC, 15/01/2026",
            zone_ids=("pavement-1",),
            instruments=("Quyết định 12/2025",),
        ),
        "began_at": began_at,
        "ended_at": began_at + timedelta(seconds=60),
        "clock_error_ms": 40.0,
        "subject": CaseSubject(
            key=subject_key, label="motorcycle", label_share=0.9, vehicle_kind=vehicle_kind, track_ids=(1,)
        ),
        "moments": (
            CaseMoment(name="first_sighting", at=began_at, box_xyxy_px=(10.0, 20.0, 110.0, 220.0)),
            CaseMoment(
                name="last_sighting", at=began_at + timedelta(seconds=60), box_xyxy_px=(11.0, 20.0, 111.0, 220.0)
            ),
        ),
        "resolution_wh": (1920, 1080),
        "measurements": {"dwell_s": 60.0},
        "provenance": Provenance(
            software_version="0.1.0",
            rule=code,
            rule_version="1",
            rule_parameters={"dwell_s": 60.0},
            camera_config_version=1,
            camera_config_sha256="0" * 64,
            detector=ModelRef(name="street-n", sha256="d" * 64),
            tracker="test",
        ),
    }
    if code in _AT_A_LAMP:
        names, measurements = _AT_A_LAMP[code]
        fields["moments"] = tuple(
            CaseMoment(name=name, at=moment.at, box_xyxy_px=moment.box_xyxy_px, signal=SignalState.RED)
            for name, moment in zip(names, fields["moments"], strict=True)
        )
        fields["measurements"] = measurements
    return Case(**(fields | changes))


def build_manifest(case: Case, files: Mapping[str, bytes] | None = None, gaps: tuple[str, ...] = ()) -> Manifest:
    """A manifest that fits the given file contents (names decide the roles)."""
    contents = {"clip.mp4": b"not really a clip", "still-first-sighting.jpg": b"not really a still"}
    entries = tuple(
        EvidenceFile(
            name=name,
            role=FileRole.CLIP if name.endswith(".mp4") else FileRole.STILL_FULL,
            media_type="video/mp4" if name.endswith(".mp4") else "image/jpeg",
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        for name, content in (contents if files is None else files).items()
    )
    return Manifest(
        case_id=case.case_id,
        case_sha256=sha256_of(case),
        box_id=case.box_id,
        created_at=case.ended_at + timedelta(seconds=5),
        files=entries,
        gaps=gaps,
    )


def build_message(case: Case, key: Ed25519PrivateKey, manifest: Manifest | None = None) -> CaseMessage:
    """A signed message."""
    listed = build_manifest(case) if manifest is None else manifest
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = Signature(
        key_id=hashlib.sha256(raw).hexdigest(),
        signature_b64=base64.b64encode(key.sign(canonical_bytes(listed))).decode(),
    )
    return CaseMessage(case=case, manifest=listed, signature=signature)


def a_uuid(number: int) -> uuid.UUID:
    """A readable id."""
    return uuid.UUID(int=number)
