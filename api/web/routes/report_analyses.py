"""The door of workers that let networks look at citizens' pictures (docs/analyse-reports.md)."""

import uuid
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from api.principals import Permission, Principal
from api.web.problems import problem_responses
from api.web.sessions import TheCentre, allow
from domain.report_analysis import MOST_FILM_PARTS, MOST_PICTURES, AnalysisFailure, AnalysisTask, ReportFindings

router = APIRouter(prefix="/edge/report-analyses", tags=["edge"])
Worker = Annotated[Principal, allow(Permission.REPORTS_ANALYSE)]
LeasePath = Annotated[uuid.UUID, Path()]
PartPath = Annotated[int, Path(ge=1, le=MOST_FILM_PARTS)]
NumberPath = Annotated[int, Path(ge=1, le=MOST_PICTURES)]


@router.post("", responses={204: {"description": "Nothing waits."}})
def pull_analysis(principal: Worker, centre: TheCentre, response: Response) -> AnalysisTask | None:
    """Lease the file that waits longest for a look; nothing of its report comes with it."""
    task = centre.report_analyses.pull(principal)
    if task is None:
        response.status_code = HTTPStatus.NO_CONTENT
    return task


@router.get(
    "/{lease_id}/file",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}, "video/mp4": {}}}, **problem_responses(404, 410, 503)},
)
def get_analysed_file(principal: Worker, centre: TheCentre, lease_id: LeasePath) -> Response:
    """The leased file without metadata and sound."""
    content = centre.report_analyses.content(principal, lease_id)
    media_type = "video/mp4" if content[4:8] == b"ftyp" else "image/jpeg"
    return Response(content, media_type=media_type)


@router.put(
    "/{lease_id}/pictures/{number}",
    status_code=HTTPStatus.NO_CONTENT,
    openapi_extra={
        "requestBody": {"required": True, "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
    },
    responses=problem_responses(404, 413, 422, 503),
)
async def bring_analysed_picture(
    *, request: Request, principal: Worker, centre: TheCentre, lease_id: LeasePath, number: NumberPath
) -> None:
    """Bring a picture of the file with heads and plates hidden."""
    content = await request.body()
    await run_in_threadpool(centre.report_analyses.take_picture, principal, lease_id, number, content)


@router.put(
    "/{lease_id}/film/{part}",
    status_code=HTTPStatus.NO_CONTENT,
    openapi_extra={
        "requestBody": {"required": True, "content": {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}}
    },
    responses=problem_responses(404, 409, 413, 422, 503),
)
async def bring_analysed_film(
    *, request: Request, principal: Worker, centre: TheCentre, lease_id: LeasePath, part: PartPath
) -> None:
    """Bring a video's copy with heads and plates hidden, part by part in order; all but the last have 3 MiB."""
    content = await request.body()
    await run_in_threadpool(centre.report_analyses.take_film_part, principal, lease_id, part, content)


@router.put("/{lease_id}", status_code=HTTPStatus.NO_CONTENT, responses=problem_responses(404, 422))
def finish_analysis(principal: Worker, centre: TheCentre, lease_id: LeasePath, findings: ReportFindings) -> None:
    """Tell what the networks saw, after every picture was brought; ends the lease."""
    centre.report_analyses.finish(principal, lease_id, findings)


@router.post("/{lease_id}/failure", status_code=HTTPStatus.NO_CONTENT, responses=problem_responses(404, 422))
def give_analysis_back(principal: Worker, centre: TheCentre, lease_id: LeasePath, failure: AnalysisFailure) -> None:
    """Give the file back, and why; ends the lease."""
    centre.report_analyses.fail(principal, lease_id, failure)
