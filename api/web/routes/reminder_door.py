"""The door by which boxes tell reminders (docs/reminder-door.md)."""

import uuid
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool

from api.principals import Permission, Principal
from api.web.problems import problem_responses
from api.web.sessions import TheCentre, allow, web_context
from domain.reminder import MOST_PICTURES, ReminderAnswer

StepPath = Annotated[int, Path(ge=0, lt=MOST_PICTURES)]
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


_PICTURE: Any = {
    "requestBody": {
        "required": True,
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.put(
    "/{reminder_id}/pictures/{step}",
    status_code=HTTPStatus.NO_CONTENT,
    openapi_extra=_PICTURE,
    responses=problem_responses(404, 413, 422, 429, 503),
)
async def bring_picture(
    *, request: Request, principal: Sender, centre: TheCentre, reminder_id: uuid.UUID, step: StepPath
) -> None:
    """Bring a picture that a reminder's message has named; one that is here already changes nothing."""
    turns, box_id = web_context(request).turns, str(principal.box_id)
    with turns.request(box_id):
        content = await request.body()
        async with turns.turn(box_id):
            await run_in_threadpool(centre.reminder_pictures.take, principal, reminder_id, step, content)
