"""What a look at a motorcycle's riders tells: how many are seen, and what each wears on the head."""

from dataclasses import dataclass
from typing import Literal

from domain.coordinates import BoxPx
from domain.model_ref import ModelRef

HeadWear = Literal["helmet", "bare", "other", "cannot_tell"]
"""Other: a cap, a conical hat, a hood. Bare: hair or skin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiderSeen:
    """One rider in one look; boxes in pixels of the evidence stream."""

    person_xyxy_px: BoxPx  # as detected
    head_xyxy_px: BoxPx  # where was looked
    wear: HeadWear
    confidence: float  # calibrated chance of the likeliest label, in [0, 1]; 0 where the head was too small to look at
    sharpness: float  # variance of the Laplacian of the head as the network sees it; 0 where nobody looked


@dataclass(frozen=True, slots=True, kw_only=True)
class RidersLook:
    """One look at one motorcycle."""

    motorcycle_xyxy_px: BoxPx  # as detected: by it a look is tied to a track
    count: int | None  # of those who are seen as single people; None: not known
    riders: tuple[RiderSeen, ...]  # from the left to the right

    def __post_init__(self) -> None:
        if self.count is not None and self.count != len(self.riders):
            msg = f"a look that counts {self.count} riders must show as many, got {len(self.riders)}"
            raise ValueError(msg)

    @property
    def wears(self) -> tuple[HeadWear, ...]:
        """What each of them wears."""
        return tuple(rider.wear for rider in self.riders)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiderLooks:
    """The looks of one picture."""

    model: ModelRef  # the weights that told the heads apart
    looks: tuple[RidersLook, ...]  # at least one
