"""A box that floods gets its turns, and so does everybody else."""

import asyncio

import pytest

from api.errors import TooMuch
from api.intake.fair_turns import FairTurns


def test_one_that_waits_is_served_after_one_turn_of_a_flood() -> None:
    served: list[str] = []

    async def work(turns: FairTurns, box_id: str) -> None:
        async with turns.turn(box_id):
            served.append(box_id)
            await asyncio.sleep(0)

    async def both() -> None:
        turns = FairTurns(workers=1)
        flood = [asyncio.create_task(work(turns, "flood")) for _ in range(50)]
        await asyncio.sleep(0)
        other = [asyncio.create_task(work(turns, "other")) for _ in range(2)]
        await asyncio.gather(*flood, *other)

    asyncio.run(both())
    assert len(served) == 52
    first, second = (index for index, box_id in enumerate(served) if box_id == "other")
    assert (first, second - first) < (4, 3)


def test_turns_are_as_many_as_workers_and_none_is_lost_with_who_gave_up() -> None:
    running = most = 0

    async def work(turns: FairTurns) -> None:
        nonlocal running, most
        async with turns.turn("box-1"):
            running += 1
            most = max(most, running)
            try:
                await asyncio.sleep(0)
            finally:
                running -= 1

    async def all_of_them() -> None:
        turns = FairTurns(workers=3)
        tasks = [asyncio.create_task(work(turns)) for _ in range(40)]
        await asyncio.sleep(0)
        for task in tasks[::3]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(work(turns) for _ in range(10)))

    asyncio.run(all_of_them())
    assert most == 3


def test_a_box_has_so_many_requests_at_once() -> None:
    turns = FairTurns(workers=1, requests_a_box=2)
    with turns.request("box-1"), turns.request("box-1"):
        with pytest.raises(TooMuch) as refused, turns.request("box-1"):
            pass
        assert refused.value.retry_after_s == 1
        with turns.request("box-2"):
            pass
    with turns.request("box-1"):
        pass
