"""Evidence uploads of boxes: ask where to go on, send the next bytes."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from api.principals import Permission, Principal
from api.services.evidence_desk import UploadState
from api.web.fields import CaseIdPath, FileNamePath
from api.web.problems import problem_response, problem_responses
from api.web.sessions import TheCentre, allow

router = APIRouter(prefix="/edge", tags=["edge"])
UPLOAD_TYPE = "application/partial-upload"
Sender = Annotated[Principal, allow(Permission.EVIDENCE_UPLOAD)]
_OFFSET = {"schema": {"type": "integer"}, "description": "Bytes that are here"}
_HEADERS: Any = {"Upload-Offset": _OFFSET, "Upload-Complete": {"schema": {"type": "string", "enum": ["?0", "?1"]}}}
_BODY = {
    "requestBody": {"required": True, "content": {UPLOAD_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.head(
    "/cases/{case_id}/files/{name}",
    status_code=200,
    responses={200: {"headers": _HEADERS}, **problem_responses(404)},
)
def upload_state(principal: Sender, centre: TheCentre, case_id: CaseIdPath, name: FileNamePath) -> Response:
    """Where an upload goes on."""
    return Response(status_code=HTTPStatus.OK, headers=_told(centre.evidence.upload_state(principal, case_id, name)))


@router.patch(
    "/cases/{case_id}/files/{name}",
    status_code=204,
    openapi_extra=_BODY,
    responses={204: {"headers": _HEADERS}, **problem_responses(404, 409, 413, 415, 422, 503)},
)
async def upload(
    *,
    request: Request,
    principal: Sender,
    centre: TheCentre,
    case_id: CaseIdPath,
    name: FileNamePath,
    upload_offset: Annotated[int, Header(alias="Upload-Offset", ge=0, le=2**40)],
) -> Response:
    """Send the next bytes, at most 4 MiB; the last ones are answered only when the whole file's hash fits."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != UPLOAD_TYPE:
        return problem_response(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media-type", f"expected {UPLOAD_TYPE}")
    content = await request.body()
    state = await run_in_threadpool(
        centre.evidence.receive, principal, case_id, name, offset_bytes=upload_offset, content=content
    )
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_told(state))


def _told(state: UploadState) -> dict[str, str]:
    return {
        "Upload-Offset": str(state.offset_bytes),
        "Upload-Length": str(state.size_bytes),
        "Upload-Complete": "?1" if state.complete else "?0",
    }
