"""The deadline for heads of requests is none for sockets."""

import threading
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from websockets.sync.client import connect

from api.web import server

DEADLINE_S = 0.2


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every message of a socket with itself."""
    if scope["type"] != "websocket":
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
