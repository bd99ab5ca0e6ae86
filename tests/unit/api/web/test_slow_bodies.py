"""A body that does not come is given up, whoever sends it; one that comes slowly but steadily is not."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from api.web.middleware import BodyLimit


async def _reads_it(_scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def status_of(pieces: Iterable[bytes], pause_s: float) -> int:
    """What a body gets whose pieces come with pauses; after the last one, nothing comes any more."""
    waiting, answers = iter(pieces), []

    async def receive() -> Any:
        await asyncio.sleep(pause_s)
        piece = next(waiting, None)
        if piece is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": piece, "more_body": piece != b"end"}

    async def send(message: Any) -> None:
        answers.append(message)

    limit = BodyLimit(_reads_it, grace_s=0.3, bytes_a_second=1000.0)
    scope = {"type": "http", "method": "PATCH", "path": "/api/v1/edge/x", "headers": []}
    asyncio.run(limit(scope, receive, send))
    return int(answers[0]["status"])


@pytest.mark.parametrize(
    ("pieces", "status"),
    [((), 408), ((b"x",) * 50, 408), ((b"x" * 1000,) * 20 + (b"end",), 204)],
)
def test_a_body_has_the_time_that_its_bytes_have_earned(pieces: tuple[bytes, ...], status: int) -> None:
    assert status_of(pieces, 0.02) == status
