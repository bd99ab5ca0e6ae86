"""Looks: what a camera run takes from a picture beyond detections, and only where a rule asks for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.coordinates import BoxPx

BELIEVED_S: Final = 10.0
"""A reading is believed so long; then rules know nothing, until the next."""


class Look(StrEnum):
    """What a rule may ask for."""

    HEADS = "heads"  # who rides a motorcycle, how many, and what each wears on the head
    WATER = "water"  # whether water hides the texture of a low spot's ground up to its waterline
    SURFACE = "surface"  # what lies on a zone's ground that does not lie there when it is empty


class SurfaceUnknown(StrEnum):
    """Why nothing is known of a zone's ground."""

    NO_NETWORK = "no_network"  # the weights that see surfaces are absent or do not work
    VIEW = "view"  # the camera's view is not sound
    YOUNG = "young"  # its empty state is not known yet, or not in this light
    DARK = "dark"  # too little light, or too much of it
    CROWDED = "crowded"  # people and vehicles cover most of it
    SMALL = "small"  # the zone is too small in the picture
    RESTLESS = "restless"  # all of it looks otherwise at once: light or weather, not things


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceChange:
    """A connected part of a zone's ground that does not look as it does when it is empty."""

    box_xyxy_px: BoxPx  # around it, in pixels of the evidence stream
    share_of_zone: float  # 0 to 1, of the zone's area in the picture
    strength: float  # 1 is just enough to be told, more is surer
    since: datetime  # of the first look that showed it
    covered: bool  # whether people or vehicles hide part of it now: that part is as it was last seen

    def __post_init__(self) -> None:
        if not 0.0 <= self.share_of_zone <= 1.0:
            msg = f"share_of_zone must lie in 0 to 1, got {self.share_of_zone}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceReading:
    """One look at the ground of one zone."""

    zone_id: str
    at: datetime  # capture time of the picture, UTC
    unknown: SurfaceUnknown | None = None  # why nothing is known; None: it was read
    changes: tuple[SurfaceChange, ...] = ()  # largest first; empty and known: as when it is empty

    def __post_init__(self) -> None:
        if self.unknown is not None and self.changes:
            msg = f"zone {self.zone_id}: a reading that is unknown ({self.unknown}) tells no changes"
            raise ValueError(msg)

    @property
    def known(self) -> bool:
        """Whether the ground was read."""
        return self.unknown is None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterReading:
    """What the looks of late show of one low spot."""

    zone_id: str
    at: datetime  # capture time of the newest picture, UTC
    unknown: SurfaceUnknown | None = None  # why nothing is known; None: it was read
    strength: float = 0.0  # how much texture went below the waterline; 1 is just enough to be told
    since: datetime | None = None  # of the first look of those that show water up to the line; None: they show none

    def __post_init__(self) -> None:
        if self.unknown is not None and self.since is not None:
            msg = f"zone {self.zone_id}: a reading that is unknown ({self.unknown}) tells of no water"
            raise ValueError(msg)

    @property
    def known(self) -> bool:
        """Whether the ground was read."""
        return self.unknown is None
