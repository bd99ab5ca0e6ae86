"""Whether a sender's stamps can be used as a media clock. Pure."""

from enum import StrEnum
from typing import Final

_WINDOW_US: Final = 2_000_000  # what is grossly wrong shows in so long ...
_LONG_WINDOW_US: Final = 8_000_000  # ... what is a little wrong needs more, since the network shakes arrivals
_FEWEST: Final = 10  # packets in a window
_DISTINCT_SHARE: Final = 0.4  # of the packets; two fields of one picture share a stamp
_MISSING_SHARE: Final = 0.5
_GROSS_RATE: Final = 4.0
_RATE: Final = 1.25
_WRONG_WINDOWS: Final = 2  # in a row, wrong the same way, before a rate is called wrong
_RIGHT_WINDOWS: Final = 4  # long ones in a row before stamps are used again
_SILENCE_US: Final = 1_000_000
_EARLY_US: Final = 5_000_000  # ahead of the timeliest packet so far: no network delivers what is not yet taken


class StampFault(StrEnum):
    """Why stamps cannot be used, in words."""

    CONSTANT = "the camera gives many pictures the same time stamp"
    MISSING = "the camera sends pictures without time stamps"
    RUNNING_AWAY = "the camera's time stamps run faster or slower than time"


class _Window:
    """Packets of a stretch of time, and how fast their stamps ran in it.

    Args:
        span_us: how long a stretch is at least.
        rate: a stretch is slow or fast beyond it.
    """

    def __init__(self, span_us: int, rate: float) -> None:
        self._span_us = span_us
        self._rate = rate
        self.wrong_in_a_row = self.right_in_a_row = 0
        self._way = 0
        self.restart()

    def restart(self) -> None:
        self._began: tuple[int, int] | None = None  # (stamp_us, mono_us)
        self.count = self.missing = self.distinct = 0

    def see(self, furthest_us: int | None, mono_us: int, *, missing: bool, distinct: bool) -> bool:
        """Take in a packet; whether a stretch is over."""
        if self._began is None and furthest_us is not None:
            self._began = (furthest_us, mono_us)
        if self.count == 0:
            self._start_us = mono_us
        self.count += 1
        self.missing += missing
        self.distinct += distinct
        return mono_us - self._start_us >= self._span_us and self.count >= _FEWEST

    def close(self, furthest_us: int | None, mono_us: int) -> None:
        """Judge the stretch and begin the next: slow and fast in turn is the network's doing, not the sender's."""
        rate = 1.0
        if self._began is not None and furthest_us is not None and mono_us > self._began[1]:
            rate = (furthest_us - self._began[0]) / (mono_us - self._began[1])
        way = (rate > self._rate) - (rate < 1 / self._rate)
        self.wrong_in_a_row = 0 if way == 0 else self.wrong_in_a_row + 1 if way == self._way else 1
        self.right_in_a_row = self.right_in_a_row + 1 if way == 0 else 0
        self._way = way
        self.restart()


class StampCheck:
    """Holds stamps against arrivals of one connection: they must be there, differ, and run as fast as time does."""

    def __init__(self) -> None:
        self.fault: StampFault | None = None
        self._short = _Window(_WINDOW_US, _GROSS_RATE)
        self._long = _Window(_LONG_WINDOW_US, _RATE)
        self._furthest_us: int | None = None
        self._stamp_us: int | None = None
        self._arrived_us: int | None = None
        self._floor_us: int | None = None  # of arrival less stamp

    def restart(self) -> None:
        """The stamps go on elsewhere: stretches under way do not count."""
        self._break_off()
        self._furthest_us = self._floor_us = None

    def _break_off(self) -> None:
        self._short.restart()
        self._long.restart()

    def see(self, stamp_us: int | None, mono_us: int) -> bool:
        """Take in a packet's stamp and arrival, both in microseconds; whether the verdict has changed."""
        if self._arrived_us is not None and mono_us - self._arrived_us > _SILENCE_US:
            self._break_off()
        self._arrived_us = mono_us
        distinct = stamp_us is not None and stamp_us != self._stamp_us
        if stamp_us is not None:
            self._stamp_us = stamp_us
            self._furthest_us = stamp_us if self._furthest_us is None else max(self._furthest_us, stamp_us)
        before = self.fault
        if stamp_us is not None:
            self._hold_against_floor(mono_us - stamp_us)
        for window in (self._short, self._long):
            if window.see(self._furthest_us, mono_us, missing=stamp_us is None, distinct=distinct):
                self._judge(window, mono_us)
        return self.fault is not before

    def _hold_against_floor(self, delta_us: int) -> None:
        if self._floor_us is None:
            self._floor_us = delta_us
        if self._floor_us - delta_us > _EARLY_US:
            self._floor_us, self.fault = delta_us, StampFault.RUNNING_AWAY
            self._long.right_in_a_row = 0

    def _judge(self, window: _Window, mono_us: int) -> None:
        count, missing, distinct = window.count, window.missing, window.distinct
        window.close(self._furthest_us, mono_us)
        if missing > count * _MISSING_SHARE:
            self.fault = StampFault.MISSING
        elif distinct < count * _DISTINCT_SHARE:
            self.fault = StampFault.CONSTANT
        elif window.wrong_in_a_row >= _WRONG_WINDOWS:
            self.fault = StampFault.RUNNING_AWAY
        elif self._long.right_in_a_row >= _RIGHT_WINDOWS:
            self.fault = None
            return
        else:
            return
        self._long.right_in_a_row = 0
