"""Whether the console grows with the cases that are reviewed: ``python -m benchmarks.console.growth`` (console.md).

The centre is a process of its own on PostgreSQL; one page in a real Chromium rejects case after case by keys alone
(`R` and a digit), as fast as the console shows the next clip. Every so many cases the memory of the centre's process
and of the page is noted: the page after its garbage was collected, its process as it is. A last row is of the page
once the browser was told that memory is short: what it gave back then were its caches.
"""

import argparse
import asyncio
import itertools
import shutil
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from api.roles import CentreRole
from benchmarks.console.__main__ import BOX, SyncedPostgres
from benchmarks.console.expert import cases
from benchmarks.console.processes import memory_mb, served
from domain.cases.roles import Role
from tests.builders.centre import PASSWORD, CentreBuilder

SPARE_CASES = 20
NEXT_PLAYS = """before => {
  const shown = document.querySelector(".mt-case"), video = document.querySelector(".mt-stage video");
  return shown && shown.dataset.case !== before && video && !video.paused && video.readyState >= 2;
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What was taken after so many cases."""

    cases: int
    centre_mb: float
    heap_mb: float  # of the page, after its garbage was collected
    page_mb: float  # resident, of the page's process
    nodes: int
    listeners: int

    def row(self) -> str:
        """As a row of the table."""
        sizes = f"{self.centre_mb:.1f} | {self.heap_mb:.1f} | {self.page_mb:.0f}"
        return f"| {self.cases} | {sizes} | {self.nodes} | {self.listeners} |"


async def noted(browser: Browser, page: Page, pid: int, done: int) -> Noted:
    """What is taken now."""
    of_page = await page.context.new_cdp_session(page)
    of_browser = await browser.new_browser_cdp_session()
    await of_page.send("Performance.enable")
    await of_page.send("HeapProfiler.collectGarbage")
    metrics = {each["name"]: each["value"] for each in (await of_page.send("Performance.getMetrics"))["metrics"]}
    processes = (await of_browser.send("SystemInfo.getProcessInfo"))["processInfo"]
    pages = [memory_mb(int(each["id"])) for each in processes if each["type"] == "renderer"]
    await of_page.detach()
    await of_browser.detach()
    return Noted(
        cases=done,
        centre_mb=memory_mb(pid),
        heap_mb=metrics["JSHeapUsedSize"] / 2**20,
        page_mb=max(pages),
        nodes=int(metrics["Nodes"]),
        listeners=int(metrics["JSEventListeners"]),
    )


async def rejected(url: str, pid: int, given: argparse.Namespace) -> AsyncIterator[Noted]:
    """Reject so many cases by keys."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context(base_url=url, viewport={"width": 1366, "height": 768})
        page = await context.new_page()
        page.set_default_timeout(120_000)
        await page.goto("/console/login?lang=vi")
        await page.locator("input[name=username]").fill("lan")
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_function(NEXT_PLAYS, arg="")
        for done in range(given.cases):
            if done % given.every == 0:
                yield await noted(browser, page, pid, done)
            before = await page.locator(".mt-case").get_attribute("data-case")
            await page.keyboard.press("r")
            await page.locator("input:focus").wait_for()
            await page.keyboard.press("1")
            await page.wait_for_function(NEXT_PLAYS, arg=before)
        yield await noted(browser, page, pid, given.cases)
        short = await page.context.new_cdp_session(page)
        await short.send("Memory.simulatePressureNotification", {"level": "critical"})
        await page.wait_for_timeout(5000)
        yield await noted(browser, page, pid, given.cases)
        await browser.close()


async def measure(url: str, pid: int, given: argparse.Namespace) -> list[Noted]:
    """Print the rows of one run as they come."""
    found = []
    async for each in rejected(url, pid, given):
        print(each.row(), flush=True)
        found.append(each)
    return found


def a_case(found: list[Noted]) -> str:
    """What a case of the second half took, kB: of the centre's process, of the page's heap."""
    half = found[(len(found) - 1) // 2 : -1]
    at = [each.cases for each in half]
    centre, _ = statistics.linear_regression(at, [each.centre_mb for each in half])
    heap, _ = statistics.linear_regression(at, [each.heap_mb for each in half])
    return f"a case of the second half: centre {centre * 1024:.0f} kB, page's heap {heap * 1024:.0f} kB"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--every", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print("| cases | centre MB | page's heap MB | page's process MB | nodes | listeners |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        database = stack.enter_context(SyncedPostgres(Path(folder)))
        builder = CentreBuilder(Path(folder), database_url=database.new_database("bench"))
        builder.user("lan", Role.OPERATOR)
        for message, contents in itertools.islice(cases(builder.box_key(BOX), given.seed), given.cases + SPARE_CASES):
            builder.take_in(message, contents)
        settings = builder.settings
        builder.close()
        url, pid = stack.enter_context(served(settings, frozenset(CentreRole)))
        print(a_case(asyncio.run(measure(url, pid, given))))


if __name__ == "__main__":
    main()
