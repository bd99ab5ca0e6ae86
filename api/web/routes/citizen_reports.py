"""The page on which citizens report with a phone, and ask what became of it; plain HTML, no script."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from api import errors
from api.citizens.pages import local, page
from api.citizens.reported import REPORT_WORDS, Filed
from api.citizens.words import PAGE_WORDS
from api.web.problems import problem_of
from api.web.routes.citizens import CitizenRoute, language_of
from api.web.routes.reports import new_report
from api.web.sessions import TheCentre, anyone, require_same_origin, the_centre
from domain.errors import Invalid

router = APIRouter(route_class=CitizenRoute, dependencies=[anyone()])
Typed = Annotated[str, Form()]


@router.get("/phan-anh")
def report_form(request: Request) -> HTMLResponse:
    """The form."""
    return _page(request)


class AdmittedPageRoute(CitizenRoute):
    """The form's target: who sends too much is told so before a byte of the body is read."""

    async def before(self, request: Request) -> Response | None:
        """Count who sends."""
        require_same_origin(request, strict=False)
        try:
            await run_in_threadpool(the_centre(request).report_intake.admit, _address(request))
        except (errors.TooManyAttempts, errors.TooMuch) as error:
            return _wait(request, error)
        return None


door = APIRouter(route_class=AdmittedPageRoute, dependencies=[anyone()])


@door.post("/phan-anh")
def send(
    *,
    request: Request,
    centre: TheCentre,
    files: Annotated[list[UploadFile], File()],
    words: Typed = "",
    place: Typed = "",
    name: Typed = "",
    contact: Typed = "",
) -> HTMLResponse:
    """Take a report in; the page that answers shows number and code this once."""
    new = new_report(files, words=words, place=place, acted_at=None, name=name, contact=contact)
    try:
        filed = centre.report_intake.take(new)
    except Invalid as error:
        return _page(request, problem=_say(request, "report_wrong"), status=problem_of(error).status)
    except errors.TooMuch as error:
        return _wait(request, error)
    return _page(request, filed=filed, status=HTTPStatus.CREATED)


router.include_router(door)


def _wait(request: Request, error: errors.TooManyAttempts | errors.TooMuch) -> HTMLResponse:
    waits = _say(request, "report_too_many", seconds=error.retry_after_s)
    answer = _page(request, problem=waits, status=HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


@router.post("/phan-anh/tinh-trang")
def ask_state(request: Request, centre: TheCentre, number: Typed = "", code: Typed = "") -> HTMLResponse:
    """Where a report is."""
    try:
        state, since = centre.report_intake.state(number, code, address=_address(request))
    except errors.TooManyAttempts as error:
        waits = _say(request, "too_many", seconds=error.retry_after_s)
        return _page(request, state_problem=waits, status=HTTPStatus.TOO_MANY_REQUESTS)
    except errors.Unauthenticated:
        return _page(request, state_problem=_say(request, "report_unknown"), status=HTTPStatus.FORBIDDEN)
    return _page(request, state=REPORT_WORDS[state].of(language_of(request)), since=local(since))


def _page(
    request: Request,
    *,
    filed: Filed | None = None,
    problem: str = "",
    state: str = "",
    since: str = "",
    state_problem: str = "",
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    shown = page(
        "report",
        language_of(request),
        path="phan-anh",
        filed=filed,
        problem=problem,
        state=state,
        since=since,
        state_problem=state_problem,
    )
    return HTMLResponse(shown, status_code=status)


def _say(request: Request, key: str, **filled: Any) -> str:
    return PAGE_WORDS[key].of(language_of(request)).format(**filled)


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
