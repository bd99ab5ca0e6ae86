"""How traffic goes in a zone: who stands in it and who drives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from domain.instants import seconds_between
from rules.facts.contact import Contact, lately
from rules.facts.visits import Visit, VisitEnd

_OVER_S = 3.0
_STANDS_BOX_HEIGHTS = 0.2
_LEAST_SIGHTINGS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The vehicles of a zone at one instant."""

    moving: int
    standing: tuple[int, ...]  # track ids

    def stand_besides(self, track_id: int) -> int:
        """How many others stand there: they tell a jam from one who stopped by himself."""
        return sum(other != track_id for other in self.standing)


def flow_of(visits: Iterable[Visit]) -> Flow:
    """The flow of one zone by its visits; who was lost there counts to the last."""
    moving, standing = 0, []
    for visit in visits:
        if visit.end in {VisitEnd.LEFT, VisitEnd.JUMPED} or visit.user.track.vehicle_kind is None:
            continue
        if stands(visit.contacts):
            standing.append(visit.user.track.track_id)
        else:
            moving += 1
    return Flow(moving=moving, standing=tuple(standing))


def stands(contacts: Sequence[Contact], over_s: float = _OVER_S) -> bool:
    """Whether somebody kept his place lately; who has not been seen for half of that span does not stand yet."""
    newest = contacts[-1]
    recent = lately(contacts, over_s)
    if len(recent) < _LEAST_SIGHTINGS or seconds_between(recent[0].at, newest.at) < over_s / 2:
        return False
    most_px = _STANDS_BOX_HEIGHTS * newest.height_px
    (x0, y0), (x1, y1) = recent[0].point_px, newest.point_px
    axes = (0, 1) if abs(x1 - x0) > abs(y1 - y0) else (1, 0)
    return all(_keeps([item.point_px[axis] for item in recent], most_px) for axis in axes)


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
