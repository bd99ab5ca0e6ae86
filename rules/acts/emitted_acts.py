"""The acts that one rule has yielded already: one that goes on is yielded scene after scene, and counts once."""

from datetime import datetime

from domain.event import Event
from domain.instants import seconds_between
from domain.seen.scene import Scene

_MOST = 256
_FORGET_S = 60.0


class EmittedActs:
    """Bounded; who is still in the scene is never forgotten."""

    def __init__(self) -> None:
        self._acts: dict[tuple[str, datetime], tuple[datetime, tuple[int, ...]]] = {}  # when last, on which tracks
        self._subjects: dict[str, int] = {}  # how many acts each has

    def has(self, subject_key: str, began_at: datetime) -> bool:
        """Whether this act was yielded."""
        return (subject_key, began_at) in self._acts

    def has_any_of(self, subject_key: str) -> bool:
        """Whether any act of a subject was yielded."""
        return subject_key in self._subjects

    def note(self, event: Event, scene: Scene) -> bool:
        """Take in what a rule yields; whether it is new."""
        key = (event.subject.key, event.began_at)
        is_new = key not in self._acts
        self._acts[key] = (scene.at, event.subject.track_ids)
        if is_new:
            self._subjects[event.subject.key] = self._subjects.get(event.subject.key, 0) + 1
            if len(self._acts) > _MOST:
                self._forget(scene)
        return is_new

    def _forget(self, scene: Scene) -> None:
        living = {track.track_id for track in scene.tracks}
        for key, (at, track_ids) in list(self._acts.items()):
            if seconds_between(at, scene.at) > _FORGET_S and living.isdisjoint(track_ids):
                del self._acts[key]
                left = self._subjects.pop(key[0]) - 1
                if left:
                    self._subjects[key[0]] = left
