"""One object over time in one camera."""

from dataclasses import dataclass
from datetime import datetime

from domain.geometry import BoxPx

VEHICLE_KIND_OF_LABEL = {
    "car": "car",
    "bus": "car",
    "truck": "car",
    "motorcycle": "motorbike",
    "bicycle": "bicycle",
}
"""The violation catalogue speaks of car, motorbike and bicycle; detectors speak of COCO's classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPoint:
    """One sighting."""

    at: datetime  # UTC
    box_xyxy_px: BoxPx
    score: float  # of the detection, in [0, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A tracker's view of one object after one picture."""

    track_id: int  # unique in this process and camera, never used again
    label: str  # class by score-weighted vote over all sightings
    label_share: float  # share of the vote that the label won, in (0, 1]
    first_seen_at: datetime  # of the whole track, even where older points are no longer kept
    points: tuple[TrackPoint, ...]  # real sightings only, oldest first, the newest ones (bounded), at least one
    observed: bool  # whether the newest point is of the picture just processed

    @property
    def newest(self) -> TrackPoint:
        """The last sighting."""
        return self.points[-1]

    @property
    def last_seen_at(self) -> datetime:
        """When it was last really seen."""
        return self.points[-1].at

    @property
    def vehicle_kind(self) -> str | None:
        """The violation catalogue's word for it, None for what is no vehicle."""
        return VEHICLE_KIND_OF_LABEL.get(self.label)
