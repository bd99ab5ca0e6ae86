"""CPU and memory of this process so far."""

import resource
import threading
import time
from pathlib import Path


def cpu_s() -> float:
    """User and system seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def thread_cpu_s(name: str) -> float:
    """CPU seconds of one of this process's threads so far."""
    thread = next(thread for thread in threading.enumerate() if thread.name == name)
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0))


def evidence_cpu_s() -> float:
    """CPU seconds of both threads of evidence so far."""
    return thread_cpu_s("evidence-cutting") + thread_cpu_s("evidence-packaging")


def peak_memory_mb() -> float:
    """Most resident memory of this process; not ``ru_maxrss``, which a child inherits from its parent."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
