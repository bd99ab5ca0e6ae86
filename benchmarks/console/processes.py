"""The centre as processes of its own, and what they take."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.app import create_app
from api.roles import CentreRole
from api.settings import CentreSettings
from api.web.server import serve
from deploy.local.servers import LOOPBACK, free_port
from plumbing.system_clock import SystemClock


def run_centre(settings: CentreSettings, port: int, roles: frozenset[CentreRole]) -> None:
    """Some roles of the centre as a process; of a session of its own, as on a machine of its own."""
    os.setsid()
    serve(create_app(settings, clock=SystemClock(), roles=roles), host=LOOPBACK, port=port)


@contextmanager
def served(settings: CentreSettings, roles: frozenset[CentreRole]) -> Iterator[tuple[str, int]]:
    """A process of the centre: its address and process id."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=run_centre, args=(settings, port, roles))
    process.start()
    while os.system(f"curl -sf http://{LOOPBACK}:{port}/healthz >/dev/null"):  # noqa: S605 - ours
        time.sleep(0.2)
    try:
        yield f"http://{LOOPBACK}:{port}", process.pid or 0
    finally:
        process.terminate()
        process.join(20)


def cpu_s(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_family_s(pid: int) -> float:
    """Processor time of a process, of its children, and of those children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    ended_s = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return cpu_s(pid) + ended_s + sum(cpu_s(int(child)) for child in children)


def parent_of(pid: int) -> int:
    """The process that started a process."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[1])


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024
