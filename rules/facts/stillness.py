"""Whether somebody keeps his place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from domain.instants import seconds_between
from rules.facts.contact import Contact, lately

STANDS_OVER_S = 3.0
_STANDS_BOX_HEIGHTS = 0.2
_LEAST_SIGHTINGS = 4


def stands(contacts: Sequence[Contact], over_s: float = STANDS_OVER_S) -> bool:
    """Whether somebody kept his place lately; who has not been seen for half of that span does not stand yet."""
    newest = contacts[-1]
    recent = lately(contacts, over_s)
    if len(recent) < _LEAST_SIGHTINGS or seconds_between(recent[0].at, newest.at) < over_s / 2:
        return False
    most_px = _most_px(newest)
    (x0, y0), (x1, y1) = recent[0].point_px, newest.point_px
    axes = (0, 1) if abs(x1 - x0) > abs(y1 - y0) else (1, 0)
    return all(_keeps([item.point_px[axis] for item in recent], most_px) for axis in axes)


@dataclass(slots=True)
class Stillness:
    """The same, asked again and again of one way: for who stays within his bounds it is known without a look."""

    _newest: Contact | None = None
    _answer: bool = False
    _since: Contact | None = None  # he has stood from there on for half of the span or longer
    _bounds_px: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # around everything from there on

    def of(self, way: Sequence[Contact]) -> bool:
        """Whether who went this way stands."""
        newest = way[-1]
        if newest is not self._newest:
            self._answer = self._stayed_within(newest) or self._looked(way)
            self._newest = newest
        return self._answer

    def _stayed_within(self, newest: Contact) -> bool:
        last, since = self._newest, self._since
        if since is None or last is None or last.leg != newest.leg or last.number + 1 != newest.number:
            return False
        if since.at < newest.at - timedelta(seconds=STANDS_OVER_S):
            return False
        (x, y), (x1, y1, x2, y2) = newest.point_px, self._bounds_px
        x1, y1, x2, y2 = self._bounds_px = (min(x, x1), min(y, y1), max(x, x2), max(y, y2))
        return max(x2 - x1, y2 - y1) <= _most_px(newest)

    def _looked(self, way: Sequence[Contact]) -> bool:
        if not stands(way):
            self._since = None
            return False
        recent = lately(way, STANDS_OVER_S)
        half = way[-1].at - timedelta(seconds=STANDS_OVER_S / 2)
        enough = [item for item in recent[: 1 - _LEAST_SIGHTINGS] if item.at <= half]
        self._since = enough[-1] if enough else None
        x, y = zip(*(item.point_px for item in recent), strict=True)
        self._bounds_px = (min(x), min(y), max(x), max(y))
        return True


def _most_px(newest: Contact) -> float:
    return _STANDS_BOX_HEIGHTS * newest.height_px


def _keeps(places_px: list[float], most_px: float) -> bool:
    """Whether the medians of both halves lie so near; most often the extremes tell."""
    half = len(places_px) // 2
    first, last = places_px[:half], places_px[half:]
    low, high, last_low, last_high = min(first), max(first), min(last), max(last)
    if max(high, last_high) - min(low, last_low) <= most_px:
        return True
    if last_low - high > most_px or low - last_high > most_px:
        return False
    return abs(median(last) - median(first)) <= most_px
