"""A pull that waits a while for a case, on the event loop: who waits holds no thread and no connection."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from api.cases.notifier import CaseChanged, CaseNotifier
from api.police.documents import Lease
from domain.cases.states import AWAITING_POLICE

MAX_WAIT_S = 25.0  # proxies end what is silent for thirty
MOST_WAITING = 500  # in one process; more are answered at once


class LongPolls:
    """Who waits, in one process.

    Args:
        notifier: hears of cases that wait for the police.
        most: so many at once.
    """

    def __init__(self, notifier: CaseNotifier, *, most: int = MOST_WAITING) -> None:
        self._notifier = notifier
        self._most = most
        self._waiting = 0

    async def pull(
        self,
        queue: str,
        *,
        wait_s: float,
        ask: Callable[[], Awaitable[Lease]],
        gone: Callable[[], Awaitable[bool]],
    ) -> Lease:
        """Ask until there is a case, at most for ``wait_s``.

        Args:
            queue: that is asked.
            wait_s: seconds; 0 asks once.
            ask: pulls.
            gone: whether the caller has left, so that no case is leased to nobody.

        Returns:
            The last answer.
        """
        async with self._ready(queue) as ready:
            ends_s = asyncio.get_running_loop().time() + wait_s
            lease = await ask()
            if self._waiting >= self._most:
                return lease
            self._waiting += 1
            try:
                while not lease.cases and await _in_time(ready, ends_s) and not await gone():
                    ready.clear()
                    lease = await ask()
            finally:
                self._waiting -= 1
        return lease

    @asynccontextmanager
    async def _ready(self, queue: str) -> AsyncIterator[asyncio.Event]:
        loop, ready = asyncio.get_running_loop(), asyncio.Event()

        def hand_over(change: CaseChanged) -> None:
            if change.state in AWAITING_POLICE and change.queue == queue:
                loop.call_soon_threadsafe(ready.set)

        unsubscribe = self._notifier.subscribe(hand_over)
        try:
            yield ready
        finally:
            unsubscribe()


async def _in_time(ready: asyncio.Event, ends_s: float) -> bool:
    try:
        async with asyncio.timeout_at(ends_s):
            await ready.wait()
    except TimeoutError:
        return False
    return True
