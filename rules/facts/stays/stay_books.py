"""All stays of one camera: rules that want them by the same limits in the same hours share a book."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from domain.camera import CameraConfig, RuleUse
from domain.event import Event, Hold, Release
from domain.seen.scene import Scene
from rules.facts.stays.stays import Stays, StaysWanted, StayWatch

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StayAsker:
    """One use of a rule that judges stays."""

    name: str  # unique in the camera, the same again after a reload
    use: RuleUse
    wanted: StaysWanted


class StayBooks:
    """Follows every standing vehicle that some rule judges.

    Args:
        camera: with its zones and lanes.
        askers: the rules that judge stays.
    """

    def __init__(self, camera: CameraConfig, askers: list[StayAsker]) -> None:
        alike: dict[object, list[StayAsker]] = {}
        for one in askers:
            hours = (one.use.valid_from, one.use.valid_to, one.use.hours)
            alike.setdefault((hours, one.wanted.limits, one.wanted.signal), []).append(one)
        self._watches = [
            StayWatch(camera, " ".join(one.name for one in same), same[0].use, [one.wanted for one in same])
            for same in alike.values()
        ]
        self._watch_of = {
            one.name: watch for watch, same in zip(self._watches, alike.values(), strict=True) for one in same
        }
        self._zones_of = {one.name: one.wanted.zone_ids for one in askers}

    def step(self, scene: Scene) -> Iterator[Hold | Release]:
        """Take in one scene; yields the first sightings to keep, and those not needed any more."""
        for watch in self._watches:
            yield from watch.step(scene)

    def not_watched(self) -> None:
        """What was seen lately was not watched: nobody knows who stayed."""
        for watch in self._watches:
            watch.not_watched()

    def of(self, name: str) -> Stays:
        """What an asker needs to know after the last scene."""
        return self._watch_of[name].of(self._zones_of[name])

    def tell(self, event: Event) -> Iterator[Release]:
        """There is a case of this act."""
        for watch in self._watches:
            yield from watch.tell(event)

    def keep(self) -> dict[str, JsonValue]:
        """All stays as plain values, by the names of who asked for them."""
        return {watch.name: watch.keep() for watch in self._watches}

    def resume(self, kept: Mapping[str, JsonValue], *, since: datetime, scene: Scene) -> Iterator[Hold | str]:
        """Go on with what was kept for one of the same askers; what cannot be read begins again.

        Yields:
            First sightings to keep, and names of askers whose stays could not be read.
        """
        for watch in self._watches:
            names = set(watch.name.split())
            found = next((one for name, one in kept.items() if names & set(name.split())), None)
            try:
                yield from watch.resume(found, since=since, scene=scene)
            except ValueError as error:
                fields = {"action": "kept_unreadable", "camera_id": scene.camera_id, "reason": str(error)}
                logger.warning("Stays in progress begin again", extra=fields)
                yield from watch.name.split()

    def finish(self) -> Iterator[Release]:
        """Nothing more will come: nothing is held any more."""
        for watch in self._watches:
            yield from watch.finish()
