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

YIELDING_NICE = 7
"""Of Linux' autogroups: 0.21 of the share of others, as ``CPUWeight=20`` of deploy/centre gives to the intake."""


def run_centre(settings: CentreSettings, port: int, roles: frozenset[CentreRole], yielding: bool) -> None:  # noqa: FBT001
    """Some roles of the centre as a process; of a session of its own, as on a machine of its own."""
    os.setsid()
    share = Path("/proc/self/autogroup")
    if yielding and share.exists():
        share.write_text(str(YIELDING_NICE), encoding="ascii")
    serve(create_app(settings, clock=SystemClock(), roles=roles), host=LOOPBACK, port=port)


@contextmanager
def served(
    settings: CentreSettings, roles: frozenset[CentreRole], *, yielding: bool = False
) -> Iterator[tuple[str, int]]:
    """A process of the centre: its address and process id.

    Args:
        settings: of the centre.
        roles: of the process.
        yielding: others come first where the processor is short.
    """
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=run_centre, args=(settings, port, roles, yielding))
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
    return _times_s(pid)[0]


def cpu_of_family_s(pid: int) -> float:
    """Processor time of a process, of its children, and of those children that have ended."""
    own_s, ended_s = _times_s(pid)
    return own_s + ended_s + sum(_times_s(child)[0] for child in _children(pid))


def parent_of(pid: int) -> int:
    """The process that started a process."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[1])


def family_memory_mb(pid: int) -> float:
    """Resident memory of a process and its children, pages that they share counted once (proportional set size)."""
    lines = [line for each in (pid, *_children(pid)) for line in _read(each, "smaps_rollup").splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    lines = _read(pid, "status").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def _times_s(pid: int) -> tuple[float, float]:
    """Processor time of a process, and of its children that have ended; nothing of one that is gone."""
    fields = (_read(pid, "stat").rpartition(")")[2].split() or ["0"] * 15)[11:15]
    own, ended = sum(map(int, fields[:2])), sum(map(int, fields[2:]))
    return own / os.sysconf("SC_CLK_TCK"), ended / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    return [int(child) for child in _read(pid, f"task/{pid}/children").split()]


def _read(pid: int, name: str) -> str:
    """A file of a process; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return ""
