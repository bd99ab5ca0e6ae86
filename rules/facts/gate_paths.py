"""Which way a road user took through a junction: in by one gate, out by another, and everything between."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rules.facts.contact import Contact
from rules.facts.crossings import Crossing
from rules.facts.road_user import RoadUser
from rules.facts.succession import Succession


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePath:
    """One passage through the junction."""

    user: RoadUser
    track_ids: tuple[int, ...]  # of the same vehicle one after another; the last one is the user's
    label_share: float  # of the track that is least sure of the class
    entry: Crossing  # forward over a gate
    exit: Crossing  # backward over a gate, the same one or another
    way: tuple[Contact, ...]  # from the last sighting before the entry to the first after the exit


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entered:
    """Somebody who is in the junction."""

    entry: Crossing
    leg: int  # of the track that is followed now
    earlier: tuple[RoadUser, ...] = ()  # tracks of the same vehicle before it
    way: tuple[Contact, ...] = ()  # theirs


class GatePaths:
    """Joins the crossings of gates to paths; a track that jumped between two gates has no path.

    Where a track was lost inside and another one clearly goes on with its vehicle, so does the path.
    """

    def __init__(self, gate_ids: Iterable[str]) -> None:
        self._gate_ids = frozenset(gate_ids)
        self._inside: dict[int, _Entered] = {}

    def step(
        self, crossings: Iterable[Crossing], gone: Iterable[RoadUser], successions: Iterable[Succession]
    ) -> Iterator[GatePath]:
        """Take in one scene's crossings; yields the paths that are complete now.

        Args:
            crossings: of any line, in order.
            gone: who will not be seen any more.
            successions: tracks that go on with others' vehicles from this scene on.
        """
        for succession in successions:
            self._hand_over(succession.before, succession.after)
        for crossing in sorted(crossings, key=lambda item: item.at):
            if crossing.line_id not in self._gate_ids:
                continue
            track_id = crossing.user.track.track_id
            if crossing.forward:
                self._inside[track_id] = _Entered(entry=crossing, leg=crossing.after.leg)
                continue
            entered = self._inside.pop(track_id, None)
            if entered is not None and entered.leg == crossing.before.leg:
                yield _path(entered, crossing)
        for user in gone:
            self._inside.pop(user.track.track_id, None)

    def _hand_over(self, before: RoadUser, after: RoadUser) -> None:
        entered = self._inside.get(before.track.track_id)
        if entered is None or entered.leg != before.leg:
            return
        del self._inside[before.track.track_id]
        since = entered.entry.before.at
        way = (*entered.way, *(item for item in before.way if item.at >= since))
        self._inside[after.track.track_id] = replace(
            entered, leg=after.leg, earlier=(*entered.earlier, before), way=way
        )


def _path(entered: _Entered, leaving: Crossing) -> GatePath:
    first, last = entered.entry.before.at, leaving.after.at
    users = (*entered.earlier, leaving.user)
    return GatePath(
        user=leaving.user,
        track_ids=tuple(user.track.track_id for user in users),
        label_share=min(user.track.label_share for user in users),
        entry=entered.entry,
        exit=leaving,
        way=(*entered.way, *(item for item in leaving.user.way if first <= item.at <= last)),
    )
