"""Alerts for operators."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.alerts import MAX_PAGE
from api.principals import Permission, Principal
from api.web.documents import AlertDocument, AlertList
from api.web.problems import problem_responses
from api.web.sessions import TheCentre, allow

router = APIRouter(prefix="/alerts", tags=["alerts"])
Reader = Annotated[Principal, allow(Permission.ALERTS_READ)]
Operator = Annotated[Principal, allow(Permission.ALERTS_ACKNOWLEDGE)]


@router.get("")
def list_alerts(
    principal: Reader,
    centre: TheCentre,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> AlertList:
    """Alerts that are kept, newest arrival first, also of rules in shadow mode; ``end`` is null while one stands."""
    page = centre.alerts.list(principal, cursor=cursor, limit=limit)
    return AlertList(items=tuple(AlertDocument.of(each) for each in page.items), next_cursor=page.next_cursor)


@router.post("/{alert_id}/acknowledgement", responses=problem_responses(404))
def acknowledge_alert(principal: Operator, centre: TheCentre, alert_id: Annotated[uuid.UUID, Path()]) -> AlertDocument:
    """Take an alert; who was first stays, and is on record."""
    return AlertDocument.of(centre.alerts.acknowledge(principal, alert_id))
