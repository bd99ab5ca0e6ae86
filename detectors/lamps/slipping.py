"""Whether a region has slipped off its traffic light, by what the lamp-fit network saw over the last moments."""

import math
from datetime import datetime
from typing import Final

from detectors.lamps.fit_network import FitLook, SeenFit
from domain.instants import seconds_between

_MEMORY_S: Final = 20.0
_LONGEST_STEP_S: Final = 5.0  # pictures further apart say nothing of what was in between
_SLIPPED: Final = 0.7  # of the looks, lately
_BACK: Final = 0.4


class SlipWatch:
    """Follows how much of what is seen speaks for a region beside its light; what cannot be told speaks for neither."""

    def __init__(self) -> None:
        self._beside = 0.0
        self._newest_at: datetime | None = None
        self.slipped = False

    def see(self, at: datetime, look: FitLook) -> None:
        """Take in a look that is later than the last one."""
        step_s = 0.0 if self._newest_at is None else min(seconds_between(self._newest_at, at), _LONGEST_STEP_S)
        self._newest_at = at
        here = look.fit[SeenFit.HERE]
        beside = look.fit[SeenFit.ELSEWHERE] + look.fit[SeenFit.NO_LIGHT]
        told = here + beside
        self._beside += (1 - math.exp(-told * step_s / _MEMORY_S)) * (beside / told - self._beside) if told > 0 else 0.0
        self.slipped = self._beside > (_BACK if self.slipped else _SLIPPED)
