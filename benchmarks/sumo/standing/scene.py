"""What a street is like on which some stand: which strips of it are meant by which rule, and how traffic is held up."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.sumo.actors import Actor

if TYPE_CHECKING:
    from benchmarks.sumo.junction import JunctionScene  # it needs SUMO

STRIP_M = 2.5  # width of what lies between the lanes and the kerb, where vehicles stand
STOP_RULE = "STOP_NO_STOPPING"
_ZONE_KINDS = {
    "STOP_NO_STOPPING": "no_stopping",
    "PARK_NO_PARKING": "no_parking",
    "PARK_JUNCTION": "near_junction",
    "PARK_BRIDGE": "bridge",
    "PARK_DOUBLE": "beside_parked",
    "PARK_ROADWAY": "roadway",
}
_CARS, _MOTORCYCLES = ("car", "truck", "bus"), ("motorcycle",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of the kerb, in metres along the street; where no rule means it, whoever likes may stand."""

    y_m: tuple[float, float]
    rule: str = ""  # empty: no zone
    is_bay: bool = False  # a permitted bay within whatever else is drawn there
    covers_lanes_m: float = 3.0  # how far the zone reaches into the lanes

    @property
    def zone_kind(self) -> str:
        """As the camera's file names it."""
        return "permitted_bay" if self.is_bay else _ZONE_KINDS[self.rule]

    @property
    def threshold_s(self) -> float:
        """The least that the product's rules allow, so that an hour shows many stays."""
        return 30.0 if self.rule == STOP_RULE else 60.0

    @property
    def means(self) -> tuple[str, ...]:
        """Labels of those who commit an offence there."""
        if self.rule == "PARK_DOUBLE":
            return _CARS
        return _MOTORCYCLES if self.rule == "PARK_ROADWAY" else (*_CARS, *_MOTORCYCLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingScene:
    """A street along y, its watched half at x > 0, a strip right of its lanes."""

    stretches: tuple[Stretch, ...]
    lanes: int = 2
    lane_width_m: float = 3.25
    flow_per_h: float = 1100.0
    jams_per_10_min: float = 2.0  # of a street; a junction has its red light
    row_of_parked: bool = False  # right of the strip, lawfully
    stands_per_min: float = 4.5
    longest_thresholds: float = 3.5  # how long the longest stay is
    junction: "JunctionScene | None" = None  # the stretches' y counts from its stop line then

    @property
    def width_m(self) -> float:
        """Of the watched lanes."""
        if self.junction is not None:
            return self.junction.shape.lanes * self.junction.shape.lane_width_m
        return self.lanes * self.lane_width_m

    @property
    def strip_x_m(self) -> tuple[float, float]:
        """Where vehicles stand."""
        return (self.width_m + 0.2, self.width_m + 0.2 + STRIP_M)


def street(*rules: str, lanes: int = 2, lane_width_m: float = 3.25, row_of_parked: bool = False) -> StandingScene:
    """Two zones with a bay between them, and a free stretch beyond."""
    first, second = rules
    return StandingScene(
        stretches=(
            Stretch(y_m=(-7.0, 7.0), rule=first),
            Stretch(y_m=(7.0, 13.0), is_bay=True),
            Stretch(y_m=(13.0, 27.0), rule=second),
            Stretch(y_m=(28.5, 36.0)),
        ),
        lanes=lanes,
        lane_width_m=lane_width_m,
        row_of_parked=row_of_parked,
    )


@dataclass(slots=True, kw_only=True)
class Held:
    """When traffic stood for another reason than its own will."""

    jams_s: list[tuple[float, float]] = field(default_factory=list)
    not_green_s: list[tuple[float, float]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class StandingRun:
    """What was played."""

    actors: list[Actor]
    held: Held
    y0_m: float  # what the stretches' y counts from
