"""Heads of requests are bounded in time and length; sockets and bodies are not by that."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from websockets.sync.client import connect

from api.web import server

DEADLINE_S = 0.2


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every message of a socket with itself, and requests with nothing, at once."""
    if scope["type"] != "websocket":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server of the centre's own kind that gives heads little time."""
    monkeypatch.setattr(server, "HEAD_WITHIN_S", DEADLINE_S)
    config = uvicorn.Config(echo, port=0, lifespan="off", ws="websockets-sansio", **server.server_settings())
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        thread.join(0.02)
    yield running.servers[0].sockets[0].getsockname()[1]
    running.should_exit = True
    thread.join(20)


def test_a_socket_stays_open_when_the_time_for_a_head_has_passed(port: int) -> None:
    with connect(f"ws://127.0.0.1:{port}/") as socket:
        with pytest.raises(TimeoutError):  # nothing comes, and the line does not end
            socket.recv(5 * DEADLINE_S)
        socket.send("still here")
        assert socket.recv(20) == "still here"


def refused_head(port: int, pieces: list[bytes]) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.settimeout(20)
        with suppress(ConnectionError):
            for piece in pieces:
                line.sendall(piece)
        with suppress(ConnectionError):
            return line.recv(100)
    return b""


@pytest.mark.parametrize(
    "pieces",
    [
        [b"GET / HTTP/1.1\r\nX-One: ", *[b"x" * 1024] * 200],  # a value without an end
        [b"GET /", *[b"x" * 1024] * 200],
        [b"GET / HTTP/1.1\r\n", *[b"X-Many: header\r\n" * 100] * 200],
        [b"GET / HTTP/1.1\r\nX-One: " + b"x" * 40_000 + b"\r\n\r\n"],  # whole, at once
    ],
)
def test_a_head_that_is_too_long_is_refused_however_it_comes(port: int, pieces: list[bytes]) -> None:
    assert refused_head(port, pieces)[9:12] in {b"400", b""}


def test_a_long_body_is_no_long_head_and_the_line_stays_open(port: int) -> None:
    body = b"x" * (4 * server.MAX_HEAD_BYTES)
    head = b"POST / HTTP/1.1\r\nHost: centre\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.settimeout(20)
        for _ in range(3):
            line.sendall(head)
            for at in range(0, len(body), 10_000):
                line.sendall(body[at : at + 10_000])
            assert line.recv(1000).startswith(b"HTTP/1.1 204")
