"""The HTTP server, bounded by itself: a head must come whole in time and not be long, proxy or none before it.

Bodies are bounded by ``api/web/middleware.py``.
"""

import asyncio
import gc
from typing import Any

import uvicorn
from fastapi import FastAPI
from h11 import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN_S = 10.0
MAX_HEAD_BYTES = 32 * 1024  # request line and all headers, so their number is bounded too
KEEP_ALIVE_S = 15
MAX_CONNECTIONS = 2000
_GRACEFUL_S = 10


class BoundedProtocol(H11Protocol):
    """Ends a connection whose next head has begun, or could have from the start, and does not come whole in time."""

    _head_deadline: asyncio.TimerHandle | None = None
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
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._head_came()
        elif not (self._handed_over or self.transport.is_closing()) and getattr(before, "response_complete", True):
            self._wait_for_head()  # there is no request yet, or the last one was answered

    def handle_websocket_upgrade(self, event: Request) -> None:
        """Another protocol takes the connection over."""
        self._handed_over = True
        self._head_came()
        super().handle_websocket_upgrade(event)

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
        "h11_max_incomplete_event_size": MAX_HEAD_BYTES,
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
