"""Every error as problem details (RFC 9457); nothing of the inside leaks."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from api import errors
from api.console.problem_texts import problem_text
from domain.errors import CentreError, Conflict, Invalid, MatThanError, NotAllowed, NotFound

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
TYPES = "https://matthan.invalid/problems"
MAX_FAULTS = 20


class FieldFault(BaseModel):
    """One field that is wrong."""

    model_config = ConfigDict(extra="forbid")

    where: str
    problem: str


class Problem(BaseModel):
    """Problem details."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int
    detail: str = ""
    faults: list[FieldFault] = []


_KINDS: tuple[tuple[type[MatThanError], int, str], ...] = (
    (errors.CodeNeeded, HTTPStatus.UNAUTHORIZED, "code-needed"),
    (errors.Unauthenticated, HTTPStatus.UNAUTHORIZED, "unauthenticated"),
    (errors.StaleVersion, HTTPStatus.PRECONDITION_FAILED, "stale-version"),
    (errors.OffsetMismatch, HTTPStatus.CONFLICT, "offset-mismatch"),
    (errors.TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large"),
    (errors.HashMismatch, HTTPStatus.UNPROCESSABLE_ENTITY, "hash-mismatch"),
    (errors.MessageRefused, HTTPStatus.UNPROCESSABLE_ENTITY, "message-refused"),
    (errors.RangeNotSatisfiable, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "range-not-satisfiable"),
    (errors.TooManyAttempts, HTTPStatus.TOO_MANY_REQUESTS, "too-many-attempts"),
    (errors.TooMuch, HTTPStatus.TOO_MANY_REQUESTS, "too-much"),
    (errors.ProviderUnavailable, HTTPStatus.SERVICE_UNAVAILABLE, "provider-unavailable"),
    (errors.EvidenceLost, HTTPStatus.SERVICE_UNAVAILABLE, "evidence-lost"),
    (errors.StoreUnavailable, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
    (NotFound, HTTPStatus.NOT_FOUND, "not-found"),
    (NotAllowed, HTTPStatus.FORBIDDEN, "not-allowed"),
    (Conflict, HTTPStatus.CONFLICT, "conflict"),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid"),
)
"""Error, status and the last part of the problem's type; the first that fits counts."""


def problem_response(
    status: int,
    kind: str,
    detail: str = "",
    *,
    faults: list[FieldFault] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem as a response."""
    title = HTTPStatus(status).phrase
    problem = Problem(type=f"{TYPES}/{kind}", title=title, status=status, detail=detail, faults=faults or [])
    return JSONResponse(problem.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def problem_of(error: MatThanError) -> Problem:
    """The problem of an error of ours, where one answer holds several."""
    for kind, status, name in _KINDS:
        if isinstance(error, kind):
            return Problem(type=f"{TYPES}/{name}", title=HTTPStatus(status).phrase, status=status, detail=str(error))
    raise error


def error_response(error: MatThanError, detail: str) -> JSONResponse:
    """The response to an error of ours; detail: it, in the reader's words."""
    if isinstance(error, (errors.StoreUnavailable, errors.EvidenceLost)):
        logger.warning("A request could not be served", exc_info=error, extra={"action": "request_unavailable"})
    for kind, status, name in _KINDS:
        if isinstance(error, kind):
            return problem_response(status, name, detail, headers=_headers(error))
    logger.error("An unexpected error of ours", exc_info=error, extra={"action": "request_failed"})
    return problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal")


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's description of the problems that an operation may answer."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def install_problem_handlers(app: FastAPI) -> None:
    """Answer every error of an application with problem details."""

    @app.exception_handler(CentreError)
    async def _ours(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, MatThanError):
            return _internal()
        return error_response(error, _text(request, error))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, RequestValidationError):
            return _internal()
        return _validation(error, _text(request, Invalid("the request is wrong")))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
        return _http_problem(error) if isinstance(error, HTTPException) else _internal()


def _text(request: Request, error: MatThanError) -> str:
    """An error in the reader's language."""
    wants_vietnamese = request.headers.get("Accept-Language", "").lower().startswith("vi")
    return problem_text(error, "vi") if wants_vietnamese else str(error)


def _validation(error: RequestValidationError, text: str) -> JSONResponse:
    faults = [
        FieldFault(where=".".join(str(part) for part in each["loc"]), problem=str(each["msg"]))
        for each in error.errors()[:MAX_FAULTS]
    ]
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", text, faults=faults)


def _http_problem(error: HTTPException) -> JSONResponse:
    names = {
        HTTPStatus.NOT_FOUND: "not-found",
        HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
        HTTPStatus.BAD_REQUEST: "invalid",
    }
    name = names.get(HTTPStatus(error.status_code), "http-error")
    return problem_response(error.status_code, name, headers=error.headers)


def _internal() -> JSONResponse:
    return problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal")


def _headers(error: MatThanError) -> dict[str, str] | None:
    if isinstance(error, errors.Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="matthan"'}
    if isinstance(error, errors.OffsetMismatch):
        return {"Upload-Offset": str(error.offset_bytes)}
    if isinstance(error, errors.RangeNotSatisfiable):
        return {"Content-Range": f"bytes */{error.size_bytes}"}
    if isinstance(error, (errors.TooManyAttempts, errors.TooMuch)):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, errors.StoreUnavailable):
        return {"Retry-After": "5"}
    return None
