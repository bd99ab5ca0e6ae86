"""An expert reviews cases without a mouse: ``python -m benchmarks.console.expert`` prints the table of console.md.

The centre is a process of its own on PostgreSQL with fsync on, cases keep coming by the door, and one page in a real
Chromium is driven by keys alone. Of ten cases six are right with a plate that was read (`C` once it opens), one is
right with a plate that the expert reads and types (`P`, the plate, Enter, `C`), three are wrong (`R` and a digit, after
the decisive seconds have played once). He knows which is which: how fast people see is not measured.

``--person`` adds what a person's mind and hands take, by the keystroke-level model (Card, Moran and Newell 1980): 1.35
s to make up one's mind before each decision and before a plate is typed, 0.28 s a key.
"""

import argparse
import asyncio
import itertools
import os
import random
import shutil
import statistics
import sys
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
from benchmarks.console.__main__ import BOX, SyncedPostgres, bring
from benchmarks.console.processes import memory_mb, served
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
PATIENCE_MS = 300_000  # of a machine that does much else
MIND_S = 1.35
KEY_S = 0.28
FIRST_CASES = 20  # then they come faster than anybody reviews
WARM_CASES = 20  # until then the process fills caches that do not grow further
PLATE_BOX = (140.0, 240.0, 200.0, 284.0)
WATCH = """
() => {
  const video = () => document.querySelector(".mt-stage video");
  const shown = () => document.querySelector(".mt-case")?.dataset.case ?? "";
  let pressed_ms = null, before = "", source = "", stood = false;
  window.plays_ms = [];
  window.stands_ms = [];
  window.from_memory = 0;
  window.mouse = 0;
  window.playing_case = "";
  for (const name of ["pointermove", "pointerdown", "click"])
    document.addEventListener(name, (event) => { window.mouse += event.isTrusted && event.detail !== 0; }, true);
  document.addEventListener("keydown", () => {
    pressed_ms = performance.now();
    before = shown();
    source = video()?.src ?? "";
    stood = false;
  }, true);
  const look = () => {
    const now = video();
    if (pressed_ms !== null && !stood && now?.src && now.src !== source && shown() !== before) {
      stood = true;
      window.stands_ms.push(performance.now() - pressed_ms);
      window.from_memory += now.src.startsWith("blob:");
    }
    if (now && !now.paused && now.readyState >= 2 && now.currentTime > 0) {
      if (pressed_ms !== null && shown() && shown() !== before && now.src !== source) {
        window.plays_ms.push(performance.now() - pressed_ms);
        pressed_ms = null;
      }
      if (now.src !== source || pressed_ms === null) window.playing_case = shown();
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
    stands_ms: list[float] = field(default_factory=list)  # from that key to the next clip that stands in the page
    memory_mb: list[float] = field(default_factory=list)  # of the centre's process, at each key that decides
    from_memory: int = 0  # clips that the page had before the key
    mouse: int = 0
    took_s: float = 0.0


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
        pid: of the centre's process.
        person: with a mind and hands.
    """

    def __init__(self, page: Page, seed: int, pid: int, *, person: bool) -> None:
        self._page = page
        self._pid = pid
        self._person = person
        self._dice = random.Random(seed)  # noqa: S311 - which cases are wrong
        self._keys = 0
        self._plates = itertools.count(50_000)
        self.done = Reviewed()

    async def review(self, number: int) -> None:
        """Review so many cases."""
        before, first_s = "", time.monotonic()
        for done in range(number):
            if done % 20 == 0 and done:
                self.done.took_s = time.monotonic() - first_s
                await self._note()
                print(row(self.done, person=self._person), file=sys.stderr, flush=True)
            await self._page.wait_for_function(
                "before => window.playing_case && window.playing_case !== before", arg=before, timeout=PATIENCE_MS
            )
            before, began_s, self._keys = await self._page.evaluate("window.playing_case"), time.monotonic(), 0
            await (self._reject() if self._dice.random() < 0.3 else self._confirm())
            self.done.seconds.append(time.monotonic() - began_s)
            self.done.keys.append(self._keys)
            self.done.memory_mb.append(memory_mb(self._pid))
        self.done.took_s = time.monotonic() - first_s
        await self._page.wait_for_timeout(1000)
        await self._note()

    async def _note(self) -> None:
        self.done.plays_ms = await self._page.evaluate("window.plays_ms")
        self.done.stands_ms = await self._page.evaluate("window.stands_ms")
        self.done.from_memory = await self._page.evaluate("window.from_memory")
        self.done.mouse = await self._page.evaluate("window.mouse")

    async def _reject(self) -> None:
        await self._page.wait_for_timeout(WATCHED_S * 1000)
        await self._think()
        await self._press("r")
        await self._page.locator("input:focus").wait_for()
        await self._press("1")

    async def _confirm(self) -> None:
        if await self._page.locator(".mt-plate-signs").count() == 0:
            await self._think()
            await self._press("p")
            field_of_plate = self._page.locator("input:focus")
            await field_of_plate.wait_for()
            for letter in f"75F1{next(self._plates):05d}":
                await self._press(letter)
            await self._press("Enter")
        await self._page.wait_for_function(ENABLED, timeout=PATIENCE_MS)
        await self._think()
        await self._press("c")

    async def _think(self) -> None:
        if self._person:
            await asyncio.sleep(MIND_S)

    async def _press(self, key: str) -> None:
        self._keys += 1
        if self._person:
            await asyncio.sleep(KEY_S)
        await self._page.keyboard.press(key)


