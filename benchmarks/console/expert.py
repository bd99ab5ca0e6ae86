"""An expert reviews cases without a mouse: ``python -m benchmarks.console.expert`` prints the table of console.md.

The centre is a process of its own on PostgreSQL with fsync on, cases keep coming by the door, and one page in a real
Chromium is driven by keys alone. Of ten cases six are right with a plate that was read (`C` once it opens), one is
right with a plate that the expert reads and types (`P`, the plate, Enter, `C`), three are wrong (`R` and a digit, after
the decisive seconds have played once). He knows which is which: how fast people see is not measured.
"""

import argparse
import asyncio
import itertools
import os
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import Page, async_playwright

from api.principals import SYSTEM
from api.roles import CentreRole
from benchmarks.console.__main__ import BOX, SyncedPostgres, bring, served
from domain.cases.case import CaseMoment
from domain.cases.evidence import CaseMessage
from domain.cases.roles import Role
from domain.plates.reading import NOT_READ, PlateRead, PlateReading
from plumbing.system_clock import SystemClock
from tests.builders.cases import build_case, build_message
from tests.builders.centre import PASSWORD, CentreBuilder
from tests.builders.shown_evidence import SIZE_WH, shown_evidence

CAMERAS = 20
APART = timedelta(seconds=10)
ENABLED = """() => [...document.querySelectorAll(".mt-decide button")].some(
  (button) => button.innerText.includes("· C") && !button.disabled)"""
WATCHED_S = 8.0  # the decisive seconds of these clips
PATIENCE_MS = 60_000
PLATE_BOX = (140.0, 240.0, 200.0, 284.0)
WATCH = """
() => {
  const video = () => document.querySelector(".mt-stage video");
  const chosen = () => document.querySelector(".mt-row.mt-chosen")?.dataset.case ?? "";
  let pressed_ms = null, before = "", source = "";
  window.plays_ms = [];
  window.mouse = 0;
  window.playing_case = "";
  for (const name of ["pointermove", "pointerdown", "click"])
    document.addEventListener(name, (event) => { window.mouse += event.isTrusted && event.detail !== 0; }, true);
  document.addEventListener("keydown", () => {
    pressed_ms = performance.now();
    before = chosen();
    source = video()?.src ?? "";
  }, true);
  const look = () => {
    const now = video();
    if (now && !now.paused && now.readyState >= 2 && now.currentTime > 0) {
      if (pressed_ms !== null && chosen() && chosen() !== before && now.src !== source) {
        window.plays_ms.push(performance.now() - pressed_ms);
        pressed_ms = null;
      }
      if (now.src !== source || pressed_ms === null) window.playing_case = chosen();
    }
    requestAnimationFrame(look);
  };
  look();
}
"""


@dataclass
class Reviewed:
    """What the expert did."""

    seconds: list[float] = field(default_factory=list)  # from the clip that plays to the key that decides
    keys: list[int] = field(default_factory=list)
    plays_ms: list[float] = field(default_factory=list)  # from that key to the next clip that plays
    mouse: int = 0


def cases(key: Ed25519PrivateKey, seed: int) -> Iterator[tuple[CaseMessage, dict[str, bytes]]]:
    """Endless cases with clips that play, at twenty cameras; one of eight has no plate that was read."""
    dice = random.Random(seed)  # noqa: S311 - which cases are how
    since = SystemClock().now() - timedelta(hours=6)
    for number in itertools.count():
        began_at = since + number * APART  # else each would be proposed as the act of its neighbours
        moments = tuple(
            CaseMoment(name=name, at=began_at + timedelta(seconds=after), box_xyxy_px=(100, 80, 240, 300))
            for name, after in (("first_sighting", 0), ("last_sighting", 4))
        )
        text = f"75F1{number + 10_000:05d}"
        sure = (0.97,) * len(text)
        reads = tuple(
            PlateRead(
                at=began_at + timedelta(seconds=after), box_xyxy_px=PLATE_BOX, text=text, character_confidences=sure
            )
            for after in (1.0, 1.5)
        )
        read = PlateReading(status="agreed", text=text, character_confidences=sure, reads=reads)
        case = build_case(
            box_id=BOX,
            camera_id=f"cam-{number % CAMERAS}",
            subject_key=f"track:{number}",
            began_at=began_at,
            ended_at=began_at + timedelta(seconds=4),
            moments=moments,
            resolution_wh=SIZE_WH,
            plate=NOT_READ if dice.random() < 1 / 8 else read,
        )
        manifest, contents = shown_evidence(case)
        yield build_message(case, key, manifest), contents


