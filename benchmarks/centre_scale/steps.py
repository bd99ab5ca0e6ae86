"""What one step of a city's day takes: CPU ms of every process, and messages to the database."""

import asyncio
import itertools
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from api.persistence.database import Database
from api.roles import CentreRole
from api.settings import MqttSettings, Secret
from benchmarks.centre_scale.boxes import BOXES, CaseMaker, bring, bring_cases, tell_health
from benchmarks.centre_scale.operators import LISTS, PAGES
from benchmarks.centre_scale.traffic import OPERATORS, make_operator, registered, tidied
from benchmarks.console.processes import cpu_of_family_s, served
from benchmarks.console.sockets import COOKIE, SocketPage
from deploy.local.servers import NatsBroker
from edge.delivery.centre import Centre, CentreDoor
from tests.builders.centre import PASSWORD, CentreBuilder

TIMES = 40
HEALTH_S = 20.0
FOLLOWED_S = 20.0
CASES_A_SECOND = 5
PAGES_OPEN = OPERATORS // 2  # of one process of pages
_STATEMENTS = """SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meter:
    """What the processes took so far."""

    pids: Mapping[str, int]
    database: Database

    def reading(self) -> dict[str, float]:
        with self.database.read() as connection:
            statements = connection.execute(text(_STATEMENTS)).scalar_one()
        return {name: cpu_of_family_s(pid) * 1000 for name, pid in self.pids.items()} | {"statements": statements - 1}

    def row(self, name: str, before: Mapping[str, float], times: int) -> str:
        after = self.reading()
        each = [(after[key] - before[key]) / times for key in before]
        return f"| {name} | {times} | " + " | ".join(f"{value:.1f}" for value in each) + " |"


def steps(database: Database, folder: Path) -> Iterator[str]:
    """Rows of the table of single steps, each with nobody else at the centre."""
    run, password = secrets.token_hex(3), secrets.token_hex(16)
    with ExitStack() as stack:
        users = {"centre": password, "boxes": password}
        broker = stack.enter_context(NatsBroker(folder / f"broker-{run}", users=users))
        secret = folder / f"broker-{run}.password"
        secret.write_text(password)
        url = database.engine.url.render_as_string(hide_password=False)
        limits = {"max_cases_a_day": 1_000_000, "max_arriving_cases": 1000}
        builder = CentreBuilder(folder, database_url=url, intake=limits, review={"queue_limit": 1_000_000})
        stack.callback(builder.close)
        boxes = registered(builder, run)
        for number in range(OPERATORS):
            make_operator(builder, f"operator{number}")
        _, postmaster = tidied(database)
        mqtt = MqttSettings(host=broker.host, port=broker.port, username="centre", password=Secret(file=secret))
        with_broker = builder.settings.model_copy(update={"mqtt": mqtt})
        door, door_pid = stack.enter_context(served(with_broker, frozenset({CentreRole.INTAKE})))
        web, web_pid = stack.enter_context(served(builder.settings, frozenset({CentreRole.WEB})))
        console, console_pid = stack.enter_context(served(builder.settings, frozenset({CentreRole.CONSOLE})))
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_stat_statements"))
        pids = {"intake": door_pid, "console": console_pid, "web": web_pid, "database": postmaster}
        meter = _Meter(pids=pids, database=database)
        yield f"| step | times | {' | '.join(f'{name} ms' for name in pids)} | statements |"
        yield "|---|" + "---|" * (len(pids) + 2)
        yield from _of_boxes(meter, door, boxes, (broker.host, broker.port), password)
        yield from asyncio.run(_of_operators(meter, console, web, door, boxes))


def _of_boxes(
    meter: _Meter, door: str, boxes: dict[str, tuple[str, str]], broker: tuple[str, int], password: str
) -> Iterator[str]:
    maker, names = CaseMaker(), sorted(boxes)

    def bring_some(numbers: range) -> None:
        for number in numbers:
            name = names[number % 8]
            key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(boxes[name][1]))
            line = CentreDoor(Centre(url=door, api_key=boxes[name][0]))
            bring(line, maker.make(name, number, key), maker.contents)
            line.close()

    bring_some(range(20))
    before = meter.reading()
    bring_some(range(20, 20 + 2 * TIMES))
    yield meter.row("a case with 7 files taken in", before, 2 * TIMES)
    before = meter.reading()
    told = tell_health(broker, ("boxes", password), names, HEALTH_S)
    time.sleep(2)
    yield meter.row("a heartbeat of 8 cameras", before, told.heartbeats)


async def _of_operators(
    meter: _Meter, console: str, web: str, door: str, boxes: dict[str, tuple[str, str]]
) -> list[str]:
    rows = []
    async with httpx.AsyncClient(base_url=console, trust_env=False, timeout=60) as client:
        async with _pages(console, web, client, 1) as (page,):
            await _press(page, 3)
            before = meter.reading()
            await _press(page, TIMES)
            rows.append(meter.row("the next case: key, page, and its files fetched", before, TIMES))
        await asyncio.sleep(5)  # the page is taken away
        for name, path in PAGES.items():
            await _get(client, path, 3)
            before = meter.reading()
            await _get(client, path, TIMES // 2)
            rows.append(meter.row(f"{name} opened", before, TIMES // 2))
        for path in LISTS:
            await _get(client, web + path, 3)
            before = meter.reading()
            await _get(client, web + path, TIMES)
            rows.append(meter.row(f"a list: {path.partition('?')[2]}", before, TIMES))
        async with _pages(console, web, client, PAGES_OPEN):
            await asyncio.sleep(5)
            before = meter.reading()
            await asyncio.sleep(FOLLOWED_S)
            rows.append(meter.row(f"a second of {PAGES_OPEN} pages, nothing comes", before, int(FOLLOWED_S)))
            before = meter.reading()
            first = dict(itertools.islice(boxes.items(), BOXES))
            sent = await asyncio.to_thread(bring_cases, door, first, FOLLOWED_S, CASES_A_SECOND, 8)
            await asyncio.sleep(2)
            rows.append(meter.row(f"a case that comes, {PAGES_OPEN} pages open", before, len(sent.case_ids)))
    return rows


@asynccontextmanager
async def _pages(console: str, web: str, client: httpx.AsyncClient, number: int) -> AsyncIterator[list[SocketPage]]:
    pages = []
    for each in range(number):
        said = {"username": f"operator{each}", "password": PASSWORD}
        answer = await client.post("/api/v1/session", json=said, headers={"Origin": console})
        pages.append(SocketPage(console, str(answer.raise_for_status().cookies[COOKIE]), files_url=web))
        await pages[-1].open()
    try:
        yield pages
    finally:
        for page in pages:
            await page.close()


async def _press(page: SocketPage, times: int) -> None:
    for _ in range(times):
        await page.press("j")
        if not await page.shown(60):
            raise SystemExit("no next case within a minute")
        await page.has_fetched()
        await asyncio.sleep(0.05)


async def _get(client: httpx.AsyncClient, path: str, times: int) -> None:
    for _ in range(times):
        (await client.get(path)).raise_for_status()
