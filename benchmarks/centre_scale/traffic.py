"""A city at work: 1,500 cameras' health and cases, thirty operators, and nothing lost."""

import asyncio
import itertools
import multiprocessing
import os
import secrets
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, text

from api.audit.audit import kept_event
from api.persistence.database import Database
from api.principals import SYSTEM
from api.roles import CentreRole
from api.settings import MqttSettings, Secret
from benchmarks.centre_scale.boxes import BOXES, CAMERAS_A_BOX, Sent, Told, bring_cases, due_at, tell_health
from benchmarks.centre_scale.operators import Waited, operate
from benchmarks.console.processes import cpu_of_family_s, family_memory_mb, parent_of, served
from deploy.local.servers import NatsBroker
from domain.cases.roles import Role
from tests.builders.centre import ADMIN, CentreBuilder

OPERATORS = 30
CONSOLES = 2  # processes of pages; the proxy keeps a session with one of them
FIRST_CASES = 60
CASES_A_SECOND = 10
WORKERS = 2  # cases that the intake works on at once; the rest of its boxes wait
HEARD_WITHIN_S = 60
_CLOSE_OLD = "UPDATE cases SET state = 'processed' WHERE state = 'queued'"
_NEWEST = "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1"
_COUNT_OLD = """
UPDATE case_counts AS k SET cases =
(SELECT count(*) FROM cases AS c WHERE c.shadow = k.shadow AND c.state = k.state)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """A process with its children."""

    name: str
    pid: int

    def reading(self) -> tuple[float, float]:
        """CPU seconds so far, and MB now."""
        return cpu_of_family_s(self.pid), family_memory_mb(self.pid)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What was done, and what of it was lost."""

    sent: Sent
    told: Told
    waited: Waited
    operators_cpu_s: float
    took_s: float
    seconds: float  # that were asked for


