"""Announces within a process that a case came or changed; the database stays the truth."""

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from uuid import UUID

from domain.cases.states import CaseState

logger = logging.getLogger(__name__)
MAX_WAITING = 1000
MAX_TOLD = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanged:
    """A case is new, moved, or its evidence grew."""

    case_id: UUID
    state: CaseState
    version: int
    queue: str | None = None
    is_new: bool = False


class CaseNotifier:
    """Hands changes to subscribers, each once; safe to call from any thread.

    Changes of other processes come too, by the ``ChangeFeed``; after a lost connection some may come late.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: dict[int, Callable[[CaseChanged], None]] = {}
        self._next_id = 0
        self._told: OrderedDict[UUID, int] = OrderedDict()  # the newest version of each case that was passed on

    def subscribe(self, callback: Callable[[CaseChanged], None]) -> Callable[[], None]:
        """Have ``callback`` called on the thread that made the change; it must return at once.

        Returns:
            A function that ends the subscription; may be called twice.
        """
        with self._lock:
            self._next_id += 1
            number = self._next_id
            self._subscribers[number] = callback

        def unsubscribe() -> None:
            with self._lock:
                self._subscribers.pop(number, None)

        return unsubscribe

    def publish(self, change: CaseChanged) -> None:
        """Tell every subscriber, unless they were told of this or a later version of the case.

        One that fails is logged and does not stop the others.
        """
        with self._lock:
            if self._told.get(change.case_id, 0) >= change.version:
                return
            self._told[change.case_id] = change.version
            self._told.move_to_end(change.case_id)
            while len(self._told) > MAX_TOLD:
                self._told.popitem(last=False)
            callbacks = list(self._subscribers.values())
        for callback in callbacks:
            try:
                callback(change)
            except Exception:
                logger.exception(
                    "A subscriber to case changes failed",
                    extra={"action": "notify_failed", "case_id": str(change.case_id)},
                )

    async def changes(self) -> AsyncIterator[CaseChanged]:
        """Changes from now on, for use on an event loop; a reader that sleeps too long misses the oldest."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[CaseChanged] = asyncio.Queue(MAX_WAITING)

        def put(change: CaseChanged) -> None:
            if waiting.full():
                waiting.get_nowait()
            waiting.put_nowait(change)

        def hand_over(change: CaseChanged) -> None:
            loop.call_soon_threadsafe(put, change)

        unsubscribe = self.subscribe(hand_over)
        try:
            while True:
                yield await waiting.get()
        finally:
            unsubscribe()
