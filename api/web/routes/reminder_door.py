"""The door by which boxes tell reminders (docs/reminder-door.md)."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from api.principals import Permission, Principal
from api.web.problems import problem_responses
from api.web.sessions import TheCentre, allow, web_context
from domain.reminder import ReminderAnswer

router = APIRouter(prefix="/reminders", tags=["edge"])
Sender = Annotated[Principal, allow(Permission.REMINDERS_SEND)]
_BODY: Any = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object", "description": "A Reminder with all its steps"}}},
    }
}


@router.post("", openapi_extra=_BODY, responses=problem_responses(409, 413, 422, 429, 503))
async def tell_reminder(*, request: Request, principal: Sender, centre: TheCentre) -> ReminderAnswer:
    """Tell a reminder, whole, whenever its state has changed; what has no more steps than are here changes nothing."""
    turns, box_id = web_context(request).turns, str(principal.box_id)
    with turns.request(box_id):
        payload = await request.body()
        async with turns.turn(box_id):
            return await run_in_threadpool(centre.reminder_intake.take, principal, payload)
