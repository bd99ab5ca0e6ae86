"""Thirty operators without screens: each goes on to the next case, opens pages and asks for lists."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from benchmarks.console.sockets import COOKIE, SocketPage
from tests.builders.centre import PASSWORD

PRESS_EVERY_S = 5.0
OPEN_EVERY_S = 60.0
PATIENCE_S = 60.0
PAGES = {"a review page": "/console/", "a search page": "/console/search"}
LISTS = (
    "/api/v1/cases?state=queued&oldest_act_first=true&limit=50",
    "/api/v1/cases?code=RED_LIGHT&limit=50",
    "/api/v1/cases?camera=cam-3&limit=50",
)


@dataclass(slots=True, kw_only=True)
class Waited:
    """Milliseconds that operators waited, by what for."""

    ms: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: list[str] = field(default_factory=list)


async def operate(consoles: Sequence[str], web: str, operators: int, seconds: float) -> Waited:
    """Work for some seconds, each at a moment of his own.

    Args:
        consoles: addresses of the processes of pages; an operator stays with his, as the proxy keeps him.
        web: address of the API, for sign-in, lists and files.
        operators: how many.
        seconds: how long.
    """
    waited, until_s = Waited(), time.monotonic() + seconds
    url = [consoles[number % len(consoles)] for number in range(operators)]
    await asyncio.gather(*(_work(url[number], web, number, operators, until_s, waited) for number in range(operators)))
    return waited


async def _work(url: str, web: str, number: int, operators: int, until_s: float, waited: Waited) -> None:  # noqa: PLR0917
    dice = random.Random(number)  # noqa: S311 - seeded
    await asyncio.sleep(PRESS_EVERY_S * number / operators)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        said = {"username": f"operator{number}", "password": PASSWORD}
        answer = await client.post("/api/v1/session", json=said, headers={"Origin": url})
        page = SocketPage(url, str(answer.raise_for_status().cookies[COOKIE]), files_url=web)
        await page.open()
        opens_s = time.monotonic() + OPEN_EVERY_S * dice.random()
        while time.monotonic() < until_s:
            await page.press("j")
            if not await page.shown(PATIENCE_S):
                waited.faults.append(f"no next case within {PATIENCE_S:.0f} s")
            if time.monotonic() >= opens_s:
                opens_s += OPEN_EVERY_S
                what, path = dice.choice(sorted(PAGES.items()))
                await _get(client, path, what, waited)
            await _get(client, web + dice.choice(LISTS), "a list", waited)
            await asyncio.sleep(PRESS_EVERY_S * dice.uniform(0.8, 1.2))
        waited.ms["the next case (key to update)"] += page.took_ms
        await page.close()


async def _get(client: httpx.AsyncClient, path: str, what: str, waited: Waited) -> None:
    start = time.perf_counter()
    answer = await client.get(path)
    waited.ms[what].append((time.perf_counter() - start) * 1000)
    if answer.status_code != httpx.codes.OK:
        waited.faults.append(f"{answer.status_code} {path}")
