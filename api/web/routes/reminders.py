"""Reminders for the ward and for operators."""

import uuid
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from api.principals import Permission, Principal
from api.reminders.reminders import MAX_PAGE
from api.web.documents_of_reminders import ReminderDetail, ReminderList, ReminderSummary
from api.web.fields import CaseIdPath, Note
from api.web.problems import problem_response, problem_responses
from api.web.routes.reminder_door import StepPath
from api.web.sessions import TheCentre, allow
from domain.reminder_outcome import ReminderOutcome

router = APIRouter(tags=["reminders"])
Reader = Annotated[Principal, allow(Permission.REMINDERS_READ)]
Answerer = Annotated[Principal, allow(Permission.REMINDERS_ANSWER)]
CaseReader = Annotated[Principal, allow(Permission.CASES_READ)]
ReminderId = Annotated[uuid.UUID, Path()]

_PICTURE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {}}},
    **problem_responses(404, 503),
}


class AnswerRequest(BaseModel):
    """What a person made of a reminder."""

    model_config = ConfigDict(extra="forbid")

    outcome: ReminderOutcome
    note: Note = ""  # the reason, where it is not so


@router.get("/reminders")
def list_reminders(
    principal: Reader,
    centre: TheCentre,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> ReminderList:
    """Reminders, newest arrival first, also of rules in shadow mode; people of a ward see those of their ward."""
    page = centre.reminders.list(principal, cursor=cursor, limit=limit)
    return ReminderList(items=tuple(ReminderSummary.of(each) for each in page.items), next_cursor=page.next_cursor)


@router.get("/reminders/{reminder_id}", responses=problem_responses(404))
def get_reminder(response: Response, principal: Reader, centre: TheCentre, reminder_id: ReminderId) -> ReminderDetail:
    """One reminder; the ETag names the version that an answer must be given on."""
    opened = centre.reminders.open(principal, reminder_id)
    response.headers["ETag"] = f'"{opened.listed.version}"'
    return ReminderDetail.of(opened)


@router.get(
    "/reminders/{reminder_id}/pictures/{step}",
    response_class=Response,
    responses=_PICTURE_RESPONSES,
)
def get_picture(principal: Reader, centre: TheCentre, reminder_id: ReminderId, step: StepPath) -> Response:
    """The place at one step, people and vehicles covered (JPEG)."""
    return Response(centre.reminder_pictures.read(principal, reminder_id, step), media_type="image/jpeg")


@router.post(
    "/reminders/{reminder_id}/answers",
    response_model=ReminderDetail,
    responses=problem_responses(404, 409, 412, 428),
)
def answer_reminder(
    *,
    response: Response,
    principal: Answerer,
    centre: TheCentre,
    reminder_id: ReminderId,
    said: AnswerRequest,
    if_match: Annotated[str | None, Header(alias="If-Match", max_length=40)] = None,
) -> ReminderDetail | JSONResponse:
    """Put on record what was done at the place, or, with a reason, that it is not so (``If-Match``: the version)."""
    version = if_match.strip('"') if if_match else ""
    if not version:
        return problem_response(
            HTTPStatus.PRECONDITION_REQUIRED, "version-required", "send the reminder's ETag in If-Match"
        )
    expected = int(version) if version.isascii() and version.isdigit() else -1
    opened = centre.reminders.answer(principal, reminder_id, said.outcome, note=said.note, expected_version=expected)
    response.headers["ETag"] = f'"{opened.listed.version}"'
    return ReminderDetail.of(opened)


@router.get("/cases/{case_id}/reminder", responses=problem_responses(404))
def get_reminder_of_case(principal: CaseReader, centre: TheCentre, case_id: CaseIdPath) -> ReminderDetail | None:
    """The reminder that a case came of, with earlier ones of the same zone; null where it came of none."""
    opened = centre.reminders.of_case(principal, case_id)
    return None if opened is None else ReminderDetail.of(opened)
