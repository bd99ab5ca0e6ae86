"""A line to the centre that can be lost, in each of the ways in which lines are lost."""

import random

import httpx


class LosableLine(httpx.BaseTransport):
    """Real requests while ``is_up``; else errors, drawn at random, one kind of which reaches the centre first.

    Args:
        randomness: draws the way in which a request is lost.
    """

    def __init__(self, randomness: random.Random) -> None:
        self.is_up = True
        self.lost_requests = 0
        self._randomness = randomness
        self._line = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_up:
            return self._line.handle_request(request)
        self.lost_requests += 1
        way = self._randomness.choice(["refused", "no answer", "answer lost"])
        if way == "refused":
            raise httpx.ConnectError("connection refused")
        if way == "answer lost":
            self._line.handle_request(request).read()
            raise httpx.ReadError("the line broke")
        raise httpx.ReadTimeout("no answer")

    def close(self) -> None:
        self._line.close()
