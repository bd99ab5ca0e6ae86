"""The door of the boxes: cases with their packages (docs/case-door.md), and pages of the ledger."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.counts.intake import MAX_PAGES_BYTES
from api.errors import TooLarge
from api.intake.packages import UploadState
from api.principals import Permission, Principal
from api.sightings.intake import MAX_SIGHTINGS_BYTES
from api.web.fields import CaseIdPath, FileNamePath
from api.web.problems import problem_response, problem_responses
from api.web.sessions import TheCentre, allow, web_context
from domain.cases.evidence import MAX_MESSAGE_BYTES, CaseAnswer, FileName
from domain.cases.pieces import Piece, split_pieces
from domain.errors import Invalid
from domain.fleet.ledger_pages import LedgerAnswer
from domain.plates.sightings import MonthKeys, SightingAnswer

router = APIRouter(prefix="/edge", tags=["edge"])
UPLOAD_TYPE = "application/partial-upload"
PIECES_TYPE = "application/matthan-pieces"
WRITE_BYTES = 1024 * 1024  # so much of a request is in memory
PIECES_BYTES = WRITE_BYTES + 64 * 1024  # with the line that names them
PIECES_HEADER = "Upload-Pieces"
Sender = Annotated[Principal, allow(Permission.EVIDENCE_UPLOAD)]
Counter = Annotated[Principal, allow(Permission.COUNTS_SEND)]
Witness = Annotated[Principal, allow(Permission.SIGHTINGS_SEND)]
LostFiles = Annotated[list[FileName], Query(max_length=200, description="Files that are damaged on the box")]
_OFFSET = {"schema": {"type": "integer"}, "description": "Bytes that are here"}
_PIECES: Any = {"schema": {"type": "integer"}, "description": "Bytes of several files at once"}
_HEADERS: Any = {"Upload-Offset": _OFFSET, "Upload-Complete": {"schema": {"type": "string", "enum": ["?0", "?1"]}}}
_Result = TypeVar("_Result")


def _body(media_type: str, schema: dict[str, str]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


@router.put(
    "/cases/{case_id}",
    status_code=200,
    openapi_extra=_body("application/json", {"type": "object", "description": "A CaseMessage, as it is signed"}),
    responses={
        202: {
            "model": CaseAnswer,
            "description": "Files are missing; send them and offer the case again",
            "headers": {PIECES_HEADER: _PIECES},
        },
        **problem_responses(404, 413, 422, 429, 503),
    },
)
async def offer(
    *,
    request: Request,
    response: Response,
    principal: Sender,
    centre: TheCentre,
    case_id: CaseIdPath,
    lost: LostFiles = [],  # noqa: B006 - FastAPI copies it
) -> CaseAnswer:
    """Offer a case: what is missing of its package, or, when it is whole, the word that the case is on record."""
    with web_context(request).turns.request(str(principal.box_id)):
        payload, whole = await _read(request, MAX_MESSAGE_BYTES)
        if not whole:
            reason = f"a case message has at most {MAX_MESSAGE_BYTES} bytes"
            raise await _in_turn(request, principal, lambda: centre.intake.refuse(principal, payload, reason))
        answer = await _in_turn(request, principal, lambda: centre.intake.offer(principal, case_id, payload, lost))
    if not answer.on_record:
        response.status_code = HTTPStatus.ACCEPTED
        response.headers[PIECES_HEADER] = str(WRITE_BYTES)  # a box sends several files at once where it is told
    return answer


@router.patch(
    "/cases/{case_id}/files/{name}",
    status_code=204,
    openapi_extra=_body(UPLOAD_TYPE, {"type": "string", "format": "binary"}),
    responses={204: {"headers": _HEADERS}, **problem_responses(404, 409, 413, 415, 422, 429, 503)},
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
    """Send the next bytes of a file, at most 4 MiB; what has come of a request that breaks off is kept."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != UPLOAD_TYPE:
        return problem_response(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media-type", f"expected {UPLOAD_TYPE}")
    offset, state = upload_offset, None

    async def keep(content: bytes) -> UploadState:
        piece = Piece(name=name, offset_bytes=offset, content=content)
        (state,) = await _in_turn(request, principal, lambda: centre.intake.receive(principal, case_id, [piece]))
        return state

    with web_context(request).turns.request(str(principal.box_id)):
        came = bytearray()
        async for piece in request.stream():
            came += piece
            if len(came) >= WRITE_BYTES:
                state = await keep(bytes(came))
                offset = state.offset_bytes
                came.clear()
        if came or state is None:
            state = await keep(bytes(came))
    headers = {"Upload-Offset": str(state.offset_bytes), "Upload-Complete": "?1" if state.complete else "?0"}
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


@router.patch(
    "/cases/{case_id}/files",
    status_code=204,
    openapi_extra=_body(PIECES_TYPE, {"type": "string", "format": "binary"}),
    responses=problem_responses(404, 409, 413, 415, 422, 429, 503),
)
async def upload_pieces(*, request: Request, principal: Sender, centre: TheCentre, case_id: CaseIdPath) -> Response:
    """Send the next bytes of several files at once: a line that names them, then their bytes; kept when all came."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != PIECES_TYPE:
        return problem_response(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media-type", f"expected {PIECES_TYPE}")
    with web_context(request).turns.request(str(principal.box_id)):
        body, whole = await _read(request, PIECES_BYTES)
        if not whole:
            raise TooLarge(f"pieces of several files have at most {PIECES_BYTES} bytes")
        pieces = split_pieces(body)
        await _in_turn(request, principal, lambda: centre.intake.receive(principal, case_id, pieces))
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.put(
    "/ledger",
    openapi_extra=_body("application/json", {"type": "object", "description": "LedgerPages, each page whole"}),
    responses=problem_responses(413, 422, 429, 503),
)
async def put_ledger(*, request: Request, principal: Counter, centre: TheCentre) -> LedgerAnswer:
    """Pages of the box's ledger, each whole: they take the place of what is here of them, unless that is newer."""
    with web_context(request).turns.request(str(principal.box_id)):
        payload, whole = await _read(request, MAX_PAGES_BYTES)
        if not whole:
            raise Invalid(f"pages of a ledger have at most {MAX_PAGES_BYTES} bytes")
        return await _in_turn(request, principal, lambda: centre.ledger_intake.take(principal, payload))


@router.get("/sightings/keys", responses=problem_responses(409, 503))
def get_sighting_keys(*, principal: Witness, centre: TheCentre) -> MonthKeys:
    """What a box hashes plates with, this month and soon the next; it keeps them in memory only."""
    return centre.sighting_intake.month_keys(principal)


@router.put(
    "/sightings",
    openapi_extra=_body("application/json", {"type": "object", "description": "Sightings, a thousand at most"}),
    responses=problem_responses(409, 413, 422, 429, 503),
)
async def put_sightings(*, request: Request, principal: Witness, centre: TheCentre) -> SightingAnswer:
    """Vehicles that passed the box's cameras, as keyed hashes of their plates; sent twice, they are kept once."""
    with web_context(request).turns.request(str(principal.box_id)):
        payload, whole = await _read(request, MAX_SIGHTINGS_BYTES)
        if not whole:
            raise Invalid(f"sightings have at most {MAX_SIGHTINGS_BYTES} bytes")
        return await _in_turn(request, principal, lambda: centre.sighting_intake.take(principal, payload))


async def _in_turn(request: Request, principal: Principal, work: Callable[[], _Result]) -> _Result:
    async with web_context(request).turns.turn(str(principal.box_id)):
        return await run_in_threadpool(work)


async def _read(request: Request, limit_bytes: int) -> tuple[bytes, bool]:
    """The body, and whether it is all of it: what is too long is not read to its end."""
    came = bytearray()
    async for piece in request.stream():
        came += piece
        if len(came) > limit_bytes:
            return bytes(came[:limit_bytes]), False
    return bytes(came), True
