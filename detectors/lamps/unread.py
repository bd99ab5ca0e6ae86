"""How long nothing at all was read of one traffic light."""

from datetime import datetime
from typing import Final

from domain.instants import seconds_between
from domain.seen.timeline import SignalState

_LONGEST_STEP_S: Final = 5.0  # pictures further apart: nobody looked in between
_NAMED_AFTER_S: Final = 300.0  # longer than any phase of a light whose yellow or green this camera cannot see


class UnreadWatch:
    """Counts the seconds looked at since a light was last read.

    Examples:
        >>> from datetime import UTC, timedelta
        >>> watch, noon = UnreadWatch(), datetime(2026, 1, 5, 12, tzinfo=UTC)
        >>> for second in range(301):
        ...     watch.see(noon + timedelta(seconds=second), SignalState.UNKNOWN)
        >>> watch.unread
        True
        >>> watch.see(noon + timedelta(seconds=301), SignalState.RED)
        >>> watch.unread
        False
    """

    def __init__(self) -> None:
        self._newest_at: datetime | None = None
        self._unread_s = 0.0

    @property
    def unread(self) -> bool:
        """Whether that is longer than any light keeps a camera waiting."""
        return self._unread_s >= _NAMED_AFTER_S

    def see(self, at: datetime, state: SignalState) -> None:
        """Take in what is believed of a picture that is later than the last one."""
        if self._newest_at is not None:
            self._unread_s += min(seconds_between(self._newest_at, at), _LONGEST_STEP_S)
        self._newest_at = at
        if state != SignalState.UNKNOWN:
            self._unread_s = 0.0
