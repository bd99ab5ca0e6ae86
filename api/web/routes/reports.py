"""Citizens' reports: whoever comes sends one and asks for its state; operators read and answer them."""

import uuid
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Path, Query, Request, Response, UploadFile
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api.citizens.report_cases import ReportedAct
from api.citizens.reported import (
    MAX_LINE,
    MAX_PHOTO_BYTES,
    MAX_VIDEO_BYTES,
    MAX_WORDS,
    Filed,
    NewReport,
    Report,
    Reporter,
    ReportState,
    Upload,
)
from api.principals import Permission, Principal
from api.web.documents_of_reports import (
    FiledDocument,
    ReportCaseDocument,
    ReportDetail,
    ReporterDocument,
    ReportList,
    ReportStateDocument,
)
from api.web.fields import FileNamePath, Note, OptionalLine, Word
from api.web.problems import problem_responses
from api.web.routes.cases import UnblurRequest
from api.web.sessions import TheCentre, allow, anyone, require_same_origin, the_centre
from domain.camera import Position
from domain.cases.evidence import FileName
from domain.instants import Instant

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class AdmittedRoute(APIRoute):
    """Counts who sends a report before a byte of its body is read: what is too much costs no upload."""

    def get_route_handler(self) -> Handler:
        """The route's handler, behind the count."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            require_same_origin(request, strict=False)
            address = request.client.host if request.client else "unknown"
            await run_in_threadpool(the_centre(request).report_intake.admit, address)
            return await inner(request)

        return handle


router = APIRouter(tags=["reports"])
door = APIRouter(tags=["reports"], route_class=AdmittedRoute)
Reader = Annotated[Principal, allow(Permission.REPORTS_READ)]
Answerer = Annotated[Principal, allow(Permission.REPORTS_ANSWER)]
Supervisor = Annotated[Principal, allow(Permission.REPORTERS_READ)]
ReportId = Annotated[uuid.UUID, Path()]
Words = Annotated[str, Form(max_length=2 * MAX_WORDS)]
Line = Annotated[str, Form(max_length=2 * MAX_LINE)]
_MOST_READ = max(MAX_PHOTO_BYTES, MAX_VIDEO_BYTES) + 1
_FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {}, "video/mp4": {}}},
    **problem_responses(404, 409, 503),
}


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class StateRequest(_Request):
    """Number and code of a report."""

    number: Annotated[str, Field(max_length=20)]
    code: Annotated[str, Field(max_length=30)]


class ReportAnswer(_Request):
    """What an operator makes of a report."""

    state: ReportState
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]  # that the operator saw
    offence_code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,62}$")] | None = None  # where it is accepted
    note: Note


class ReportedActRequest(_Request):
    """What an operator says that a report shows."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]  # that the operator saw
    offence_code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,62}$")]
    vehicle_kind: Literal["car", "motorbike"]
    acted_at: Instant  # at the first of the named pictures
    road: OptionalLine
    ward: OptionalLine
    direction: OptionalLine
    latitude_deg: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude_deg: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    instrument: OptionalLine  # the sign, marking or order that held there
    moments: Annotated[dict[Word, FileName], Field(max_length=10)]  # which picture shows which decisive moment
    note: Note


class ReportUnblurred(BaseModel):
    """Until when the caller sees the files of a report with nobody hidden."""

    report_id: uuid.UUID
    until: Instant


class WhyRequest(_Request):
    """Why somebody must know who sent a report."""

    why: Note


def new_report(files: list[UploadFile], *, words: str, place: str, acted_at: Any, name: str, contact: str) -> NewReport:
    """A report of a form; no more is read of a file than tells that it is too large."""
    return NewReport(
        uploads=[Upload(content=file.file.read(_MOST_READ)) for file in files[:10]],
        words=words,
        place=place,
        acted_at=acted_at,
        name=name,
        contact=contact,
    )


@door.post(
    "/reports",
    status_code=HTTPStatus.CREATED,
    dependencies=[anyone()],
    responses=problem_responses(403, 413, 422, 429),
)
def send_report(
    *,
    centre: TheCentre,
    files: Annotated[list[UploadFile], File()],
    words: Words,
    place: Line = "",
    acted_at: Annotated[Instant | None, Form()] = None,
    name: Line = "",
    contact: Line = "",
) -> FiledDocument:
    """Report an act: one to three photos (JPEG, PNG) or videos (MP4), and what is seen; the code is shown this once."""
    new = new_report(files, words=words, place=place, acted_at=acted_at, name=name, contact=contact)
    filed: Filed = centre.report_intake.take(new)
    return FiledDocument(number=filed.number, code=filed.code)


