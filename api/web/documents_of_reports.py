"""Citizens' reports as the API tells them; who sent one stands in one document and in no other."""

import uuid

from api.citizens.reported import AnalysisState, PlaceCheck, Report, ReportFile, ReportState
from api.web.documents import Document
from domain.instants import Instant
from domain.report_analysis import AnalysisProblem, ReportFindings


class FiledDocument(Document):
    """What who sent a report keeps; the code is shown this once."""

    number: str
    code: str


class ReportStateDocument(Document):
    """Where a report is."""

    state: ReportState
    since: Instant


class AnalysisDocument(Document):
    """What the networks of a worker saw in a file: help for who reviews it, never an answer."""

    state: AnalysisState
    problem: AnalysisProblem | None
    findings: ReportFindings | None


class AlikeCaseDocument(Document):
    """A case that may show the same act."""

    case_id: str
    code: str
    name_vi: str
    name_en: str
    camera_name: str
    began_at: Instant
    same_plate: bool
    apart_s: float | None
    apart_m: float | None


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
    analysis: AnalysisDocument | None  # None: no worker was ever to look at it
    hidden_film: str | None  # of a video: its copy with heads and plates hidden; null: there is none

    @classmethod
    def of(cls, file: ReportFile) -> "ReportFileDocument":
        """Of a file."""
        names = [name for name in cls.model_fields if name != "analysis"]
        seen = file.analysis
        analysis = seen and AnalysisDocument(state=seen.state, problem=seen.problem, findings=seen.findings)
        return cls(analysis=analysis, **{name: getattr(file, name) for name in names})


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
    case_id: uuid.UUID | None  # that was made of it
    files: tuple[ReportFileDocument, ...] = ()  # of one report, as the next; a list leaves them out
    alike: tuple[AlikeCaseDocument, ...] = ()

    @classmethod
    def of(cls, report: Report) -> "ReportDetail":
        """Of a report."""
        names = [name for name in cls.model_fields if name not in {"files", "alike"}]
        files = tuple(ReportFileDocument.of(file) for file in report.files)
        alike = tuple(
            AlikeCaseDocument(**{name: getattr(case, name) for name in AlikeCaseDocument.model_fields})
            for case in report.alike
        )
        return cls(files=files, alike=alike, **{name: getattr(report, name) for name in names})


class ReportList(Document):
    """Reports."""

    items: tuple[ReportDetail, ...]


class ReportCaseDocument(Document):
    """The case that was made of a report."""

    case_id: uuid.UUID


class ReporterDocument(Document):
    """Who sent a report, as he said."""

    known: bool
    name: str
    contact: str
