"""Which way a road user took through a junction: in by one gate, out by another, and everything between."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rules.facts.contact import Contact
from rules.facts.crossings import Crossing
from rules.facts.follower import RoadUser


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePath:
    """One passage through the junction."""

    user: RoadUser
    entry: Crossing  # forward over a gate
    exit: Crossing  # backward over a gate, the same one or another
    way: tuple[Contact, ...]  # from the last sighting before the entry to the first after the exit


class GatePaths:
    """Joins the crossings of gates to paths; a track that jumped between two gates has no path."""

    def __init__(self, gate_ids: Iterable[str]) -> None:
        self._gate_ids = frozenset(gate_ids)
        self._entries: dict[int, Crossing] = {}

    def step(self, crossings: Iterable[Crossing], users: Iterable[RoadUser]) -> Iterator[GatePath]:
        """Take in one scene's crossings; yields the paths that are complete now.

        Args:
            crossings: of any line, in order.
            users: who was followed in this scene.
        """
        for crossing in sorted(crossings, key=lambda item: item.at):
            if crossing.line_id not in self._gate_ids:
                continue
            track_id = crossing.user.track.track_id
            if crossing.forward:
                self._entries[track_id] = crossing
                continue
            entry = self._entries.pop(track_id, None)
            if entry is not None and entry.after.leg == crossing.before.leg:
                yield _path(entry, crossing)
        for user in users:
            if user.gone:
                self._entries.pop(user.track.track_id, None)


def _path(entry: Crossing, leaving: Crossing) -> GatePath:
    first, last = entry.before.at, leaving.after.at
    way = tuple(item for item in leaving.user.way if first <= item.at <= last)
    return GatePath(user=leaving.user, entry=entry, exit=leaving, way=way)
