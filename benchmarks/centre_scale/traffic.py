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
from pathlib import Path

from sqlalchemy import text

from api.audit.audit import kept_event
from api.persistence.database import Database
from api.principals import SYSTEM
from api.roles import CentreRole
from api.settings import MqttSettings, Secret
from benchmarks.centre_scale.boxes import BOXES, CAMERAS_A_BOX, Sent, bring_cases, tell_health
from benchmarks.centre_scale.operators import operate
from benchmarks.console.processes import cpu_of_family_s, cpu_s, memory_mb, parent_of, served
from deploy.local.servers import NatsBroker
from domain.cases.roles import Role
from tests.builders.centre import ADMIN, CentreBuilder

OPERATORS = 30
FIRST_CASES = 60
CASES_A_SECOND = 10
_CLOSE_OLD = "UPDATE cases SET state = 'processed' WHERE state = 'queued'"
_NEWEST = "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1"
_COUNT_OLD = """
UPDATE case_counts AS k SET cases =
(SELECT count(*) FROM cases AS c WHERE c.shadow = k.shadow AND c.state = k.state)
"""


def traffic(database: Database, folder: Path, *, seconds: float) -> Iterator[str]:
    """Rows of the tables of a city at work."""
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
            intake={"max_cases_a_day": 1_000_000, "max_arriving_cases": 1000},
            review={"queue_limit": 1_000_000},
        )
        boxes = _registered(builder, run)
        for number in range(OPERATORS):
            _make_operator(builder, f"operator{number}")
        with database.write() as connection:
            connection.execute(text(_CLOSE_OLD))
            connection.execute(text(_COUNT_OLD))
            head = connection.execute(text(_NEWEST)).one()
            postmaster = parent_of(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        mqtt = MqttSettings(host=broker.host, port=broker.port, username="centre", password=Secret(file=secret))
        with_broker = builder.settings.model_copy(update={"mqtt": mqtt})
        door, door_pid = stack.enter_context(served(with_broker, frozenset({CentreRole.INTAKE})))
        url, pid = stack.enter_context(served(builder.settings, frozenset({CentreRole.WEB, CentreRole.CONSOLE})))
        bring_cases(
            door, dict(itertools.islice(boxes.items(), 8)), FIRST_CASES / CASES_A_SECOND, CASES_A_SECOND, part=9
        )
        began = {each: (cpu_s(each), memory_mb(each)) for each in (door_pid, pid)}
        others_began_s = (cpu_of_family_s(postmaster), cpu_s(broker.pid or 0), time.process_time())
        pool = stack.enter_context(ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")))
        bringing = pool.submit(bring_cases, door, boxes, seconds, CASES_A_SECOND, 0)
        telling = pool.submit(tell_health, (broker.host, broker.port), ("boxes", password), sorted(boxes), seconds)
        waited = asyncio.run(operate(url, OPERATORS, seconds))
        sent, told = bringing.result(), telling.result()
        yield f"load: {os.getloadavg()[0]:.1f}; {seconds:.0f} s; {BOXES} boxes of {CAMERAS_A_BOX} cameras"
        yield from _waits(sent, waited.ms)
        yield f"faults of pages: {waited.faults[:5] or 'none'}"
        yield from _kept(database, sent, told, sorted(boxes))
        for name, each in (("intake", door_pid), ("web and console", pid)):
            used_s, now_mb = cpu_s(each) - began[each][0], memory_mb(each)
            yield f"{name}: {used_s:.0f} CPU s, {began[each][1]:.0f} -> {now_mb:.0f} MB"
        others_s = (cpu_of_family_s(postmaster), cpu_s(broker.pid or 0), time.process_time())
        database_s, broker_s, operators_s = (now - before for now, before in zip(others_s, others_began_s, strict=True))
        yield f"database: {database_s:.0f} CPU s; broker: {broker_s:.0f} CPU s"
        yield f"boxes: {sent.cpu_s:.0f} CPU s; operators: {operators_s:.0f} CPU s"
        found = builder.centre.audit.verify(SYSTEM, since=kept_event(f"{head.seq}:{head.hash}"))
        yield f"the record since: fault {found.fault}"
        builder.close()


def _registered(builder: CentreBuilder, run: str) -> dict[str, tuple[str, str]]:
    """API key and private key of each box of this run."""
    boxes = {}
    for number in range(BOXES):
        name = f"box-{run}-{number}"
        key = builder.box_key(name).private_bytes_raw().hex()
        boxes[name] = (builder.centre.machines.create_key(SYSTEM, name=name, role=Role.EDGE, box_id=name)[1], key)
    return boxes


def _make_operator(builder: CentreBuilder, username: str) -> None:
    if username not in {each.username for each in builder.centre.accounts.list_users(ADMIN)}:
        builder.user(username, Role.OPERATOR)


def _waits(sent: Sent, waited_ms: dict[str, list[float]]) -> Iterator[str]:
    yield "| what | times | p50 ms | p95 ms | p99 ms | longest ms |"
    yield "|---|---|---|---|---|---|"
    brought = {"a case (due to on record)": sent.took_s, "a case of a burst of 100": sent.burst_s}
    rows = {name: [each * 1000 for each in taken] for name, taken in brought.items()} | waited_ms
    for name, taken in rows.items():
        if len(taken) > 1:
            cuts = statistics.quantiles(taken, n=100, method="inclusive")
            shown = " | ".join(f"{each:.0f}" for each in (cuts[49], cuts[94], cuts[98], max(taken)))
            yield f"| {name} | {len(taken)} | {shown} |"


def _kept(database: Database, sent: Sent, told: int, boxes: list[str]) -> Iterator[str]:
    """What of all that was sent is there."""
    deadline_s = time.monotonic() + 60
    silent = set(boxes)
    while silent and time.monotonic() < deadline_s:
        with database.read() as connection:
            heard = connection.execute(text("SELECT box_id FROM box_status WHERE status = 'online'")).scalars()
            silent = set(boxes) - set(heard)
    ids = set(sent.case_ids)
    with database.read() as connection:
        here = connection.execute(
            text("SELECT count(*) FROM cases WHERE case_id = ANY(:ids) AND files_missing = 0"), {"ids": list(ids)}
        ).scalar_one()
        lost = connection.execute(
            text("SELECT count(*) FROM evidence_files WHERE case_id = ANY(:ids) AND NOT complete"), {"ids": list(ids)}
        ).scalar_one()
    yield f"cases: {len(ids)} sent, {here} on record with every file ({lost} files missing)"
    yield f"health: {told} heartbeats sent, {len(silent)} of {len(boxes)} boxes not heard"
