"""Whether a yellow lamp flashes: on and off and on again, each for a moment, while nothing else is lit."""

from datetime import datetime
from typing import Final

from detectors.lamps.looking import Doubt, LampReading
from domain.instants import seconds_between
from domain.seen.timeline import SignalState

_LONGEST_S: Final = 1.5  # that it is on, or off
_LONGEST_STEP_S: Final = 0.5  # pictures further apart do not show every flash
_CHANGES: Final = 6  # three times on and off


class YellowFlash:
    """Follows one light, picture by picture."""

    def __init__(self) -> None:
        self._lit: bool | None = None
        self._since: datetime | None = None
        self._newest_at: datetime | None = None
        self._changes = 0

    def see(self, at: datetime, reading: LampReading) -> bool:
        """Take in a reading that is later than the last one; whether the light flashes yellow."""
        lit = True if reading.state == SignalState.YELLOW else False if reading.doubt == Doubt.NOTHING_LIT else None
        late = self._newest_at is not None and seconds_between(self._newest_at, at) > _LONGEST_STEP_S
        long = self._since is not None and seconds_between(self._since, at) > _LONGEST_S
        self._newest_at = at
        if lit is None or late or long:
            self._lit, self._since, self._changes = lit, None if lit is None else at, 0
        elif lit != self._lit:
            self._changes += self._lit is not None
            self._lit, self._since = lit, at
        return self._changes >= _CHANGES
