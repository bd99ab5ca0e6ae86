"""Reports that a signal controller pushes: checked when they come, handed to the timelines by the analysis thread.

A report that cannot be trusted does not leave its signal as it was: red that has ended unheard would accuse whoever
starts on green. So the signal is unknown from then on, until a report can be trusted again.
"""

import queue
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.camera import Identifier
from domain.errors import Invalid
from domain.fleet.health import ProblemCode
from domain.instants import Clock, Instant, seconds_between
from domain.seen.timeline import SignalState, SignalTimeline
from edge.health.problems import ProblemBoard

MOST_REPORTS = 256  # in one push
MAX_BYTES = 64 * 1024
CLOCK_LIMIT_S = 0.5  # the controller's clock and the way here together
LATE_S = 0.5  # from what is reported to its arrival
SILENT_AFTER_S = 60.0
_MOST_WAITING = 4096
FindTimeline = Callable[[str, str], SignalTimeline | None]


class Refusal(StrEnum):
    """Why a report is not used."""

    UNKNOWN_SIGNAL = "unknown_signal"  # no camera of this box asks for it
    NEVER_SILENT = "never_silent"  # its max_age_s is null: it would stay red for ever when the line breaks
    CLOCK_OFF = "clock_off"
    LATE = "late"
    IN_THE_FUTURE = "in_the_future"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PushedSignal(_Strict):
    """What one signal shows; the record of a signal log."""

    camera: Identifier
    signal: Identifier
    t: Instant
    state: SignalState


class SignalPush(_Strict):
    """What a controller sends at every change, and every second or two while nothing changes."""

    sent_at: Instant  # by the controller's clock, when it sends
    signals: Annotated[tuple[PushedSignal, ...], Field(min_length=1, max_length=MOST_REPORTS)]

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        told: dict[tuple[str, str, datetime], SignalState] = {}
        for one in self.signals:
            state = told.setdefault((one.camera, one.signal, one.t), one.state)
            if state is not one.state:
                at = one.t.isoformat()
                raise ValueError(
                    f"{one.camera}/{one.signal} cannot be {state} and {one.state} at {at}; send one of them"
                )
        return self


class RefusedSignal(_Strict):
    """One report that is not used."""

    camera: str
    signal: str
    reason: Refusal


class PushAnswer(_Strict):
    """What the box made of it."""

    received_at: Instant
    clock_offset_ms: float  # the box's clock less the controller's, with the time on the way
    accepted: int
    refused: tuple[RefusedSignal, ...]


class _Waiting(NamedTuple):
    camera_id: str
    signal_id: str
    at: datetime
    state: SignalState | None  # None: nothing is known from here


class PushedReports:
    """Takes reports from any thread, and hands them over in one.

    Args:
        timeline: finds the timeline of (camera id, signal id); None where no camera asks for it.
        problems: where it stands that nothing, or nothing of use, comes.
        clock: the box's.
    """

    def __init__(self, *, timeline: FindTimeline, problems: ProblemBoard, clock: Clock) -> None:
        self._timeline = timeline
        self._problems = problems
        self._clock = clock
        self._waiting: queue.SimpleQueue[_Waiting] = queue.SimpleQueue()
        self._last_accepted_s = clock.monotonic_s()

    def take(self, body: bytes) -> PushAnswer:
        """Take in what a controller sent.

        Raises:
            Invalid: it is no push, too long, or more waits than is worth keeping.
        """
        if len(body) > MAX_BYTES:
            raise Invalid(f"a push of signals has at most {MAX_BYTES} bytes")
        try:
            push = SignalPush.model_validate_json(body)
        except ValueError as error:
            raise Invalid(f"no push of signals: {_first_line(error)}") from error
        if self._waiting.qsize() + len(push.signals) > _MOST_WAITING:
            raise Invalid("the box does not keep up with what is sent")
        now = self._clock.now()
        offset_s = seconds_between(push.sent_at, now)
        clock_is_off = abs(offset_s) > CLOCK_LIMIT_S
        refused = []
        for report in push.signals:
            reason = self._objection(report, now, clock_is_off=clock_is_off)
            if reason is None:
                self._waiting.put(_Waiting(report.camera, report.signal, report.t, report.state))
                continue
            refused.append(RefusedSignal(camera=report.camera, signal=report.signal, reason=reason))
            self._waiting.put(_Waiting(report.camera, report.signal, now, None))
        if len(refused) < len(push.signals):
            self._last_accepted_s = self._clock.monotonic_s()
        self._tell(refused, offset_s)
        return PushAnswer(
            received_at=now,
            clock_offset_ms=round(offset_s * 1000.0, 1),
            accepted=len(push.signals) - len(refused),
            refused=tuple(refused),
        )

    def hand_over(self) -> None:
        """Put what has come into the timelines; called by the analysis thread, before it judges a picture."""
        while not self._waiting.empty():
            one = self._waiting.get_nowait()
            timeline = self._timeline(one.camera_id, one.signal_id)
            if timeline is None:
                continue
            if one.state is None:
                timeline.lose(one.at)
            else:
                timeline.record_if_newer(one.at, one.state)
        if self._clock.monotonic_s() - self._last_accepted_s > SILENT_AFTER_S:
            text = "no report of a signal that could be used has come for a minute: the signals are unknown"
            self._problems.report(ProblemCode.SIGNALS_SILENT, text)
        else:
            self._problems.clear(ProblemCode.SIGNALS_SILENT)

    def _objection(self, report: PushedSignal, now: datetime, *, clock_is_off: bool) -> Refusal | None:
        timeline = self._timeline(report.camera, report.signal)
        if timeline is None:
            return Refusal.UNKNOWN_SIGNAL
        if not timeline.falls_silent:
            return Refusal.NEVER_SILENT
        if clock_is_off:
            return Refusal.CLOCK_OFF
        if report.t > now + timedelta(seconds=CLOCK_LIMIT_S):
            return Refusal.IN_THE_FUTURE
        return Refusal.LATE if report.t < now - timedelta(seconds=LATE_S + CLOCK_LIMIT_S) else None

    def _tell(self, refused: list[RefusedSignal], offset_s: float) -> None:
        if not refused:
            self._problems.clear(ProblemCode.SIGNALS_REFUSED)
            return
        first = refused[0]
        text = f"reports of signal {first.camera}/{first.signal} are not used: {first.reason}"
        if first.reason is Refusal.CLOCK_OFF:
            side = "behind" if offset_s > 0 else "ahead of"
            text = f"reports of signals are not used: the controller's clock is {side} the box's by more than 0.5 s"
        self._problems.report(ProblemCode.SIGNALS_REFUSED, text)


def _first_line(error: ValueError) -> str:
    return str(error).replace("\n", ", ")[:300]
