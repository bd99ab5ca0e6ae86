"""The HTTP server, bounded by itself: a head must come whole in time and not be long, proxy or none before it.

Bodies are bounded by ``api/web/middleware.py``.
"""

import asyncio
import gc
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_WITHIN_S = 10.0
MAX_HEAD_BYTES = 32 * 1024  # request line and all headers, so their number is bounded too
KEEP_ALIVE_S = 15
MAX_CONNECTIONS = 2000
_GRACEFUL_S = 10
_MOST_WAITING = 16  # requests of one connection that came before those before them were answered
_TOO_LONG = "The head of the request is too long."


class BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose next head has begun, or could have from the start, and does not come whole in time.

    What is no part of a body is refused when it is too long: heads, what follows a body, what describes its chunks. The
    parser itself would take any, reads the body of a request that asks for another protocol as the next request, and
    would let what follows a body speak as a head.
    """

    _head_deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0  # of it that the parser has told of
    _unread_bytes = 0  # that came since the last request was whole, or a part of a body
    _in_body = False
    _handed_over = False  # to a socket, which has no heads any more

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has left."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """It says something: part of a head, of a body, or both."""
        self._unread_bytes += len(data)  # heads and bodies that end in it take it back
        super().data_received(data)
        if self._handed_over or self.transport.is_closing():
            return
        if self._unread_bytes > MAX_HEAD_BYTES:
            self.send_400_response(_TOO_LONG)
        elif not self._in_body and getattr(self.cycle, "response_complete", True):
            self._wait_for_head()  # there is no request yet, or the last one was answered

    def on_message_begin(self) -> None:
        """A head begins."""
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the request's line came."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header came."""
        self._count(len(name) + len(value))
        if not self._in_body:  # what follows a body says nothing of who asks
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._refuse_two_readings()
        self._in_body = True
        self._head_came()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body came."""
        self._unread_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A body is whole."""
        self._in_body = False
        self._unread_bytes = 0
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Another protocol takes the connection over."""
        self._handed_over = True
        self._head_came()
        super().handle_websocket_upgrade()

    def _unsupported_upgrade_warning(self) -> None:
        """It is answered as if it had not asked for another protocol, and says nothing more."""
        self.cycle.keep_alive = False

    def _refuse_two_readings(self) -> None:
        """What a proxy may take for one request and the parser for two, or for one of another host; or too many."""
        names = [name for name, _ in self.headers]
        if names.count(b"host") != 1 and self.parser.get_http_version() != "1.0":
            raise ValueError("A request names one host.")
        if self.parser.should_upgrade() and any(
            name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0"))
            for name, value in self.headers
        ):
            raise ValueError("A request that asks for another protocol has no body.")
        if len(self.pipeline) >= _MOST_WAITING:
            raise ValueError("Too many requests wait on one connection.")

    def _count(self, more_bytes: int) -> None:
        self._head_bytes += more_bytes
        if self._head_bytes > MAX_HEAD_BYTES:
            raise ValueError(_TOO_LONG)  # which the parser passes on as a fault of the request

    def _wait_for_head(self) -> None:
        if self._head_deadline is None:
            self._head_deadline = self.loop.call_later(HEAD_WITHIN_S, self._give_up)

    def _head_came(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _give_up(self) -> None:
        self._head_deadline = None
        self.transport.abort()


def server_settings() -> dict[str, Any]:
    """How the centre's server is run, as ``uvicorn`` names it."""
    return {
        "http": BoundedProtocol,
        "timeout_keep_alive": KEEP_ALIVE_S,
        "limit_concurrency": MAX_CONNECTIONS,
        "timeout_graceful_shutdown": _GRACEFUL_S,
        "log_config": None,
        "access_log": False,
        "server_header": False,
    }


def serve(app: FastAPI, *, host: str, port: int) -> None:
    """Serve until asked to stop.

    What was loaded to get here lives as long as the process; were it walked by each full collection of garbage,
    everybody would wait 0.2 s for it.
    """
    gc.collect()
    gc.freeze()
    uvicorn.run(app, host=host, port=port, **server_settings())
