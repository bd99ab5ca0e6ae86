"""Citizens' pages: plain HTML without a script, for whoever comes; a case opens by its notice's number and code."""

import logging
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Header, Request
from fastapi import Path as PathParameter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute

from api import errors
from api.centre import Centre
from api.citizens.error_report import ErrorReport
from api.citizens.figure_texts import figures_csv, figures_page, report_csv, report_pdf
from api.citizens.own_case import VISIT
from api.citizens.pages import own_case_page, page
from api.citizens.words import PAGE_WORDS
from api.web.fields import FileNamePath
from api.web.middleware import CITIZENS_PREFIX
from api.web.problems import problem_of
from api.web.routes.cases import file_answer
from api.web.sessions import TheCentre, anyone, require_same_origin, web_context
from domain.cases.words import Language
from domain.errors import Conflict, Invalid, MatThanError, NotFound

logger = logging.getLogger(__name__)
VISIT_COOKIE = "matthan_visit"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with "no-referrer" a browser tells no origin of a form either
    "X-Robots-Tag": "noindex",
}
_STYLE = Path(__file__).parents[2] / "citizens" / "style.css"
_CASE = f"{CITIZENS_PREFIX}/vu-viec"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class CitizenRoute(APIRoute):
    """Answers what goes wrong with a page in words, not with a document for machines."""

    async def before(self, request: Request) -> Response | None:  # noqa: ARG002 - for routes that look at it
        """What is answered before a byte of the body is read; None: nothing keeps it from being read."""
        return None

    def get_route_handler(self) -> Handler:
        """The route's handler, with its errors as pages."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                answer = await self.before(request) or await inner(request)
            except MatThanError as error:
                answer = _refused(request, error)
            except RequestValidationError:
                gone = request.method == "GET"
                words = PAGE_WORDS["page_missing" if gone else "form_wrong"].of(language_of(request))
                answer = _message(request, words, HTTPStatus.NOT_FOUND if gone else HTTPStatus.UNPROCESSABLE_ENTITY)
            for name, value in HEADERS.items():
                answer.headers.setdefault(name, value)
            return answer

        return handle


router = APIRouter(route_class=CitizenRoute, dependencies=[anyone()])
Month = Annotated[str, PathParameter(pattern=r"^[0-9]{4}-[0-9]{2}$")]
_PUBLIC = {"Cache-Control": "public, max-age=300"}
Typed = Annotated[str, Form()]


@router.get("")
def home(request: Request) -> HTMLResponse:
    """Where citizens begin."""
    return HTMLResponse(page("home", language_of(request), path=""))


@router.get("/style.css")
def style() -> FileResponse:
    """The pages' one style sheet."""
    return FileResponse(_STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/so-lieu")
def figures(request: Request, centre: TheCentre, month: str = "") -> HTMLResponse:
    """The figures of a month, the newest where none is named."""
    months = centre.public_figures.months()
    if month and month not in months:
        raise NotFound(f"there are no figures of {month!r}")
    shown = centre.public_figures.month(month or months[0]) if months else None
    reports = centre.public_figures.reports()
    return HTMLResponse(figures_page(shown, language_of(request), months=months, reports=reports), headers=_PUBLIC)


@router.get("/so-lieu/{month}.csv")
def figures_as_csv(centre: TheCentre, month: Month) -> Response:
    """The figures of a month as CSV."""
    found = centre.public_figures.month(month)
    if found is None:
        raise NotFound(f"there are no figures of {month}")
    return _download(figures_csv(found).encode(), "text/csv; charset=utf-8", f"so-lieu-{month}.csv")


@router.get("/bao-cao/{month}.csv")
def report_as_csv(centre: TheCentre, month: Month) -> Response:
    """The error report of a month as CSV."""
    return _download(report_csv(_report(centre, month)).encode(), "text/csv; charset=utf-8", f"bao-cao-{month}.csv")


@router.get("/bao-cao/{month}.pdf")
def report_as_pdf(centre: TheCentre, month: Month) -> Response:
    """The error report of a month as PDF."""
    return _download(report_pdf(_report(centre, month)), "application/pdf", f"bao-cao-{month}.pdf")


@router.get("/vu-viec")
def own_case(request: Request, centre: TheCentre) -> HTMLResponse:
    """The case of a visit, or the form that opens one."""
    token = request.cookies.get(VISIT_COOKIE)
    if token is None:
        return _form(request, None)
    try:
        seen = centre.citizens.look(token)
    except errors.Unauthenticated:
        answer = _form(request, "visit_over")
        _drop(request, answer)
        return answer
    return HTMLResponse(own_case_page(seen, language_of(request), now=centre.store.clock.now()))


@router.post("/vu-viec")
def open_case(request: Request, centre: TheCentre, number: Typed = "", code: Typed = "") -> Response:
    """Begin a visit with the notice's number and code."""
    require_same_origin(request, strict=False)
    address = request.client.host if request.client else "unknown"
    try:
        token = centre.citizens.open(number, code, address=address)
    except errors.TooManyAttempts as error:
        answer = _form(request, "too_many", HTTPStatus.TOO_MANY_REQUESTS, seconds=error.retry_after_s)
        answer.headers["Retry-After"] = str(error.retry_after_s)
        return answer
    except errors.Unauthenticated:
        return _form(request, "wrong", HTTPStatus.FORBIDDEN)
    done = _to(request, _CASE)
    done.set_cookie(
        VISIT_COOKIE,
        token,
        max_age=int(VISIT.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=web_context(request).secure,
        path=_CASE,
    )
    return done


@router.get("/vu-viec/tep/{name}")
def own_file(
    request: Request,
    centre: TheCentre,
    name: FileNamePath,
    byte_range: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
) -> Response:
    """A blurred picture or clip of the case of a visit."""
    case_id, file = centre.citizens.file(request.cookies.get(VISIT_COOKIE, ""), name)
    return file_answer(centre, case_id, file, byte_range)


@router.post("/vu-viec/phan-doi")
def object_to_it(request: Request, centre: TheCentre, words: Typed = "") -> Response:
    """Object to the case of a visit."""
    require_same_origin(request, strict=True)
    token, language = request.cookies.get(VISIT_COOKIE, ""), language_of(request)
    try:
        centre.citizens.object(token, words)
    except (Invalid, Conflict) as error:
        key = "object_empty" if isinstance(error, Invalid) else "object_too_late"
        seen = centre.citizens.look(token)
        shown = own_case_page(seen, language, now=centre.store.clock.now(), problem=PAGE_WORDS[key].of(language))
        return HTMLResponse(shown, status_code=problem_of(error).status)
    return _to(request, _CASE)


@router.post("/vu-viec/dong")
def close_case(request: Request, centre: TheCentre) -> Response:
    """End a visit."""
    require_same_origin(request, strict=True)
    centre.citizens.close(request.cookies.get(VISIT_COOKIE, ""))
    done = _to(request, CITIZENS_PREFIX)
    _drop(request, done)
    return done


def _report(centre: Centre, month: str) -> ErrorReport:
    found = centre.public_figures.report(month)
    if found is None:
        raise NotFound(f"there is no error report of {month}")
    return found


def _download(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'} | _PUBLIC
    return Response(content, media_type=media_type, headers=headers)


def language_of(request: Request) -> Language:
    """Vietnamese unless the address asks for English."""
    return "en" if request.query_params.get("lang") == "en" else "vi"


def _to(request: Request, path: str) -> RedirectResponse:
    return RedirectResponse(f"{path}?lang={language_of(request)}", status_code=HTTPStatus.SEE_OTHER)


def _form(request: Request, key: str | None, status: int = HTTPStatus.OK, **filled: Any) -> HTMLResponse:
    language = language_of(request)
    problem = None if key is None else PAGE_WORDS[key].of(language).format(**filled)
    return HTMLResponse(page("open_case", language, path="vu-viec", problem=problem), status_code=status)


def _drop(request: Request, answer: Response) -> None:
    secure = web_context(request).secure
    answer.delete_cookie(VISIT_COOKIE, path=_CASE, httponly=True, samesite="strict", secure=secure)


def _refused(request: Request, error: MatThanError) -> HTMLResponse:
    """The page of an error: our own words, never the error's, which are for machines."""
    try:
        status = problem_of(error).status
    except MatThanError:
        logger.exception("A citizen's page failed", extra={"action": "request_failed", "path": request.url.path})
        status = HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(error, errors.Unauthenticated):
        return _message(request, PAGE_WORDS["visit_over"].of(language_of(request)), HTTPStatus.FORBIDDEN)
    key = "page_missing" if isinstance(error, NotFound) else "try_later"
    return _message(request, PAGE_WORDS[key].of(language_of(request)), status)


def _message(request: Request, text: str, status: int) -> HTMLResponse:
    return HTMLResponse(page("message", language_of(request), text=text, path="vu-viec"), status_code=status)
