"""How fast the console is beside traffic: ``python -m benchmarks.console`` prints the table of console.md.

A centre as its own process (``one``: all roles; ``apart``: intake in another), PostgreSQL with fsync on, cases that
come by the door over HTTP, and operators' pages in a real Chromium whose ``J`` is pressed in turn; all on this machine.
"""

import argparse
import asyncio
import itertools
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import Page, async_playwright

from api.principals import SYSTEM
from api.roles import CentreRole
from benchmarks.console.processes import cpu_s, memory_mb, served
from benchmarks.console.sockets import COOKIE, SocketPage
from deploy.local.servers import Postgres
from domain.canonical import canonical_bytes
from domain.cases.case import CaseMoment
from domain.cases.evidence import CaseMessage
from domain.cases.roles import Role
from edge.delivery.centre import Centre, CentreDoor
from edge.outbox.values import FileState, OutboxFile
from plumbing.system_clock import SystemClock
from tests.builders.cases import build_case, build_message
from tests.builders.centre import PASSWORD, CentreBuilder
from tests.builders.shown_evidence import SIZE_WH, shown_evidence

BOX = "box-1"
FIRST_CASES = 40
WATCH = """
() => {
  const shown = () => document.querySelector(".mt-stage video")?.getAttribute("src") ?? "";
  let pressed_ms = null, before = "";
  window.took_ms = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "j") return;
    pressed_ms = performance.now();
    before = shown();
  }, true);
  new MutationObserver(() => {
    if (pressed_ms === null || !shown() || shown() === before) return;
    window.took_ms.push(performance.now() - pressed_ms);
    pressed_ms = null;
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["src"] });
}
"""


