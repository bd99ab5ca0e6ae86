"""The columns of a case's row that its message decides; written when it comes in, computed again by every check."""

from collections.abc import Mapping
from typing import Any

from api.persistence.plate_places import KEY_LETTERS
from domain.camera import Mode
from domain.cases.duplicates import place_cell
from domain.reminder_outcome import ward_key


def plate_key(text: str | None) -> str | None:
    """A plate as it is looked for; what is longer than any plate is cut, so that an index can hold it."""
    return text[:KEY_LETTERS] if text else None


def columns_of_message(case: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of ``cases`` as they must stand for a message.

    Args:
        case: the case document as plain JSON.
        manifest: its manifest as plain JSON.

    Returns:
        By column; instants as the text that is stored.
    """
    violation, site, plate = case["violation"], case["site"], case["plate"]
    return {
        "case_id": case["case_id"],
        "box_id": case["box_id"],
        "camera_id": site["camera_id"],
        "code": violation["code"],
        "rule_version": case["provenance"]["rule_version"],
        "mode": case["mode"],
        "shadow": case["mode"] == Mode.SHADOW.value,
        "began_at": case["began_at"],
        "ended_at": case["ended_at"],
        "name_vi": violation["name_vi"],
        "name_en": violation["name_en"],
        "legal_ref": violation["legal_ref"],
        "vehicle_kind": case["subject"]["vehicle_kind"],
        "camera_name": site["camera_name"],
        "road": site["road"],
        "ward": site["ward"],
        "ward_key": ward_key(site["ward"]),
        "place_cell": place_cell(site["position"]["latitude_deg"], site["position"]["longitude_deg"]),
        "plate_status": plate["status"],
        "plate_text": plate.get("text"),
        "plate_key": plate_key(plate.get("text")),
        "plate_kind": plate.get("kind"),
        "plate_colour": plate.get("colour"),
        "gaps": len(manifest["gaps"]),
        "files_total": len(manifest["files"]),
    }
