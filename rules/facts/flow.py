"""How traffic goes in a zone: who stands in it and who drives."""

from collections.abc import Iterable
from dataclasses import dataclass

from rules.facts.visits import Visit, VisitEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The vehicles of a zone at one instant."""

    moving: int
    standing: frozenset[int]  # track ids

    def stand_besides(self, track_id: int) -> int:
        """How many others stand there: they tell a jam from one who stopped by himself."""
        return len(self.standing) - (track_id in self.standing)


def flow_of(visits: Iterable[Visit]) -> Flow:
    """The flow of one zone by its visits; who was lost there counts to the last."""
    moving, standing = 0, set()
    for visit in visits:
        if visit.end in {VisitEnd.LEFT, VisitEnd.JUMPED} or visit.user.track.vehicle_kind is None:
            continue
        if visit.stands:
            standing.add(visit.user.track.track_id)
        else:
            moving += 1
    return Flow(moving=moving, standing=frozenset(standing))
