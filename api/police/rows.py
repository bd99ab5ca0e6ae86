"""Rows of cases as the police queue looks at them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from api.persistence.ledger import body_of
from api.persistence.store import Work
from api.persistence.tables import events, leases
from api.police.documents import PulledCase, Receipt
from api.principals import Permission, Principal
from domain.camera import Mode
from domain.cases.states import Action, CaseState
from domain.errors import Conflict, NotAllowed


def require_queue(actor: Principal, queue: str) -> None:
    """Refuse a caller that may not use a queue."""
    actor.require(Permission.QUEUE_USE)
    if not actor.uses_queue(queue):
        raise NotAllowed(f"you may not use the queue {queue}")


def holds(row: Row[Any], actor: Principal, lease_id: uuid.UUID) -> bool:
    """Whether a case went to the caller under this very lease, running or not."""
    return bool(row.lease_holder == actor.holder and row.lease_id == str(lease_id))


def is_with(row: Row[Any], actor: Principal, now: datetime) -> bool:
    """Whether a case is with the caller now."""
    if row.lease_holder != actor.holder or not actor.sees_case(row):
        return False
    return bool(row.state != CaseState.TRANSFERRED or row.lease_expires_at > now)


def require_running(row: Row[Any], actor: Principal, lease_id: uuid.UUID, now: datetime) -> None:
    """Refuse unless the case is leased to the caller, under this lease, now.

    Raises:
        Conflict: it is not.
    """
    if row.state != CaseState.TRANSFERRED or not holds(row, actor, lease_id) or row.lease_expires_at <= now:
        raise Conflict("the lease has expired or is not yours")


def last_event(work: Work, row: Row[Any], action: Action) -> Row[Any] | None:
    """The newest event of a case and a step, if there is one."""
    of_case = select(events).where(events.c.case_id == row.case_id, events.c.action == action.value)
    return work.connection.execute(of_case.order_by(events.c.seq.desc()).limit(1)).one_or_none()


def earlier_return(work: Work, row: Row[Any], actor: Principal, lease_id: uuid.UUID) -> Row[Any] | None:
    """The event by which a case was returned under this very lease of the caller's; it may have gone on since."""
    mine = select(leases).where(leases.c.lease_id == str(lease_id), leases.c.holder == actor.holder)
    if work.connection.execute(mine).one_or_none() is None:
        return None
    of_case = select(events).where(events.c.case_id == row.case_id, events.c.action == Action.RETURN.value)
    returns = work.connection.execute(of_case.order_by(events.c.seq)).all()
    return next((event for event in returns if body_of(event)["lease_id"] == str(lease_id)), None)


def pulled(row: Row[Any]) -> PulledCase:
    """What the police get of a case."""
    return PulledCase(
        case_id=uuid.UUID(row.case_id),
        code=row.code,
        name_vi=row.name_vi,
        name_en=row.name_en,
        legal_ref=row.legal_ref,
        mode=Mode(row.mode),
        vehicle_kind=row.vehicle_kind,
        plate_text=row.plate_by_hand or row.plate_text,
        plate_read=row.plate_text,
        plate_by_hand=row.plate_by_hand is not None,
        plate_kind=row.plate_kind if row.plate_by_hand in {None, row.plate_text} else None,
        plate_colour=row.plate_colour,
        began_at=row.began_at,
        ended_at=row.ended_at,
        camera_id=row.camera_id,
        road=row.road,
        ward=row.ward,
        package_path=f"/api/v1/police/cases/{row.case_id}/package",
    )


def earlier_receipt(work: Work, row: Row[Any], package_sha256: str) -> Receipt:
    """The receipt that was given for a case.

    Raises:
        Conflict: it was given for another package.
    """
    event = last_event(work, row, Action.ACKNOWLEDGE)
    if event is None:
        raise Conflict("no receipt was given for the case")
    body = body_of(event)
    if body["package_sha256"] != package_sha256:
        raise Conflict("a receipt for another package was given already")
    return Receipt(
        receipt_id=uuid.UUID(body["receipt_id"]),
        case_id=uuid.UUID(row.case_id),
        lease_id=uuid.UUID(body["lease_id"]),
        package_sha256=package_sha256,
        received_at=event.at,
        event_seq=event.seq,
        event_hash=event.hash,
    )
