"""Exports as the API tells them."""

import uuid

from pydantic import BaseModel, ConfigDict

from api.exports.rows import Export
from api.web.documents import Document
from api.web.fields import Line, Note, ReasonCode
from domain.cases.exporting import Answer, Content, Standing
from domain.instants import Instant


class ExportRequest(BaseModel):
    """What is to leave, for whom and why."""

    model_config = ConfigDict(extra="forbid")

    content: Content
    recipient: Line
    reason_code: ReasonCode  # COMPLAINT, COURT, EVIDENCE_CHECK or POLICE_ASKS
    note: Note = ""


class ExportAnswer(BaseModel):
    """What the second person says."""

    model_config = ConfigDict(extra="forbid")

    answer: Answer
    note: Note = ""


class ExportDocument(Document):
    """One export."""

    export_id: uuid.UUID
    number: str  # as it stands on every picture
    case_id: uuid.UUID
    content: Content
    recipient: str
    reason_code: str
    note: str
    asked_by: str
    asked_at: Instant
    answered_by: str | None
    answered_at: Instant | None
    expires_at: Instant  # to be answered until then; once approved: to be fetched
    produced_at: Instant | None
    archive_sha256: str | None
    standing: Standing

    @classmethod
    def of(cls, export: Export) -> "ExportDocument":
        """Of an export."""
        return cls(**{name: getattr(export, name) for name in cls.model_fields})


class ExportList(Document):
    """Exports, the newest first."""

    items: tuple[ExportDocument, ...]
    next_cursor: str | None
