"""However much changes, and however many pages are open, a process reads its lists once a second."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from api.cases.notifier import CaseChanged
from api.cases.shared_lists import CaseLists, ScopedFilter
from api.console.live_lists import EVERY_S, Changes, LiveLists
from api.persistence.case_search import CaseFilter
from api.principals import Principal
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.grants import EVERYWHERE
from tests.builders.centre import PASSWORD, CentreBuilder
from tests.unit.api.persistence.test_query_plans import statements_of

pytest.importorskip("nicegui")
QUEUED: ScopedFilter = (EVERYWHERE, CaseFilter(states=(CaseState.QUEUED,)))


class Page:
    """A page that notes what it is shown."""

    def __init__(self, token: str, wanted: ScopedFilter) -> None:
        self.token = token
        self.wanted = wanted
        self.taken: list[tuple[CaseLists, Changes]] = []
        self.ended = False
        self.shown = asyncio.Event()

    async def take_in(self, lists: CaseLists, changes: Changes) -> None:
        self.taken.append((lists, changes))
        self.shown.set()

    def end(self) -> None:
        self.ended = True
        self.shown.set()


class Turns:
    """Pauses that end when the test says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.waits = asyncio.Event()
        self._go = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.waits.set()
        await self._go.wait()
        self._go.clear()

    async def next(self) -> None:
        """Let one pause end, and wait for the next one to begin."""
        self.waits.clear()
        self._go.set()
        await self.waits.wait()


def change(*, is_new: bool = False) -> CaseChanged:
    return CaseChanged(case_id=uuid.uuid4(), state=CaseState.QUEUED, version=1, is_new=is_new)


def session(centre: CentreBuilder, name: str) -> str:
    centre.user(name, Role.OPERATOR)
    return centre.centre.sign_in.sign_in(name, PASSWORD, address="127.0.0.1").token


def live(centre: CentreBuilder, turns: Turns) -> LiveLists:
    return LiveLists(centre.centre.cases, centre.centre.sign_in, pause=turns.pause)


def run(check: Callable[[], Awaitable[None]]) -> None:
    from nicegui import run as nicegui_run  # noqa: PLC0415 - loaded only where the console is

    async def whole() -> None:
        nicegui_run.setup()
        async with asyncio.timeout(60):
            await check()

    asyncio.run(whole())


def test_two_hundred_changes_are_one_reading_for_all_pages(sqlite_centre: CentreBuilder) -> None:
    sqlite_centre.queued_case()
    tokens = [session(sqlite_centre, f"user{number}") for number in range(14)]

    async def check() -> None:
        turns = Turns()
        lists = live(sqlite_centre, turns)
        pages = [Page(token, QUEUED) for token in tokens]
        leave = [lists.join(page) for page in pages]
        await asyncio.sleep(0)  # the task subscribes
        notifier = sqlite_centre.centre.notifier
        notifier.publish(change())
        await turns.waits.wait()
        for number in range(200):
            notifier.publish(change(is_new=number % 2 == 0))
        await turns.next()
        for page in pages:
            assert [len(changes.cases) for _, changes in page.taken] == [1, 200]
            assert page.taken[1][1].new == 100
            assert [item.state for item in page.taken[1][0].items] == [CaseState.QUEUED]
        assert turns.asked == [EVERY_S, EVERY_S]
        for each in leave:
            each()

    run(check)


def test_a_reading_takes_as_many_questions_for_fourteen_reviewers_as_for_one(sqlite_centre: CentreBuilder) -> None:
    for _ in range(20):
        sqlite_centre.queued_case()
    cases, sign_in = sqlite_centre.centre.cases, sqlite_centre.centre.sign_in
    tokens = [session(sqlite_centre, f"user{number}") for number in range(14)]
    engine = sqlite_centre.centre.store.database.engine

    def read(pages: int) -> Callable[[], object]:
        scope, queued = QUEUED
        wanted = {(scope, replace(queued, reviewer=f"user:user{number}")) for number in range(pages)}
        return lambda: (cases.lists(wanted, limit=100), sign_in.still_open(tokens[:pages]))

    one, fourteen = statements_of(read(1), engine), statements_of(read(14), engine)
    assert len(one) == len(fourteen)
    assert not [statement for statement in fourteen if "case_documents" in statement]


def test_a_page_whose_session_has_ended_is_shown_nothing_more(sqlite_centre: CentreBuilder) -> None:
    kept, ended = session(sqlite_centre, "lan"), session(sqlite_centre, "mai")

    async def check() -> None:
        turns = Turns()
        lists = live(sqlite_centre, turns)
        pages = {token: Page(token, QUEUED) for token in (kept, ended)}
        for page in pages.values():
            lists.join(page)
        sqlite_centre.centre.sign_in.sign_out(ended)
        await asyncio.sleep(0)
        sqlite_centre.centre.notifier.publish(change())
        for page in pages.values():
            await page.shown.wait()
        assert (pages[kept].ended, len(pages[kept].taken)) == (False, 1)
        assert (pages[ended].ended, len(pages[ended].taken)) == (True, 0)

    run(check)


def test_a_disabled_account_has_no_open_session(sqlite_centre: CentreBuilder) -> None:
    token = session(sqlite_centre, "lan")
    assert sqlite_centre.centre.sign_in.still_open([token, "unknown"]) == {token}
    admin = Principal(actor="user:sep", name="Sep", role=Role.ADMIN)
    sqlite_centre.centre.accounts.disable_user(admin, "lan")
    assert sqlite_centre.centre.sign_in.still_open([token]) == frozenset()
    assert sqlite_centre.centre.sign_in.still_open([]) == frozenset()