router.include_router(door)


@router.post("/reports/state", dependencies=[anyone()], responses=problem_responses(401, 422, 429))
def report_state(request: Request, centre: TheCentre, asked: StateRequest) -> ReportStateDocument:
    """Where a report is, for who has its number and code."""
    address = request.client.host if request.client else "unknown"
    state, since = centre.report_intake.state(asked.number, asked.code, address=address)
    return ReportStateDocument(state=state, since=since)


@router.get("/reports")
def list_reports(
    principal: Reader,
    centre: TheCentre,
    state: Annotated[ReportState | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> ReportList:
    """Reports, those that wait longest first; who sent them is not told."""
    found = centre.reports.list(principal, state=state, limit=limit)
    return ReportList(items=tuple(ReportDetail.of(each) for each in found))


@router.get("/reports/{report_id}", responses=problem_responses(404))
def get_report(principal: Reader, centre: TheCentre, report_id: ReportId) -> ReportDetail:
    """One report with its files and what was found about them; looking is on record."""
    return ReportDetail.of(centre.reports.open(principal, report_id))


@router.get("/reports/{report_id}/files/{name}", response_class=Response, responses=_FILE_RESPONSES)
def get_report_file(principal: Reader, centre: TheCentre, report_id: ReportId, name: FileNamePath) -> Response:
    """The copy of a photo without metadata, of a video without sound too (a download), or one with people hidden."""
    content = centre.reports.picture(principal, report_id, name)
    if name.endswith(".mp4") and not name.startswith("hidden-"):
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type="video/mp4", headers=headers)
    return Response(content, media_type="video/mp4" if name.endswith(".mp4") else "image/jpeg")


@router.post("/reports/{report_id}/unblurring", responses=problem_responses(404, 409, 429))
def unblur_report(principal: Reader, centre: TheCentre, report_id: ReportId, asked: UnblurRequest) -> ReportUnblurred:
    """Let the caller see an answered report's files with nobody hidden, for some minutes; who and why is on record."""
    until = centre.reports.see_unhidden(
        principal, report_id, reason_code=asked.reason_code, note=asked.note, minutes=asked.minutes
    )
    return ReportUnblurred(report_id=report_id, until=until)


@router.post("/reports/{report_id}/answer", responses=problem_responses(404, 409, 412))
def answer_report(principal: Answerer, centre: TheCentre, report_id: ReportId, said: ReportAnswer) -> ReportDetail:
    """Accept a report with an offence, or say why not; once."""
    answered: Report = centre.reports.answer(
        principal,
        report_id,
        said.state,
        expected_version=said.version,
        offence_code=said.offence_code,
        note=said.note,
    )
    return ReportDetail.of(answered)


@router.post(
    "/reports/{report_id}/case", status_code=HTTPStatus.CREATED, responses=problem_responses(404, 409, 412, 422, 503)
)
def make_report_case(
    principal: Answerer, centre: TheCentre, report_id: ReportId, said: ReportedActRequest
) -> ReportCaseDocument:
    """Accept a report and make a case of it, which is reviewed like any other; who sent it stands in none of it."""
    act = ReportedAct(
        offence_code=said.offence_code,
        vehicle_kind=said.vehicle_kind,
        acted_at=said.acted_at,
        road=said.road,
        ward=said.ward,
        direction=said.direction,
        position=Position(latitude_deg=said.latitude_deg, longitude_deg=said.longitude_deg),
        instrument=said.instrument,
        moments=said.moments,
        note=said.note,
    )
    case_id = centre.report_cases.make(principal, report_id, act, expected_version=said.version)
    return ReportCaseDocument(case_id=case_id)


@router.post("/reports/{report_id}/reporter", responses=problem_responses(404))
def ask_reporter(principal: Supervisor, centre: TheCentre, report_id: ReportId, asked: WhyRequest) -> ReporterDocument:
    """Who sent a report, where he said so; who asks and why is on record."""
    who: Reporter | None = centre.reports.reporter(principal, report_id, why=asked.why)
    return ReporterDocument(known=who is not None, name=who.name if who else "", contact=who.contact if who else "")