async def operate(url: str, pid: int, given: argparse.Namespace) -> Reviewed:
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
        await page.locator(".mt-case").wait_for()
        await page.evaluate(WATCH)
        expert = Expert(page, given.seed, pid, person=given.person)
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
        url, pid = stack.enter_context(served(settings, frozenset(CentreRole)))
        bring(url, secret, itertools.islice(made, FIRST_CASES), 0.0)
        traffic = itertools.islice(made, int(given.cases * WATCHED_S / given.case_every))
        threading.Thread(target=bring, args=(url, secret, traffic, given.case_every), daemon=True).start()
        done = asyncio.run(operate(url, pid, given))
    return row(done, person=given.person)


def row(done: Reviewed, *, person: bool) -> str:
    """What was done so far, as a row of the table."""
    who = "person" if person else "expert"
    seconds = f"{statistics.mean(done.seconds):.1f} | {max(done.seconds):.1f}"
    keys = f"{statistics.mean(done.keys):.1f} | {max(done.keys)} | {done.mouse}"
    clips = f"{len(done.plays_ms)} | {done.from_memory} | {taken(done.stands_ms)} | {taken(done.plays_ms)}"
    return f"| {who} | {len(done.seconds)} | {seconds} | {keys} | {clips} | {grown(done)} | {os.getloadavg()[0]:.1f} |"


def taken(took_ms: list[float]) -> str:
    """Half, nineteen of twenty and ninety-nine of a hundred took no longer, and the longest."""
    shares = statistics.quantiles(took_ms, n=100, method="inclusive")
    return f"{shares[49]:.0f} | {shares[94]:.0f} | {shares[98]:.0f} | {max(took_ms):.0f}"


def grown(done: Reviewed) -> str:
    """The process's memory at the first case, after the warm ones and at the last; MB a case and an hour from there."""
    first, *_, last = done.memory_mb
    warm = done.memory_mb[min(WARM_CASES, len(done.memory_mb) // 2) :]
    slope, _ = statistics.linear_regression(range(len(warm)), warm)
    an_hour = slope * len(done.seconds) / (done.took_s / 3600)
    return f"{first:.0f} -> {warm[0]:.0f} -> {last:.0f} | {slope:.2f} | {an_hour:.0f}"


def main() -> None:
    """Print the row."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--case-every", type=float, default=2.0, help="seconds between cases that come meanwhile")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--person", action="store_true", help="with what a mind and hands take")
    columns: tuple[str, ...] = ("who", "cases", "s a case", "longest s", "keys a case", "most", "mouse")
    columns += ("clips", "here before the key")
    columns += ("stands p50 ms", "p95", "p99", "longest", "plays p50 ms", "p95", "p99", "longest")
    columns += ("memory MB", "a case", "an hour", "load")
    print(f"| {' | '.join(columns)} |")
    print("|---" * len(columns) + "|")
    print(measure(parser.parse_args()), flush=True)


if __name__ == "__main__":
    main()
