"""A client that calls an ASGI application in this process and waits for the whole answer."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
from fastapi import FastAPI


class AsgiClient:
    """Like ``httpx.Client``; keeps cookies.

    Args:
        app: the application.
        base_url: what the application thinks it is called.
        headers: sent with every request.
    """

    def __init__(self, app: FastAPI, *, base_url: str, headers: Mapping[str, str] | None = None) -> None:
        self._app = app
        self._base_url = base_url
        self.headers = dict(headers or {})
        self.cookies = httpx.Cookies()

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Send one request; an error that the application lets through is answered as a server would."""
        return asyncio.run(self._request(method, url, **options))

    def get(self, url: str, **options: Any) -> httpx.Response:
        """GET."""
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Any) -> httpx.Response:
        """HEAD."""
        return self.request("HEAD", url, **options)

    def post(self, url: str, **options: Any) -> httpx.Response:
        """POST."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> httpx.Response:
        """PUT."""
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Any) -> httpx.Response:
        """PATCH."""
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Any) -> httpx.Response:
        """DELETE."""
        return self.request("DELETE", url, **options)

    async def _request(self, method: str, url: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        options["headers"] = self.headers | dict(options.get("headers") or {})
        async with httpx.AsyncClient(transport=transport, base_url=self._base_url, cookies=self.cookies) as client:
            answer = await client.request(method, url, **options)
            self.cookies = client.cookies
            return answer
