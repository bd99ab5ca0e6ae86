"""The cycle of one traffic light: how long its phases last, and when what is read is no light's cycle at all."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.instants import seconds_between
from domain.seen.timeline import SignalState

_GO_STOP: Final = frozenset({SignalState.RED, SignalState.GREEN})
_FASTEST_S: Final = 1.0  # red and green never follow one another and come back within so long
_THERE_AND_BACK: Final = 3  # changes to red or green
_TWO_LIT_S: Final = 3.0  # two colours for so long are no change of the light, nor something that passes
_DARK_S: Final = 6.0  # longer than a yellow that this camera cannot see
_STUCK_TIMES: Final = 4.0  # of the longest phase of a colour that was learned
_STUCK_LEAST_S: Final = 180.0  # phases may be long at night
_PHASES: Final = 3  # whole ones of a colour must have been seen
_REMEMBERED: Final = 20
_HOLD_S: Final = 30.0  # a break makes everything unknown for so long
_GAP_S: Final = 5.0  # pictures further apart say nothing of what was in between
_UNREAD_S: Final = 20.0  # without a colour for so long, another phase may have come and gone


class Break(StrEnum):
    """How a light does not behave as one."""

    ALTERNATES = "alternates"  # red, green and red again, or the other way, within a second
    TWO_COLOURS = "two_colours"  # lit at once, each in its own place
    DARK = "dark"  # nothing is lit
    STUCK = "stuck"  # one colour for several times as long as ever before


BREAK_WORDS: Final[Mapping[Break, str]] = {
    Break.ALTERNATES: "turns between red and green within a second",
    Break.TWO_COLOURS: "shows two colours at once",
    Break.DARK: "shows no light at all",
    Break.STUCK: "shows one colour for far longer than ever before",
}


class LampCycle:
    """Follows the phases of one light, picture by picture.

    Examples:
        >>> from datetime import UTC, timedelta
        >>> cycle, noon = LampCycle(), datetime(2026, 1, 5, 12, tzinfo=UTC)
        >>> for tenth, state in enumerate([SignalState.RED] * 5 + [SignalState.GREEN] * 3 + [SignalState.RED]):
        ...     cycle.see(noon + timedelta(seconds=tenth / 10), state)
        >>> cycle.broken
        <Break.ALTERNATES: 'alternates'>
    """

    def __init__(self) -> None:
        self.broken: Break | None = None  # what stands now; everything is unknown while it does
        self._phase: SignalState | None = None  # the colour shown last
        self._phase_since: datetime | None = None
        self._colour_at: datetime | None = None  # when a colour was shown last
        self._whole = False  # whether the phase's beginning was seen
        self._changes: deque[tuple[datetime, SignalState]] = deque(maxlen=_THERE_AND_BACK)
        self._lasted_s: dict[SignalState, deque[float]] = {}
        self._newest_at: datetime | None = None
        self._two_since: datetime | None = None
        self._dark_since: datetime | None = None
        self._held_from: datetime | None = None

    def see(self, at: datetime, state: SignalState, *, two_lit: bool = False, dark: bool = False) -> None:
        """Take in what one picture shows.

        Args:
            at: later than every one before.
            state: of this picture by itself.
            two_lit: two lamps are lit, each in its own colour; the state is unknown then.
            dark: the light is seen and nothing of it is lit.
        """
        long_unseen = self._newest_at is not None and seconds_between(self._newest_at, at) > _GAP_S
        if long_unseen or state == SignalState.FLASHING_YELLOW:
            self._begin_anew()
        self._newest_at = at
        self._two_since = (self._two_since or at) if two_lit else None
        self._dark_since = (self._dark_since or at) if dark else None
        if self._colour_at is not None and seconds_between(self._colour_at, at) > _UNREAD_S:
            self._forget_phase()
        if state in (SignalState.RED, SignalState.YELLOW, SignalState.GREEN):
            self._colour_at = at
            if state != self._phase:
                self._change(at, state)
        found = self._found(at)
        if found is not None:
            self.broken, self._held_from = found, at
        elif self._held_from is not None and seconds_between(self._held_from, at) >= _HOLD_S:
            self.broken = self._held_from = None

    def _change(self, at: datetime, state: SignalState) -> None:
        if self._phase is not None and self._phase_since is not None and self._whole:
            lasted = self._lasted_s.setdefault(self._phase, deque(maxlen=_REMEMBERED))
            lasted.append(seconds_between(self._phase_since, at))
        self._whole = self._phase is not None
        self._phase, self._phase_since = state, at
        if state in _GO_STOP and (not self._changes or self._changes[-1][1] != state):
            self._changes.append((at, state))

    def _found(self, at: datetime) -> Break | None:
        if len(self._changes) == _THERE_AND_BACK and self._changes[-1][0] == at:
            lasted_s = seconds_between(self._changes[-2][0], at)
            if lasted_s <= _FASTEST_S:
                return Break.ALTERNATES
        if self._two_since is not None and seconds_between(self._two_since, at) >= _TWO_LIT_S:
            return Break.TWO_COLOURS
        if self._dark_since is not None and seconds_between(self._dark_since, at) >= _DARK_S:
            return Break.DARK
        return Break.STUCK if self._stuck(at) else None

    def _stuck(self, at: datetime) -> bool:
        lasted = () if self._phase is None else self._lasted_s.get(self._phase, ())
        if len(lasted) < _PHASES or self._phase_since is None:
            return False
        return seconds_between(self._phase_since, at) > max(_STUCK_TIMES * max(lasted), _STUCK_LEAST_S)

    def _begin_anew(self) -> None:
        """Phases in progress count no more; what was learned stays."""
        self._forget_phase()
        self._two_since = self._dark_since = None
        self._changes.clear()

    def _forget_phase(self) -> None:
        """How long the phase in progress has lasted is not known."""
        self._phase = self._phase_since = None
        self._whole = False
