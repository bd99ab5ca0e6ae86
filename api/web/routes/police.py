"""The police pull."""

import uuid
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api.police.documents import Lease, Outcome, PoliceCaseState, Receipt
from api.police.long_poll import MAX_WAIT_S
from api.principals import Permission, Principal
from api.web.fields import CaseIdPath, IdempotencyKey, Note, QueuePath, ReasonCode, Sha256
from api.web.problems import problem_responses
from api.web.sessions import TheCentre, allow, caller

router = APIRouter(prefix="/police", tags=["police"])
Officer = Annotated[Principal, allow(Permission.QUEUE_USE)]
_ZIP: Any = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
_PACKAGE_RESPONSES: dict[int | str, dict[str, Any]] = {200: {"content": _ZIP}, **problem_responses(404, 503)}
LeaseSeconds = Annotated[float, Field(ge=1, le=7 * 86_400)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class PullRequest(_Request):
    """How many cases, for how long."""

    n: Annotated[int, Field(ge=1, le=500)] = 10
    lease_s: LeaseSeconds | None = None
    wait_s: Annotated[float, Field(ge=0, le=MAX_WAIT_S)] = 0.0  # for a case, where none waits


class ExtendRequest(_Request):
    """For how long from now."""

    lease_s: LeaseSeconds | None = None


class AcknowledgeRequest(_Request):
    """The lease, and the hash of the package as it arrived."""

    lease_id: uuid.UUID
    package_sha256: Sha256


class ReturnRequest(_Request):
    """Why the case comes back."""

    lease_id: uuid.UUID
    reason_code: ReasonCode
    note: Note = ""


class ProcessedRequest(_Request):
    """What became of the case."""

    outcome: Outcome
    note: Note = ""


@router.post("/queues/{queue}/pull", responses=problem_responses(409))
async def pull(
    *,
    request: Request,
    principal: Officer,
    centre: TheCentre,
    queue: QueuePath,
    wanted: PullRequest,
    idempotency_key: IdempotencyKey,
) -> Lease:
    """Lease cases; the same key with the same request gives the same answer, as far as there was a case in it."""
    let_in = [principal]

    def ask() -> Lease:
        who = let_in.pop() if let_in else caller(request)  # a key that was revoked while it waited gets nothing
        who.require(Permission.QUEUE_USE)
        return centre.police.pull(who, queue, n=wanted.n, lease_s=wanted.lease_s, idempotency_key=idempotency_key)

    return await centre.long_polls.pull(
        queue, wait_s=wanted.wait_s, ask=partial(run_in_threadpool, ask), gone=request.is_disconnected
    )


@router.post("/leases/{lease_id}/extend", responses=problem_responses(404, 409))
def extend(
    principal: Officer, centre: TheCentre, lease_id: Annotated[uuid.UUID, Path()], wanted: ExtendRequest
) -> Lease:
    """Let a running lease end later."""
    return centre.police.extend(principal, lease_id, lease_s=wanted.lease_s)


@router.get(
    "/cases/{case_id}/package",
    response_class=StreamingResponse,
    responses=_PACKAGE_RESPONSES,
)
def get_package(principal: Officer, centre: TheCentre, case_id: CaseIdPath) -> StreamingResponse:
    """The sealed package of a case that is with the caller; its hash goes into the acknowledgement."""
    return StreamingResponse(
        centre.police.package(principal, case_id),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{case_id}.zip"'},
    )


@router.post("/cases/{case_id}/acknowledge", responses=problem_responses(404, 409))
def acknowledge(principal: Officer, centre: TheCentre, case_id: CaseIdPath, body: AcknowledgeRequest) -> Receipt:
    """Take a case over; asked again, the same receipt."""
    return centre.police.acknowledge(principal, case_id, lease_id=body.lease_id, package_sha256=body.package_sha256)


@router.post("/cases/{case_id}/return", responses=problem_responses(404, 409))
def give_back(principal: Officer, centre: TheCentre, case_id: CaseIdPath, body: ReturnRequest) -> PoliceCaseState:
    """Give a case back with a reason."""
    return centre.police.give_back(
        principal, case_id, lease_id=body.lease_id, reason_code=body.reason_code, note=body.note
    )


@router.post("/cases/{case_id}/processed", responses=problem_responses(404, 409))
def processed(principal: Officer, centre: TheCentre, case_id: CaseIdPath, body: ProcessedRequest) -> PoliceCaseState:
    """Report what became of a received case."""
    return centre.police.processed(principal, case_id, outcome=body.outcome, note=body.note)
