"""Cases for reviewers and auditors."""

import uuid
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from api.cases.case_reader import MAX_PAGE
from api.cases.review import Decision, DecisionName
from api.centre import Centre
from api.persistence.case_search import CaseFilter
from api.principals import Permission, Principal
from api.web.byte_ranges import requested_range
from api.web.documents import (
    CaseDetail,
    CaseList,
    CaseSummary,
    CheckedItem,
    ClockDocument,
    EventDocument,
    EventList,
    FileState,
    PlateEntryDocument,
)
from api.web.fields import Actor, CaseIdPath, FileNamePath, Note, ReasonCode, WordsQuery
from api.web.problems import problem_response, problem_responses
from api.web.sessions import TheCentre, allow
from domain.cases.checklist import checklist
from domain.cases.clocks import DueSoon
from domain.cases.evidence import EvidenceFile
from domain.cases.states import CaseState
from domain.cases.unblurring import MAX_MINUTES
from domain.instants import Instant

router = APIRouter(prefix="/cases", tags=["cases"])
Reader = Annotated[Principal, allow(Permission.CASES_READ)]
Decider = Annotated[Principal, allow(Permission.CASES_DECIDE)]
_SENT_AT_ONCE_BYTES = 256 * 1024
_MEDIA_TYPES = {"mp4": "video/mp4", "jpg": "image/jpeg", "json": "application/json"}
_FILE_CONTENT: Any = {
    media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in _MEDIA_TYPES.values()
}

FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": _FILE_CONTENT},
    206: {"description": "Part of the file", "content": _FILE_CONTENT},
    **problem_responses(404, 409, 416, 503),
}


