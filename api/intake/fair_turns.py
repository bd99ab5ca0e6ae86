"""Turns for the work of boxes: so much at once, each box in its turn, so that a flood of one holds up no other."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from api.errors import TooMuch

REQUESTS_A_BOX = 8
_A_MOMENT_S = 1


class FairTurns:
    """Hands out turns round robin among the boxes that wait; for one event loop.

    Args:
        workers: turns at once.
        requests_a_box: open requests of one box; one more is asked to come later.
    """

    def __init__(self, *, workers: int, requests_a_box: int = REQUESTS_A_BOX) -> None:
        self._free = workers
        self._requests_a_box = requests_a_box
        self._open: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @contextmanager
    def request(self, box_id: str) -> Iterator[None]:
        """One open request of a box.

        Raises:
            TooMuch: it has as many as it may.
        """
        if self._open[box_id] >= self._requests_a_box:
            raise TooMuch("too many requests of this box at once", retry_after_s=_A_MOMENT_S)
        self._open[box_id] += 1
        try:
            yield
        finally:
            self._open[box_id] -= 1
            if not self._open[box_id]:
                del self._open[box_id]

    @asynccontextmanager
    async def turn(self, box_id: str) -> AsyncIterator[None]:
        """Wait for a turn and have it."""
        if self._free and not self._waiting:
            self._free -= 1
        else:
            await self._wait(box_id)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, box_id: str) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(box_id, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # it came when nobody wanted it any more
            raise

    def _pass_on(self) -> None:
        """Give a free turn to the next box that waits; a box that got one goes to the end of the line."""
        while self._waiting:
            box_id, line = self._waiting.popitem(last=False)
            turn = line.popleft()
            if line:
                self._waiting[box_id] = line
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
