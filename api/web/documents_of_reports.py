"""Citizens' reports as the API tells them; who sent one stands in one document and in no other."""

import uuid

from api.citizens.reported import PlaceCheck, Report, ReportState
from api.web.documents import Document
from domain.instants import Instant


class FiledDocument(Document):
    """What who sent a report keeps; the code is shown this once."""

    number: str
    code: str


class ReportStateDocument(Document):
    """Where a report is."""

    state: ReportState
    since: Instant


class ReportFileDocument(Document):
    """A file of a report."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str  # of the bytes as they came
    problem: str  # why there is no copy to show; empty: there is one
    taken_at: Instant | None  # this and the next two: as the photo says, which proves nothing
    latitude_deg: float | None
    longitude_deg: float | None
    also_in: tuple[str, ...]  # numbers of reports with the very same bytes


class ReportDetail(Document):
    """A report."""

    report_id: uuid.UUID
    number: str
    state: ReportState
    version: int
    received_at: Instant
    changed_at: Instant
    words: str
    place: str
    acted_at: Instant | None
    place_check: PlaceCheck
    ward: str
    offence_code: str | None
    note: str
    files: tuple[ReportFileDocument, ...] = ()  # of one report; a list leaves them out

    @classmethod
    def of(cls, report: Report) -> "ReportDetail":
        """Of a report."""
        names = [name for name in cls.model_fields if name != "files"]
        files = tuple(
            ReportFileDocument(**{name: getattr(file, name) for name in ReportFileDocument.model_fields})
            for file in report.files
        )
        return cls(files=files, **{name: getattr(report, name) for name in names})


class ReportList(Document):
    """Reports."""

    items: tuple[ReportDetail, ...]


class ReporterDocument(Document):
    """Who sent a report, as he said."""

    known: bool
    name: str
    contact: str
