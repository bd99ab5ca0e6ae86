"""A Content-Security-Policy for every page of the console, with a nonce of its own for each answer.

What NiceGUI writes inline (scripts, styles, the import map) gets the nonce; text of a case stands in the page only as
escaped JSON, so no tag of a case can get one (docs/adr/0085).
"""

import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE = re.compile(rb"<(script|style)(?=[\s>])")
_COMMON = (
    "default-src 'none'; connect-src 'self' blob:; img-src 'self' data:; media-src 'self' blob:; font-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PLAIN_POLICY = f"{_COMMON}; script-src 'self'; style-src 'self'"
"""For pages and files of the console that NiceGUI does not make."""


def page_policy(nonce: str) -> str:
    """For pages that NiceGUI makes: its templates are compiled in the browser, and Quasar writes style attributes."""
    attributes = "style-src-attr 'unsafe-inline'"
    return f"{_COMMON}; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'nonce-{nonce}'; {attributes}"


class PagePolicy:
    """Puts the policy on every answer under the console's path.

    Args:
        app: what answers.
        path: of the console.
    """

    def __init__(self, app: ASGIApp, *, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(f"{self._path}/"):
            await self._app(scope, receive, send)
            return
        start: Message | None = None  # held back while a page is collected, whose length will change
        page = bytearray()

        async def with_policy(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "x-nicegui-content" in headers:
                    start = message
                    return
                headers.setdefault("Content-Security-Policy", PLAIN_POLICY)
            elif start is not None:
                page.extend(message.get("body", b""))
                if message.get("more_body", False):
                    return
                nonce = secrets.token_urlsafe(16)
                body = _INLINE.sub(rb'<\1 nonce="%s"' % nonce.encode(), bytes(page))
                headers = MutableHeaders(scope=start)
                headers["Content-Security-Policy"] = page_policy(nonce)
                headers["Content-Length"] = str(len(body))
                await send(start)
                message = {"type": "http.response.body", "body": body}
            await send(message)

        await self._app(scope, receive, with_policy)