class Expert:
    """Reviews what the console hands him.

    Args:
        page: signed in, a case is open.
        seed: of which cases are wrong.
    """

    def __init__(self, page: Page, seed: int) -> None:
        self._page = page
        self._dice = random.Random(seed)  # noqa: S311 - which cases are wrong
        self._keys = 0
        self._plates = itertools.count(50_000)
        self.done = Reviewed()

    async def review(self, number: int) -> None:
        """Review so many cases."""
        before = ""
        for _ in range(number):
            await self._page.wait_for_function(
                "before => window.playing_case && window.playing_case !== before", arg=before, timeout=PATIENCE_MS
            )
            before, began_s, self._keys = await self._page.evaluate("window.playing_case"), time.monotonic(), 0
            await (self._reject() if self._dice.random() < 0.3 else self._confirm())
            self.done.seconds.append(time.monotonic() - began_s)
            self.done.keys.append(self._keys)
        await self._page.wait_for_timeout(1000)
        self.done.plays_ms = await self._page.evaluate("window.plays_ms")
        self.done.mouse = await self._page.evaluate("window.mouse")

    async def _reject(self) -> None:
        await self._page.wait_for_timeout(WATCHED_S * 1000)
        await self._press("r")
        await self._page.locator("input:focus").wait_for()
        await self._press("1")

    async def _confirm(self) -> None:
        if await self._page.locator(".mt-plate-signs").count() == 0:
            await self._press("p")
            field_of_plate = self._page.locator("input:focus")
            await field_of_plate.wait_for()
            for letter in f"75F1{next(self._plates):05d}":
                await self._press(letter)
            await self._press("Enter")
        await self._page.wait_for_function(ENABLED, timeout=PATIENCE_MS)
        await self._press("c")

    async def _press(self, key: str) -> None:
        self._keys += 1
        await self._page.keyboard.press(key)


async def operate(url: str, given: argparse.Namespace) -> Reviewed:
    """Sign in by keys and review."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context(base_url=url, viewport={"width": 1366, "height": 768})
        page = await context.new_page()
        await page.goto("/console/login?lang=vi")
        await page.locator("input[name=username]").fill("lan")
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.locator(".mt-row.mt-chosen").wait_for()
        await page.evaluate(WATCH)
        expert = Expert(page, given.seed)
        await expert.review(given.cases)
        await browser.close()
    return expert.done


def measure(given: argparse.Namespace) -> str:
    """The row of one run."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        database = stack.enter_context(SyncedPostgres(Path(folder)))
        builder = CentreBuilder(Path(folder), database_url=database.new_database("bench"))
        builder.user("lan", Role.OPERATOR)
        key = builder.box_key(BOX)
        _, secret = builder.centre.machines.create_key(SYSTEM, name="box", role=Role.EDGE, box_id=BOX, queues=())
        settings = builder.settings
        builder.close()
        made = cases(key, given.seed)
        url, _ = stack.enter_context(served(settings, frozenset(CentreRole)))
        bring(url, secret, list(itertools.islice(made, given.cases)), 0.0)
        traffic = list(itertools.islice(made, int(given.cases * WATCHED_S / given.case_every)))
        threading.Thread(target=bring, args=(url, secret, traffic, given.case_every), daemon=True).start()
        done = asyncio.run(operate(url, given))
    p95 = statistics.quantiles(done.plays_ms, n=20, method="inclusive")[18]
    longest, load = max(done.seconds), os.getloadavg()[0]
    seconds = f"{statistics.mean(done.seconds):.1f} | {longest:.1f}"
    keys = f"{statistics.mean(done.keys):.1f} | {max(done.keys)} | {done.mouse}"
    plays = f"{len(done.plays_ms)} | {statistics.median(done.plays_ms):.0f} | {p95:.0f} | {max(done.plays_ms):.0f}"
    return f"| {len(done.seconds)} | {seconds} | {keys} | {plays} | {load:.1f} |"


def main() -> None:
    """Print the row."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--case-every", type=float, default=2.0, help="seconds between cases that come meanwhile")
    parser.add_argument("--seed", type=int, default=1)
    print("| cases | s a case | longest s | keys a case | most | mouse | clips | plays p50 ms | p95 | longest | load |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    print(measure(parser.parse_args()), flush=True)


if __name__ == "__main__":
    main()
