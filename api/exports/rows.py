"""An export as services and pages see it."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from domain.cases.exporting import Answer, Content, Standing, standing

ASKED, ANSWERED, PRODUCED = "ask_export", "answer_export", "produce_export"
"""Its events, on the record of its case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One of them."""

    export_id: uuid.UUID
    case_id: uuid.UUID
    content: Content
    recipient: str
    reason_code: str
    note: str
    asked_by: str
    asked_at: datetime
    answer: Answer | None
    answered_by: str | None
    answered_at: datetime | None
    expires_at: datetime  # to be answered until then; once approved: to be fetched
    produced_at: datetime | None
    archive_sha256: str | None
    standing: Standing

    @property
    def number(self) -> str:
        """As it stands on every picture."""
        return self.export_id.hex[:8].upper()


def export_of(row: Row[Any], now: datetime) -> Export:
    """Read a row of ``case_exports``."""
    plain = ("recipient", "reason_code", "note", "asked_by", "asked_at", "answered_by", "answered_at", "expires_at")
    return Export(
        export_id=uuid.UUID(row.export_id),
        case_id=uuid.UUID(row.case_id),
        content=Content(row.content),
        answer=Answer(row.answer) if row.answer else None,
        produced_at=row.produced_at,
        archive_sha256=row.archive_sha256,
        standing=standing(answer=row.answer, produced=row.produced_at is not None, expires_at=row.expires_at, now=now),
        **{name: getattr(row, name) for name in plain},
    )
