"""What a traffic signal showed, and when."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class SignalState(StrEnum):
    """What the lamp shows to the driver."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    DARK = "dark"
    FLASHING_YELLOW = "flashing_yellow"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReading:
    """The state at one instant."""

    state: SignalState
    since: datetime | None  # shown without a break since here at the latest; None only when unknown
    beginning_seen: bool  # True: the change to this state was reported; False: it may have begun before ``since``


class SignalTimeline:
    """The states of one signal in order; a state holds until the next one, but no longer than ``max_age_s``.

    A feed that falls silent turns to unknown, it does not stay red.

    Args:
        signal_id: the signal's id in the camera configuration.
        max_age_s: how long one report is believed without another; None for a log that writes changes only.
        keep_s: how much of the past is kept.
    """

    def __init__(self, *, signal_id: str, max_age_s: float | None = None, keep_s: float = 600.0) -> None:
        self.signal_id = signal_id
        self._max_age = None if max_age_s is None else timedelta(seconds=max_age_s)
        self._keep = timedelta(seconds=keep_s)
        self._reported_at: list[datetime] = []
        self._states: list[SignalState] = []
        self._since: list[datetime] = []
        self._beginning_seen: list[bool] = []

    @property
    def falls_silent(self) -> bool:
        """Whether it turns to unknown when no report comes."""
        return self._max_age is not None

    def record_if_newer(self, at: datetime, state: SignalState) -> bool:
        """Append a report, unless it is older than the newest; whether it was."""
        if self._reported_at and at < self._reported_at[-1]:
            return False
        self.record(at, state)
        return True

    def lose(self, at: datetime) -> None:
        """From an instant on nothing is known, until the next report; whatever was reported for later is kept.

        Examples:
            >>> from datetime import UTC
            >>> noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
            >>> line = SignalTimeline(signal_id="S1")
            >>> line.record(noon, SignalState.RED)
            >>> line.lose(noon - timedelta(seconds=1))
            >>> line.at(noon).state
            <SignalState.UNKNOWN: 'unknown'>
        """
        self.record(max([at, *self._reported_at[-1:]]), SignalState.UNKNOWN)

    def record(self, at: datetime, state: SignalState) -> None:
        """Append a report; one that is older than the newest is refused, a repeated one refreshes.

        Raises:
            ValueError: reports must come in order of time.
        """
        if self._reported_at and at < self._reported_at[-1]:
            msg = f"signal {self.signal_id}: report of {at.isoformat()} is older than the newest one"
            raise ValueError(msg)
        since, beginning_seen = self._beginning(at, state)
        self._since.append(since)
        self._beginning_seen.append(beginning_seen)
        self._reported_at.append(at)
        self._states.append(state)
        self._forget(at - self._keep)

    def at(self, instant: datetime) -> SignalReading:
        """What was shown at an instant; unknown before the first report, and after a silence.

        Examples:
            >>> from datetime import UTC
            >>> noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
            >>> line = SignalTimeline(signal_id="S1", max_age_s=2.0)
            >>> line.record(noon, SignalState.RED)
            >>> line.at(noon + timedelta(seconds=1)).state
            <SignalState.RED: 'red'>
            >>> line.at(noon + timedelta(seconds=3)).state
            <SignalState.UNKNOWN: 'unknown'>
        """
        index = bisect_right(self._reported_at, instant) - 1
        if index < 0 or self._silent(self._reported_at[index], instant):
            return SignalReading(state=SignalState.UNKNOWN, since=None, beginning_seen=False)
        return SignalReading(
            state=self._states[index], since=self._since[index], beginning_seen=self._beginning_seen[index]
        )

    def confirmed_at(self, instant: datetime) -> SignalReading:
        """As ``at``, but unknown after the newest report: the change that ends a red may be under way, or lost.

        A log that writes changes only confirms by its silence.

        Examples:
            >>> from datetime import UTC
            >>> noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
            >>> line = SignalTimeline(signal_id="S1", max_age_s=2.0)
            >>> line.record(noon, SignalState.RED)
            >>> line.confirmed_at(noon + timedelta(seconds=1)).state
            <SignalState.UNKNOWN: 'unknown'>
        """
        if self.falls_silent and self._reported_at and instant > self._reported_at[-1]:
            return SignalReading(state=SignalState.UNKNOWN, since=None, beginning_seen=False)
        return self.at(instant)

    def awaited_from(self, now: datetime) -> datetime | None:
        """The newest report, while the next one may still confirm what is shown after it; None: nothing is awaited."""
        if not self.falls_silent or not self._reported_at or self._silent(self._reported_at[-1], now):
            return None
        return self._reported_at[-1]

    def _silent(self, reported_at: datetime, instant: datetime) -> bool:
        return self._max_age is not None and instant - reported_at > self._max_age

    def _beginning(self, at: datetime, state: SignalState) -> tuple[datetime, bool]:
        """Since when a state is shown, and whether its beginning was seen: not after a silence or an unknown."""
        if not self._states or self._silent(self._reported_at[-1], at):
            return at, False
        if self._states[-1] == state:
            return self._since[-1], self._beginning_seen[-1]
        return at, self._states[-1] != SignalState.UNKNOWN

    def _forget(self, before: datetime) -> None:
        """Drop reports that a newer one has replaced before the given instant."""
        index = bisect_right(self._reported_at, before) - 1
        if index > 0:
            for column in (self._reported_at, self._states, self._since, self._beginning_seen):
                del column[:index]
