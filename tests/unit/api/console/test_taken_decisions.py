"""Decisions that can still be taken back: each is carried out once, for whoever took it."""

import asyncio
from collections.abc import Awaitable, Callable

from api.console.review.taken_decisions import UNDO_S, TakenDecisions
from tests.builders.centre import SteppedClock


def carrying(done: list[str], name: str) -> Callable[[], Awaitable[None]]:
    async def carry_out() -> None:
        done.append(name)

    return carry_out


async def fails() -> None:
    raise RuntimeError("the page is broken")


def test_a_session_that_ends_settles_its_own_decisions_of_all_its_pages_and_no_others() -> None:
    async def go() -> None:
        done: list[str] = []
        taken = TakenDecisions(SteppedClock())
        for name, session in (("lan-1", "lan"), ("huy", "huy"), ("lan-2", "lan")):
            taken.take(carrying(done, name), session=session)
        back = taken.take(carrying(done, "lan-3"), session="lan")
        assert taken.take_back(back)
        await taken.settle("lan")
        assert done == ["lan-1", "lan-2"]
        await taken.settle()
        assert done == ["lan-1", "lan-2", "huy"]
        assert not taken.take_back(back)

    asyncio.run(go())


def test_a_page_that_fails_keeps_back_nobody_elses_decision() -> None:
    async def go() -> None:
        clock, carried_out = SteppedClock(), asyncio.Event()

        async def carry_out() -> None:
            carried_out.set()

        taken = TakenDecisions(clock)
        taken.take(fails, session="lan")
        taken.take(carry_out, session="huy")
        clock.advance(UNDO_S)
        await asyncio.wait_for(carried_out.wait(), 20)

    asyncio.run(go())