class UnblurRequest(BaseModel):
    """Why somebody must see an original, and for how long."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    reason_code: ReasonCode  # COMPLAINT, COURT, EVIDENCE_CHECK or POLICE_ASKS
    note: Note = ""
    minutes: Annotated[float, Field(gt=0, le=MAX_MINUTES)] = 15.0


class PlateRequest(BaseModel):
    """A plate as a person reads it; separators are left out."""

    model_config = ConfigDict(extra="forbid")

    plate: Annotated[str, Field(min_length=4, max_length=20, pattern=r"^[^\x00-\x1f]+$")]


class Unblurred(BaseModel):
    """Until when the caller sees the originals of a case."""

    case_id: uuid.UUID
    until: Instant


class DecisionRequest(BaseModel):
    """What a reviewer says."""

    model_config = ConfigDict(extra="forbid")

    decision: DecisionName
    reason_code: ReasonCode | None = None
    note: Note = ""


@router.get("")
def list_cases(
    *,
    principal: Reader,
    centre: TheCentre,
    state: Annotated[list[CaseState], Query(max_length=40)] = [],  # noqa: B006 - FastAPI copies it
    code: WordsQuery = [],  # noqa: B006
    camera: WordsQuery = [],  # noqa: B006
    began_from: Annotated[Instant | None, Query(alias="from")] = None,
    began_to: Annotated[Instant | None, Query(alias="to")] = None,
    ward: WordsQuery = [],  # noqa: B006
    due: DueSoon | None = None,
    answered_by: Annotated[Actor | None, Query()] = None,
    shadow: bool = False,
    oldest_act_first: bool = False,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> CaseList:
    """Cases that fit, newest arrival first. Shadow cases stand apart: ``shadow=true`` lists only them.

    ``due`` asks for clocks that are near their end or over it; only supervisors and auditors ask who answered.
    """
    wanted = CaseFilter(
        states=tuple(state),
        codes=tuple(code),
        cameras=tuple(camera),
        began_from=began_from,
        began_to=began_to,
        wards=tuple(ward),
        due=due,
        answered_by=answered_by,
        shadow=shadow,
        oldest_act_first=oldest_act_first,
    )
    page = centre.cases.list(principal, wanted, cursor=cursor, limit=limit)
    return CaseList(items=tuple(CaseSummary.of(each) for each in page.items), next_cursor=page.next_cursor)


@router.get("/{case_id}", responses=problem_responses(404))
def get_case(response: Response, principal: Reader, centre: TheCentre, case_id: CaseIdPath) -> CaseDetail:
    """One case; the ETag names the version that a decision must be made on."""
    stored, files = centre.cases.get(principal, case_id)
    response.headers["ETag"] = f'"{stored.version}"'
    return CaseDetail(
        summary=CaseSummary.of(stored),
        case=stored.case,
        manifest=stored.manifest,
        signature=stored.signature,
        message_sha256=stored.message_sha256,
        files=tuple(FileState.of(case_id, each) for each in files),
        clocks=tuple(ClockDocument.of(each, centre.store.clock.now()) for each in stored.clocks),
        checklist=tuple(CheckedItem.of(each) for each in checklist(stored.case, stored.manifest, stored.plate_by_hand)),
        plate_by_hand=stored.plate_by_hand,
        plates_entered=tuple(PlateEntryDocument.of(each) for each in stored.entries),
    )


@router.get("/{case_id}/history", responses=problem_responses(404))
def get_history(principal: Reader, centre: TheCentre, case_id: CaseIdPath) -> EventList:
    """Every event of a case in order."""
    events = centre.cases.history(principal, case_id)
    return EventList(items=tuple(EventDocument.of(event, case_id) for event in events))


@router.get(
    "/{case_id}/files/{name}",
    response_class=StreamingResponse,
    responses=FILE_RESPONSES,
)
def get_file(
    principal: Reader,
    centre: TheCentre,
    case_id: CaseIdPath,
    name: FileNamePath,
    byte_range: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
) -> Response:
    """A whole file of a case, or the bytes asked for; its blurred copy, unless the caller sees originals now."""
    return file_answer(centre, case_id, centre.evidence.file(principal, case_id, name), byte_range)


def file_answer(centre: Centre, case_id: uuid.UUID, file: EvidenceFile, byte_range: str | None) -> Response:
    """A file that a person may see, or the bytes of it that were asked for; what is small is sent at once."""
    span = requested_range(byte_range, file.size_bytes)
    start, end = span or (0, file.size_bytes)
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(end - start), "ETag": f'"{file.sha256}"'}
    headers["Cache-Control"] = "private, no-cache"  # of one name there are a copy and an original
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size_bytes}"
    pieces = centre.evidence.pieces(case_id, file.name, start_byte=start, end_byte=end)
    status = HTTPStatus.OK if span is None else HTTPStatus.PARTIAL_CONTENT
    media_type = _MEDIA_TYPES[file.name.rsplit(".", 1)[1]]
    if end - start <= _SENT_AT_ONCE_BYTES:
        return Response(b"".join(pieces), status_code=status, media_type=media_type, headers=headers)
    return StreamingResponse(pieces, status_code=status, media_type=media_type, headers=headers)


@router.put("/{case_id}/plate", response_model=CaseSummary, responses=problem_responses(404, 409))
def enter_plate(
    response: Response, principal: Decider, centre: TheCentre, case_id: CaseIdPath, entered: PlateRequest
) -> CaseSummary:
    """Enter the plate as the caller reads it, before answering; what the networks read stays beside it."""
    stored = centre.entered_plates.enter(principal, case_id, entered.plate)
    response.headers["ETag"] = f'"{stored.version}"'
    return CaseSummary.of(stored)


@router.post("/{case_id}/unblurring", responses=problem_responses(404, 409, 429))
def unblur(principal: Reader, centre: TheCentre, case_id: CaseIdPath, asked: UnblurRequest) -> Unblurred:
    """Let the caller see the originals of one case for some minutes; who, why and until when is on record."""
    until = centre.unblurring.begin(
        principal, case_id, reason_code=asked.reason_code, note=asked.note, minutes=asked.minutes
    )
    return Unblurred(case_id=case_id, until=until)


@router.post(
    "/{case_id}/decision",
    response_model=CaseSummary,
    responses=problem_responses(404, 409, 412, 428),
)
def decide(
    *,
    response: Response,
    principal: Decider,
    centre: TheCentre,
    case_id: CaseIdPath,
    decision: DecisionRequest,
    if_match: Annotated[str | None, Header(alias="If-Match", max_length=40)] = None,
) -> CaseSummary | JSONResponse:
    """Take a step with the version of the case that ``If-Match`` names.

    ``confirm`` or ``reject`` what is queued, ``withdraw`` what the police have not acknowledged, ``requeue`` (with a
    note) or ``close`` what they returned, ``judge_right`` or ``judge_wrong`` what a rule in shadow mode reported.
    """
    version = if_match.strip('"') if if_match else ""
    if not version:
        return problem_response(
            HTTPStatus.PRECONDITION_REQUIRED, "version-required", "send the case's ETag in If-Match"
        )
    decided = Decision(decision=decision.decision, reason_code=decision.reason_code, note=decision.note)
    expected = int(version) if version.isascii() and version.isdigit() else -1
    stored = centre.review.decide(principal, case_id, decided, expected_version=expected)
    response.headers["ETag"] = f'"{stored.version}"'
    return CaseSummary.of(stored)
