"""Where each lamp of a traffic light lights up in its region, learned over minutes, and whether that fits."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from detectors.lamps.looking import ORDER, Doubt, LampReading, Place
from domain.instants import seconds_between
from domain.seen.timeline import SignalState

_LEARNED_S: Final = 10.0  # a colour's place is learned when it was read for so long
_LEARNED_READINGS: Final = 10
_LONGEST_STEP_S: Final = 2.0  # two readings further apart are not one stretch
_OFF_LEARNED: Final = 0.2  # most distance from the learned place, in places along and widths across
_FOLLOWS: Final = 0.02  # how much of a new place is taken into a learned one
_WINDOW_S: Final = 120.0
_FEWEST: Final = 10  # readings in the window before they say anything
_SHORTEST_S: Final = 10.0  # that the window must cover before they say anything
_MISFIT_SHARE: Final = 0.5  # of the readings of something lit that do not fit
_FIT_SHARE: Final = 0.2
_NOT_FITTING: Final = frozenset({Doubt.WRONG_PLACE, Doubt.WRONG_COLOUR, Doubt.SPREADS, Doubt.RED_BEYOND})


@dataclass(slots=True)
class _Learning:
    """One colour's place so far."""

    along: float
    across: float
    newest_at: datetime
    readings: int = 1
    seen_s: float = 0.0

    @property
    def learned(self) -> bool:
        return self.seen_s >= _LEARNED_S and self.readings >= _LEARNED_READINGS

    def holds(self, place: Place) -> bool:
        off = max(abs(place.along - self.along), abs(place.across - self.across))
        return not self.learned or off <= _OFF_LEARNED

    def take(self, at: datetime, place: Place) -> None:
        self.readings += 1
        self.seen_s += min(seconds_between(self.newest_at, at), _LONGEST_STEP_S)
        self.newest_at = at
        share = max(1 / self.readings, _FOLLOWS)
        self.along += share * (place.along - self.along)
        self.across += share * (place.across - self.across)


class LampPlaces:
    """Learns the lit places of one traffic light and doubts readings that lie elsewhere."""

    def __init__(self) -> None:
        self._places: dict[SignalState, _Learning] = {}
        self._fitting: deque[tuple[datetime, bool]] = deque()
        self.misfit = False  # most of what was lit within the last two minutes is not where a lamp of the light is

    @property
    def proven(self) -> bool:
        """Whether red and green were both seen where they belong: then the region fits."""
        return all(colour in self._places and self._places[colour].learned for colour in (ORDER[0], ORDER[-1]))

    def believes(self, at: datetime, reading: LampReading) -> bool:
        """Take in a reading that is later than the last one; whether what it shows lies where it was learned to."""
        holds = self._takes(at, reading)
        if not holds or reading.doubt in _NOT_FITTING or reading.state != SignalState.UNKNOWN:
            self._fitting.append((at, holds and reading.state != SignalState.UNKNOWN))
        while self._fitting and seconds_between(self._fitting[0][0], at) > _WINDOW_S:
            self._fitting.popleft()
        self._judge()
        return holds

    def _takes(self, at: datetime, reading: LampReading) -> bool:
        if reading.state == SignalState.UNKNOWN or reading.place is None:
            return True
        known = self._places.get(reading.state)
        if known is None:
            self._places[reading.state] = _Learning(reading.place.along, reading.place.across, at)
            return True
        holds = known.holds(reading.place)
        if holds:
            known.take(at, reading.place)
        return holds

    def _judge(self) -> None:
        if not self._fitting:
            self.misfit = False
            return
        covered_s = seconds_between(self._fitting[0][0], self._fitting[-1][0])
        if len(self._fitting) < _FEWEST or covered_s < _SHORTEST_S:
            return
        share = sum(not fits for _, fits in self._fitting) / len(self._fitting)
        self.misfit = share > _FIT_SHARE if self.misfit else share >= _MISFIT_SHARE
