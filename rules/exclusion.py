"""One act is told once, even where two rules could tell it."""

from collections import deque
from dataclasses import dataclass

from domain.event import Event
from domain.instants import seconds_between

ONE_ACT: tuple[frozenset[str], ...] = (frozenset({"RED_LIGHT", "STOP_LINE"}),)
"""Codes that exclude each other: running the red and stopping over the line are never both told of one crossing."""

_SAME_CROSSING_S = 30.0
_REMEMBERED_ACTS = 256


@dataclass(slots=True)
class ExclusiveActs:
    """Remembers the newest acts (bounded) and refuses a second telling under another code.

    Args:
        groups: sets of codes of which one act may carry only one.
    """

    groups: tuple[frozenset[str], ...]
    _acts: deque[Event]

    def __init__(self, groups: tuple[frozenset[str], ...]) -> None:
        self.groups = groups
        self._acts = deque(maxlen=_REMEMBERED_ACTS)

    def claim(self, event: Event) -> bool:
        """Whether the event may be told; if so it is remembered."""
        if any(self._same_act(event, other) for other in self._acts):
            return False
        if any(event.code in group for group in self.groups):
            self._acts.append(event)
        return True

    def _same_act(self, event: Event, other: Event) -> bool:
        if event.code == other.code or not any({event.code, other.code} <= group for group in self.groups):
            return False
        return (
            bool(set(event.subject.track_ids) & set(other.subject.track_ids))
            and bool(set(event.zone_ids) & set(other.zone_ids))
            and abs(seconds_between(event.began_at, other.began_at)) <= _SAME_CROSSING_S
        )
