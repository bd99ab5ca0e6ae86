"""Heads of requests are bounded in time and length; sockets and bodies are not by that."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.sync.client import connect

from api.web import server

DEADLINE_S = 0.2


POST = b"POST / HTTP/1.1\r\nHost: centre\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: centre\r\n\r\n"
OTHER_PROTOCOL = b"Connection: upgrade\r\nUpgrade: h2c\r\n"


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


async def teller(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request with what came of it: its path, its headers' names and its body."""
    body, more = b"", scope["type"] == "http"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message.get("body", b""), message.get("more_body", False)
    told = b" ".join([scope["path"].encode(), *(name for name, _ in scope["headers"]), body])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(told))]})
    await send({"type": "http.response.body", "body": told})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server of the centre's own kind that gives heads little time."""
    monkeypatch.setattr(server, "HEAD_WITHIN_S", DEADLINE_S)
    yield from _serving(echo)


@pytest.fixture
def telling() -> Iterator[int]:
    """One that tells what came."""
    yield from _serving(teller)


def _serving(app: ASGIApp) -> Iterator[int]:
    config = uvicorn.Config(app, port=0, lifespan="off", ws="websockets-sansio", **server.server_settings())
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


def answer(port: int, *pieces: bytes) -> bytes:
    """What the server says to pieces that come one after another, each when the one before was answered or passed."""
    told = b""
    with socket.create_connection(("127.0.0.1", port)) as line:
        for piece in pieces:
            with suppress(ConnectionError, TimeoutError):
                line.settimeout(20)
                line.sendall(piece)
                line.settimeout(0.3)
                while more := line.recv(10_000):
                    told += more
    return told


def test_what_follows_a_body_is_no_header(telling: int) -> None:
    told = answer(telling, CHUNKED + b"5\r\nhello\r\n0\r\nAuthorization: Bearer x\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n")
    assert told.endswith(b"/ host transfer-encoding hello")


@pytest.mark.parametrize(
    "pieces",
    [
        [CHUNKED, b"0\r\nX-One: ", *[b"x" * 1024] * 200],
        [CHUNKED, b"0\r\n", *[b"x" * 1024] * 200],
        [CHUNKED, b"0\r\n", *[b"X-Many: header\r\n" * 100] * 200],
        [CHUNKED, b"5;", *[b"x" * 1024] * 200],  # of a chunk
    ],
)
def test_what_describes_a_body_is_no_longer_than_a_head(telling: int, pieces: list[bytes]) -> None:
    assert refused_head(telling, pieces)[9:12] in {b"400", b""}


@pytest.mark.parametrize("length", [b"Content-Length: %d\r\n" % len(NEXT), b"Transfer-Encoding: chunked\r\n"])
@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_a_body_is_never_read_as_the_next_request(telling: int, length: bytes, protocol: bytes) -> None:
    head = POST + OTHER_PROTOCOL.replace(b"h2c", protocol) + length + b"\r\n"
    told = answer(telling, head, NEXT)
    assert b"/next" not in told
    assert told.startswith(b"HTTP/1.1 400")


def test_a_request_that_offers_another_protocol_is_answered_and_is_the_last(telling: int) -> None:
    told = answer(telling, NEXT.replace(b"\r\n\r\n", b"\r\n" + OTHER_PROTOCOL + b"\r\n"), NEXT)
    assert told.startswith(b"HTTP/1.1 200")
    assert told.count(b"HTTP/1.1") == 1
    assert b"connection: close" in told


@pytest.mark.parametrize(
    "head",
    [
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        POST + b"Content-Length : 5\r\n\r\nhello",
        POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        POST + b"X-Folded: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
        POST + b"X: a\rY: b\r\n\r\n",
        b"GET / HTTP/1.1\nHost: centre\n\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: centre\r\nHost: other\r\n\r\n",
    ],
)
def test_what_a_proxy_may_read_otherwise_is_refused(telling: int, head: bytes) -> None:
    told = answer(telling, head, NEXT)
    assert told.startswith(b"HTTP/1.1 400")
    assert told.count(b"HTTP/1.1") == 1


def test_few_requests_wait_on_one_connection(telling: int) -> None:
    assert answer(telling, NEXT * 10).count(b"HTTP/1.1 200") == 10
    assert answer(telling, NEXT * 1000).endswith(b"Invalid HTTP request received.")
