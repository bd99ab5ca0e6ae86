"""From looks to what is believed: a moment is nothing, a few seconds are."""

from collections import Counter, deque
from datetime import datetime
from typing import Final

from detectors.view.finding import Finding
from domain.instants import seconds_between
from domain.seen.view import ViewState

WINDOW_S: Final = 4.0
"""Looks of so many seconds count; with two a second a change is believed after 3 to 3.5 s."""
LEAST_LOOKS: Final = 3
LEAST_SHARE: Final = 0.75


class ViewBelief:
    """What is believed of a view. What stops the rules ends only when the view is seen to be sound again.

    Args:
        unsound: what was believed before and stops them; None: nothing is known.
    """

    def __init__(self, unsound: ViewState | None = None) -> None:
        self.finding = Finding(state=unsound or ViewState.UNKNOWN)
        self._looks: deque[tuple[datetime, Finding]] = deque()

    @property
    def state(self) -> ViewState:
        """What is believed now."""
        return self.finding.state

    def note(self, at: datetime, finding: Finding) -> None:
        """Take in one look; one that lies before the last, since a clock was set, begins a new window.

        Args:
            at: when the picture was captured, UTC.
            finding: what it shows.
        """
        if self._looks and at <= self._looks[-1][0]:
            self._looks.clear()
        self._looks.append((at, finding))
        while seconds_between(self._looks[0][0], at) > WINDOW_S:
            self._looks.popleft()
        counts = Counter(found.state for _, found in self._looks)
        if len(self._looks) < LEAST_LOOKS or not self._long_enough(at):
            return
        needed = LEAST_SHARE * len(self._looks)
        if sum(count for state, count in counts.items() if state.stops_rules) >= needed:
            worst = max((state for state in counts if state.stops_rules), key=lambda state: (counts[state], state))
            if worst is not self.state:
                self.finding = next(found for _, found in reversed(self._looks) if found.state is worst)
        elif counts[ViewState.SOUND] >= needed:
            self.finding = next(found for _, found in reversed(self._looks) if found.state is ViewState.SOUND)
        elif counts[ViewState.UNKNOWN] >= needed and not self.state.stops_rules:
            self.finding = Finding(state=ViewState.UNKNOWN)

    def _long_enough(self, at: datetime) -> bool:
        return seconds_between(self._looks[0][0], at) >= WINDOW_S / 2
