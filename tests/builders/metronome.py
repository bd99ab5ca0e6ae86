"""Time as the machine had it: a real-time promise is held against a process that shares the machine."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

TICK_S = 0.01
_WORK_S = 0.001
_TICKS = f"""
import time
while True:
    time.sleep({TICK_S - _WORK_S})
    until = time.thread_time() + {_WORK_S}
    while time.thread_time() < until:
        pass
    print(time.monotonic(), flush=True)
"""


class Metronome:
    """Ticks a hundred times a second in a process of its own, which sleeps and works a little before each.

    On a busy machine it ticks more slowly, on a frozen one not at all; so what took so many of its ticks was so quick
    whatever else the machine did. What holds up the tested process alone (its locks, its GIL) does not slow it.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ticks"

    def __enter__(self) -> Self:
        with self._path.open("wb") as out:
            self._process = subprocess.Popen([sys.executable, "-S", "-c", _TICKS], stdout=out)
        until_s = time.monotonic() + 30
        while not self._path.stat().st_size:
            assert time.monotonic() < until_s, "no tick within 30 s"
            time.sleep(TICK_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def seconds(self, began_s: float, ended_s: float) -> float:
        """Seconds between two monotonic moments as a quiet machine would have counted them."""
        lines = self._path.read_text().rpartition("\n")[0].splitlines()
        ticks = sum(began_s < float(line) <= ended_s for line in lines)
        return min(ended_s - began_s, ticks * TICK_S)

    def since(self, began_s: float) -> float:
        """Seconds from a monotonic moment to now."""
        return self.seconds(began_s, time.monotonic())

    def age_s(self, at: datetime) -> float:
        """Seconds from an instant of this machine's clock to now."""
        wall_s = (datetime.now(UTC) - at).total_seconds()
        return self.since(time.monotonic() - wall_s)
