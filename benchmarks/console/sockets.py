"""Operators' pages without a screen: the console's own socket, its keys, and the files that a page fetches."""

import asyncio
import json
import re
import time
from html import unescape
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

COOKIE = "matthan_session"
SHOWN = '"shown":true'  # the case that lay ready, or was laid out now, stands in its place
FILE = re.compile(r"/api/v1/cases/[0-9a-f-]{36}/files/[a-z0-9_.-]+")


class SocketPage:
    """One page: opened over HTTP, driven over its socket; it fetches what a browser would.

    Args:
        url: of the console.
        token: of its session.
        files_url: where the proxy fetches files of cases; None: from the console.
    """

    def __init__(self, url: str, token: str, *, files_url: str | None = None) -> None:
        self.took_ms: list[float] = []
        self._url = url
        self._files_url = url if files_url is None else files_url
        self._http = httpx.AsyncClient(base_url=url, cookies={COOKIE: token}, trust_env=False, timeout=60)
        self._token = token
        self._pressed_s: float | None = None
        self._answered, self._joined = asyncio.Event(), asyncio.Event()
        self._fetching: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Load the page and join its socket."""
        page = (await self._http.get("/console/")).text
        self._client_id = re.findall(r"'client_id': '([0-9a-f-]{36})'", page)[0]
        elements = json.loads(unescape(re.findall(r"String\.raw`(.*?)`", page, re.DOTALL)[0]))
        self._key = next(
            (int(number), event["listener_id"])
            for number, element in elements.items()
            for event in element.get("events", [])
            if event["type"] == "key"
        )
        query = f"EIO=4&transport=websocket&client_id={self._client_id}&tab_id={self._client_id}"
        query += "&document_id=d&next_message_id=0&implicit_handshake=true"
        socket = f"{self._url.replace('http', 'ws')}/console/_nicegui_ws/socket.io/?{query}"
        headers = {"Cookie": f"{COOKIE}={self._token}"}
        self._socket: ClientConnection = await connect(
            socket, origin=Origin(self._url), additional_headers=headers, max_size=None, proxy=None
        )
        self._reader = asyncio.create_task(self._read())
        await self._joined.wait()  # keys that are pressed before it are heard by nobody

    async def press(self, key: str) -> None:
        """Press a key."""
        pressed: dict[str, Any] = dict.fromkeys(("altKey", "ctrlKey", "shiftKey", "metaKey", "repeat"), False)
        pressed |= {"action": "keydown", "key": key, "code": f"Key{key.upper()}", "location": 0}
        number, listener_id = self._key
        event = {"id": number, "client_id": self._client_id, "listener_id": listener_id, "args": [json.dumps(pressed)]}
        self._answered.clear()
        self._pressed_s = time.perf_counter()
        await self._socket.send("42" + json.dumps(["event", event]))

    async def shown(self, within_s: float) -> bool:
        """Wait for what was pressed; False: the page did not change in that time."""
        try:
            await asyncio.wait_for(self._answered.wait(), within_s)
        except TimeoutError:
            return False
        return True

    async def has_fetched(self) -> None:
        """Wait for every file that what was shown names."""
        await asyncio.gather(*self._fetching)

    async def close(self) -> None:
        """Leave."""
        self._reader.cancel()
        for task in self._fetching:
            task.cancel()
        await asyncio.gather(*self._fetching, return_exceptions=True)
        await self._socket.close()
        await self._http.aclose()

    async def _read(self) -> None:
        async for message in self._socket:
            text = str(message)
            if text == "2":
                await self._socket.send("3")
            elif text.startswith("0"):
                await self._socket.send("40")
            elif text.startswith("40"):
                self._joined.set()
            elif text.startswith('42["update"'):
                if self._pressed_s is not None and SHOWN in text:
                    self.took_ms.append((time.perf_counter() - self._pressed_s) * 1000)
                    self._pressed_s = None
                    self._answered.set()
                for path in set(FILE.findall(text)):
                    task = asyncio.create_task(self._fetch(path))
                    self._fetching.add(task)
                    task.add_done_callback(self._fetching.discard)

    async def _fetch(self, path: str) -> None:
        (await self._http.get(self._files_url + path)).raise_for_status()
