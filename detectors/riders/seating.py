"""Which people ride which motorcycle, and how many: geometry of boxes alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from detectors.riders.head_region import head_region
from domain.geometry import BoxPx, box_iou

RiderCount = Literal["1", "2", "3+", "unknown"]

_COUNTS: tuple[RiderCount, ...] = ("unknown", "1", "2", "3+")
_TWINS_INSIDE, _TWINS_OVERLAP = 0.8, 0.4  # the detector finds one motorcycle in ten twice, one box inside the other


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatingSettings:
    """When a person is on a motorcycle, and when it is not known."""

    beside: float = 0.15  # the person's middle may lie so far beside the motorcycle, in widths of the motorcycle
    reaches_down: float = (
        0.2  # the person's lower edge lies at least so far below the motorcycle's upper edge, in heights
    )
    below: float = 0.15  # and at most so far below its lower edge: who stands before it stands lower
    starts_above: float = 0.5  # the person's upper edge lies higher than this part of the motorcycle's height
    least_share: float = 0.3  # of the person's width lies over the motorcycle
    tall: float = 2.6  # a person of more motorcycle heights is nearer to the camera
    short: float = 0.35  # and one of fewer is farther away
    one_head: float = 0.4  # two boxes whose heads overlap so much are one person
    rival: float = 0.7  # a person who fits another motorcycle so nearly as well makes both counts unknown
    least_height_px: float = 60.0  # counts were measured on larger ones; of lower ones nothing is known

    def __post_init__(self) -> None:
        if self.least_height_px <= 0 or not 0 < self.rival <= 1 or not 0 < self.one_head <= 1:
            msg = "least_height_px must be more than 0, rival and one_head must lie in (0, 1]"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seating:
    """Who is seen on a motorcycle."""

    people: tuple[int, ...]  # rows of the people's boxes, each person once; from the left to the right
    count: RiderCount  # unknown: nobody found, too small, or somebody may belong to another motorcycle


def seat_riders(
    motorcycles_xyxy_px: Sequence[BoxPx], people_xyxy_px: Sequence[BoxPx], settings: SeatingSettings | None = None
) -> tuple[Seating, ...]:
    """Give every person to at most one motorcycle.

    Args:
        motorcycles_xyxy_px: boxes of motorcycles.
        people_xyxy_px: boxes of people in the same picture; people on foot may be among them.
        settings: when a person is on a motorcycle.

    Returns:
        One seating per motorcycle, in order. A count is what is seen: somebody hidden behind another is not in it.

    Examples:
        >>> motorcycle, rider, walker = (100, 100, 160, 200), (105, 40, 155, 170), (300, 40, 340, 170)
        >>> seat_riders([motorcycle], [walker, rider])
        (Seating(people=(1,), count='1'),)
        >>> seat_riders([motorcycle], [])
        (Seating(people=(), count='unknown'),)
    """
    settings = settings if settings is not None else SeatingSettings()
    best_of: dict[int, list[int]] = {place: [] for place in range(len(motorcycles_xyxy_px))}
    doubtful: set[int] = set()
    twins = [[place for place in best_of if _twins(box, motorcycles_xyxy_px[place])] for box in motorcycles_xyxy_px]
    for row, person in enumerate(people_xyxy_px):
        fits = [fit(person, motorcycle, settings) for motorcycle in motorcycles_xyxy_px]
        best = max(best_of, key=lambda place: fits[place], default=-1)
        if best < 0 or fits[best] <= 0:
            continue
        best_of[best].append(row)
        rivals = {place for place in best_of if fits[place] >= settings.rival * fits[best]} - set(twins[best])
        doubtful |= rivals | (set(twins[best]) if rivals else set())
    seatings = []
    for place, motorcycle in enumerate(motorcycles_xyxy_px):
        rows = [row for twin in twins[place] for row in best_of[twin]]
        people = _one_box_each(rows, people_xyxy_px, settings)
        countable = place not in doubtful and motorcycle[3] - motorcycle[1] >= settings.least_height_px
        count = _COUNTS[min(len(people), len(_COUNTS) - 1)] if countable else "unknown"
        seatings.append(Seating(people=people, count=count))
    return tuple(seatings)


def fit(person: BoxPx, motorcycle: BoxPx, settings: SeatingSettings) -> float:
    """How well a person sits on a motorcycle: overlap of the boxes where possible, 0 where not; in [0, 1].

    Examples:
        >>> fit((300, 40, 340, 170), (100, 100, 160, 200), SeatingSettings())
        0.0
    """
    left, top, right, bottom = motorcycle
    width, height, tall = right - left, bottom - top, person[3] - person[1]
    if min(width, height, tall, person[2] - person[0]) <= 0:
        return 0.0
    middle = (person[0] + person[2]) / 2
    over = min(person[2], right) - max(person[0], left)
    sits = (
        left - settings.beside * width <= middle <= right + settings.beside * width
        and top + settings.reaches_down * height <= person[3] <= bottom + settings.below * height
        and person[1] <= top + settings.starts_above * height
        and settings.short * height <= tall <= settings.tall * height
        and over >= settings.least_share * (person[2] - person[0])
    )
    return box_iou(person, motorcycle) if sits else 0.0


def _one_box_each(rows: Sequence[int], people: Sequence[BoxPx], settings: SeatingSettings) -> tuple[int, ...]:
    """Without second boxes of the same person; the larger box stays."""
    kept: list[int] = []
    for row in sorted(rows, key=lambda row: (-_area(people[row]), row)):
        heads = (head_region(people[other]) for other in kept)
        if all(box_iou(head_region(people[row]), head) < settings.one_head for head in heads):
            kept.append(row)
    return tuple(sorted(kept, key=lambda row: (people[row][0] + people[row][2], row)))


def _twins(a: BoxPx, b: BoxPx) -> bool:
    """Whether two boxes are of the same motorcycle, once with its rider's legs and once without, or are one box."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min(_area(a), _area(b))
    inside = max(width, 0.0) * max(height, 0.0)
    return a == b or (inside >= _TWINS_INSIDE * smaller > 0 and box_iou(a, b) >= _TWINS_OVERLAP)


def _area(box: BoxPx) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
