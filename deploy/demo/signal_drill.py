"""The demo's signal controller: it says once a second what the simulated signal shows."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

RED_S = 5
CYCLE_S = 120


def state_at(second: int) -> str:
    """What the signal shows so many seconds after the drill's start: red first, then green until the cycle ends.

    Examples:
        >>> [state_at(second) for second in (0, 4, 5, 119, 120)]
        ['red', 'red', 'green', 'green', 'red']
    """
    return "red" if second % CYCLE_S < RED_S else "green"


class SignalDrill:
    """Appends signal reports to a file in a thread of its own until the block ends.

    Args:
        path: the box's ``signal_feed_file``.
        camera_id: whose signal it is.
        signal_id: which signal.
        red_after_s: green until then, so that the camera has been seen for a while before the first red.
    """

    def __init__(self, path: Path, *, camera_id: str, signal_id: str, red_after_s: int) -> None:
        self._path = path
        self._names = {"camera": camera_id, "signal": signal_id}
        self._red_after_s = red_after_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._report, name="signal-drill", daemon=True)

    def _report(self) -> None:
        second = -self._red_after_s
        while not self._ended.is_set():
            state = state_at(second) if second >= 0 else "green"
            report = {**self._names, "t": datetime.now(UTC).isoformat().replace("+00:00", "Z"), "state": state}
            with self._path.open("a", encoding="utf-8") as feed:
                feed.write(json.dumps(report) + "\n")
            second += 1
            self._ended.wait(1.0)

    def __enter__(self) -> Self:
        """Begin to report."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop reporting."""
        self._ended.set()
        self._thread.join()
