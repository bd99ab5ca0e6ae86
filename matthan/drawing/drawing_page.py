"""A page on this machine where a camera's zones, lines, arrows and lamp regions are drawn with the mouse."""

import hmac
import json
import logging
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from domain.camera_drawing import Drawing, kinds_of_things
from domain.errors import ConfigurationError, ConfigurationFaults
from matthan.drawing.drawing_file import named_by, read_drawing, write_drawing
from plumbing.drawing_page import page_file

logger = logging.getLogger(__name__)

_MOST_BYTES: Final = 1_000_000
_POLICY: Final = "default-src 'none'; img-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'"


class DrawingPage:
    """Serves one camera's drawing on the loopback until closed.

    Only a page that this server gave out can save: it carries a token, and requests under another host name or from
    another origin are refused.

    Args:
        camera_file: read for the page, and written when the installer saves.
        still: picture of the camera's view.
        still_type: its media type, e.g. ``image/png``.
        token: a secret of this run.
        port: 0 for any free one.

    Raises:
        ConfigurationError: the port cannot be had, or the camera's file is wrong.
    """

    def __init__(self, camera_file: Path, *, still: bytes, still_type: str, token: str, port: int = 0) -> None:
        self._camera_file = camera_file
        self._still = still
        self._still_type = still_type
        self._token = token
        self._lock = threading.Lock()  # saves come one after the other
        read_drawing(camera_file)
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        except OSError as error:
            raise ConfigurationError(
                f"cannot listen on 127.0.0.1:{port} ({error.strerror}); choose another --port"
            ) from error
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the page."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def serve(self) -> None:
        """Answer until closed by another thread or interrupted."""
        self._server.serve_forever(poll_interval=0.2)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    # for the handler

    def get(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        """What stands at a path."""
        name = "page.html" if path == "/" else path.removeprefix("/")
        if name == "still":
            return HTTPStatus.OK, self._still_type, self._still
        if name == "drawing":
            return HTTPStatus.OK, "application/json", self._document()
        if (file := page_file(name, store="box.js", token=self._token)) is not None:
            return HTTPStatus.OK, *file
        return HTTPStatus.NOT_FOUND, "text/plain", b"nothing here\n"

    def save(self, token: str, body: bytes) -> tuple[HTTPStatus, dict[str, Any]]:
        """Write a drawing into the camera's file."""
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return HTTPStatus.FORBIDDEN, {"faults": ["this page is of an earlier run: load it again"]}
        try:
            with self._lock:
                version, still_wrong = write_drawing(self._camera_file, Drawing.model_validate_json(body))
        except ValidationError as error:
            places = (".".join(str(part) for part in each["loc"]) + ": " + each["msg"] for each in error.errors())
            return HTTPStatus.UNPROCESSABLE_ENTITY, {"faults": list(places)}
        except ConfigurationFaults as error:
            return HTTPStatus.UNPROCESSABLE_ENTITY, {"faults": [str(fault) for fault in error.faults]}
        except ConfigurationError as error:
            return HTTPStatus.INTERNAL_SERVER_ERROR, {"faults": [str(error)]}
        logger.info("Drawing saved", extra={"action": "drawing_saved", "file": str(self._camera_file)})
        return HTTPStatus.OK, {"version": version, "still_missing": [str(fault) for fault in still_wrong]}

    def is_ours(self, host: str, origin: str | None) -> bool:
        """Whether a request was meant for this page: no foreign name points here, no foreign page asks."""
        own = self.url.removeprefix("http://").removesuffix("/")
        port = own.rpartition(":")[2]
        names = {own, f"localhost:{port}"}
        return host in names and (origin is None or origin.removeprefix("http://") in names)

    def _document(self) -> bytes:
        drawing = read_drawing(self._camera_file)
        document = {
            "camera": self._camera_file.name,
            **kinds_of_things(),
            "drawing": drawing.model_dump(mode="json"),
            "named_by": named_by(self._camera_file),
        }
        return json.dumps(document, ensure_ascii=False).encode()


def _handler(page: DrawingPage) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self._allowed():
                self._answer(*page.get(self.path.partition("?")[0]))

        def do_PUT(self) -> None:
            if not self._allowed():
                return
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > _MOST_BYTES:
                self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "text/plain", b"a drawing has at most 1 MB\n")
                return
            status, document = page.save(self.headers.get("X-Matthan-Token", ""), self.rfile.read(int(length)))
            self._answer(status, "application/json", json.dumps(document, ensure_ascii=False).encode())

        def _allowed(self) -> bool:
            if page.is_ours(self.headers.get("Host", ""), self.headers.get("Origin")):
                return True
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", b"only for pages of this machine\n")
            return False

        def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
            self.send_response(status)
            kind = content_type if content_type.startswith("image/") else f"{content_type}; charset=utf-8"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", _POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            logger.debug("Drawing page asked", extra={"action": "drawing_asked", "line": format % args})

    return Handler
