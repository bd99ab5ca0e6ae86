"""Signal states from a controller's gateway: a JSON Lines file that grows, taken into the cameras' timelines."""

import json
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.errors import FileError
from domain.instants import Clock, from_text
from domain.seen.timeline import SignalState, SignalTimeline
from edge.run.file_tail import FileTail

logger = logging.getLogger(__name__)

_FUTURE_LIMIT = timedelta(seconds=5)  # a report from further ahead would keep every right one after it out


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReport:
    """What one signal showed at one instant."""

    camera_id: str
    signal_id: str
    at: datetime
    state: SignalState


def parse_signal_report(line: str) -> SignalReport:
    """Read one line of a signal log.

    Raises:
        ValueError: it is no signal report.

    Examples:
        >>> parse_signal_report('{"camera": "c1", "signal": "S1", "t": "2026-01-05T07:00:00Z", "state": "red"}').state
        <SignalState.RED: 'red'>
    """
    try:
        document: Any = json.loads(line)
        camera_id, signal_id = document["camera"], document["signal"]
        at, state = from_text(document["t"]), SignalState(document["state"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"expected camera, signal, t and state, got {line[:200]!r}") from error
    return SignalReport(camera_id=str(camera_id), signal_id=str(signal_id), at=at, state=state)


class SignalFeed:
    """Takes new reports into timelines; what cannot be used is counted and changes nothing.

    Args:
        tail: the growing file.
        timeline: finds the timeline of (camera id, signal id); None where no camera asks for it.
        clock: the box's; a report from the future is refused.
    """

    def __init__(
        self,
        *,
        tail: FileTail,
        timeline: Callable[[str, str], SignalTimeline | None],
        clock: Clock,
    ) -> None:
        self.refused: Counter[str] = Counter()  # by reason
        self._tail = tail
        self._timeline = timeline
        self._clock = clock

    def take_in(self) -> int:
        """Record what is new; returns how many reports were used. Never raises for what the file holds."""
        try:
            lines = self._tail.new_lines()
        except FileError as error:
            self._refuse("unreadable", str(error))
            return 0
        return sum(self._take(line) for line in lines if line.strip())

    def close(self) -> None:
        """Let go of the file."""
        self._tail.close()

    def _take(self, line: str) -> bool:
        try:
            report = parse_signal_report(line)
        except ValueError as error:
            self._refuse("not_a_report", str(error))
            return False
        if report.at > self._clock.now() + _FUTURE_LIMIT:
            self._refuse("in_the_future", line[:200])
            return False
        timeline = self._timeline(report.camera_id, report.signal_id)
        if timeline is None:
            self._refuse("unknown_signal", f"{report.camera_id}/{report.signal_id}")
            return False
        try:
            timeline.record(report.at, report.state)
        except ValueError as error:
            self._refuse("out_of_order", str(error))
            return False
        return True

    def _refuse(self, reason: str, detail: str) -> None:
        self.refused[reason] += 1
        if self.refused[reason] == 1:  # logged once; the count is on the health page
            logger.warning(
                "Signal report not used", extra={"action": "signal_refused", "reason": reason, "detail": detail}
            )
