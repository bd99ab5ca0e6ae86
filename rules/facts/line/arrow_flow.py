"""Who drove in by an arrow that read red: when a whole queue does, the arrow is most likely misread."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.instants import seconds_between

Driven = tuple[str, datetime]
"""By which lamp somebody drove in, and when he crossed the line."""

_FLOW_S: Final = 15.0
_FLOW_VEHICLES: Final = 4  # so many within that time by one lamp
_REMEMBERED_S: Final = 60.0


@dataclass(slots=True)
class ArrowFlow:
    """Those at one line, lately."""

    _driven: dict[str, Driven] = field(default_factory=dict)  # by the crossing's name
    _earlier: list[Driven] = field(default_factory=list)  # seen by a predecessor, whose names mean nothing any more

    def note(self, crossing: str, driven: Driven) -> None:
        """Take in a crossing; again changes nothing."""
        self._driven[crossing] = driven

    def is_flow(self, driven: Driven) -> bool:
        """Whether so many drove in by the same lamp about then, this one among them, that it is most likely misread."""
        arrow, at = driven
        self._driven = {key: one for key, one in self._driven.items() if _apart_s(one, at) <= _REMEMBERED_S}
        self._earlier = [one for one in self._earlier if _apart_s(one, at) <= _REMEMBERED_S]
        near = [one for one in self.all() if one[0] == arrow and _apart_s(one, at) <= _FLOW_S]
        return len(near) >= _FLOW_VEHICLES

    def all(self) -> list[Driven]:
        """Everybody that is remembered, whoever saw it."""
        return [*self._earlier, *self._driven.values()]

    def resume(self, earlier: Iterable[Driven]) -> None:
        """Go on with what a predecessor remembered."""
        self._earlier = list(earlier)


def _apart_s(driven: Driven, at: datetime) -> float:
    return abs(seconds_between(driven[1], at))
