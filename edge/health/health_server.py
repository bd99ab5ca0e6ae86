"""A small HTTP server on the box: /metrics for Prometheus, /healthz for people, /livez for whoever restarts the box."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from domain.errors import ConfigurationError

logger = logging.getLogger(__name__)

Answer = Callable[[], tuple[bool, dict[str, Any]]]
"""Whether all is well, and the document that shows it."""


class HealthServer:
    """Answers on one address until closed.

    Args:
        bind_address: loopback unless the installer says otherwise.
        port: 0 for any free one.
        registry: what /metrics shows.
        health: what /healthz shows, and whether all is well.
        life: what /livez shows, and whether the process works; that alone is what a restart can mend.

    Raises:
        ConfigurationError: the address cannot be had.
    """

    def __init__(
        self,
        *,
        bind_address: str,
        port: int,
        registry: CollectorRegistry,
        health: Answer,
        life: Answer,
    ) -> None:
        handler = _handler_class(registry, {"/healthz": health, "/livez": life})
        try:
            self._server = ThreadingHTTPServer((bind_address, port), handler)
        except OSError as error:
            raise ConfigurationError(
                f"health: cannot listen on {bind_address}:{port} ({error.strerror}); choose another health.port"
            ) from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name="health-server", daemon=True
        )

    @property
    def port(self) -> int:
        """The port that it really listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        logger.info("Health page is up", extra={"action": "health_server_started", "port": self.port})

    def close(self) -> None:
        """Stop answering and give the port back."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def _handler_class(registry: CollectorRegistry, answers: Mapping[str, Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # seconds a slow client may take

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(registry))
            elif self.path in answers:
                well, document = answers[self.path]()
                status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, "application/json", json.dumps(document, ensure_ascii=False).encode())
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"/metrics, /healthz or /livez\n")

        def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            logger.debug("Health page asked", extra={"action": "health_asked", "line": format % args})

    return Handler
