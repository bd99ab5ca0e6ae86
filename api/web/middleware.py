"""Limits and headers for every request, as plain ASGI: bodies are counted as they come, never collected first."""

import asyncio
import logging
from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.problems import problem_response

logger = logging.getLogger(__name__)
API_PREFIX = "/api/"
CITIZENS_PREFIX = "/cong-dan"
MAX_BODY_BYTES = 64 * 1024
MAX_UPLOAD_BYTES = 4 * 1024 * 1024
UPLOAD_PREFIX = "/api/v1/edge/"
MAX_REPORT_BYTES = 48 * 1024 * 1024
REPORT_DOORS = frozenset({"/api/v1/reports", f"{CITIZENS_PREFIX}/phan-anh"})  # citizens' photos and videos

API_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ALL_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def _limit_of(path: str) -> int:
    if path in REPORT_DOORS:
        return MAX_REPORT_BYTES
    return MAX_UPLOAD_BYTES if path.startswith(UPLOAD_PREFIX) else MAX_BODY_BYTES


class _BodyTooLarge(Exception):
    """More came than is allowed."""


class _BodyTooSlow(Exception):
    """Less came than any honest line brings."""


class BodyLimit:
    """Refuses bodies that are too large, declared or not, and gives up on those that do not come.

    Args:
        app: what answers.
        grace_s: a body may take so long,
        bytes_a_second: and a second more for every so many bytes that have come.
    """

    def __init__(self, app: ASGIApp, *, grace_s: float = 30.0, bytes_a_second: float = 16 * 1024) -> None:
        self._app = app
        self._grace_s = grace_s
        self._bytes_a_second = bytes_a_second

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: C901
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith((API_PREFIX, CITIZENS_PREFIX)):
            await self._app(scope, receive, send)
            return
        limit = _limit_of(scope["path"])
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        # a case message that is too long is refused on record by its route, which reads no more of it than it may
        by_route = scope["method"] == "PUT" and scope["path"].startswith(UPLOAD_PREFIX)
        if not declared.isdigit() or (int(declared) > limit and not by_route):
            await _too_large(limit)(scope, receive, send)
            return
        answered, seen, whole = False, 0, False
        began_s = asyncio.get_running_loop().time()

        async def counted() -> Message:
            nonlocal seen, whole
            if whole:
                return await receive()  # from here on it only says that the client has left
            try:
                async with asyncio.timeout_at(began_s + self._grace_s + seen / self._bytes_a_second):
                    message = await receive()
            except TimeoutError:
                raise _BodyTooSlow from None
            seen += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if seen > limit:
                raise _BodyTooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal answered
            if seen > limit and not answered:
                raise _BodyTooLarge  # whatever the application made of the broken body is not the answer
            answered = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _BodyTooLarge:
            if answered:
                raise
            await _too_large(limit)(scope, receive, send)
        except _BodyTooSlow:
            if answered:
                raise
            await _too_slow()(scope, receive, send)


class Guard:
    """Puts the security headers on every answer, and answers what nobody foresaw without a reason."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        in_api = scope["path"].startswith(API_PREFIX)
        answered = False

        async def guarded(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                headers = MutableHeaders(scope=message)
                for name, value in ({**ALL_HEADERS, **API_HEADERS} if in_api else ALL_HEADERS).items():
                    headers.setdefault(name, value)
                if self._secure:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception:
            logger.exception("A request failed", extra={"action": "request_failed", "path": scope["path"]})
            if answered:
                raise
            await problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal")(scope, receive, guarded)


def _too_large(limit: int) -> ASGIApp:
    detail = f"a body has at most {limit} bytes here"
    return problem_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", detail, headers={"Connection": "close"})


def _too_slow() -> ASGIApp:
    detail = "the body did not come in time"
    return problem_response(HTTPStatus.REQUEST_TIMEOUT, "too-slow", detail, headers={"Connection": "close"})
