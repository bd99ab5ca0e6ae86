"""Cases that may be one act, or show two: shown, judged by people, split again, cloned."""

import uuid
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.cases.clones import SecondAct
from api.principals import Permission, Principal
from api.web.documents import CaseSummary
from api.web.documents_of_duplicates import OtherCaseDocument
from api.web.fields import CaseIdPath, Note, Word
from api.web.problems import problem_response, problem_responses
from api.web.sessions import TheCentre, allow
from domain.cases.duplicates import Judgement
from domain.cases.evidence import FileName

router = APIRouter(prefix="/cases", tags=["cases"])
Reader = Annotated[Principal, allow(Permission.CASES_READ)]
Decider = Annotated[Principal, allow(Permission.CASES_DECIDE)]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=40)]


class JudgementRequest(BaseModel):
    """What a person says of two cases."""

    model_config = ConfigDict(extra="forbid")

    other_id: uuid.UUID
    judgement: Literal["same", "different"]
    lead_id: uuid.UUID | None = None  # which of the two goes on; left out: the centre's rule says


class SplitRequest(BaseModel):
    """Why a case is no duplicate after all."""

    model_config = ConfigDict(extra="forbid")

    note: Note


class CloneRequest(BaseModel):
    """What else the evidence of a case shows."""

    model_config = ConfigDict(extra="forbid")

    offence_code: Word
    vehicle_kind: Literal["car", "motorbike"]
    subject: Annotated[int, Field(ge=1, le=9)]  # 1: the vehicle of the case; 2 and more: another in its clip
    track_id: Annotated[int, Field(ge=0, le=2**53)] | None = None  # of another vehicle, in the overlay
    moments: Annotated[dict[Word, FileName], Field(max_length=10)] = {}  # which full still shows which decisive moment
    note: Note


@router.get("/{case_id}/duplicates", responses=problem_responses(404))
def list_duplicates(principal: Reader, centre: TheCentre, case_id: CaseIdPath) -> list[OtherCaseDocument]:
    """Other cases that may be, or are, the same act; each is noted as seen."""
    return [OtherCaseDocument.of(each) for each in centre.duplicates.of(principal, case_id)]


@router.post("/{case_id}/duplicates", response_model=CaseSummary, responses=problem_responses(404, 409, 412, 428))
def judge_duplicate(
    *,
    response: Response,
    principal: Decider,
    centre: TheCentre,
    case_id: CaseIdPath,
    said: JudgementRequest,
    if_match: IfMatch = None,
) -> CaseSummary | JSONResponse:
    """Say whether two cases are one act, on the version of the first that ``If-Match`` names.

    ``same``: one leads, the other becomes ``duplicate``, and its evidence is reached from the lead.
    ``different``: both go on.
    """
    version = _version(if_match)
    if version is None:
        return _version_required()
    stored = centre.duplicates.judge(
        principal,
        case_id,
        said.other_id,
        Judgement(said.judgement),
        expected_version=version,
        lead_id=said.lead_id,
    )
    response.headers["ETag"] = f'"{stored.version}"'
    return CaseSummary.of(stored)


@router.post("/{case_id}/split", response_model=CaseSummary, responses=problem_responses(404, 409, 412, 428))
def split_case(
    *,
    response: Response,
    principal: Decider,
    centre: TheCentre,
    case_id: CaseIdPath,
    asked: SplitRequest,
    if_match: IfMatch = None,
) -> CaseSummary | JSONResponse:
    """Take a duplicate out of the case that leads it; it waits for its first look again."""
    version = _version(if_match)
    if version is None:
        return _version_required()
    stored = centre.duplicates.split(principal, case_id, note=asked.note, expected_version=version)
    response.headers["ETag"] = f'"{stored.version}"'
    return CaseSummary.of(stored)


@router.post(
    "/{case_id}/clone",
    status_code=HTTPStatus.CREATED,
    response_model=CaseSummary,
    responses=problem_responses(404, 409, 412, 428, 503),
)
def clone_case(
    *,
    principal: Decider,
    centre: TheCentre,
    case_id: CaseIdPath,
    said: CloneRequest,
    if_match: IfMatch = None,
) -> CaseSummary | JSONResponse:
    """Make a case of a second act that the evidence shows; asked again, the answer is the clone that there is."""
    version = _version(if_match)
    if version is None:
        return _version_required()
    act = SecondAct(
        offence_code=said.offence_code,
        vehicle_kind=said.vehicle_kind,
        subject=said.subject,
        moments=said.moments,
        note=said.note,
        track_id=said.track_id,
    )
    return CaseSummary.of(centre.clones.make(principal, case_id, act, expected_version=version))


def _version(if_match: str | None) -> int | None:
    """The version that a header names; -1 where it names none that can be, None where it is not there."""
    text = if_match.strip('"') if if_match else ""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() else -1


def _version_required() -> JSONResponse:
    return problem_response(HTTPStatus.PRECONDITION_REQUIRED, "version-required", "send the case's ETag in If-Match")
