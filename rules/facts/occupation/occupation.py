"""A place that things occupy: anchored where it lies in the zone, whatever shows it; it belongs to no track."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.geometry import BoxPx, SizeWh
from domain.instants import seconds_between

SURFACE: Final = "surface"
"""What stands in ``seen`` for a part of the ground that does not look as it does when it is empty."""

_NEAR_SIZES = 0.3

LOOKED_GAP_S: Final = 15.0
"""Between looks that lie no further apart nothing went unseen."""

BoxNorm = tuple[float, float, float, float]  # x1, y1, x2, y2 as shares of the picture's width and height


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeWidth:
    """What is left free beside a place, on the wider side, in metres."""

    least_m: float
    most_m: float


@dataclass(slots=True, kw_only=True)
class Presence:
    """The time in which a place is occupied, from the first look that shows it to the newest; unknown time included."""

    began_at: datetime
    seen_at: datetime
    observed_s: float = 0.0  # in spans between looks that show it
    attended_s: float = 0.0  # of those, somebody stood by it
    vehicle_s: float = 0.0  # a vehicle stood in the place
    vehicle_fits: int = (
        0  # pictures with a vehicle, standing or not, whose box is about the place: it may be all there is
    )
    longest_gap_s: float = 0.0
    looks: int = 0
    thing_looks: int = 0  # that show things of a class
    unchanged_looks: int = 0  # in which the ground was read there, with the things, as it is when it is empty
    pieces: dict[str, int] = field(default_factory=dict)  # by class: things, summed over those looks

    @property
    def lasted_s(self) -> float:
        """From its first look to its newest."""
        return seconds_between(self.began_at, self.seen_at)

    @property
    def observed_share(self) -> float:
        """Of its length."""
        return self.observed_s / self.lasted_s if self.lasted_s > 0 else 0.0

    @property
    def attended_share(self) -> float:
        """Of the observed time."""
        return self.attended_s / self.observed_s if self.observed_s > 0 else 0.0

    @property
    def vehicle_share(self) -> float:
        """Of its length; above a little it may be the vehicle that is seen."""
        return min(1.0, self.vehicle_s / self.lasted_s) if self.lasted_s > 0 else 0.0

    def see(self, at: datetime, pieces: Mapping[str, int], *, attended: bool) -> None:
        """Take in a look that shows it."""
        gap_s = seconds_between(self.seen_at, at)
        if gap_s <= LOOKED_GAP_S:
            self.observed_s += gap_s
            self.attended_s += gap_s if attended else 0.0
        self.longest_gap_s = max(self.longest_gap_s, gap_s)
        self.seen_at = at
        self.looks += 1
        if pieces:
            self.thing_looks += 1
        for label, number in pieces.items():
            self.pieces[label] = self.pieces.get(label, 0) + number

    def usually(self, label: str) -> float:
        """How many things of a class are seen at once, on average over the looks that show things."""
        return self.pieces.get(label, 0) / self.thing_looks if self.thing_looks else 0.0


@dataclass(slots=True, kw_only=True)
class Occupation:
    """One place, for a day; cleared places are kept, so that who comes back is known."""

    key: str  # an event's subject key
    zone_id: str
    place_norm: BoxNorm  # anchored: it grows only at its beginning
    box_norm: BoxNorm  # what was seen of it last
    presence: Presence  # the newest
    share_of_zone: float  # in the picture, of the last look
    surface: bool = False  # whether a changed ground was ever seen in this presence
    came_back: int = 0
    cleared_at: datetime | None = None  # the first look that showed it free; None: nobody saw it free
    free_since: datetime | None = None
    free_s: float = 0.0  # in spans between looks that show it free
    free_looked_at: datetime | None = None
    melted: bool = False  # the newest look at the ground shows it as one with an older place
    seen_now: bool = False  # this very scene shows it
    cleared_now: bool = False  # with this very scene it counts as cleared
    free_width: FreeWidth | None = None  # None: not calibrated, or not known

    @property
    def seen(self) -> tuple[str, ...]:
        """What is seen there: classes, and ``surface``."""
        return tuple(sorted({*self.presence.pieces, *((SURFACE,) if self.surface else ())}))

    def box_px(self, resolution_wh: SizeWh) -> BoxPx:
        """What was seen of it last, in pixels."""
        return scaled(self.box_norm, resolution_wh)

    def place_px(self, resolution_wh: SizeWh) -> BoxPx:
        """The place in pixels."""
        return scaled(self.place_norm, resolution_wh)


def scaled(box: BoxNorm, resolution_wh: SizeWh) -> BoxPx:
    """Shares of a picture's sides to its pixels.

    Examples:
        >>> scaled((0.1, 0.5, 0.2, 1.0), (1920, 1080))
        (192.0, 540.0, 384.0, 1080.0)
    """
    width_px, height_px = resolution_wh
    return (box[0] * width_px, box[1] * height_px, box[2] * width_px, box[3] * height_px)


def union(one: BoxNorm, other: BoxNorm) -> BoxNorm:
    """The box around both."""
    return (min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3]))


def common_share(one: BoxNorm, other: BoxNorm) -> float:
    """How much of the smaller of two boxes lies in the other, in [0, 1].

    Examples:
        >>> common_share((0.0, 0.0, 0.4, 0.4), (0.2, 0.0, 0.4, 0.2))
        1.0
    """
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min(_area(one), _area(other))
    return max(width, 0.0) * max(height, 0.0) / smaller if smaller > 0 else 0.0


def are_near(one: BoxNorm, other: BoxNorm) -> bool:
    """Whether less than about a third of either lies between two boxes: what stands so near belongs together.

    Examples:
        >>> are_near((0.1, 0.5, 0.2, 0.6), (0.24, 0.5, 0.34, 0.6)), are_near((0.1, 0.5, 0.2, 0.6), (0.3, 0.5, 0.4, 0.6))
        (True, False)
    """
    return common_share(_grown(one), _grown(other)) > 0


def _grown(box: BoxNorm) -> BoxNorm:
    wide, tall = _NEAR_SIZES * (box[2] - box[0]), _NEAR_SIZES * (box[3] - box[1])
    return (box[0] - wide, box[1] - tall, box[2] + wide, box[3] + tall)


def _area(box: BoxNorm) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
