"""The small HTTP server on the box that a signal controller pushes to."""

import hmac
import io
import json
import logging
import socket
import ssl
import threading
import time
from collections import Counter
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from domain.errors import ConfigurationError, Invalid
from edge.signals.pushed_reports import MAX_BYTES, PushedReports

logger = logging.getLogger(__name__)
PATH = "/signals"
MOST_AT_ONCE = 8  # connections
MOST_OF_ONE_PEER = 4  # of these: who holds its own lines open keeps nobody else out
_TIMEOUT_S = 5.0  # for a request to begin, then for the whole of it, and for a handshake
_JSON, _PROBLEM = "application/json", "application/problem+json"


class SignalIntake:
    """Answers ``POST /signals`` on one address until closed.

    Args:
        bind_address: of the cabinet's network, or the loopback.
        port: 0 for any free one.
        key: that the controller shows as ``Authorization: Bearer KEY``.
        reports: takes what comes.
        certificate: chain and private key, PEM; None: plain HTTP.

    Raises:
        ConfigurationError: the address cannot be had, or the certificate cannot be used.
    """

    def __init__(
        self,
        *,
        bind_address: str,
        port: int,
        key: str,
        reports: PushedReports,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        tls = None if certificate is None else _tls(*certificate)
        try:
            self._server = _BoundedServer(
                (bind_address, port), type("Handler", (_Handler,), {"key": key.encode(), "reports": reports}), tls
            )
        except OSError as error:
            raise ConfigurationError(
                f"signal_intake: cannot listen on {bind_address}:{port} ({error.strerror}); choose another port"
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name="signal-intake", daemon=True
        )

    @property
    def port(self) -> int:
        """The port that it really listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        logger.info("Signals can be pushed", extra={"action": "signal_intake_started", "port": self.port})

    def close(self) -> None:
        """Stop answering and give the port back."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _BoundedServer(ThreadingHTTPServer):
    """So many connections at once, of one peer and of all; a slow one is given up, also in its handshake."""

    def __init__(
        self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None
    ) -> None:
        self._tls = tls
        self._open: Counter[str] = Counter()  # connections by peer
        self._lock = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve it in a thread of its own, or hang up."""
        peer = str(client_address[0])
        with self._lock:
            is_free = self._open.total() < MOST_AT_ONCE and self._open[peer] < MOST_OF_ONE_PEER
            self._open[peer] += is_free
        if not is_free:
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread could be started
            self._make_room(client_address)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """In the thread: shake hands, serve, and make room again."""
        try:
            request.settimeout(_TIMEOUT_S)  # bounds the handshake as a whole
            served = request if self._tls is None else self._tls.wrap_socket(request, server_side=True)
            super().process_request_thread(served, client_address)
        except OSError:  # a handshake that failed or did not come
            self.shutdown_request(request)
        finally:
            self._make_room(client_address)

    def _make_room(self, client_address: Any) -> None:
        with self._lock:
            self._open[str(client_address[0])] -= 1
            self._open += Counter()  # forgets who has none left

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's
        """A line that broke is no news; the next push is."""
        logger.debug("A push of signals broke off", extra={"action": "signal_push_broken"})


class _Deadline(io.RawIOBase):
    """What a peer sends, as long as it sends a whole request in time, however it is cut into pieces.

    Args:
        connection: whose timeout is set with every read.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._ends_at_s: float | None = None  # None: nothing of the request has come

    def begin(self) -> None:
        """The next request is awaited."""
        self._ends_at_s = None

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Wait for the next piece.

        Raises:
            TimeoutError: the request does not begin, or does not end, in time.
        """
        left_s = _TIMEOUT_S if self._ends_at_s is None else self._ends_at_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._connection.settimeout(left_s)
        count = self._connection.recv_into(buffer)
        if self._ends_at_s is None:
            self._ends_at_s = time.monotonic() + _TIMEOUT_S
        return count


class _Handler(BaseHTTPRequestHandler):
    key: ClassVar[bytes]
    reports: ClassVar[PushedReports]
    protocol_version = "HTTP/1.1"  # a controller keeps its connection

    def setup(self) -> None:
        """Read through a deadline."""
        super().setup()
        self._deadline = _Deadline(self.connection)
        self.rfile = io.BufferedReader(self._deadline)

    def handle_one_request(self) -> None:
        """Await one and answer it; one that does not come in time ends the line."""
        self._deadline.begin()
        super().handle_one_request()

    def do_POST(self) -> None:
        """Take a push; whoever does not show the key is not listened to."""
        shown = self.headers.get("Authorization", "").encode("utf-8", "replace")
        length = self.headers.get("Content-Length", "")
        if not hmac.compare_digest(shown, b"Bearer " + self.key):
            self._refuse(HTTPStatus.UNAUTHORIZED, "expected Authorization: Bearer KEY")
        elif self.path != PATH:
            self._refuse(HTTPStatus.NOT_FOUND, f"POST {PATH}")
        elif not length.isascii() or not length.isdigit() or int(length) > MAX_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_BYTES} bytes, and Content-Length")
        else:
            self._take(self.rfile.read(int(length)))

    def do_GET(self) -> None:
        """There is nothing to read."""
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, f"POST {PATH}")

    def _take(self, body: bytes) -> None:
        try:
            answer = self.reports.take(body)
        except Invalid as error:
            self._answer(HTTPStatus.UNPROCESSABLE_ENTITY, {"detail": str(error)}, _PROBLEM)
            return
        none = answer.refused and not answer.accepted
        self._answer(HTTPStatus.CONFLICT if none else HTTPStatus.OK, answer.model_dump(mode="json"), _JSON)

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer without having read the body, and hang up."""
        self.close_connection = True
        self._answer(status, {"detail": detail}, _PROBLEM)

    def _answer(self, status: HTTPStatus, document: dict[str, Any], content_type: str) -> None:
        if content_type == _PROBLEM:
            document = {"title": status.phrase, "status": status.value} | document
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", 'Bearer realm="matthan-signals"')
        if self.close_connection:
            self.send_header("Connection", "close")
        self.connection.settimeout(_TIMEOUT_S)
        self.end_headers()
        self.wfile.write(content)

    def version_string(self) -> str:
        """Nothing of what serves."""
        return "matthan"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """One line for each push is only for who looks for a fault."""
        logger.debug("Signals pushed", extra={"action": "signals_pushed", "line": format % args})


def _tls(certificate_file: Path, private_key_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate_file, private_key_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"signal_intake: {certificate_file} and {private_key_file} cannot be used ({error})"
        ) from error
    return context
