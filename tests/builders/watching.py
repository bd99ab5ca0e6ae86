"""Looking at a live source from a test: waiting for conditions, never for time."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from domain.fleet.health import HealthEvent, StreamState
from domain.ports import PictureSource
from domain.seen.frame import Frame


class WallClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


class HealthLog:
    """Keeps health events with the moment they came, and lets a test wait for one."""

    def __init__(self) -> None:
        self.events: list[tuple[float, HealthEvent]] = []
        self._changed = threading.Condition()

    def __call__(self, event: HealthEvent) -> None:
        with self._changed:
            self.events.append((time.monotonic(), event))
            self._changed.notify_all()

    @property
    def states(self) -> list[StreamState]:
        """The states told so far."""
        return [event.state for _, event in self.events]

    @property
    def reasons(self) -> list[str]:
        """The reasons told so far."""
        return [event.reason for _, event in self.events]

    def wait_for(
        self, state: StreamState, *, after_s: float = 0.0, timeout_s: float = 60.0, reason: str = ""
    ) -> tuple[float, HealthEvent]:
        """The first event of a state (with words in its reason) that came after a monotonic moment."""

        def found() -> tuple[float, HealthEvent] | None:
            return next(
                (
                    (at_s, event)
                    for at_s, event in self.events
                    if event.state is state and at_s >= after_s and reason in event.reason
                ),
                None,
            )

        with self._changed:
            self._changed.wait_for(lambda: found() is not None, timeout_s)
            result = found()
        assert result is not None, f"no {state} with {reason!r} within {timeout_s} s; heard: {self.events}"
        return result


def wait_until(condition: Callable[[], bool], timeout_s: float = 60.0, what: str = "the condition") -> None:
    """Return as soon as a condition holds."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, f"{what} did not come true within {timeout_s} s"
        time.sleep(0.005)


def read_frames(source: PictureSource, count: int, timeout_s: float = 60.0) -> list[Frame]:
    """The next frames of a source."""
    frames: list[Frame] = []
    deadline_s = time.monotonic() + timeout_s
    while len(frames) < count:
        frame = source.read(0.5)
        if frame is not None:
            frames.append(frame)
        assert time.monotonic() < deadline_s, f"{len(frames)} of {count} frames within {timeout_s} s"
    return frames