class SyncedPostgres(Postgres):
    """Every commit on the disk, as in production."""

    def _command(self) -> list[str]:
        return [*super()._command(), "-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "full_page_writes=on"]


def cases(key: Ed25519PrivateKey) -> Iterator[tuple[CaseMessage, dict[str, bytes]]]:
    """Endless cases with clips that play."""
    for number in itertools.count():
        began_at = SystemClock().now() - timedelta(seconds=60)
        moments = tuple(
            CaseMoment(name=name, at=began_at + timedelta(seconds=after), box_xyxy_px=(100, 80, 240, 300))
            for name, after in (("first_sighting", 0), ("last_sighting", 4))
        )
        ended_at = began_at + timedelta(seconds=4)
        case = build_case(
            box_id=BOX,
            subject_key=f"track:{number}",
            began_at=began_at,
            ended_at=ended_at,
            moments=moments,
            resolution_wh=SIZE_WH,
        )
        manifest, contents = shown_evidence(case)
        yield build_message(case, key, manifest), contents


def deliver(door: CentreDoor, message: CaseMessage, contents: dict[str, bytes]) -> None:
    """Bring one case as a box does."""
    payload, case_id = canonical_bytes(message), message.case.case_id
    for missing in door.offer(case_id, payload, ()).missing:
        content = contents[missing.name]
        file = OutboxFile(
            case_id=case_id,
            name=missing.name,
            path=Path(missing.name),
            size_bytes=len(content),
            sha256="",
            state=FileState.WAITING,
        )
        door.send(file, 0, content)
    if not door.offer(case_id, payload, ()).on_record:
        raise SystemExit("a case was not taken")


def bring(url: str, api_key: str, made: Iterable[tuple[CaseMessage, dict[str, bytes]]], every_s: float) -> float:
    """Bring cases, one every so many seconds; how many came a second."""
    door = CentreDoor(Centre(url=url, api_key=api_key))
    began_s, brought = time.monotonic(), 0
    for number, (message, contents) in enumerate(made):
        time.sleep(max(0.0, began_s + number * every_s - time.monotonic()))
        deliver(door, message, contents)
        brought = number + 1
    return brought / (time.monotonic() - began_s)


async def operate(url: str, given: argparse.Namespace, begin: Callable[[], None]) -> tuple[list[float], list[float]]:
    """Press ``J`` on each page in turn.

    Returns:
        Milliseconds until the next case was there: on sockets (its update arrived), in Chromium (its clip stood there).
    """
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        shown = [
            await _signed_in(await (await browser.new_context(base_url=url)).new_page()) for _ in range(given.pages)
        ]
        plain = [SocketPage(url, _token(url)) for _ in range(given.sockets)]
        for page in plain:
            await page.open()
        begin()
        until_s = time.monotonic() + given.seconds
        keys: list[Callable[[], Awaitable[None]]] = [partial(page.press, "j") for page in plain]
        keys += [partial(page.keyboard.press, "j") for page in shown]
        every_s = given.press_every
        await asyncio.gather(*(_press(key, n * every_s / len(keys), every_s, until_s) for n, key in enumerate(keys)))
        took = [ms for each in shown for ms in await each.evaluate("window.took_ms")]
        for page in plain:
            await page.close()
        await browser.close()
    return [ms for page in plain for ms in page.took_ms], took


def _token(url: str) -> str:
    said = {"username": "lan", "password": PASSWORD}
    answer = httpx.post(f"{url}/api/v1/session", json=said, headers={"Origin": url}, trust_env=False)
    return str(answer.raise_for_status().cookies[COOKIE])


async def _signed_in(page: Page) -> Page:
    await page.goto("/console/login")
    await page.locator("input[name=username]").fill("lan")
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("button[type=submit]").click()
    await page.locator(".mt-row.mt-chosen").wait_for()
    await page.evaluate(WATCH)
    return page


async def _press(key: Callable[[], Awaitable[None]], first_s: float, every_s: float, until_s: float) -> None:
    await asyncio.sleep(first_s)
    while time.monotonic() < until_s:
        await key()
        await asyncio.sleep(every_s)


def measure(given: argparse.Namespace) -> Iterator[str]:
    """The rows of one layout."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        database = stack.enter_context(SyncedPostgres(Path(folder)))
        builder = CentreBuilder(Path(folder), database_url=database.new_database("bench"))
        builder.user("lan", Role.OPERATOR)
        key = builder.box_key(BOX)
        _, secret = builder.centre.machines.create_key(SYSTEM, name="box", role=Role.EDGE, box_id=BOX, queues=())
        settings = builder.settings
        builder.close()
        made = cases(key)
        first, traffic = (list(itertools.islice(made, n)) for n in (FIRST_CASES, int(given.seconds / given.case_every)))
        every = frozenset(CentreRole)
        alone = every - {CentreRole.INTAKE} if given.layout == "apart" else every
        url, pid = stack.enter_context(served(settings, alone))
        door_url = stack.enter_context(served(settings, every - alone))[0] if given.layout == "apart" else url
        bring(door_url, secret, first, 0.0)
        before_mb, before_s = memory_mb(pid), cpu_s(pid)
        rates: list[float] = []
        brought = threading.Thread(
            target=lambda: rates.append(bring(door_url, secret, traffic, given.case_every)), daemon=True
        )
        on_sockets, in_chromium = asyncio.run(operate(url, given, brought.start))
        brought.join()
        used_s, now_mb = cpu_s(pid) - before_s, memory_mb(pid)
    process = f"{used_s:.1f} | {before_mb:.0f} -> {now_mb:.0f} | {os.getloadavg()[0]:.1f}"
    for name, took in ((f"{given.sockets} sockets", on_sockets), (f"{given.pages} in Chromium", in_chromium)):
        if len(took) > 1:
            p95 = statistics.quantiles(took, n=20, method="inclusive")[18]
            shown = f"{len(took)} | {statistics.median(took):.0f} | {p95:.0f} | {max(took):.0f}"
            yield f"| {given.layout} | {name} | {rates[0]:.1f} | {shown} | {process} |"


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--layout", choices=("one", "apart"), default="one")
    parser.add_argument("--sockets", type=int, default=13)
    parser.add_argument("--pages", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--press-every", type=float, default=5.0, help="seconds, each browser")
    parser.add_argument("--case-every", type=float, default=0.5, help="seconds")
    given = parser.parse_args()
    print("| processes | pages | cases/s | J pressed | p50 ms | p95 ms | longest ms | CPU s | memory MB | load |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in measure(given):
        print(row, flush=True)


if __name__ == "__main__":
    main()
