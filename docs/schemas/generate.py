"""Write the published JSON Schemas from the models: ``python docs/schemas/generate.py``."""

import json
from pathlib import Path

from pydantic import BaseModel

from domain.alert import Alert
from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.cases.evidence import CaseAnswer, CaseMessage, Manifest
from domain.fleet.camera_reports import CameraAnswers, CameraReports
from domain.fleet.health import HealthEvent, Heartbeat
from domain.fleet.ledger_pages import LedgerAnswer, LedgerPages
from domain.plates.sightings import SightingAnswer, Sightings
from domain.reminder import Reminder, ReminderAnswer

PUBLISHED: dict[str, type[BaseModel]] = {
    "alert": Alert,
    "camera": CameraConfig,
    "case": Case,
    "manifest": Manifest,
    "case-message": CaseMessage,
    "case-answer": CaseAnswer,
    "health-event": HealthEvent,
    "heartbeat": Heartbeat,
    "reminder": Reminder,
    "reminder-answer": ReminderAnswer,
    "camera-reports": CameraReports,
    "camera-answers": CameraAnswers,
    "ledger-pages": LedgerPages,
    "ledger-answer": LedgerAnswer,
    "sightings": Sightings,
    "sighting-answer": SightingAnswer,
}


def schema_texts() -> dict[str, str]:
    """File name to content of every published schema."""
    texts = {}
    for name, model in PUBLISHED.items():
        mode = "validation" if model is CameraConfig else "serialization"
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema(mode=mode)
        texts[f"{name}.schema.json"] = json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    return texts


if __name__ == "__main__":
    for file_name, text in schema_texts().items():
        (Path(__file__).parent / file_name).write_text(text, encoding="utf-8")
