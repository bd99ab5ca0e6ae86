"""One vehicle's stay in one place: anchored to the place, shown by one track after another."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from domain.event import PLACE_KEY
from domain.geometry import PointNorm, SizeWh
from domain.instants import seconds_between
from domain.seen.track import VEHICLE_KIND_OF_LABEL, Track, TrackPoint
from rules.facts.stays.place import Place

_MAX_TRACK_IDS = 50
_MAX_BLIND_SPANS = 8
_COVER_WEIGHT = 0.1
_MORE_COVER = 0.2
_MOST_COVER = 0.8
_OPEN_COVER = 0.5
_FREE_TIMES = 2.0
_FREE_BEFORE_ANOTHER_S = 5.0
_FREE_BEFORE_A_LIKE_ONE_S = 20.0
_FREE_BEFORE_ACCUSED_S = 8.0
_WELL_SEEN_COVER = 0.5


@dataclass(slots=True, kw_only=True)
class Stay:
    """What is known of a stay; bounded, plain values only: it can be written down and read again."""

    key: str
    zone_ids: tuple[str, ...]  # in which its place lies, of those that are judged
    place_norm: PointNorm  # where it touched the ground at first
    carrier_id: int | None  # the track that shows it, or did last; None: of an earlier process
    first: TrackPoint
    last: TrackPoint  # the last sighting, perhaps of a part of the vehicle
    shown: TrackPoint  # the last sighting of the whole vehicle
    observed_s: float = 0.0
    longest_gap_s: float = 0.0
    sightings: int = 0
    place: Place = field(default_factory=Place)
    votes: dict[str, float] = field(default_factory=dict)  # by class, one of each time it was seen
    all_votes: float = 0.0
    track_ids: list[int] = field(default_factory=list)
    blind: list[tuple[datetime, datetime]] = field(default_factory=list)  # spans in which nobody looked
    seen_now: bool = False  # in the scene just processed
    left_at: datetime | None = None  # its track was seen to leave then; not yet believed
    usual_cover: float = 0.0  # how much of its place others covered while it was seen, a mean over the newest sightings
    vacant: bool = False  # its place was open and free for too long: who stands there next may be another
    free_s: float = 0.0  # so long its place was open and nothing stood there, since it was last seen
    missed_s: float = 0.0  # so much of that while a neighbour was seen
    longest_free_s: float = 0.0  # the same, before any sighting
    jammed_s: float = 0.0  # of it, others stood about it and nobody drove past
    told: bool = False

    @property
    def label(self) -> str:
        """Its class, by vote over all its tracks; the later in the alphabet of equals."""
        return max(self.votes.items(), key=lambda item: (item[1], item[0]))[0]

    @property
    def label_share(self) -> float:
        """Share of the vote that the class won, in (0, 1]."""
        return self.votes[self.label] / self.all_votes

    @property
    def vehicle_kind(self) -> str:
        """The violation catalogue's word for it."""
        return VEHICLE_KIND_OF_LABEL[self.label]

    def subject_key(self, zone_id: str) -> str:
        """Its name as an act in one of its zones; told from a later stay there by when it began."""
        x_norm, y_norm = self.place_norm
        return f"{PLACE_KEY}{zone_id}:{x_norm:.3f},{y_norm:.3f}"

    @property
    def dwell_s(self) -> float:
        """From the first sighting to the last one of the whole vehicle."""
        return seconds_between(self.first.at, self.shown.at)

    @property
    def observed_share(self) -> float:
        """Share of the dwell in which sightings followed one another closely."""
        return min(1.0, self.observed_s / self.dwell_s) if self.dwell_s > 0 else 1.0

    def see(self, track: Track, points: Iterable[TrackPoint], gap_limit_s: float) -> None:
        """Take in sightings that are newer than the last one.

        Args:
            track: that shows them; it carries the stay from now on.
            points: oldest first.
            gap_limit_s: a longer span between two sightings counts as not observed.
        """
        self.carrier_id = track.track_id
        self.left_at = None
        self.votes[track.label] = self.votes.get(track.label, 0.0) + track.label_share
        self.all_votes += 1.0
        if track.track_id not in self.track_ids and len(self.track_ids) < _MAX_TRACK_IDS:
            self.track_ids.append(track.track_id)
        for point in points:
            gap_s = seconds_between(self.last.at, point.at)
            if gap_s < 0 or (gap_s == 0 and self.sightings):
                continue
            if gap_s <= gap_limit_s:
                self.observed_s += gap_s
            self.longest_gap_s = max(self.longest_gap_s, gap_s)
            self.last = point
            self.sightings += 1
            if self.place.add(point.box_xyxy_px, point.at):
                self.shown = point
            self.seen_now = True
        self.longest_free_s = max(self.longest_free_s, self.free_s)
        self.free_s, self.missed_s, self.vacant = 0.0, 0.0, False

    def look(self, cover: float, step_s: float, *, neighbour_seen: bool) -> None:
        """Take in a picture: whether the place was open to view, and free.

        Args:
            cover: share of the place that nearer road users may hide, in [0, 1].
            step_s: since the picture before.
            neighbour_seen: another vehicle that stands near is seen, so that this one would be.
        """
        if self.seen_now:
            self.usual_cover += _COVER_WEIGHT * (cover - self.usual_cover)
        elif cover <= max(_OPEN_COVER, min(self.usual_cover + _MORE_COVER, _MOST_COVER)):
            self.free_s += step_s
            self.missed_s += step_s if neighbour_seen else 0.0

    def is_free(self, confirm_s: float) -> bool:
        """Whether its place was open and free for so long that it may have gone; longer if seldom seen."""
        return self.free_s >= max(confirm_s, _FREE_TIMES * self.longest_free_s)

    def surely_gone(self, *, looks_like_it: bool) -> bool:
        """Whether what stands here now is another vehicle: the place was free while neighbours were seen.

        Who is taken for another although it is not is accused later; who is not although it is, is accused of a
        stay that was not its own. Once there is a case it is the other way round.

        Args:
            looks_like_it: it stands just as the vehicle stood.
        """
        if not looks_like_it:
            return self.missed_s >= _FREE_BEFORE_ANOTHER_S
        if not self.told:
            return self.missed_s >= max(_FREE_BEFORE_ACCUSED_S, _FREE_TIMES * self.longest_free_s)
        well_seen = self.usual_cover <= _WELL_SEEN_COVER
        return well_seen and self.missed_s >= max(_FREE_BEFORE_A_LIKE_ONE_S, _FREE_TIMES * self.longest_free_s)

    def unseen_s(self, now: datetime) -> float:
        """How long somebody looked and did not see it; spans in which nobody looked do not count."""
        blind_s = sum(
            seconds_between(max(since, self.last.at), until) for since, until in self.blind if until > self.last.at
        )
        return seconds_between(self.last.at, now) - blind_s

    def not_watched(self, since: datetime, until: datetime) -> None:
        """Nobody looked in this span, and track ids begin anew."""
        self.blind = [*self.blind, (since, until)][-_MAX_BLIND_SPANS:]


class KeptStays(BaseModel):
    """Stays as they are written down."""

    model_config = ConfigDict(extra="forbid")

    resolution_wh: SizeWh
    stays: list[Stay]
