"""Keeps the lists of all open pages up to date: one reading a second at most, whatever comes in."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from nicegui import run

from api.cases.case_reader import CaseReader
from api.cases.notifier import CaseChanged
from api.cases.shared_lists import CaseLists, ScopedFilter
from api.people.sign_in import SignIn
from domain.errors import MatThanError

logger = logging.getLogger(__name__)
EVERY_S = 1.0
ASK_AGAIN_S = 15.0  # a session that ends without any change is noticed by then
LISTED = 100


class ListPage(Protocol):
    """A page that shows a list."""

    token: str

    @property
    def wanted(self) -> ScopedFilter:
        """Which cases it lists, and whose."""

    async def take_in(self, lists: CaseLists, changes: "Changes") -> None:
        """Show what was read."""

    def end(self) -> None:
        """Its session has ended."""


@dataclass(slots=True)
class Changes:
    """What was announced since the last reading."""

    new: int = 0
    cases: set[str] = field(default_factory=set)


class LiveLists:
    """One for all pages of a process.

    Args:
        cases: reads lists.
        sign_in: knows which sessions have ended.
        pause: waits some seconds; handed in by tests.
    """

    def __init__(
        self, cases: CaseReader, sign_in: SignIn, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._cases = cases
        self._sign_in = sign_in
        self._pause = pause
        self._pages: set[ListPage] = set()
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._changes = Changes()

    def join(self, page: ListPage) -> Callable[[], None]:
        """Keep a page up to date, on the running loop.

        Returns:
            A function that ends it; may be called twice.
        """
        self._pages.add(page)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="live lists")
        return lambda: self._leave(page)

    def _leave(self, page: ListPage) -> None:
        self._pages.discard(page)
        self._changed.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()

        def note(change: CaseChanged) -> None:
            self._changes.new += change.is_new
            self._changes.cases.add(str(change.case_id))
            self._changed.set()

        def hand_over(change: CaseChanged) -> None:
            loop.call_soon_threadsafe(note, change)

        unsubscribe = self._cases.notifier.subscribe(hand_over)
        try:
            while self._pages:
                with suppress(TimeoutError):  # sessions are asked about all the same
                    await asyncio.wait_for(self._changed.wait(), ASK_AGAIN_S)
                self._changed.clear()
                changes, self._changes = self._changes, Changes()
                await self._renew(changes)
                await self._pause(EVERY_S)
        finally:
            unsubscribe()

    async def _renew(self, changes: Changes) -> None:
        pages = {page: page.wanted for page in self._pages}
        try:
            read = await run.io_bound(self._read, frozenset(pages.values()), [page.token for page in pages])
        except MatThanError:
            logger.warning("The lists could not be read", exc_info=True, extra={"action": "lists_unread"})
            return
        if read is None:
            return  # the process is ending
        lists, still_open = read
        for page, wanted in pages.items():
            try:
                if page.token not in still_open:
                    page.end()
                elif page.wanted == wanted:  # else it has read for itself what it wants now
                    await page.take_in(lists[wanted], changes)
            except Exception:
                logger.exception("A page could not be renewed", extra={"action": "page_not_renewed"})

    def _read(
        self, wanted: frozenset[ScopedFilter], tokens: list[str]
    ) -> tuple[Mapping[ScopedFilter, CaseLists], frozenset[str]]:
        return self._cases.lists(wanted, limit=LISTED), self._sign_in.still_open(tokens)
