"""The record, for auditors."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query

from api.audit.audit import MAX_PAGE
from api.persistence.ledger import ChainHead
from api.principals import Permission, Principal
from api.web.documents import EventDocument, EventList, Verification
from api.web.fields import Sha256
from api.web.problems import problem_responses
from api.web.sessions import TheCentre, allow
from domain.errors import Invalid

router = APIRouter(prefix="/audit", tags=["audit"])
Auditor = Annotated[Principal, allow(Permission.AUDIT_READ)]


@router.get("")
def list_events(
    principal: Auditor,
    centre: TheCentre,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    case_id: uuid.UUID | None = None,
) -> EventList:
    """Events of the record in order, after a number."""
    events = centre.audit.page(
        principal, after_seq=after, limit=limit, case_id=str(case_id) if case_id is not None else None
    )
    return EventList(
        items=tuple(EventDocument.of(each, uuid.UUID(each.case_id) if each.case_id else None) for each in events)
    )


@router.get("/verification", responses=problem_responses(422))
def verify(
    principal: Auditor,
    centre: TheCentre,
    kept_seq: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    kept_hash: Annotated[Sha256 | None, Query()] = None,
) -> Verification:
    """Check the chain and every row against it, and that an event kept elsewhere is still in it."""
    if (kept_seq is None) != (kept_hash is None):
        raise Invalid("give kept_seq and kept_hash together")
    kept = ChainHead(seq=kept_seq, hash=kept_hash) if kept_seq is not None and kept_hash is not None else None
    found = centre.audit.verify(principal, kept=kept)
    return Verification(
        intact=found.intact,
        events=found.events,
        head_seq=found.head.seq if found.head else None,
        head_hash=found.head.hash if found.head else None,
        fault=found.fault.problem if found.fault else None,
        wrong_cases=found.wrong_cases,
        wrong_rows=found.wrong_rows,
        not_named=found.not_named,
    )
