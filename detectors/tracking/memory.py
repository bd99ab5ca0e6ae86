"""What is remembered of one object: its sightings, its class by vote, its place when it stands."""

from collections import deque
from datetime import datetime

from domain.geometry import BoxPx
from domain.instants import seconds_between
from domain.seen.track import Track, TrackPoint


class Memory:
    """Sightings of one object.

    Args:
        track_id: its id.
        max_points: how many of the newest sightings are kept.
    """

    def __init__(self, *, track_id: int, max_points: int) -> None:
        self.track_id = track_id
        self.sightings = 0
        self._points: deque[TrackPoint] = deque(maxlen=max_points)
        self._votes: dict[str, float] = {}
        self._all_votes = 0.0
        self._first_seen_at: datetime | None = None
        self._track: Track | None = None

    def see(self, at: datetime, box: BoxPx, score: float, label: str) -> None:
        """Remember one sighting."""
        if self._first_seen_at is None:
            self._first_seen_at = at
        self.sightings += 1
        self._points.append(TrackPoint(at=at, box_xyxy_px=box, score=score))
        self._votes[label] = self._votes.get(label, 0.0) + score
        self._all_votes += score
        self._track = None

    def drift_px_s(self, over_s: float) -> tuple[float, float]:
        """Mean speed of the box's centre over its last seconds; more robust than the newest difference.

        Args:
            over_s: how far back from the last sighting to look.
        """
        newest = self._points[-1]
        oldest = newest
        for point in reversed(self._points):
            if seconds_between(point.at, newest.at) > over_s:
                break
            oldest = point
        passed_s = seconds_between(oldest.at, newest.at)
        if passed_s <= 0:
            return (0.0, 0.0)
        sums = [new - old for new, old in zip(newest.box_xyxy_px, oldest.box_xyxy_px, strict=True)]
        return ((sums[0] + sums[2]) / 2 / passed_s, (sums[1] + sums[3]) / 2 / passed_s)

    def track(self, at: datetime) -> Track:
        """The view of this object after the picture of ``at``.

        Raises:
            ValueError: nothing was seen yet.
        """
        if self._first_seen_at is None:
            msg = f"track {self.track_id} has no sighting yet"
            raise ValueError(msg)
        observed = self._points[-1].at == at
        if self._track is None or self._track.observed != observed:
            label, votes = self._leader()
            self._track = Track(
                track_id=self.track_id,
                label=label,
                label_share=min(votes / self._all_votes, 1.0) if self._all_votes > 0 else 1.0,
                first_seen_at=self._first_seen_at,
                points=tuple(self._points),
                observed=observed,
            )
        return self._track

    def _leader(self) -> tuple[str, float]:
        """The class with most votes, the later in the alphabet of equals."""
        if len(self._votes) == 1:
            return next(iter(self._votes.items()))
        return max(self._votes.items(), key=_by_votes)


def _by_votes(item: tuple[str, float]) -> tuple[float, str]:
    return item[1], item[0]
