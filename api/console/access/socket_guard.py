"""The console's socket opens only to our own pages and a running session, and only to the page that the session opened.

NiceGUI takes whoever knows a page's client id for its owner. Here a page belongs to the session that asked for it: the
connection is checked before it is accepted, and every message of it must name that very page.
"""

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import isawaitable, unwrap
from typing import Any
from urllib.parse import parse_qs

from nicegui import Client
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import Unauthenticated
from api.people.secrets_of_accounts import sha256_text
from api.people.sign_in import SignIn
from api.web.sessions import is_our_page, session_token
from domain.errors import CentreError

logger = logging.getLogger(__name__)
_SESSION = "matthan.session"  # in the scope: whose connection it is
_MESSAGES = ("handshake", "event", "javascript_response", "ack", "log")
_POLICY_VIOLATION = 1008  # RFC 6455


class PageOwners:
    """Which session opened which page; sessions are kept as hashes of their tokens."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}

    def add(self, client: Client, token: str) -> None:
        """The page belongs to the session, until the page is gone."""
        self._owners[client.id] = sha256_text(token)
        client.on_delete(lambda: self._owners.pop(client.id, None))

    def may_use(self, client_id: str, session: str) -> bool:
        """Whether a page is of this session."""
        return self._owners.get(client_id) == session

    def is_anothers(self, client_id: str, session: str) -> bool:
        """Whether a page is known and of another session."""
        return client_id in self._owners and not self.may_use(client_id, session)


class SocketGuard:
    """Refuses a connection to the socket that is not of our own pages and of a running session.

    Args:
        app: what answers.
        path: of the socket.
        sign_in: knows sessions.
        owners: of pages.
    """

    def __init__(self, app: ASGIApp, *, path: str, sign_in: SignIn, owners: PageOwners) -> None:
        self._app = app
        self._path = path
        self._sign_in = sign_in
        self._owners = owners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] in {"http", "websocket"} and scope["path"].startswith(self._path):
            session = await self._session(scope)
            if session is None:
                await _refuse(scope, receive, send)
                return
            scope[_SESSION] = session
        await self._app(scope, receive, send)

    async def _session(self, scope: Scope) -> str | None:
        connection = HTTPConnection(scope)
        token = session_token(connection)
        if token is None or not is_our_page(connection):
            return None
        try:
            await run_in_threadpool(self._sign_in.by_session, token, in_use=False)
        except Unauthenticated:
            return None
        except CentreError:
            logger.exception("A session could not be checked", extra={"action": "socket_unchecked"})
            return None
        session = sha256_text(token)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("client_id", [])
        return None if any(self._owners.is_anothers(each, session) for each in asked) else session


def guard_messages(server: Any, owners: PageOwners) -> None:
    """Have every message of the socket's server checked: it may name only a page of the connection's own session.

    Args:
        server: NiceGUI's socket.io server, with its handlers in place.
        owners: of pages.
    """
    handlers = server.handlers["/"]
    for name in _MESSAGES:
        handlers[name] = _checked(unwrap(handlers[name]), server, owners)  # a second centre in a test takes its place


def _checked(handler: Callable[..., Any], server: Any, owners: PageOwners) -> Callable[..., Awaitable[Any]]:
    @wraps(handler)
    async def checked(sid: str, message: Any) -> Any:
        session = server.get_environ(sid)["asgi.scope"].get(_SESSION)
        client_id = message.get("client_id") if isinstance(message, dict) else None
        if session is None or not isinstance(client_id, str) or not owners.may_use(client_id, session):
            return False
        answer = handler(sid, message)
        return await answer if isawaitable(answer) else answer

    return checked


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})  # before it was accepted: HTTP 403
        return
    await PlainTextResponse("forbidden", status_code=403)(scope, receive, send)


class WithoutQueries(logging.Filter):
    """Cuts the query off every address in a log line: the socket's names pages, which are secrets of their sessions."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the line through, cut."""
        if isinstance(record.args, tuple):
            record.args = tuple(_without_query(each) for each in record.args)
        return True


def _without_query(value: object) -> object:
    return value.partition("?")[0] if isinstance(value, str) and value.startswith("/") else value
