"""What happens at the composed junction: who goes where and when, and what the light shows, cycle after cycle."""

from dataclasses import dataclass

import numpy as np

from deploy.demo.junction.cutouts import BLACK_CAR, GREEN_CAR, MAN, WHITE_CAR, Cut
from domain.seen.timeline import SignalState

CYCLE_S = 24
EVENTFUL_CYCLES = 2  # somebody runs the red light, somebody stands on the carriageway; so that a late box sees one
QUIET_CYCLES = 4  # all stop at red and go on green: nothing for anybody

_YELLOW_AT_S, _RED_AT_S = 8.0, 10.0
_SMOOTHED_S = np.linspace(-0.5, 0.5, 9)  # nobody starts, stops or turns within one picture


Way = tuple[tuple[float, float, float], ...]
"""Second of the cycle (the next one's go on from CYCLE_S), right_m and ahead_m of some points; straight in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One who comes, goes and may wait on the way."""

    cut: Cut
    way: tuple[
        tuple[float, float, float], ...
    ]  # second of the cycle (the next one's go on from CYCLE_S), right_m, ahead_m

    def place_m(self, second: float) -> tuple[float, float] | None:
        """Where he is, right of the road's middle and ahead of the camera; None before and after his way."""
        seconds, right_m, ahead_m = np.array(self.way).T
        if not seconds[0] <= second <= seconds[-1]:
            return None
        around = second + _SMOOTHED_S
        return float(np.interp(around, seconds, right_m).mean()), float(np.interp(around, seconds, ahead_m).mean())


def _along(right_m: float, *way: tuple[float, float]) -> Way:
    """A way along one lane, by second and ahead_m."""
    return tuple((second, right_m, ahead_m) for second, ahead_m in way)


_LEFT_M, _RIGHT_M = 1.8, 5.2  # middles of the two lanes that lead away from the camera

WAITS_RIGHT = Part(
    cut=BLACK_CAR,
    way=_along(_RIGHT_M, (10, 11), (11.2, 19), (12.4, 21.8), (25.2, 21.8), (27, 27), (29, 39), (31, 56), (34, 86)),
)
WAITS_LEFT = Part(
    cut=WHITE_CAR,
    way=_along(
        _LEFT_M, (18.8, 11), (20, 19), (21.2, 21.8), (25.6, 21.8), (27.4, 27), (29.4, 39), (31.4, 56), (34.4, 86)
    ),
)
CROSSES_ON_GREEN = Part(cut=GREEN_CAR, way=_along(_RIGHT_M, (2.6, 10), (4.6, 28), (11, 86)))
RUNS_THE_RED = Part(cut=GREEN_CAR, way=_along(_LEFT_M, (13.4, 10), (16, 30), (22.5, 86)))
STANDS_ON_THE_ROAD = Part(cut=MAN, way=((9.5, -8.4, 21.0), (12.5, -2.6, 21.0), (19.0, -2.6, 21.0), (22.0, -8.4, 21.0)))

EVERY_CYCLE = (WAITS_RIGHT, WAITS_LEFT, CROSSES_ON_GREEN)
EVENTFUL = (*EVERY_CYCLE, RUNS_THE_RED, STANDS_ON_THE_ROAD)


def light_at(second: float) -> SignalState:
    """What the light shows at a second of the cycle.

    Examples:
        >>> [light_at(second).value for second in (0, 7.9, 8, 10, 23.9)]
        ['green', 'green', 'yellow', 'red', 'red']
    """
    if second < _YELLOW_AT_S:
        return SignalState.GREEN
    return SignalState.YELLOW if second < _RED_AT_S else SignalState.RED


def on_stage(parts: tuple[Part, ...], second: float) -> list[tuple[Cut, float, float]]:
    """Who is where at a second of the cycle, those of the cycle before included, the farthest first.

    Args:
        parts: who plays in this cycle; who goes on into the next one does so in every cycle.
        second: of the cycle.
    """
    placed = [
        (part.cut, *place)
        for part in parts
        for at in (second, second + CYCLE_S)
        if (place := part.place_m(at)) is not None
    ]
    return sorted(placed, key=lambda item: -item[2])