def traffic(database: Database, folder: Path, *, seconds: float) -> Iterator[str]:
    """Rows of the tables of a city at work.

    Raises:
        SystemExit: something was lost, or a page failed; every row was given before.
    """
    run = secrets.token_hex(3)
    with ExitStack() as stack:
        password = secrets.token_hex(16)
        broker = stack.enter_context(
            NatsBroker(folder / f"broker-{run}", users={"centre": password, "boxes": password})
        )
        secret = folder / f"broker-{run}.password"
        secret.write_text(password)
        builder = CentreBuilder(
            folder,
            database_url=database.engine.url.render_as_string(hide_password=False),
            intake={"max_cases_a_day": 1_000_000, "max_arriving_cases": 1000, "workers": WORKERS},
            review={"queue_limit": 1_000_000},
        )
        stack.callback(builder.close)
        boxes = registered(builder, run)
        for number in range(OPERATORS):
            make_operator(builder, f"operator{number}")
        head, postmaster = tidied(database)
        mqtt = MqttSettings(host=broker.host, port=broker.port, username="centre", password=Secret(file=secret))
        with_broker = builder.settings.model_copy(update={"mqtt": mqtt})
        door, door_pid = stack.enter_context(served(with_broker, frozenset({CentreRole.INTAKE}), yielding=True))
        web, web_pid = stack.enter_context(served(builder.settings, frozenset({CentreRole.WEB})))
        consoles = [
            stack.enter_context(served(builder.settings, frozenset({CentreRole.CONSOLE}))) for _ in range(CONSOLES)
        ]
        first = dict(itertools.islice(boxes.items(), 8))
        bring_cases(door, first, FIRST_CASES / CASES_A_SECOND, CASES_A_SECOND, part=9)
        families = [
            _Family(name="intake", pid=door_pid),
            *(_Family(name=f"console {number}", pid=pid) for number, (_, pid) in enumerate(consoles, 1)),
            _Family(name="web", pid=web_pid),
            _Family(name="database", pid=postmaster),
            _Family(name="broker", pid=broker.pid or 0),
        ]
        began = [each.reading() for each in families]
        pool = stack.enter_context(ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")))
        began_s, own_began_s = time.monotonic(), time.process_time()
        bringing = pool.submit(bring_cases, door, boxes, seconds, CASES_A_SECOND, 0)
        telling = pool.submit(tell_health, (broker.host, broker.port), ("boxes", password), sorted(boxes), seconds)
        waited = asyncio.run(operate([url for url, _ in consoles], web, OPERATORS, seconds))
        operators_cpu_s = time.process_time() - own_began_s
        work = _Work(
            sent=bringing.result(),
            told=telling.result(),
            waited=waited,
            operators_cpu_s=operators_cpu_s,
            took_s=time.monotonic() - began_s,
            seconds=seconds,
        )
        ended = [each.reading() for each in families]
        yield f"load: {os.getloadavg()[0]:.1f}; {seconds:.0f} s; {BOXES} boxes of {CAMERAS_A_BOX} cameras"
        yield from _waits(work)
        yield from _used(work, families, began, ended)
        lost = list(_lost(database, work, sorted(boxes)))
        found = builder.centre.audit.verify(SYSTEM, since=kept_event(f"{head.seq}:{head.hash}"))
        lost += [] if found.fault is None else [f"the record has a fault: {found.fault}"]
        sent = f"{len(work.sent.case_ids)} cases ({work.sent.again} sent again), {work.told.heartbeats} heartbeats"
        yield f"sent: {sent}; lost: {lost or 'nothing'}"
        if lost:
            raise SystemExit("; ".join(lost))


def registered(builder: CentreBuilder, run: str) -> dict[str, tuple[str, str]]:
    """API key and private key of each box of this run."""
    boxes = {}
    for number in range(BOXES):
        name = f"box-{run}-{number}"
        key = builder.box_key(name).private_bytes_raw().hex()
        boxes[name] = (builder.centre.machines.create_key(SYSTEM, name=name, role=Role.EDGE, box_id=name)[1], key)
    return boxes


def make_operator(builder: CentreBuilder, username: str) -> None:
    """An operator, unless an earlier command made him."""
    if username not in {each.username for each in builder.centre.accounts.list_users(ADMIN)}:
        builder.user(username, Role.OPERATOR)


def tidied(database: Database) -> tuple[Row[Any], int]:
    """Nothing waits any more of what an earlier command left; the newest event, and the database's first process."""
    with database.write() as connection:
        connection.execute(text(_CLOSE_OLD))
        connection.execute(text(_COUNT_OLD))
        head = connection.execute(text(_NEWEST)).one()
        postmaster = parent_of(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE cases"))  # that many rows at once are changed by nobody but this
    return head, postmaster


def _waits(work: _Work) -> Iterator[str]:
    yield "| what | times | p50 ms | p95 ms | p99 ms | longest ms |"
    yield "|---|---|---|---|---|---|"
    brought = {"a case (due to on record)": work.sent.took_s, "a case of a burst of 100": work.sent.burst_s}
    rows = {name: [each * 1000 for each in taken] for name, taken in brought.items()} | work.waited.ms
    for name, taken in sorted(rows.items()):
        if len(taken) > 1:
            cuts = statistics.quantiles(taken, n=100, method="inclusive")
            shown = " | ".join(f"{each:,.0f}" for each in (cuts[49], cuts[94], cuts[98], max(taken)))
            yield f"| {name} | {len(taken):,} | {shown} |"


def _used(
    work: _Work, families: list[_Family], began: list[tuple[float, float]], ended: list[tuple[float, float]]
) -> Iterator[str]:
    """What each process took of the machine, the makers of the traffic too."""
    cores_s = work.took_s * (os.cpu_count() or 1)
    yield f"| process ({work.took_s:.0f} s) | CPU s | share of {os.cpu_count()} cores | MB before | MB after |"
    yield "|---|---|---|---|---|"
    for each, (before_s, before_mb), (after_s, after_mb) in zip(families, began, ended, strict=True):
        used_s = after_s - before_s
        yield f"| {each.name} | {used_s:.0f} | {used_s / cores_s:.0%} | {before_mb:.0f} | {after_mb:.0f} |"
    makers = {
        "boxes: make, sign, send": work.sent.cpu_s,
        "boxes: health": work.told.cpu_s,
        "operators' sockets": work.operators_cpu_s,
    }
    for name, used_s in makers.items():
        yield f"| {name} | {used_s:.0f} | {used_s / cores_s:.0%} | | |"


def _lost(database: Database, work: _Work, boxes: list[str]) -> Iterator[str]:
    """What of all that was sent is not there, and what a person was not given."""
    deadline_s = time.monotonic() + HEARD_WITHIN_S
    silent = set(boxes)
    while silent and time.monotonic() < deadline_s:
        with database.read() as connection:
            heard = connection.execute(text("SELECT box_id FROM box_status WHERE status = 'online'")).scalars()
            silent = set(boxes) - set(heard)
    if silent:
        yield f"{len(silent)} of {len(boxes)} boxes were not heard"
    ids = {"ids": work.sent.case_ids}
    whole = "SELECT count(*) FROM cases WHERE case_id = ANY(:ids) AND files_missing = 0"
    open_files = "SELECT count(*) FROM evidence_files WHERE case_id = ANY(:ids) AND NOT complete"
    with database.read() as connection:
        here = connection.execute(text(whole), ids).scalar_one()
        missing = connection.execute(text(open_files), ids).scalar_one()
    due = sum(1 for _ in due_at(work.seconds, CASES_A_SECOND))
    if not here == len(set(work.sent.case_ids)) == due:
        yield f"{due} cases were due, {len(work.sent.case_ids)} sent, {here} are on record with every file"
    if missing:
        yield f"{missing} files are not whole"
    if work.waited.faults:
        yield f"{len(work.waited.faults)} pages or lists failed, first: {work.waited.faults[:3]}"
